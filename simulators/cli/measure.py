"""`line-sim measure`: the figures of `make bench`."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from simulators.cli.bench import run_seed
from simulators.measure import lag, latency, store


class Subject(StrEnum):
    """What can be measured."""

    VERDICT = "verdict"
    LAG = "lag"
    STORE = "store"
    SPEED = "speed"


def speed(console: Console) -> None:
    """How much faster than life the simulation is, in one process."""
    run_seed(0, 50)  # imports and caches
    results = [run_seed(seed, 2000) for seed in (1, 2)]
    virtual_s = sum(result.virtual_s for result in results)
    real_s = sum(result.real_s for result in results)
    console.print(
        f"simulation: {virtual_s:.0f} s of the line in {real_s:.1f} s, "
        f"{virtual_s / real_s:.0f} x real time in one process"
    )


SUBJECTS: dict[Subject, Callable[[Console], None]] = {
    Subject.SPEED: speed,
    Subject.VERDICT: latency.run,
    Subject.LAG: lag.run,
    Subject.STORE: store.run,
}


def measure(
    only: Annotated[
        list[Subject] | None, typer.Option(help="one subject; may be repeated")
    ] = None,
) -> None:
    """Measure verdict latency, loop lag, store and simulation speed. 测量

    Ratios within one run mean something; seconds depend on the machine.
    """
    console = Console(width=110)
    for subject in only or SUBJECTS:
        SUBJECTS[subject](console)
