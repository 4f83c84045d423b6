"""docs/simulation.md: its commands, and what it says a seed draws."""

import pytest

from agent import killpoints
from simulators.bench.scenario import draw


@pytest.fixture
def page(root):
    return root / "docs" / "simulation.md"


async def test_the_page_is_what_happens(page, steps, session):
    terminal = session()
    for step in steps(page):
        await terminal.do(step)


def test_seeds_draw_what_the_page_says():
    seeds = [draw(seed, 2000) for seed in range(300)]
    kills = [len(each.kills) for each in seeds]
    assert (min(kills), max(kills)) == (1, 3)
    outages = [len(each.outages) for each in seeds]
    assert (min(outages), max(outages)) == (0, 2)
    assert {each.lost_replies for each in seeds} == {0.0, 0.05, 0.3}
    assert 0.019 < max(each.faults.rates.smeared for each in seeds) <= 0.02
    assert 0.009 < max(each.faults.rates.missed_triggers for each in seeds) <= 0.01
    assert 0.049 < max(each.faults.rates.label_misreads for each in seeds) <= 0.05


@pytest.mark.parametrize("first", [0, 5])
def test_any_twelve_seeds_in_a_row_kill_at_every_point(first):
    drawn = [draw(seed, 2000) for seed in range(first, first + 12)]
    points = {kill.point for each in drawn for kill in each.kills}
    assert points == set(killpoints.NAMES)
