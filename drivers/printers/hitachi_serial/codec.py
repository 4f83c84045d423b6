"""Bytes of the serial protocol. Pure.

After the RX Technical Manual rev. D, section 5 (page numbers in tests/wire).
"""

from drivers.printers.hitachi_characters import check_characters
from drivers.printers.hitachi_serial.messages import (
    MAX_FRAME,
    MAX_ITEM,
    MAX_MESSAGE,
    Control,
    Message,
    Operation,
    Text,
)

STX, ETX, DLE, ESC2 = b"\x02", b"\x03", b"\x10", b"\x1f"
ENQ = b"\x05"
ACK = b"\x06"
# Opens reception again, and ends a text of which only the beginning came.
DC2 = b"\x12"
ONLINE = ESC2 + b"\x73"
CLOCK = ESC2 + b"\x75"
_CLOCK_REPLY = ESC2 + b"\x7f"
# STX, DLE, item, ETX.
_AROUND_TEXT = 4


def encode_text(item: int, text: str) -> bytes:
    """Print `text` as item `item` from now on. `ValueError` says why it cannot be."""
    return STX + DLE + item_code(item) + checked(text).encode("ascii") + ETX


def item_code(item: int) -> bytes:
    """The byte that names an item, 1 to 100."""
    if not 1 <= item <= MAX_ITEM:
        raise ValueError(f"item {item}: a printer has items 1 to {MAX_ITEM}")
    return bytes([0x30 + item])


def encode_recall(message: int) -> bytes:
    """Take up a message stored in the printer."""
    if not 1 <= message <= MAX_MESSAGE:
        raise ValueError(f"message {message}: a printer stores 1 to {MAX_MESSAGE}")
    return STX + ESC2 + b"\x20\x31" + b"%04d" % message + ETX


def encode_operation(operation: Operation) -> bytes:
    """Do this to the print head."""
    return STX + ESC2 + b"\x72" + bytes([operation]) + ETX


def checked(text: str) -> str:
    """`text`, if it can be sent. `ValueError` says why not.

    Printable ASCII only: dedicated and two-byte characters depend on settings and code
    tables of the printer, and control characters are the protocol's own.
    """
    longest = MAX_FRAME - _AROUND_TEXT
    if not 1 <= len(text) <= longest:
        raise ValueError(f"{text[:40]!r} has {len(text)} characters, of 1 to {longest}")
    check_characters(text)
    return text


def decode_clock(body: bytes) -> str | None:
    """The printer's time as it tells it; None if `body` is something else.

    `ValueError` when it is meant for a time and is none. A clock that was never set is
    a time, too.
    """
    if not body.startswith(_CLOCK_REPLY):
        return None
    digits = body.removeprefix(_CLOCK_REPLY)
    if len(digits) != 14 or not digits.isdigit():
        raise ValueError(f"the clock answers {digits!r}, not 14 digits")
    told = digits.decode("ascii")
    day = f"{told[:4]}-{told[4:6]}-{told[6:8]}"
    return f"{day} {told[8:10]}:{told[10:12]}:{told[12:]}"


class AnswerParser:
    """Bytes in any pieces to messages. Counts what it could not take as `foreign`."""

    def __init__(self) -> None:
        self._text: bytearray | None = None
        self.foreign = 0

    def feed(self, data: bytes) -> list[Message]:
        """The messages completed by `data`."""
        found: list[Message] = []
        for byte in data:
            message = self._take(byte)
            if message is not None:
                found.append(message)
        return found

    def _take(self, byte: int) -> Message | None:
        if byte == STX[0]:
            # A text without an end was none.
            self.foreign += self._text is not None
            self._text = bytearray()
        elif byte in (Control.ACK, Control.NAK):
            # Neither can stand in a text: what came before it was none.
            self.foreign += self._text is not None
            self._text = None
            return Control(byte)
        elif self._text is None:
            self.foreign += 1
        elif byte == ETX[0]:
            text, self._text = bytes(self._text), None
            return Text(text)
        elif len(self._text) >= MAX_FRAME:
            self.foreign += 1
            self._text = None
        else:
            self._text.append(byte)
        return None
