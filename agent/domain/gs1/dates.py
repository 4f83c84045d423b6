"""Dates and times as AIs carry them; no clock is asked.

Two-digit years: the standard's sliding century puts year 00 at 2000 until 2050,
so "divisible by four" is the whole leap-year rule until then.
"""

from calendar import isleap

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def date_or_month_fault(value: str) -> str | None:
    """YYMMDD; day 00 stands for the last day of the month."""
    return _fault(value, int(value[:2]) % 4 == 0)


def date_fault(value: str) -> str | None:
    """YYMMDD with a real day."""
    return _no_day(value) or date_or_month_fault(value)


def long_date_fault(value: str) -> str | None:
    """YYYYMMDD with a real day."""
    return _no_day(value) or _fault(value, isleap(int(value[:4])))


def hour_fault(value: str) -> str | None:
    return None if value < "24" else f"no such hour: {value}"


def minute_fault(value: str) -> str | None:
    return None if value < "60" else f"no such minute: {value}"


def second_fault(value: str) -> str | None:
    return None if value < "60" else f"no such second: {value}"


def hour_minute_fault(value: str) -> str | None:
    return hour_fault(value[:2]) or minute_fault(value[2:])


def _no_day(value: str) -> str | None:
    return f"date {value} has day 00" if value.endswith("00") else None


def _fault(value: str, leap: bool) -> str | None:
    month, day = int(value[-4:-2]), int(value[-2:])
    if not 1 <= month <= 12:
        return f"date {value} has no such month: {value[-4:-2]}"
    if day > _DAYS[month - 1] + (leap and month == 2):
        return f"date {value} has no such day: {value[-2:]}"
    return None
