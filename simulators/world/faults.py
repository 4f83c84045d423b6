"""What goes wrong on a line: by chance with every bottle, and at set times."""

import random
from dataclasses import dataclass
from enum import StrEnum

from simulators.world.bottles import Ruin


class PowerCycle(StrEnum):
    """What a printer still knows after its power was cut (F20)."""

    KEPT = "kept"
    LOST = "lost"
    LAST_AGAIN = "last_again"


class Slip(StrEnum):
    """A printer leaving its sequence by one (F21)."""

    SKIP = "skip"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares of 1. The first three ruin a print; the next two are the trigger's.

    `slips` moves a bottle on the belt after the trigger; `label_misreads` is by scan.
    """

    smeared: float = 0.0
    blank: float = 0.0
    faint: float = 0.0
    missed_triggers: float = 0.0
    double_triggers: float = 0.0
    slips: float = 0.0
    label_misreads: float = 0.0

    def __post_init__(self) -> None:
        shares = (
            self.smeared + self.blank + self.faint,
            self.missed_triggers + self.double_triggers,
            self.slips,
            self.label_misreads,
        )
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError(f"shares must lie between 0 and 1: {self}")

    def ruin(self, chance: float) -> Ruin | None:
        """The defect a number drawn from 0 to 1 stands for."""
        if chance < self.smeared:
            return Ruin.SMEARED
        if chance < self.smeared + self.blank:
            return Ruin.BLANK
        if chance < self.smeared + self.blank + self.faint:
            return Ruin.FAINT
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterPower:
    """The bottle printer loses power for `off_s`."""

    at_s: float
    mode: PowerCycle
    off_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterSlip:
    """The bottle printer skips or repeats one record."""

    at_s: float
    slip: Slip


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCut:
    """The connections of a device break; `for_s` 0: it may be dialled at once."""

    at_s: float
    device: str
    for_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A device takes what it is sent for `for_s` and neither acts nor answers."""

    at_s: float
    device: str
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlcReboot:
    """The PLC starts afresh: counters, shift register and rings are empty."""

    at_s: float


class Hazard(StrEnum):
    """States of the gate and the machine that last a while (F32, F33)."""

    ESTOP = "estop"
    NO_AIR = "no_air"
    GATE_STUCK = "gate_stuck"
    CONFIRM_DEAD = "confirm_dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFault:
    """A hazard from `at_s` on, for `for_s`."""

    at_s: float
    hazard: Hazard
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BottleTaken:
    """A hand takes a bottle off the belt before the gate (F31)."""

    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BottleAdded:
    """A hand puts a bottle between camera and gate; with a code, perhaps (F31)."""

    at_s: float
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStock:
    """A label printer runs out of labels; someone loads a roll `for_s` later."""

    at_s: float
    device: str
    for_s: float


TimedFault = (
    PrinterPower
    | PrinterSlip
    | LinkCut
    | Silence
    | PlcReboot
    | MachineFault
    | BottleTaken
    | BottleAdded
    | LabelStock
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """All that goes wrong in one run; `at_s` counts from the start of the line."""

    rates: Rates = Rates()
    timed: tuple[TimedFault, ...] = ()


def random_faults(rng: random.Random, span_s: float, events: int = 4) -> FaultPlan:
    """A plan of bad prints, sensor faults and `events` device faults within `span_s`.

    Hazards that no PLC can see (a stuck gate) are left out: those belong in tests
    that know what to expect of them.
    """
    rates = Rates(
        smeared=rng.uniform(0, 0.01),
        blank=rng.uniform(0, 0.005),
        faint=rng.uniform(0, 0.005),
        missed_triggers=rng.uniform(0, 0.01),
        double_triggers=rng.uniform(0, 0.01),
        slips=rng.uniform(0, 0.002),
        label_misreads=rng.uniform(0, 0.05),
    )
    times = sorted(rng.uniform(2.0, span_s) for _ in range(events))
    return FaultPlan(rates=rates, timed=tuple(_draw(rng, at_s) for at_s in times))


def _draw(rng: random.Random, at_s: float) -> TimedFault:
    device = rng.choice(("printer", "reader", "case_reader", "case_printer"))
    choices: tuple[TimedFault, ...] = (
        PrinterPower(
            at_s=at_s, mode=rng.choice(tuple(PowerCycle)), off_s=rng.uniform(1, 5)
        ),
        PrinterSlip(at_s=at_s, slip=rng.choice(tuple(Slip))),
        LinkCut(at_s=at_s, device=device, for_s=rng.uniform(0, 2)),
        Silence(at_s=at_s, device="plc", for_s=rng.uniform(0.1, 2)),
        PlcReboot(at_s=at_s),
        BottleTaken(at_s=at_s),
        BottleAdded(at_s=at_s),
    )
    return rng.choice(choices)
