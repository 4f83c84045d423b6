"""`line-sim pairs`: every device with every other, each line as a whole order."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated

import typer

from simulators.bench.judge import judged
from simulators.bench.pairs import WEATHERS, lines
from simulators.bench.run import Outcome, simulate, simulate_on_sockets
from simulators.bench.scenario import Scenario
from simulators.catalogue import LineChoice

Narrow = Annotated[str, typer.Option(help="only lines in which a device has this name")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line and what came of it; `wrong` has a sentence a broken invariant."""

    printer: str
    reader: str
    io: str
    packing_reader: str
    weather: str
    bottles: int
    passed: int
    rejected: int
    stops: int
    wrong: tuple[str, ...]


HEAD = (
    f"{'printer':22} {'reader':11} {'io':20} {'packing':11} {'weather':7} "
    f"{'bottles':>7} {'passed':>6} {'rejected':>8} {'stops':>5}  verdict"
)


def run_line(scenario: Scenario, weather: str, *, wire: bool = False) -> Result:
    """One line to its closed order, judged."""
    choice = scenario.choice

    def told(outcome: Outcome | None, wrong: tuple[str, ...]) -> Result:
        counts = outcome.evidence.record.counts() if outcome else None
        return Result(
            printer=choice.printer,
            reader=choice.reader,
            io=choice.io,
            packing_reader=choice.packing_reader,
            weather=weather,
            bottles=counts.entered if counts else 0,
            passed=counts.passed if counts else 0,
            rejected=counts.rejected if counts else 0,
            stops=outcome.resumed if outcome else 0,
            wrong=wrong,
        )

    return judged(scenario, told, simulate_on_sockets if wire else simulate)


def pairs(  # noqa: PLR0917  each is an option of the command
    bottles: Annotated[int, typer.Option(min=1, help="good bottles an order")] = 120,
    seed: Annotated[int, typer.Option(help="seed of everything random")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="processes at a time")] = 2,
    only: Narrow = "",
    wire: Annotated[
        bool, typer.Option("--wire", help="on loopback and in real time, fair weather")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON instead of a table")
    ] = False,
) -> None:
    """Every printer, reader and line I/O with every other, as whole orders. 两两组合

    The smallest set of lines in which each pair of devices meets: in virtual time, once
    with nothing wrong and once in mild weather. Exit code 1 if an invariant is broken.
    """
    chosen = [line for line in lines() if not only or only in _names(line)]
    if not chosen:
        typer.echo(f"line-sim: no device is called {only!r}", err=True)
        raise typer.Exit(2)
    wanted = [
        (WEATHERS[weather](seed, bottles, line), weather)
        for line in chosen
        for weather in (("fair",) if wire else WEATHERS)
    ]
    results = []
    if not as_json:
        print(HEAD)
    with ProcessPoolExecutor(jobs) as pool:
        for result in pool.map(partial(_run, wire=wire), wanted):
            results.append(result)
            if not as_json:
                print("\n".join(_lines(result)), flush=True)
    broken = sum(bool(result.wrong) for result in results)
    if as_json:
        print(json.dumps([asdict(result) for result in results], indent=1))
    else:
        print(f"{len(chosen)} lines, {len(results)} orders, {broken} broken")
    raise typer.Exit(1 if broken else 0)


def _run(wanted: tuple[Scenario, str], *, wire: bool) -> Result:
    return run_line(*wanted, wire=wire)


def _names(line: LineChoice) -> tuple[str, ...]:
    return line.printer, line.reader, line.io, line.packing_reader


def _lines(result: Result) -> Iterator[str]:
    verdict = "ok" if not result.wrong else "BROKEN"
    yield (
        f"{result.printer:22} {result.reader:11} {result.io:20} "
        f"{result.packing_reader:11} {result.weather:7} {result.bottles:7} "
        f"{result.passed:6} {result.rejected:8} {result.stops:5}  {verdict}"
    )
    yield from (f"      {sentence}" for sentence in result.wrong[:8])
