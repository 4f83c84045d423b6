"""Codenet commands as bytes (`1B … 04`), and the bodies of replies as values."""

import re

from drivers.printers.domino_codenet.messages import (
    BasicStatus,
    ExtendedStatus,
    Liquids,
    Reply,
)

# Records have a length of four digits, at most this.
MAX_RECORD = 1024
# Product counts have ten digits.
COUNT_MODULUS = 10**10
# A liquid's level when its sensor is not connected.
UNPLUGGED = 21
# Queues of external data that `OE0000q` empties.
QUEUES = {"0": "TCP", "1": "RS-232", "2": "history"}

IDENTIFY = b"\x1bA?\x04"
EXTENDED_STATUS = b"\x1bO1?\x04"
BASIC_STATUS = b"\x1b1C?\x04"
LIQUIDS = b"\x1by?\x04"
COUNT = b"\x1bT1?\x04"
LABEL = b"\x1bP1?\x04"
HEAD = b"\x1bQ1?\x04"
HEAD_ON = b"\x1bQ1Y\x04"
HEAD_OFF = b"\x1bQ1N\x04"
CONTINUOUS = b"\x1b[?\x04"
# The pitch behind N is the one that a real printer took; it does not matter.
CONTINUOUS_OFF = b"\x1b[1N40000\x04"
# Head 1 says 32h after each print, on this connection.
ARM_DONE = b"\x1bI12\x04"

# Printable ASCII and GS: a label has its text as sent, Unicode goes another way.
_RECORD = re.compile(r"[\x1d\x20-\x7e]*")
_NAME = re.compile(r"[\x20-\x7e]{1,99}")
_NUMBER = re.compile(r"[0-9]{1,3}")


def letters_of(query: bytes) -> str:
    """The letters an answer to `query` begins with."""
    return query[1:-2].decode("ascii")


def encode_record(text: str) -> bytes:
    """`OE`, length, text. `ValueError` names a text that cannot be sent."""
    if not 0 < len(text) <= MAX_RECORD:
        raise ValueError(f"{text!r} has {len(text)} characters, of 1 to {MAX_RECORD}")
    fits = _RECORD.match(text)
    if fits is None or fits.end() < len(text):
        at = fits.end() if fits else 0
        raise ValueError(
            f"{text!r} has {text[at]!r} at position {at}; Codenet carries printable "
            "ASCII only"
        )
    return f"\x1bOE{len(text):04d}{text}\x04".encode("ascii")


def encode_clear(queue: str) -> bytes:
    """Empty one of `QUEUES`."""
    return f"\x1bOE0000{queue}\x04".encode("ascii")


def encode_label(label: str) -> bytes:
    """Put a label online: by number (1 to 255) or by name. `ValueError` if neither."""
    if _NUMBER.fullmatch(label):
        if not 1 <= int(label) <= 255:
            raise ValueError(f"label number {label} is not one of 1 to 255")
        return f"\x1bP1{int(label):03d}\x04".encode("ascii")
    if not _NAME.fullmatch(label):
        raise ValueError(f"label {label!r} is not a name of 1 to 99 ASCII characters")
    return f"\x1bON1{len(label):02d}{label}\x04".encode("ascii")


def is_label(label: str, shown: str) -> bool:
    """Whether `shown`, as read back, is `label`.

    Of a named label the printer shows only the first three characters.
    """
    if _NUMBER.fullmatch(label):
        return shown.isdecimal() and int(shown) == int(label)
    return bool(shown) and label.startswith(shown)


def decode_count(reply: Reply) -> int:
    """`T1` and ten digits."""
    return int(_matched(r"T1(\d{10})", reply)[1])


def decode_label(reply: Reply) -> str:
    """`P1` and a number, or the beginning of a name."""
    return _matched(r"P1(.*)", reply)[1]


def decode_switch(reply: Reply) -> bool:
    """`Q1` or `[1` and Y or N."""
    return _matched(r"[Q\[]1([YN])\d*", reply)[1] == "Y"


def decode_extended_status(reply: Reply) -> ExtendedStatus:
    """`O1`, three digits of state, two of the lamp."""
    state, lamp = _matched(r"O1(\d{3})(\d{2})", reply).groups()
    return ExtendedStatus(state=int(state), lamp=lamp)


def decode_basic_status(reply: Reply) -> BasicStatus:
    """`1C`, three digits of status, the head, and since when (HHMM)."""
    code, head, since = _matched(r"1C(\d{3})(.)(\d{4})", reply).groups()
    return BasicStatus(code=int(code), head=head, since=since)


def decode_liquids(reply: Reply) -> Liquids:
    """`y`, three digits of ink, three of make-up."""
    ink, make_up = map(int, _matched(r"y(\d{3})(\d{3})", reply).groups())
    return Liquids(
        ink=None if ink == UNPLUGGED else ink,
        make_up=None if make_up == UNPLUGGED else make_up,
    )


def _matched(pattern: str, reply: Reply) -> re.Match[str]:
    match = re.fullmatch(pattern, reply.body)
    if match is None:
        raise ValueError(f"wants {pattern}, got {reply.body!r}")
    return match
