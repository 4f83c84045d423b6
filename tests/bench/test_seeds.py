"""The whole line in virtual time: invariants I1 to I7, judged from outside."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from agent import killpoints
from simulators.bench.run import Outcome, simulate
from simulators.bench.scenario import calm, draw
from simulators.oracle import check_all

# `make seeds` runs 200 seeds of 2,000; here as many as a push can wait for.
SEEDS = range(24)
BOTTLES = 240


def run(seed: int, folder: Path, bottles: int = BOTTLES) -> Outcome:
    return simulate(draw(seed, bottles), folder)


@pytest.mark.parametrize("seed", SEEDS)
def test_invariants_hold(seed: int, tmp_path: Path) -> None:
    outcome = run(seed, tmp_path)
    assert check_all(outcome.evidence) == []


def test_a_calm_line_wastes_next_to_nothing(tmp_path: Path) -> None:
    outcome = simulate(calm(1, BOTTLES), tmp_path)
    assert check_all(outcome.evidence) == []
    counts = outcome.evidence.record.counts()
    # What was on its way when the last good bottle passed, and no more.
    assert counts.rejected <= 6
    assert outcome.resumed == 0


def test_every_kill_point_is_visited(tmp_path: Path) -> None:
    kills: Counter[str] = Counter()
    for seed in range(len(killpoints.NAMES)):
        kills.update(run(seed, tmp_path / str(seed)).kills)
    assert set(kills) == set(killpoints.NAMES)


@pytest.mark.parametrize("seed", [3, 8])
def test_the_same_seed_gives_the_same_trace_in_any_process(
    seed: int, tmp_path: Path
) -> None:
    here = run(seed, tmp_path / "here", 120).trace
    code = (
        "from pathlib import Path\n"
        "from simulators.bench.run import simulate\n"
        "from simulators.bench.scenario import draw\n"
        f"print(simulate(draw({seed}, 120), Path({str(tmp_path / 'there')!r})).trace)"
    )
    there = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == here
    assert run(seed + 1, tmp_path / "other", 120).trace != here
