"""Printers that put a code on each product passing their trigger."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base.device import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRecord:
    """One code for one product. Numbers rise by one within a loaded buffer."""

    number: int
    text: str


class Confirmation(StrEnum):
    """How a printer lets its host know that records were printed."""

    COUNTER = "counter"
    """A count rises; which record it was is inferred."""
    HANDSHAKE = "handshake"
    """The next record is refused until the one before it is printed."""
    EVENT = "event"
    """One message a print, without a number."""
    NUMBERED = "numbered"
    """The number of the last record printed is reported."""
    READ_BACK = "read_back"
    """The text last printed is returned."""


class RecordState(StrEnum):
    """What is known of a record handed to a printer."""

    SENT = "sent"
    """Handed over; nothing says that the printer has it."""
    ACCEPTED = "accepted"
    """The printer says it has it."""
    PRINTED = "printed"
    """The printer says it began to print it: of the mark only the camera knows."""
    UNKNOWN = "unknown"
    """The printer's word and ours disagree, or its buffer was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintProgress:
    """What the printer says of its buffer.

    `last_started` is the number of the last record it began to print (0: none since
    the buffer was cleared), `finished` whether that one is complete, `queued` how many
    records wait (one in the print stage included), `triggers` its count of product
    triggers, `depth` how many records may wait.

    `sent` and `accepted` are the numbers of the last record handed over and of the
    last one the printer is known to have taken. `doubt` says, where it does, why the
    printer's word cannot be matched to our records any more: whatever is not printed
    is then of unknown fate until the next `clear`.
    """

    last_started: int
    finished: bool
    queued: int
    triggers: int
    depth: int
    sent: int = 0
    accepted: int = 0
    doubt: str = ""

    def state_of(self, number: int) -> RecordState:
        """What is known of record `number` (one that was handed over)."""
        if number <= self.last_started - (not self.finished):
            return RecordState.PRINTED
        if self.doubt:
            return RecordState.UNKNOWN
        return RecordState.ACCEPTED if number <= self.accepted else RecordState.SENT


class PrinterState(StrEnum):
    """Whether a product passing now would be printed."""

    OFF = "off"
    STARTING = "starting"
    IDLE = "idle"
    PRINTING = "printing"
    FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterStatus:
    """State with the device's own error number (0: none) and its meaning."""

    state: PrinterState
    error: int = 0
    detail: str = ""


class CodePrinter(Device, Protocol):
    """A printer that takes numbered records and prints one per product trigger.

    `session` rises each time the link came up: whatever was queued under an earlier
    session has an unknown fate.

    In what order the line asks: `stop`, `clear`, `progress`, `start`, then `queue` and
    `progress` again and again; `stop` and `clear` at the end. `clear` leaves nothing
    that a product passing now could get as its code. `start` needs no record queued.
    """

    confirmation: Confirmation

    @property
    def session(self) -> int: ...

    async def status_of_printer(self) -> PrinterStatus: ...

    async def job(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def clear(self) -> None: ...

    async def queue(self, records: Sequence[PrintRecord]) -> None: ...

    async def progress(self) -> PrintProgress: ...
