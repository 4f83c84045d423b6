"""Bare keys, as people and 1D symbols give them."""

from agent.domain.gs1.check_digits import check_digit, has_check_digit
from agent.domain.gs1.errors import Gs1Error

GTIN_LENGTHS = (8, 12, 13, 14)
GLN_LENGTH = 13
SSCC_LENGTH = 18


def gtin(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits, filled to 14; `Gs1Error` if it is none."""
    return _key("GTIN", text, GTIN_LENGTHS).zfill(14)


def sscc(text: str) -> str:
    """An SSCC of 18 digits; `Gs1Error` if it is none."""
    return _key("SSCC", text, (SSCC_LENGTH,))


def gln(text: str) -> str:
    """A GLN of 13 digits; `Gs1Error` if it is none."""
    return _key("GLN", text, (GLN_LENGTH,))


def _key(what: str, text: str, lengths: tuple[int, ...]) -> str:
    if not (text.isascii() and text.isdigit()) or len(text) not in lengths:
        wanted = " or ".join(map(str, lengths))
        raise Gs1Error(f"a {what} has {wanted} digits and nothing else")
    if not has_check_digit(text):
        must = check_digit(text[:-1])
        raise Gs1Error(f"{what}: check digit is {text[-1]}, must be {must}")
    return text
