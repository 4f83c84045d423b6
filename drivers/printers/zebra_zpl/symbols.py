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
# The 82 characters of GS1 element strings, and the separator.
_GS1_TEXT = re.compile(r"[!\"%-?A-Z_a-z\x1d]+")
_ASCII = re.compile(r"[\x20-\x7e]+")


class Symbol(StrEnum):
    """What a field of a format becomes on the label."""

    TEXT = "text"
    CODE128 = "code128"
    GS1_128 = "gs1_128"
    DATAMATRIX = "datamatrix"
    GS1_DATAMATRIX = "gs1_datamatrix"
    QR = "qr"


def symbol_data(symbol: Symbol, text: str, *, escape: str = "_") -> str:
    """The field data for `text`. `escape` is parameter g of `^BX`.

    `ValueError` says what the symbol cannot carry.
    """
    match symbol:
        case Symbol.TEXT:
            return text.replace(GS, " ")
        case Symbol.QR:
            # Error correction Q, automatic input mode (ZPL II guide, ^BQ).
            return f"QA,{_checked(text, _ASCII, 'QR code')}"
        case Symbol.CODE128:
            return _code128(_checked(text, _ASCII, "Code 128"), fnc1="")
        case Symbol.GS1_128:
            return _code128(_checked(text, _GS1_TEXT, "GS1-128"), fnc1=">8")
        case Symbol.DATAMATRIX:
            return _checked(text, _ASCII, "Data Matrix").replace(escape, escape * 2)
        case Symbol.GS1_DATAMATRIX:
            data = _checked(text, _GS1_TEXT, "GS1 Data Matrix")
            fnc1 = f"{escape}1"
            return fnc1 + data.replace(escape, escape * 2).replace(GS, fnc1)


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
    # Subset C packs two digits into one symbol character; anything else is subset B.
    if text.isdigit() and len(text) % 2 == 0:
        return f">;{fnc1}{text}"
    return f">:{fnc1}" + "".join(_CODE128_ESCAPES.get(char, char) for char in text)
