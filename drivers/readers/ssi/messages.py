"""What an SSI scanner says and is told.

Sources: SSI chapters of the Symbol SE-923 and SE-955 integration guides and of Zebra
DS2208 and SM72; see docs/devices/ssi.md for what is proven and what is not.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Opcode(IntEnum):
    """Second byte of a packet; others are acknowledged and otherwise ignored."""

    REQUEST_REVISION = 0xA3
    REPLY_REVISION = 0xA4
    ACK = 0xD0
    NAK = 0xD1
    START_SESSION = 0xE4
    STOP_SESSION = 0xE5
    BEEP = 0xE6
    SCAN_ENABLE = 0xE9
    SCAN_DISABLE = 0xEA
    DECODE_DATA = 0xF3


class Nak(IntEnum):
    """Cause in a NAK."""

    RESEND = 1
    BAD_CONTEXT = 2
    DENIED = 6


NAK_TEXTS: dict[int, str] = {
    Nak.RESEND: "校验错误，请重发 checksum wrong, send again",
    Nak.BAD_CONTEXT: "不认识该命令 command not known",
    Nak.DENIED: "拒绝执行 denied",
}


class Status(IntFlag):
    """Fourth byte; other bits are seen in use and mean nothing to us."""

    RETRANSMIT = 1
    CONTINUED = 2


# Bar code types that say by themselves what an AIM identifier would. Plain 2-D types
# do not tell GS1 from not, so for them only an identifier in the data does.
AIM_OF_TYPE: dict[int, str] = {0x0F: "]C1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet, checked: opcode, status and data."""

    opcode: int
    status: int = 0
    data: bytes = b""

    @property
    def is_repeat(self) -> bool:
        """Sent before, and not acknowledged then."""
        return bool(self.status & Status.RETRANSMIT)

    @property
    def is_continued(self) -> bool:
        """The next packet carries on."""
        return bool(self.status & Status.CONTINUED)


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Bytes that should have been a packet and whose checksum is wrong."""
