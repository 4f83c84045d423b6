"""What a Hitachi printer says on its serial port, and how its limits are named."""

from dataclasses import dataclass
from enum import IntEnum


class Control(IntEnum):
    """An answer of one byte."""

    ACK = 0x06
    NAK = 0x15


@dataclass(frozen=True, slots=True)
class Text:
    """What came between STX and ETX."""

    body: bytes


Message = Control | Text


class Operation(IntEnum):
    """Remote operations used. The printer acknowledges those it cannot do, too."""

    DEFLECTION_ON = 0x32
    DEFLECTION_OFF = 0x33


# An item is named by one byte from 31h on.
MAX_ITEM = 100
MAX_MESSAGE = 2000
# STX and ETX included.
MAX_FRAME = 3000
