"""What the parts of AI values must be beyond characters and length.

A check takes a part whose characters and length already fit and returns a
complaint, or None. `CHECKS` names them for the rows of the table.
"""

import re
from collections.abc import Callable, Collection, Mapping

from agent.domain.gs1 import dates
from agent.domain.gs1.check_digits import check_digit, check_pair, has_check_digit
from agent.domain.gs1.code_lists import (
    CARRIER_MEDIA,
    COUNTRIES,
    COUNTRY_LETTERS,
    CURRENCIES,
    PACKAGE_TYPES,
)
from agent.domain.gs1.coupons import coupon_fault, coupon_offer_fault

Check = Callable[[str], str | None]

_IBAN_LENGTHS = range(11, 35)
_IBAN_TEXT = re.compile(r"[0-9A-Z]+")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BIRTH_SEQUENCE = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")
_BASE64_PADDED = re.compile(r"[^=]*={0,2}")
_COMPANY_PREFIX_LEAST = 4


def _check_digit(value: str) -> str | None:
    if has_check_digit(value):
        return None
    return f"check digit is {value[-1]}, must be {check_digit(value[:-1])}"


def _check_pair(value: str) -> str | None:
    if len(value) < 2:
        return "too short for its check character pair"
    must = check_pair(value[:-2])
    return None if value.endswith(must) else f"check characters must be {must}"


def _company_prefix(value: str) -> str | None:
    head = value[:_COMPANY_PREFIX_LEAST]
    if len(head) == _COMPANY_PREFIX_LEAST and head.isdigit():
        return None
    return "must begin with a GS1 company prefix (four digits at least)"


def _one_of(allowed: Collection[str], what: str) -> Check:
    def check(value: str) -> str | None:
        return None if value in allowed else f"{value} is not {what}"

    return check


def _zero(value: str) -> str | None:
    return None if value == "0" * len(value) else f"{value} must be zero"


def _nonzero(value: str) -> str | None:
    return "a measure must not be zero" if _zero(value) is None else None


def _no_leading_zero(value: str) -> str | None:
    return "must not begin with 0" if value.startswith("0") else None


def _not_all_digits(value: str) -> str | None:
    return "must not be digits only" if value.isdigit() else None


def _percent_encoded(value: str) -> str | None:
    return (
        "% must be followed by two hex digits" if _BAD_PERCENT.search(value) else None
    )


def _padding(value: str) -> str | None:
    if _BASE64_PADDED.fullmatch(value) and ("=" not in value or len(value) % 3 == 0):
        return None
    return "= may only fill the end"


def _piece_of_total(value: str) -> str | None:
    piece, total = int(value[:2]), int(value[2:])
    if 1 <= piece <= total:
        return None
    return f"piece {piece} of {total} cannot be"


def _birth_sequence(value: str) -> str | None:
    match = _BIRTH_SEQUENCE.fullmatch(value)
    if match and int(match[1]) <= int(match[2]):
        return None
    return f"{value} is no place in a sequence, such as 1/2"


def _degrees(most: int, what: str) -> Check:
    """Degrees in ten millionths, counted from the pole or from the west."""

    def check(value: str) -> str | None:
        return f"{what} beyond {most}°" if int(value) > most * 10_000_000 else None

    return check


def _iban(value: str) -> str | None:
    if value[:2] not in COUNTRY_LETTERS:
        return f"IBAN begins with {value[:2]}, which is no country"
    if len(value) not in _IBAN_LENGTHS or not _IBAN_TEXT.fullmatch(value):
        return "IBAN must be 11 to 34 digits and capital letters"
    number = "".join(str(int(character, 36)) for character in value[4:] + value[:4])
    return None if int(number) % 97 == 1 else "IBAN check digits are wrong"


CHECKS: Mapping[str, Check] = {
    "birth_sequence": _birth_sequence,
    "check_digit": _check_digit,
    "check_pair": _check_pair,
    "company_prefix": _company_prefix,
    "country": _one_of(COUNTRIES, "a country of ISO 3166"),
    "country_letters": _one_of(COUNTRY_LETTERS, "a country of ISO 3166"),
    "country_or_999": _one_of(COUNTRIES | {"999"}, "a country of ISO 3166 nor 999"),
    "coupon": coupon_fault,
    "coupon_offer": coupon_offer_fault,
    "currency": _one_of(CURRENCIES, "a currency of ISO 4217"),
    "date": dates.date_fault,
    "date_or_month": dates.date_or_month_fault,
    "hour": dates.hour_fault,
    "hour_minute": dates.hour_minute_fault,
    "hyphen": _one_of("-", "a hyphen"),
    "iban": _iban,
    "importer_index": _one_of(
        "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
        "an importer index",
    ),
    "latitude": _degrees(180, "latitude"),
    "long_date": dates.long_date_fault,
    "longitude": _degrees(360, "longitude"),
    "media_type": _one_of(CARRIER_MEDIA, "a carrier medium type"),
    "minute": dates.minute_fault,
    "no_leading_zero": _no_leading_zero,
    "nonzero": _nonzero,
    "not_all_digits": _not_all_digits,
    "package_type": _one_of(PACKAGE_TYPES, "a package type"),
    "padding": _padding,
    "percent_encoded": _percent_encoded,
    "piece_of_total": _piece_of_total,
    "second": dates.second_fault,
    "sex": _one_of("0129", "a code of ISO 5218"),
    "winding": _one_of("019", "a winding direction"),
    "yes_no": _one_of("01", "0 or 1"),
    "zero": _zero,
}
