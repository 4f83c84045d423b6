"""Every device with every other: few lines that between them have all the pairs.

Each is run as a whole order, once with nothing wrong and once in mild weather.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from simulators.bench.scenario import Kill, Scenario, calm
from simulators.catalogue import CONTROLS, PACKING_READERS, PRINTERS, READERS
from simulators.catalogue.choice import LineChoice
from simulators.world.faults import (
    FaultPlan,
    LinkCut,
    PowerCycle,
    PrinterPower,
    Rates,
    TimedFault,
)

# What can be chosen, by the name of the choice.
FACTORS: Mapping[str, Sequence[str]] = {
    "printer": tuple(PRINTERS),
    "reader": tuple(READERS),
    "io": tuple(CONTROLS),
    "packing_reader": tuple(PACKING_READERS),
}
# From power on until the first bottle, about, s.
FIRST_BOTTLE_S = 4.0
BOTTLES_A_S = 10.0
MILD = Rates(
    smeared=0.01,
    blank=0.005,
    missed_triggers=0.005,
    double_triggers=0.005,
    label_misreads=0.02,
)

Pair = tuple[tuple[str, str], tuple[str, str]]


def pairs_of(row: Mapping[str, str]) -> Iterator[Pair]:
    """Every two choices of a row."""
    yield from combinations(row.items(), 2)


def covering(factors: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Rows with one value a factor, in which every two values of two factors meet.

    Greedy and always the same: each row begins with a pair that is still missing and
    takes, factor by factor, the value that brings most missing ones.
    """
    missing = {
        ((one, a), (other, b)): None
        for one, other in combinations(factors, 2)
        for a in factors[one]
        for b in factors[other]
    }
    rows = []
    while missing:
        row = _row(factors, missing)
        for pair in pairs_of(row):
            missing.pop(pair, None)
        rows.append(row)
    return rows


def _row(
    factors: Mapping[str, Sequence[str]], missing: Mapping[Pair, None]
) -> dict[str, str]:
    chosen = dict(next(iter(missing)))
    for name, values in factors.items():
        if name not in chosen:
            chosen[name] = max(values, key=lambda v: _brings(chosen, name, v, missing))
    return {name: chosen[name] for name in factors}


def _brings(
    chosen: Mapping[str, str], name: str, value: str, missing: Mapping[Pair, None]
) -> int:
    """How many missing pairs this value makes with what is chosen."""
    new = (name, value)
    return sum((old, new) in missing or (new, old) in missing for old in chosen.items())


def lines() -> list[LineChoice]:
    """The lines that between them have every pair of devices."""
    return [LineChoice(**row) for row in covering(FACTORS)]


def fair(seed: int, bottles: int, choice: LineChoice) -> Scenario:
    """Nothing goes wrong."""
    return replace(calm(seed, bottles), choice=choice)


def mild(seed: int, bottles: int, choice: LineChoice) -> Scenario:
    """What every line must bear without a wrong bottle.

    Bad prints and triggers, a power cut of the printer, links cut, the agent killed.
    A line with remote I/O is spared what makes its box unwatched: its guarantee is
    weaker then (docs/devices/remote-io.md), and its own tests say how much.
    """
    rng = random.Random(f"mild {seed}")
    watched = choice.control.box is not None

    def some_time() -> float:
        return FIRST_BOTTLE_S + rng.uniform(0, bottles / BOTTLES_A_S)

    mode = rng.choice(tuple(PowerCycle))
    timed: list[TimedFault] = [
        PrinterPower(at_s=some_time(), mode=mode, off_s=2.0),
        LinkCut(at_s=some_time(), device="printer"),
        LinkCut(at_s=some_time(), device="reader"),
        LinkCut(at_s=some_time(), device="case_reader", for_s=1.0),
    ]
    kill = Kill(point="after_commit", visit=rng.randint(1, 5), at_s=some_time())
    if not watched:
        timed.append(LinkCut(at_s=some_time(), device="plc"))
    return replace(
        fair(seed, bottles, choice),
        faults=FaultPlan(rates=MILD, timed=tuple(timed)),
        kills=() if watched else (kill,),
        lost_replies=0.05,
    )


WEATHERS = {"fair": fair, "mild": mild}
