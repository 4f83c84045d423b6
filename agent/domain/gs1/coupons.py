"""The two North American coupon data strings, AIs 8110 and 8112.

After the GS1 US application guidelines: digits only, each part behind a digit
that says its length; in 8110 optional fields follow, each behind its number.
"""

from collections.abc import Callable

from agent.domain.gs1.dates import date_fault
from agent.domain.gs1.errors import Gs1Error

_ANY = "0123456789"
_REQUIREMENTS = "012349"


class _Digits:
    """A digit string read from the left; `Gs1Error` where it does not fit."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def done(self) -> bool:
        return self._at == len(self._text)

    def field(self, number: str) -> bool:
        """Step into the optional field `number`, if it comes next."""
        found = self._text.startswith(number, self._at)
        self._at += found
        return found

    def take(self, count: int, what: str) -> str:
        part = self._text[self._at : self._at + count]
        if len(part) < count:
            raise Gs1Error(f"coupon ends within its {what}")
        self._at += count
        return part

    def one_of(self, allowed: str, what: str) -> str:
        digit = self.take(1, what)
        if digit not in allowed:
            raise Gs1Error(f"coupon {what} is {digit}, not one of {allowed}")
        return digit

    def sized(self, allowed: str, beyond: int, what: str) -> None:
        """A part behind its length digit, counted from `beyond`."""
        digit = self.one_of(allowed, f"length of {what}")
        self.take(int(digit) + beyond, what)

    def date(self, what: str) -> str:
        date = self.take(6, what)
        if date_fault(date):
            raise Gs1Error(f"coupon {what} {date} is no date")
        return date


def coupon_fault(value: str) -> str | None:
    """What is wrong with the value of AI 8110, or None."""
    return _fault(value, _read_coupon)


def coupon_offer_fault(value: str) -> str | None:
    """What is wrong with the value of AI 8112, or None."""
    return _fault(value, _read_offer)


def _fault(value: str, read: Callable[[_Digits], None]) -> str | None:
    if not value.isdigit():
        return "coupon data must be digits only"
    digits = _Digits(value)
    try:
        read(digits)
    except Gs1Error as fault:
        return str(fault)
    return None if digits.done() else "coupon has data after its last field"


def _read_coupon(digits: _Digits) -> None:
    digits.sized("0123456", 6, "company prefix")
    digits.take(6, "offer code")
    digits.sized("12345", 0, "save value")
    _read_purchase(digits, "first purchase")
    if digits.field("1"):
        digits.one_of("0123", "additional purchase rules code")
        _read_purchase(digits, "second purchase")
        _read_purchase_prefix(digits, "second purchase")
    if digits.field("2"):
        _read_purchase(digits, "third purchase")
        _read_purchase_prefix(digits, "third purchase")
    _read_dates(digits)
    if digits.field("5"):
        digits.sized(_ANY, 6, "serial number")
    if digits.field("6"):
        digits.sized("1234567", 6, "retailer prefix or GLN")
    if digits.field("9"):
        digits.one_of("01256", "save value code")
        digits.one_of("012", "save value item")
        digits.take(1, "store coupon flag")
        digits.one_of("01", "do not multiply flag")


def _read_purchase(digits: _Digits, which: str) -> None:
    digits.sized("12345", 0, f"{which} requirement")
    digits.one_of(_REQUIREMENTS, f"{which} requirement code")
    digits.take(3, f"{which} family code")


def _read_purchase_prefix(digits: _Digits, which: str) -> None:
    if not digits.field("9"):  # 9: no prefix of its own
        digits.sized("0123456", 6, f"{which} company prefix")


def _read_dates(digits: _Digits) -> None:
    expires = digits.date("expiration date") if digits.field("3") else None
    starts = digits.date("start date") if digits.field("4") else None
    if expires and starts and expires < starts:
        raise Gs1Error("coupon expires before it starts")


def _read_offer(digits: _Digits) -> None:
    digits.one_of("01", "format code")
    digits.sized("0123456", 6, "funder")
    digits.take(6, "offer code")
    digits.sized(_ANY, 6, "serial number")
