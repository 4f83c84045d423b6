"""The budget: later looks only while there is time."""

import numpy as np
import pytest

from agent.vision.reading.budget import CALL_PIXELS, PRIOR_LOOKS, Budget, Pace
from agent.vision.reading.looking import Looking
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

BLANK = np.full((160, 160), 200, np.uint8)
MATRIX = frozenset({Symbology.QR, Symbology.DATA_MATRIX})


class Box:
    """A computer whose looks take `unit_ms` for each pixel, on a fake clock."""

    def __init__(self, monkeypatch):
        self.now_s = 100.0
        self.unit_ms = 0.0
        self.delay_ms = 0.0
        monkeypatch.setattr(
            Looking, "look", lambda _self, _part, step, _at: self._look(step)
        )

    def perf(self):
        return self.now_s

    def _look(self, step):
        took_ms = (step.pixels + CALL_PIXELS) * self.unit_ms + self.delay_ms
        self.delay_ms = 0.0
        self.now_s += took_ms / 1000
        return []


@pytest.fixture
def box(monkeypatch):
    return Box(monkeypatch)


def reader(box, budget_ms, symbologies=MATRIX):
    return CodeVision(symbologies, budget_ms=budget_ms, perf=box.perf)


def test_the_first_look_is_made_however_late_it_is(box):
    box.delay_ms = 1000
    result = reader(box, budget_ms=1).read(BLANK)
    assert len(result.tries) == 1
    assert result.elapsed_ms >= 1000
    assert result.timed_out


def test_a_slow_box_gets_fewer_looks_and_ends_in_time(box):
    results = []
    for unit_ms in (1e-6, 1e-4, 3e-4, 6e-4):
        box.unit_ms = unit_ms
        results.append(reader(box, budget_ms=25).read(BLANK))
    tried = [len(result.tries) for result in results]
    assert tried == sorted(tried, reverse=True)
    assert len(set(tried)) == len(tried)
    assert [result.timed_out for result in results] == [False, True, True, True]
    assert all(result.elapsed_ms <= 25 for result in results)


def test_dear_looks_are_left_out_and_cheaper_later_ones_still_made(box):
    box.unit_ms = 1.6e-4
    vision = reader(box, 25, frozenset({Symbology.DATA_MATRIX}))
    tries = vision.read(BLANK).tries
    assert "guess 2px as 4px, blur 1" not in tries  # twice the side
    assert "guess 8px as 4px, blur 1.6" in tries  # later, half the side


@pytest.mark.parametrize("budget_ms", [5, 25, 100])
@pytest.mark.parametrize("shape", [(300, 300), (1024, 1280), (2048, 2448)])
@pytest.mark.parametrize("symbologies", [MATRIX, frozenset(Symbology)])
def test_a_cold_reader_keeps_its_budget_on_the_roughest_picture(
    box, budget_ms, shape, symbologies
):
    """Every look takes as long as the prior says it may at the worst."""
    picture = np.zeros(shape, np.uint8)
    vision = reader(box, budget_ms, symbologies)
    box.unit_ms = vision._pace.usual_ms("zxing whole")
    result = vision.read(picture)
    assert result.tries
    assert result.elapsed_ms <= budget_ms


def test_quiet_pictures_do_not_make_it_careless_with_the_first_look(box):
    vision = reader(box, budget_ms=25)
    box.unit_ms = 1e-7
    picture = np.zeros((2048, 2448), np.uint8)
    calm = [vision.read(picture).tries[0] for _ in range(60)]
    assert len(set(calm)) == 1
    box.unit_ms = 2.5e-5  # noise: 250 times as much
    assert vision.read(picture).elapsed_ms <= 25


def test_a_code_read_late_is_no_time_out(drawn):
    ticking = iter(range(1_000_000))
    vision = CodeVision(
        frozenset({Symbology.QR}), budget_ms=1, perf=lambda: float(next(ticking))
    )
    result = vision.read(drawn("qr", "A"))
    assert result.codes[0].payload == b"A"
    assert not result.timed_out
    assert result.elapsed_ms >= 1000


def test_one_slow_look_does_not_spoil_the_next_pictures(box):
    """The box was busy during it; the next looks are foretold by the usual pace."""
    box.unit_ms = 5e-6
    vision = reader(box, budget_ms=25)
    usual = vision.read(BLANK).tries
    box.delay_ms = 40.0
    assert vision.read(BLANK).elapsed_ms >= 40
    assert vision.read(BLANK).tries == usual


def timed(budget, pixels, took_ms, clock):
    since_ms = budget.elapsed_ms
    clock[0] += took_ms / 1000
    assert budget.spent("look", pixels - CALL_PIXELS, since_ms) == pytest.approx(
        took_ms
    )


def test_the_prior_counts_until_looks_have_been_made():
    clock = [0.0]
    pace = Pace({"look": 1e-4})
    budget = Budget(100, lambda: clock[0], pace)
    assert budget.allows("look", 870_000 - CALL_PIXELS)
    assert not budget.allows("look", 890_000 - CALL_PIXELS)  # 89 ms: over the reserve
    for _ in range(20 * PRIOR_LOOKS):
        timed(budget, 100_000, 1, clock)
    assert pace.usual_ms("look") == pytest.approx(1e-5)
    assert pace.worst_ms("look") == pytest.approx(1e-4)


def test_a_rough_picture_is_foretold_by_its_own_looks():
    clock = [0.0]
    pace = Pace({"look": 1e-5})
    budget = Budget(100, lambda: clock[0], pace)
    assert budget.allows("look", 4_000_000)
    timed(budget, 1_000_000, 30, clock)  # three times what was foretold
    assert budget.allows("look", 1_900_000)
    assert not budget.allows("look", 2_000_000)


def test_large_looks_are_foretold_as_the_roughest_picture():
    clock = [0.0]
    pace = Pace({"look": 1e-4})
    budget = Budget(100, lambda: clock[0], pace)
    for _ in range(60):
        timed(budget, 100_000, 0.1, clock)
    assert budget.allows("look", 290_000)  # 0.3 ms as they come
    assert budget.allows("look", 800_000)
    assert not budget.allows("look", 900_000)  # 90 ms at the worst


def test_a_slower_box_than_the_prior_is_noticed():
    clock = [0.0]
    pace = Pace({"look": 1e-5})
    for _ in range(40):
        timed(Budget(1000, lambda: clock[0], pace), 100_000, 4, clock)
    assert pace.worst_ms("look") == pytest.approx(4e-5)


def test_a_look_left_out_for_past_hiccups_is_tried_again():
    """Looks that are not made are not timed: without doubt they would never return."""
    clock = [0.0]
    pace = Pace({"look": 1e-5})
    for _ in range(40):
        timed(Budget(1e9, lambda: clock[0], pace), 1_000_000, 200, clock)  # a busy hour
    pictures = (Budget(12, lambda: clock[0], pace) for _ in range(100))
    made = [each.allows("look", 290_000) for each in pictures]
    assert not made[0]
    assert made[-1]


def test_a_look_that_the_box_kept_waiting_says_no_more_than_that_it_was_slow():
    clock = [0.0]
    pace = Pace({"look": 1e-5})
    for _ in range(40):
        timed(Budget(1e9, lambda: clock[0], pace), 10_000, 50, clock)
    assert pace.usual_ms("look") == pytest.approx(5e-5)
