"""What goes into `^FD` so that a bar code carries exactly the given text.

GS1 element strings are given without a leading FNC1, with GS (0x1D) between elements;
each symbology has its own way to say FNC1.
"""

import re
from enum import StrEnum

GS = "\x1d"

# Invocation codes of ^BC in subset B (ZPL II guide, table 6): the characters that
# mean something else, and FNC1.
_CODE128_ESCAPES = {">": ">0", "^": "><", "~": ">=", GS: ">8"}
# From four digits on, subset C makes up for the change to B after them.
_CODE128_PAIRS = re.compile(r"(?:[0-9]{2}|\x1d)*")
_CODE128_PAIRS_WORTH = 4
# The 82 characters of GS1 element strings, and the separator.
_GS1_TEXT = re.compile(r"[!\"%-?A-Z_a-z\x1d]+")
_ASCII = re.compile(r"[\x20-\x7e]+")
_DIGITS = re.compile(r"[0-9]+")


class Symbol(StrEnum):
    """What a field of a format becomes on the label."""

    TEXT = "text"
    CODE128 = "code128"
    GS1_128 = "gs1_128"
    DATAMATRIX = "datamatrix"
    GS1_DATAMATRIX = "gs1_datamatrix"
    QR = "qr"
    GS1_QR = "gs1_qr"
    EAN13 = "ean13"
    ITF = "itf"


# What each may carry, and what it is called in an error.
_CARRIES: dict[Symbol, tuple[re.Pattern[str] | None, str]] = {
    Symbol.TEXT: (None, "text"),
    Symbol.CODE128: (_ASCII, "Code 128"),
    Symbol.GS1_128: (_GS1_TEXT, "GS1-128"),
    Symbol.DATAMATRIX: (_ASCII, "Data Matrix"),
    Symbol.GS1_DATAMATRIX: (_GS1_TEXT, "GS1 Data Matrix"),
    Symbol.QR: (_ASCII, "QR code"),
    Symbol.GS1_QR: (_GS1_TEXT, "GS1 QR code"),
    Symbol.EAN13: (_DIGITS, "EAN-13"),
    Symbol.ITF: (_DIGITS, "interleaved 2 of 5"),
}


def symbol_data(
    symbol: Symbol, text: str, *, escape: str = "_", qr_fnc1: str = ""
) -> str:
    """The field data for `text`. `escape` is parameter g of `^BX`; `qr_fnc1` is what
    the printer's `^BQ` takes for FNC1.

    `ValueError` says what the symbol cannot carry.
    """
    allowed, called = _CARRIES[symbol]
    data = _checked(text, allowed, called) if allowed else text
    match symbol:
        case Symbol.QR | Symbol.GS1_QR:
            # Error correction Q, automatic input mode (ZPL II guide, ^BQ). Between
            # elements a QR code in GS1 mode has GS itself (ISO/IEC 18004).
            made = f"QA,{qr_fnc1 if symbol is Symbol.GS1_QR else ''}{data}"
        case Symbol.CODE128 | Symbol.GS1_128:
            made = _code128(data, fnc1=">8" if symbol is Symbol.GS1_128 else "")
        case Symbol.DATAMATRIX:
            made = data.replace(escape, escape * 2)
        case Symbol.GS1_DATAMATRIX:
            fnc1 = f"{escape}1"
            made = fnc1 + data.replace(escape, escape * 2).replace(GS, fnc1)
        case Symbol.EAN13:
            made = _ean13(data)
        case Symbol.ITF:
            made = _itf(data)
        case Symbol.TEXT:
            made = data.replace(GS, " ")
    return made


def _checked(text: str, allowed: re.Pattern[str], symbol: str) -> str:
    if not text:
        raise ValueError(f"a {symbol} needs data, got an empty text")
    match = allowed.match(text)
    if match is None or match.end() < len(text):
        at = match.end() if match else 0
        raise ValueError(
            f"{text!r} has {text[at]!r}, which a {symbol} cannot carry here"
        )
    return text


def _code128(text: str, *, fnc1: str) -> str:
    """Subset C (two digits a symbol character) as far as it goes, then subset B."""
    pairs = _CODE128_PAIRS.match(text)
    end = pairs.end() if pairs else 0
    digits = sum(char != GS for char in text[:end])
    if end < len(text) and digits < _CODE128_PAIRS_WORTH:
        end = 0
    start = ">;" if end else ">:"
    change = ">6" if 0 < end < len(text) else ""
    escaped = [_CODE128_ESCAPES.get(char, char) for char in text]
    return start + fnc1 + "".join(escaped[:end]) + change + "".join(escaped[end:])


def _ean13(text: str) -> str:
    # ^BE takes 12 digits and works the check digit out itself.
    if len(text) != 13:
        raise ValueError(f"an EAN-13 has 13 digits, got {text!r}")
    weighted = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(text[:12]))
    if int(text[12]) != -weighted % 10:
        raise ValueError(f"{text!r} ends with a wrong check digit: {-weighted % 10}")
    return text[:12]


def _itf(text: str) -> str:
    # ^B2 would put a 0 before an odd number of digits.
    if len(text) % 2:
        raise ValueError(f"an interleaved 2 of 5 has pairs of digits, got {text!r}")
    return text
