"""WSI packets: `02 type data 03`; answers `$hh`, `!hh` or `02 … 03`.

A request has no checksum. The printer's answer has one, over what it received: so it
is by the answer that a damaged request shows.
"""

import re

from drivers.printers.videojet_wsi.messages import (
    FAULT_TEXTS,
    ErrorStatus,
    Lamp,
    Packet,
    Verdict,
)

STX, ETX = 0x02, 0x03
DONE, FAILED = ord("$"), ord("!")
# Names have at most 30 characters, a field's data 50 (3.1, 3.6).
MAX_NAME = 30
MAX_DATA = 50
# The longest answer is a message name. Past this it is not the protocol.
MAX_PACKET = 64
# Counters have up to ten digits (3.15).
COUNT_MODULUS = 10**10

PART_NUMBER = "H"
MESSAGE = "Q"
ERRORS = "E"
PRINT_COUNT = "GA"
PRODUCT_COUNT = "GB"
PRINT_ON = "O1"
PRINT_OFF = "O0"

_DATA = re.compile(r"[\x20-\x7f]*")


class AnswerParser:
    """Bytes in any pieces to answers. `foreign` counts what fits no shape."""

    def __init__(self) -> None:
        self.foreign = 0
        self._packet: bytearray | None = None
        self._verdict = ""
        self._is_skipping = False

    def feed(self, data: bytes) -> list[Verdict | Packet]:
        """The answers completed by `data`."""
        heard = [self._take(byte) for byte in data]
        return [answer for answer in heard if answer is not None]

    def _take(self, byte: int) -> Verdict | Packet | None:
        if self._packet is not None:
            return self._in_packet(byte, self._packet)
        if byte in (STX, DONE, FAILED):
            self.foreign += len(self._verdict)
            self._verdict = "" if byte == STX else chr(byte)
            self._packet = bytearray() if byte == STX else None
            self._is_skipping = False
            return None
        if self._verdict:
            return self._in_verdict(byte)
        self.foreign += 1
        return None

    def _in_packet(self, byte: int, packet: bytearray) -> Packet | None:
        if byte == ETX:
            self._packet = None
            return None if self._is_skipping else Packet(packet.decode("latin-1"))
        if byte == STX:
            self.foreign += 1
            self._packet, self._is_skipping = bytearray(), False
        elif len(packet) < MAX_PACKET:
            packet.append(byte)
        elif not self._is_skipping:
            self.foreign += 1
            self._is_skipping = True
        return None

    def _in_verdict(self, byte: int) -> Verdict | None:
        if chr(byte) not in "0123456789ABCDEF":
            self.foreign += len(self._verdict) + 1
            self._verdict = ""
            return None
        self._verdict += chr(byte)
        if len(self._verdict) <= len("$h"):
            return None
        text, self._verdict = self._verdict, ""
        return Verdict(is_done=text[0] == "$", checksum=int(text[1:], 16))


def checksum(content: str) -> int:
    """Sum of all characters between STX and ETX, modulo 256."""
    return sum(content.encode("latin-1")) % 256


def encode(content: str) -> bytes:
    """`content` (type and data) as a packet."""
    return b"\x02" + content.encode("latin-1") + b"\x03"


def update_field(field: str, text: str) -> str:
    """`U`: the field's new data. `ValueError` names a text that cannot be sent."""
    return f"U{_name(field, 'field')}\n{checked(text)}"


def clear_field(field: str) -> str:
    """`D`: the field is blank."""
    return "D" + _name(field, "field")


def select_message(name: str) -> str:
    """`M`: the message to print."""
    return "M" + _name(name, "message")


def checked(text: str) -> str:
    """`text`, if a field may have it. `ValueError` if not."""
    if not 0 < len(text) <= MAX_DATA:
        raise ValueError(f"{text!r} has {len(text)} characters, of 1 to {MAX_DATA}")
    fits = _DATA.match(text)
    if fits is None or fits.end() < len(text):
        at = fits.end() if fits else 0
        what = "GS cannot be sent at all" if text[at] == "\x1d" else "only 20h to 7Fh"
        raise ValueError(f"{text!r} has {text[at]!r} at position {at}: WSI, {what}")
    return text


def _name(name: str, what: str) -> str:
    if not 0 < len(name) <= MAX_NAME or not _DATA.fullmatch(name):
        raise ValueError(f"{what} {name!r} is not 1 to {MAX_NAME} ASCII characters")
    return name


def decode_count(packet: Packet) -> int:
    """Up to ten digits."""
    if not re.fullmatch(r"\d{1,10}", packet.body):
        raise ValueError(f"wants a count, got {packet.body!r}")
    return int(packet.body)


def decode_errors(packet: Packet) -> ErrorStatus:
    """Six hexadecimal digits of faults, one of the traffic light."""
    if not re.fullmatch(r"[0-9A-F]{7}", packet.body):
        raise ValueError(f"wants seven hexadecimal digits, got {packet.body!r}")
    faults = [
        text
        for digit, texts in zip(packet.body, FAULT_TEXTS, strict=False)
        for bit, text in enumerate(texts)
        if int(digit, 16) >> bit & 1
    ]
    lamp = Lamp(int(packet.body[6], 16))
    return ErrorStatus(faults=tuple(faults), lamp=lamp, digits=packet.body)
