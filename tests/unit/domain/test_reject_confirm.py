"""F32: every reject fired is seen to fall, or told once as overdue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.reject_confirm import RejectConfirm

pytestmark = pytest.mark.fault("F32")


def confirm(**counts: int) -> RejectConfirm:
    return RejectConfirm(limit_s=0.3, **{"fired": 10, "confirmed": 8} | counts)


def test_a_reject_that_falls_in_time_is_no_news():
    subject = confirm()
    assert subject.take(11, 8, 1.0) == 0
    assert subject.take(11, 8, 1.29) == 0
    assert subject.take(11, 9, 1.31) == 0
    assert subject.take(11, 9, 99.0) == 0


def test_one_that_does_not_is_told_once():
    subject = confirm()
    subject.take(12, 8, 1.0)
    assert subject.take(12, 9, 1.31) == 1
    assert subject.take(12, 9, 2.0) == 0
    assert subject.take(13, 10, 3.0) == 0


def test_a_late_fall_does_not_confirm_a_later_reject_in_advance():
    subject = confirm()
    subject.take(11, 8, 1.0)
    assert subject.take(11, 8, 2.0) == 1
    assert subject.take(11, 9, 3.0) == 0
    subject.take(12, 9, 4.0)
    assert subject.take(12, 9, 4.4) == 1


def test_counters_wrap_and_going_back_is_nothing():
    subject = confirm(fired=2**32 - 1, confirmed=2**32 - 1)
    assert subject.take(1, 2**32 - 1, 1.0) == 0
    assert subject.take(1, 1, 1.1) == 0
    assert subject.take(0, 0, 5.0) == 0
    assert subject.take(0, 0, 9.0) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_nothing_is_overdue_while_everything_falls_by_the_next_look(moves):
    subject = RejectConfirm(limit_s=0.3, fired=0, confirmed=0)
    fired = 0
    for number, (more, _) in enumerate(moves):
        before, fired = fired, fired + more
        assert subject.take(fired, before, number * 0.25) == 0


@given(st.lists(st.integers(0, 3), max_size=40))
def test_without_a_sensor_count_every_reject_is_overdue_once(moves):
    subject = RejectConfirm(limit_s=0.3, fired=0, confirmed=0)
    fired, told = 0, 0
    for number, more in enumerate([*moves, 0, 0]):
        fired += more
        told += subject.take(fired, 0, number * 1.0)
    assert told == fired
