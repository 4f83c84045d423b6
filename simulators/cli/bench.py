"""`line-sim bench`: seeds of the whole line in virtual time."""

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Annotated

import typer

from simulators.bench.judge import judged
from simulators.bench.run import Outcome
from simulators.bench.scenario import draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a seed came to. `wrong` has one sentence for each broken invariant."""

    seed: int
    wrong: tuple[str, ...]
    virtual_s: float = 0.0
    real_s: float = 0.0
    trace: str = ""
    kills: tuple[tuple[str, int], ...] = ()
    stops: int = 0


def run_seed(seed: int, bottles: int) -> Result:
    """Simulate one seed and judge it; a crash is a broken seed too."""

    def told(outcome: Outcome | None, wrong: tuple[str, ...]) -> Result:
        if outcome is None:
            return Result(seed=seed, wrong=wrong)
        return Result(
            seed=seed,
            wrong=wrong,
            virtual_s=outcome.virtual_s,
            real_s=outcome.real_s,
            trace=outcome.trace,
            kills=tuple(outcome.kills.items()),
            stops=outcome.resumed,
        )

    return judged(draw(seed, bottles), told)


def bench(
    seeds: Annotated[int, typer.Option(min=1, help="how many seeds")] = 20,
    bottles: Annotated[int, typer.Option(min=1, help="good bottles an order")] = 2000,
    first: Annotated[int, typer.Option(help="the first seed")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="processes at a time")] = 2,
    twice: Annotated[
        bool, typer.Option("--twice", help="run each seed twice, compare the traces")
    ] = False,
) -> None:
    """Whole line in virtual time: faults from seeds, invariants I1-I7. 虚拟时间仿真

    One line a seed on stdout; exit code 1 if an invariant is broken, with the command
    that replays the seed.
    """
    began_s = time.perf_counter()
    wanted = [seed for seed in range(first, first + seeds) for _ in range(1 + twice)]
    results: list[Result] = []
    with ProcessPoolExecutor(jobs) as pool:
        running = [pool.submit(run_seed, seed, bottles) for seed in wanted]
        for done in as_completed(running):
            result = done.result()
            results.append(result)
            print(_line(result), flush=True)
    took_s = time.perf_counter() - began_s
    broken = sorted({r.seed for r in results if r.wrong})
    unlike = _unlike(results)
    _summary(results, bottles, took_s, jobs)
    for seed in broken:
        print(f"replay: line-sim bench --seeds 1 --first {seed} --bottles {bottles}")
    for seed in unlike:
        print(f"seed {seed} gave different traces")
    raise typer.Exit(1 if broken or unlike else 0)


def _line(result: Result) -> str:
    verdict = "ok" if not result.wrong else "BROKEN"
    speed = result.virtual_s / result.real_s if result.real_s else 0
    kills = " ".join(f"{name}:{n}" for name, n in result.kills)
    text = (
        f"{result.seed:5} {verdict:6} {result.virtual_s:7.0f} s {speed:5.0f}x "
        f"{result.trace[:16]} stops {result.stops} kills {kills or '-'}"
    )
    return "\n".join([text, *(f"      {sentence}" for sentence in result.wrong[:8])])


def _unlike(results: list[Result]) -> list[int]:
    traces: dict[int, set[str]] = {}
    for result in results:
        traces.setdefault(result.seed, set()).add(result.trace)
    return sorted(seed for seed, found in traces.items() if len(found) > 1)


def _summary(results: list[Result], bottles: int, took_s: float, jobs: int) -> None:
    virtual_s = sum(r.virtual_s for r in results)
    real_s = sum(r.real_s for r in results)
    kills: Counter[str] = Counter()
    for result in results:
        kills.update(dict(result.kills))
    print(
        f"{len(results)} runs of {bottles} bottles: {virtual_s / 3600:.1f} line-hours "
        f"in {took_s:.0f} s with {jobs} processes ({virtual_s / took_s:.0f} x real "
        f"time; one process {virtual_s / max(real_s, 1e-9):.0f} x), "
        f"{sum(bool(r.wrong) for r in results)} broken, {kills.total()} kills"
    )
    sys.stdout.flush()
