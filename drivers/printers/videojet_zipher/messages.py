"""What a Zipher text printer says and is told.

Sources: public drivers in use with the printer, one of which cites the protocol's
edition 1.28; see docs/devices/videojet-zipher.md.
"""

from dataclasses import dataclass
from enum import IntEnum


class OverallState(IntEnum):
    """First value of `STS`, and what `SST` asks for."""

    SHUT_DOWN = 0
    STARTING_UP = 1
    SHUTTING_DOWN = 2
    RUNNING = 3
    OFFLINE = 4


class ErrorState(IntEnum):
    """Second value of `STS`."""

    NONE = 0
    WARNINGS = 1
    FAULTS = 2


STATE_TEXTS: dict[int, str] = {
    OverallState.SHUT_DOWN: "已关机 shut down",
    OverallState.STARTING_UP: "正在启动 starting up",
    OverallState.SHUTTING_DOWN: "正在关机 shutting down",
    OverallState.RUNNING: "运行 running",
    OverallState.OFFLINE: "离线 offline",
}

# Notifications we ask for, one after the other: enabled back to back they confused one
# client.
NOTIFICATIONS = ("PRC", "STS", "ERS", "JOB")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line: a keyword of three letters and what stands between the bars."""

    keyword: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterReport:
    """The answer to `GST`. `job` is empty when none is selected."""

    state: int
    error: int
    job: str
    batch: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One entry of `FLT` or `WRN`."""

    number: str
    clearable: bool
    text: str
