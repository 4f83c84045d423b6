"""The budget: later looks only while there is time."""

import numpy as np
import pytest

from agent.vision.reading.budget import Budget, Pace
from agent.vision.reading.reader import CodeVision
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


def test_one_slow_look_does_not_end_the_reading(monkeypatch):
    """The box was busy during it; the next looks are foretold by the usual pace."""
    now_s = 0.0
    slow_ms = 0.0

    def look(_self, _crop, variant):
        nonlocal now_s, slow_ms
        now_s += (4 * variant.weight + slow_ms) / 1000
        slow_ms = 0.0
        return []

    monkeypatch.setattr(CodeVision, "_look", look)
    symbologies = frozenset({Symbology.CODE_128})
    vision = CodeVision(symbologies, budget_ms=60, perf=lambda: now_s)
    usual = vision.read(BLANK).tries
    slow_ms = 40.0
    slow = vision.read(BLANK)
    assert slow.tries[:2] == usual[:2]
    assert slow.elapsed_ms <= 60


def test_what_a_look_will_cost_is_foretold_from_the_usual_pace():
    now_s = 0.0
    pace = Pace()

    def look(budget: Budget, work: float, ms: float) -> None:
        nonlocal now_s
        with budget.look(work):
            now_s += ms / 1000

    first = Budget(100, lambda: now_s, pace)
    assert first.allows(10**6)  # nothing is known yet
    look(first, work=1, ms=40)  # the box was busy
    assert first.allows(1.49)
    assert not first.allows(1.51)
    look(first, work=2, ms=10)
    look(first, work=1, ms=5)
    look(first, work=1, ms=5)
    assert first.elapsed_ms == pytest.approx(60)
    second = Budget(100, lambda: now_s, pace)
    look(second, work=1, ms=90)  # busy again, and the pace is known to be 5
    assert second.allows(1.99)
    assert not second.allows(2.01)
