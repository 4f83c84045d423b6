"""The budget: later looks only while there is time."""

import numpy as np
import pytest

from agent.vision.budget import Budget
from agent.vision.reader import CodeVision
from agent.vision.symbology import Symbology

BLANK = np.full((64, 64), 200, np.uint8)


@pytest.fixture
def read(monkeypatch):
    """Reads a blank picture; each look takes its weight times `ms` on a fake clock."""

    def run(ms: float, budget_ms: float):
        now_s = [100.0]

        def look(_self, _crop, variant):
            now_s[0] += variant.weight * ms / 1000
            return []

        monkeypatch.setattr(CodeVision, "_look", look)
        symbologies = frozenset({Symbology.QR, Symbology.DATA_MATRIX})
        vision = CodeVision(symbologies, budget_ms=budget_ms, perf=lambda: now_s[0])
        return vision.read(BLANK)

    return run


def test_the_first_look_is_made_however_late_it_is(read):
    result = read(ms=1000, budget_ms=1)
    assert result.tries == ("raw",)
    assert result.elapsed_ms == pytest.approx(1000)
    assert result.timed_out


def test_a_slow_box_gets_fewer_looks_and_ends_in_time(read):
    results = [read(ms, budget_ms=60) for ms in (0.5, 2, 8, 20, 50)]
    tried = [len(result.tries) for result in results]
    assert tried == sorted(tried, reverse=True)
    assert len(set(tried)) == len(tried)
    assert [result.timed_out for result in results] == [False, True, True, True, True]
    assert all(result.elapsed_ms <= 60 + 1e-6 for result in results)


def test_dear_looks_are_left_out_and_cheaper_later_ones_still_made(read):
    tries = read(ms=5, budget_ms=22).tries
    assert "guess 2px as 4px, blur 0.25" not in tries  # twice the side, 30 ms
    assert "guess 8px as 4px, blur 0.4" in tries  # later, half the side, 2 ms
    assert "zbar" not in tries


def test_a_code_read_late_is_no_time_out(drawn):
    ticking = iter(range(1_000_000))
    vision = CodeVision(
        frozenset({Symbology.QR}), budget_ms=1, perf=lambda: float(next(ticking))
    )
    result = vision.read(drawn("qr", "A"))
    assert result.codes[0].payload == b"A"
    assert not result.timed_out
    assert result.elapsed_ms >= 1000


def test_what_a_look_will_cost_is_foretold_from_the_usual_look_so_far():
    now_s = 0.0
    budget = Budget(100, lambda: now_s)

    def look(weight: float, ms: float) -> None:
        nonlocal now_s
        with budget.look(weight):
            now_s += ms / 1000

    assert budget.allows(10**6)  # nothing is known yet
    look(weight=1, ms=40)  # the box was busy
    assert budget.allows(1.49)
    assert not budget.allows(1.51)
    look(weight=2, ms=10)
    look(weight=1, ms=5)
    assert budget.elapsed_ms == pytest.approx(55)
    assert budget.allows(8.99)
    assert not budget.allows(9.01)
