"""What a ZPL printer says of itself (ZPL II Programming Guide: ~HS, ~HQES, ~HI)."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class HostStatus:
    """The three strings of `~HS`, without what nobody on a line asks for.

    `formats_waiting` counts formats in the receive buffer; `labels_remaining` those
    of the batch being printed; `label_waiting` a label peeled and not yet taken.
    """

    paper_out: bool
    paused: bool
    formats_waiting: int
    buffer_full: bool
    partial_format: bool
    ram_lost: bool
    under_temperature: bool
    over_temperature: bool
    head_open: bool
    ribbon_out: bool
    label_waiting: bool
    labels_remaining: int

    @property
    def idle(self) -> bool:
        """Nothing received is still to be printed."""
        return not (
            self.formats_waiting or self.labels_remaining or self.partial_format
        )


class PrinterError(StrEnum):
    """Error flags of `~HQES`, by the words of Zebra's table."""

    MEDIA_OUT = "media out"
    RIBBON_OUT = "ribbon out"
    HEAD_OPEN = "head open"
    CUTTER_FAULT = "cutter fault"
    HEAD_OVER_TEMPERATURE = "head over-temperature"
    MOTOR_OVER_TEMPERATURE = "motor over-temperature"
    BAD_HEAD_ELEMENT = "bad head element"
    HEAD_DETECTION = "head detection error"
    BAD_FIRMWARE = "bad firmware configuration"
    THERMISTOR_OPEN = "thermistor open"
    RETRACT_JAM = "paper jam during retract"
    PRESENTER_STOPPED = "presenter not running"
    PAPER_FEED = "paper feed error"
    CLEAR_PATH_FAILED = "clear path failed"
    PAUSED = "paused"
    RETRACT_TIMEOUT = "retract timed out"
    BLACK_MARK_CALIBRATE = "black mark calibrate error"
    BLACK_MARK_NOT_FOUND = "black mark not found"


class PrinterWarning(StrEnum):
    """Warning flags of `~HQES`."""

    CALIBRATE_MEDIA = "need to calibrate media"
    CLEAN_HEAD = "clean print head"
    REPLACE_HEAD = "replace print head"
    PAPER_NEAR_END = "paper near end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorStatus:
    """`~HQES`: what is wrong, and what soon will be."""

    errors: tuple[PrinterError, ...]
    warnings: tuple[PrinterWarning, ...]

    def __str__(self) -> str:
        return ", ".join(self.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`~HI`."""

    model: str
    firmware: str
    dots_per_mm: int
    memory_kb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What a printer said unasked (`^SX`).

    `condition` is by the printer's words, in its panel's language. `is_set` says
    whether it began or went, where the words before it are known.
    """

    text: str
    condition: str
    is_set: bool | None
