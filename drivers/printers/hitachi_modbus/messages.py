"""What a Hitachi ink-jet printer keeps in its registers.

Sources: [MAN] Hitachi "Instruction Manual for LAN Communication TUP-I" (RX, RX2, UX),
5th edition, by section. Addresses are those on the wire, from 0.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Holding(IntEnum):
    """Holding registers (MAN 5.4)."""

    FLAG = 0x0000
    """1: what is written from now on is held; 2: it takes effect."""
    ITEMS = 0x0008
    MESSAGE_ASKED = 0x0010
    """Which message `Input.MESSAGE` shows; 0: the one being edited, which prints."""
    COUNTS = 0x0020
    TEXT = 0x0084
    RECALL = 0x1006
    ONLINE = 0x2490
    REMOTE = 0x2494


class Input(IntEnum):
    """Input registers (MAN 5.4)."""

    STATUS = 0x0000
    ANALYSIS = 0x0004
    TYPE = 0x0010
    MANAGEMENT = 0x0050
    PRINT_COUNT = 0x0052
    ALARMS = 0x0070
    MESSAGE = 0x0E40


class Flag(IntEnum):
    """The start/stop flag (MAN 5.6, 3 and 4)."""

    START = 1
    STOP = 2


class Remote(IntEnum):
    """Remote operation (MAN 5.4)."""

    JET_START = 0
    JET_STOP = 1
    DEFLECTION_ON = 2
    DEFLECTION_OFF = 3


class Operation(IntEnum):
    """Operation status, as far as the driver acts by it; `texts` has all of them."""

    PAUSED = 0x30
    NOT_READY = 0x31
    READY = 0x32
    CHANGEOVER_M = 0x46
    STOPPING = 0x49
    CHANGEOVER_S = 0x59
    CHANGEOVER_V = 0x5A
    MAINTENANCE = 0x5C


MAX_ITEMS: Final = 100
MAX_CHARACTERS: Final = 1000
MAX_MESSAGES: Final = 2000
# MAN 5.3: words a request may write or read.
MAX_WRITE: Final = 123
MAX_READ: Final = 125
# The print count goes from 0 to 999 999 999.
COUNT_MODULUS: Final = 10**9

# One request must not span two functional blocks (MAN 5.6, 2): those used here.
HOLDING_BLOCKS: Final = (
    range(0x0020),
    range(0x0020, 0x1000),
    range(0x1006, 0x100C),
    range(0x2490, 0x2494),
    range(0x2494, 0x2498),
)
INPUT_BLOCKS: Final = (
    range(0x0010),
    range(0x0010, 0x0050),
    range(0x0050, 0x0070),
    range(0x0070, 0x0344),
    range(0x0E40, 0x0ED0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStatus:
    """Input registers 0000 to 0003."""

    is_online: bool
    can_receive: bool
    operation: int
    warning: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Input registers 0004 to 0006: the last communication error."""

    function: int
    block: int
    factor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Input registers 0010 to 0021."""

    type_name: str
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Input registers 0050 to 005C. Times in h as the manual's screens show them."""

    ink_operating_time: int
    ink_alarm_time: int
    prints: int
    viscosity: int
    pressure_mpa: float
    ambient_c: int
    deflection_kv: float
    excitation_v_ref: int
    excitation_khz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageInfo:
    """Input registers 0E40 to 0E4D: a message by its number, group and name."""

    number: int
    group: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Input registers 0070 and 0074 to 007A: how many, and the first of them."""

    count: int
    at: str
    number: int
