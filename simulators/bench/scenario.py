"""What a seed makes happen: bad prints, sensor faults, power cycles, kills, outages."""

import random
from dataclasses import dataclass, field

from agent import killpoints
from simulators.catalogue import LineChoice
from simulators.world.faults import (
    FaultPlan,
    PowerCycle,
    PrinterPower,
    PrinterSlip,
    Rates,
    Slip,
    TimedFault,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The agent dies at the `visit`-th passing of the kill point, from `at_s` on."""

    point: str
    visit: int
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The platform refuses connections."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One run, drawn from its seed."""

    seed: int
    bottles: int
    faults: FaultPlan
    kills: tuple[Kill, ...]
    outages: tuple[Outage, ...]
    lost_replies: float
    preprinted: bool = False
    choice: LineChoice = field(default_factory=LineChoice)

    @property
    def repeats_by_itself(self) -> bool:
        """Whether the printer prints a code again on its own: by its nature once
        nobody feeds it, or made to."""
        return self.choice.unit_printer.repeats or any(
            (isinstance(f, PrinterPower) and f.mode is PowerCycle.LAST_AGAIN)
            or (isinstance(f, PrinterSlip) and f.slip is Slip.REPEAT)
            for f in self.faults.timed
        )


def draw(seed: int, bottles: int) -> Scenario:
    """Everything that goes wrong in the run of `seed`.

    Each seed kills at one point by turns and at others by chance, so that any twelve
    seeds in a row visit every kill point.
    """
    rng = random.Random(f"scenario {seed}")
    span_s = max(20.0, bottles / 10)
    by_turns = killpoints.NAMES[seed % len(killpoints.NAMES)]
    kills = [Kill(point=by_turns, visit=1, at_s=rng.uniform(0, span_s / 2))]
    kills += [
        _kill(rng, rng.choice(killpoints.NAMES), span_s)
        for _ in range(rng.randrange(3))
    ]
    return Scenario(
        seed=seed,
        bottles=bottles,
        faults=FaultPlan(rates=_rates(rng), timed=_timed(rng, span_s)),
        kills=tuple(sorted(kills, key=lambda kill: kill.at_s)),
        outages=tuple(
            Outage(at_s=rng.uniform(0, span_s), for_s=rng.uniform(1, span_s / 2))
            for _ in range(rng.randrange(3))
        ),
        lost_replies=rng.choice((0.0, 0.05, 0.3)),
        # Every fifth line gets caps that bear their codes already (预赋码).
        preprinted=seed % 5 == 4,
    )


def calm(seed: int, bottles: int) -> Scenario:
    """A run in which nothing goes wrong."""
    return Scenario(
        seed=seed,
        bottles=bottles,
        faults=FaultPlan(),
        kills=(),
        outages=(),
        lost_replies=0.0,
    )


def _kill(rng: random.Random, point: str, span_s: float) -> Kill:
    return Kill(point=point, visit=rng.randint(1, 3), at_s=rng.uniform(0, 0.8 * span_s))


def _rates(rng: random.Random) -> Rates:
    return Rates(
        smeared=rng.uniform(0, 0.02),
        blank=rng.uniform(0, 0.01),
        faint=rng.uniform(0, 0.01),
        missed_triggers=rng.uniform(0, 0.01),
        double_triggers=rng.uniform(0, 0.01),
        label_misreads=rng.uniform(0, 0.05),
    )


def _timed(rng: random.Random, span_s: float) -> tuple[TimedFault, ...]:
    faults: list[TimedFault] = [
        PrinterPower(
            at_s=rng.uniform(2, span_s),
            mode=rng.choice(tuple(PowerCycle)),
            off_s=rng.uniform(1, 5),
        )
        for _ in range(rng.randrange(3))
    ]
    if rng.random() < 0.3:
        slip = rng.choice(tuple(Slip))
        faults.append(PrinterSlip(at_s=rng.uniform(2, span_s), slip=slip))
    return tuple(faults)
