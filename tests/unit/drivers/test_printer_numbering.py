"""Numbers of our own for a load, and two counts held against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.numbering import TURNOVER, CrossCheck, Numbering


@given(
    stale=st.integers(0, 2 * TURNOVER),
    printed=st.integers(0, TURNOVER // 2),
)
def test_what_is_printed_comes_back(stale, printed):
    numbering = Numbering(stale)
    reported = numbering.base + printed if printed else stale
    if reported == stale and printed:
        pytest.skip("numbers start over far below the old one")
    assert numbering.printed(reported) == printed


@given(stale=st.integers(1, TURNOVER - 1), back=st.integers(1, TURNOVER))
def test_a_number_before_the_load_is_none_of_ours(stale, back):
    assert Numbering(stale).printed(stale - back) is None


def test_numbers_start_over_in_time():
    assert Numbering(TURNOVER).base == 0
    assert Numbering(TURNOVER).printed(TURNOVER) == 0
    assert Numbering(TURNOVER).printed(1) == 1


def test_a_difference_must_hold():
    check = CrossCheck()
    told = [check.differs(1, 2, now_s=0.25 * n) for n in range(10)]
    assert told == [False] * 8 + [True] * 2
    assert not check.differs(2, 2, now_s=3.0)
    assert not check.differs(1, 2, now_s=99.0)


def test_a_few_looks_are_not_enough_however_long():
    check = CrossCheck()
    assert not any(check.differs(1, 2, now_s=100.0 * n) for n in range(7))
    assert check.differs(1, 2, now_s=700.0)
