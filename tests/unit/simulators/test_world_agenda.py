"""Timers without a clock."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.world.agenda import Agenda
from simulators.world.belt import Belt


@given(st.lists(st.integers(0, 5), max_size=30))
def test_what_is_due_runs_by_time_then_in_the_order_it_was_set(
    times: list[int],
) -> None:
    agenda = Agenda()
    ran: list[tuple[int, int]] = []
    for position, when_s in enumerate(times):
        agenda.at(when_s, lambda _now_s, what=(when_s, position): ran.append(what))
    agenda.run_until(5)
    assert ran == sorted((when_s, position) for position, when_s in enumerate(times))
    assert agenda.next_s == inf


def test_what_is_not_due_yet_waits() -> None:
    agenda = Agenda()
    ran: list[float] = []
    agenda.at(2.0, ran.append)
    agenda.run_until(1.9)
    assert (ran, agenda.next_s) == ([], 2.0)
    agenda.run_until(2.0)
    assert ran == [2.0]


def test_what_runs_may_set_more_for_the_same_moment() -> None:
    agenda = Agenda()
    ran: list[float] = []
    agenda.at(1.0, lambda now_s: agenda.at(now_s, ran.append))
    agenda.run_until(1.0)
    assert ran == [1.0]


def test_the_odometer_turns_only_while_the_belt_moves() -> None:
    belt = Belt(100.0, start_s=0.0)
    assert belt.odometer_mm(5.0) == 0
    belt.drive(5.0, moving=True)
    assert belt.odometer_mm(7.0) == 200
    belt.drive(7.0, moving=False)
    assert belt.odometer_mm(100.0) == 200
    belt.drive(100.0, moving=True)
    belt.set_speed(101.0, 10.0)
    assert belt.odometer_mm(102.0) == 310


def test_things_on_the_belt_are_due_by_its_speed() -> None:
    belt = Belt(100.0, start_s=0.0)
    belt.at(300, lambda _mm, _thing: None)
    assert belt.next_s() == inf
    belt.drive(0.0, moving=True)
    assert belt.next_s() == pytest.approx(3.0)
    belt.set_speed(1.0, 50.0)
    assert belt.next_s() == pytest.approx(5.0)
