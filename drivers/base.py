"""What the line may ask of a device, whatever its make.

Every call either returns or raises a `drivers.errors.DriverError`. Calls ask for
states, never for toggles, so a repeated call is harmless; the exception is `queue`,
which hands over codes and is never repeated (promise 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol, runtime_checkable


class LinkState(StrEnum):
    """States of a connection; the table of moves is in `drivers.link`."""

    DOWN = "down"
    OPENING = "opening"
    READY = "ready"
    BACKING_OFF = "backing_off"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """How a device is: link, since when (monotonic seconds), and what it says."""

    device: str
    link: LinkState
    since_s: float
    detail: str = ""


class Device(Protocol):
    """A thing with a name and a link. `run` keeps the link up until cancelled."""

    name: str

    async def run(self) -> None: ...

    def status(self) -> DeviceStatus: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRecord:
    """One code for one product. Numbers rise by one within a loaded buffer."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintProgress:
    """What the printer says of its buffer.

    `last_started` is the number of the last record it began to print (0: none since
    the buffer was cleared), `finished` whether that one is complete, `queued` how many
    records wait (one in the print stage included), `triggers` its count of product
    triggers, `depth` its capacity.
    """

    last_started: int
    finished: bool
    queued: int
    triggers: int
    depth: int


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
    """

    @property
    def session(self) -> int: ...

    async def status_of_printer(self) -> PrinterStatus: ...

    async def job(self) -> str: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def clear(self) -> None: ...

    async def queue(self, records: Sequence[PrintRecord]) -> None: ...

    async def progress(self) -> PrintProgress: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Fields of a label template by name; `copies` is always one."""

    template: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPrinterStatus:
    """`waiting` counts formats not yet out; `fault` names what needs a hand."""

    paused: bool
    paper_out: bool
    ribbon_out: bool
    head_open: bool
    waiting: int

    @property
    def fault(self) -> str:
        """The words of the first thing in the way, or an empty text."""
        causes = {
            "paper out": self.paper_out,
            "ribbon out": self.ribbon_out,
            "head open": self.head_open,
            "paused": self.paused,
        }
        return next((word for word, is_so in causes.items() if is_so), "")


class LabelPrinter(Device, Protocol):
    """A printer of single labels; printing is never retried by the driver."""

    @property
    def session(self) -> int: ...

    async def print_label(self, label: Label) -> None: ...

    async def status_of_printer(self) -> LabelPrinterStatus: ...

    async def cancel_all(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRead:
    """One frame of a reader: payload without AIM prefix; None text is a no-read.

    `item` is the trigger number the reader put into its output, where it can.
    """

    text: str | None
    aim: str | None
    item: int | None
    received_at_s: float


class CodeReader(Device, Protocol):
    """A reader that pushes results. `read` waits for the next one."""

    async def read(self) -> TextRead: ...


class Verdict(IntEnum):
    """Values of the verdict ring (line I/O contract)."""

    NONE = 0
    PASS = 1
    REJECT = 2


class Outcome(IntEnum):
    """Values of the outcome ring: what the PLC saw happen at the gate."""

    NONE = 0
    PASSED = 1
    REJECTED = 2
    ABSENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """One consistent picture of the PLC's registers."""

    map_version: int
    boot_id: int
    heartbeat: int
    running: bool
    estop: bool
    air_ok: bool
    bin_full: bool
    confirm_ok: bool
    manual: bool
    needs_reset: bool
    items_at_trigger: int
    items_at_gate: int
    rejects_fired: int
    rejects_confirmed: int
    belt_mm_s: int
    encoder: int
    outcomes: tuple[int, ...]

    def outcome(self, item: int) -> Outcome:
        """What became of `item`; NONE when its slot holds another item's."""
        value = self.outcomes[item % len(self.outcomes)]
        if value >> 2 != item % 16384:
            return Outcome.NONE
        return Outcome(value & 3)


class Beacon(IntEnum):
    """Bits of the beacon register."""

    RED = 1
    AMBER = 2
    GREEN = 4
    BUZZER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommand:
    """What the agent tells the PLC with every heartbeat.

    `run` opens the infeed; without it the conveyor only clears itself. `stop` halts
    the conveyor now. `beacon` is a sum of `Beacon` bits.
    """

    run: bool
    stop: bool
    beacon: int = 0


@runtime_checkable
class LineIO(Device, Protocol):
    """The line I/O contract, map version 1, over whichever face."""

    async def poll(self) -> LineState: ...

    async def beat(self, command: LineCommand) -> None: ...

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None: ...
