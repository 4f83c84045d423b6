"""What a Leibinger JET says and is told (JET3 text protocol, mailing mode).

Sources: public drivers that cite "Leibinger Interface Protocol" 1.7.4 and 1.9.15; see
docs/devices/leibinger-jet.md for what is proven and what is not.
"""

from dataclasses import dataclass
from enum import IntEnum

# Records a JET holds in mailing mode.
FIFO_DEPTH = 256


class NozzleState(IntEnum):
    """First value of `=RS`. Firmware sends others too (200 was seen)."""

    INVALID = 0
    OPENING = 1
    OPEN = 2
    CLOSING = 3
    CLOSED = 4
    BETWEEN = 5


class MachineState(IntEnum):
    """Second value of `=RS`."""

    STANDBY = 1
    INITIALISING = 2
    SERVICE = 3
    NEEDS_NOZZLE = 4
    READY_TO_START = 5
    PRINTING = 6


class JetError(IntEnum):
    """Error numbers of the mailing mode; others are shown by number."""

    FIFO_FULL = 1015
    INDEX_MISSING = 1018
    INDEX_NOT_CONSECUTIVE = 1019
    FIFO_EMPTY = 5043


REFUSALS = frozenset(
    {JetError.FIFO_FULL, JetError.INDEX_MISSING, JetError.INDEX_NOT_CONSECUTIVE}
)

ERROR_TEXTS: dict[int, str] = {
    JetError.FIFO_FULL: "缓冲已满 mailing buffer full",
    JetError.INDEX_MISSING: "记录号缺失或错误 record number missing or wrong",
    JetError.INDEX_NOT_CONSECUTIVE: "记录号不连续 record number not consecutive",
    JetError.FIFO_EMPTY: "缓冲已空 mailing buffer ran empty",
}

MACHINE_TEXTS: dict[int, str] = {
    MachineState.STANDBY: "待机 standby",
    MachineState.INITIALISING: "初始化 initialising",
    MachineState.SERVICE: "维护 service",
    MachineState.NEEDS_NOZZLE: "喷头未开 nozzle is not open",
    MachineState.READY_TO_START: "就绪 ready to start",
    MachineState.PRINTING: "打印中 printing",
}


NOZZLE_TEXTS: dict[int, str] = {
    NozzleState.OPENING: "正在打开 opening",
    NozzleState.OPEN: "打开 open",
    NozzleState.CLOSING: "正在关闭 closing",
    NozzleState.CLOSED: "关闭 closed",
    NozzleState.BETWEEN: "中间位置 in between",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One line of the protocol: `^0`, kind (`?` `=` `!` `*`), two letters, the rest.

    `body` is as sent, escapes included; `fields` cuts it at its TABs.
    """

    kind: str
    code: str
    body: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.body.split("\t"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """`=RS`. `error` is the number without its flag bits; `speed` in 0.1 m/min."""

    nozzle: int
    machine: int
    error: int
    cover_open: bool
    speed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FifoStatus:
    """`=SM`. `entries` leaves out a record already in the print stage.

    `finished` belongs to `last_started`; `print_gos` counts product triggers.
    """

    depth: int
    entries: int
    last_started: int
    stop_at: int
    finished: bool
    print_gos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """`=CC`: prints since the counter was reset, and in the printer's life."""

    product: int
    stop_after: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`=VS`; an empty text is what it does not say."""

    model: str
    firmware: str
    serial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobField:
    """An EXTERN TEXT of a job (`?JB`): `number` 0 is not fed by mailing records."""

    length: int
    number: int
