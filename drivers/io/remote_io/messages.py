"""What a remote I/O box shows, and what is set at it."""

from dataclasses import dataclass
from enum import StrEnum


class Point(StrEnum):
    """What may be wired to the box, by the names of the map files."""

    # Counters.
    TRIGGER = "trigger"
    ENCODER = "encoder"
    GATE = "gate"
    CONFIRM = "confirm"
    # Inputs.
    ESTOP_OK = "estop_ok"
    AIR_OK = "air_ok"
    BIN_FULL = "bin_full"
    CONFIRM_OK = "confirm_ok"
    MANUAL = "manual"
    RESET = "reset"
    # Outputs.
    RUN_PERMIT = "run_permit"
    INFEED = "infeed"
    HEARTBEAT = "heartbeat"
    RESET_LAMP = "reset_lamp"
    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    BUZZER = "buzzer"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxPicture:
    """One look at the box: raw counters, and inputs as the line means them.

    A counter the box does not have is None; an input it does not have is as if all
    were well.
    """

    trigger: int
    encoder: int
    gate: int | None = None
    confirm: int | None = None
    estop: bool = False
    air_ok: bool = True
    bin_full: bool = False
    confirm_ok: bool = True
    manual: bool = False
    reset: bool = False
