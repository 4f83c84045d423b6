"""The learned order of looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.reading.order import LookOrder

NAMES = ["raw", "blurred", "joined", "unbent"]


def told(order, name, *, has_read, took_ms=0.3, times=1):
    for _ in range(times):
        order.tell(name, has_read=has_read, took_ms=took_ms)


def test_it_starts_as_the_table_says():
    assert list(LookOrder(NAMES).ranked()) == NAMES


def test_what_reads_while_the_first_fails_becomes_the_first():
    order = LookOrder(NAMES)
    for _ in range(4):
        told(order, "raw", has_read=False)
        told(order, "blurred", has_read=False)
        told(order, "joined", has_read=True)
    assert order.ranked()[0] == "joined"


def test_of_two_that_read_as_well_the_cheaper_comes_first():
    order = LookOrder(NAMES)
    told(order, "unbent", has_read=True, took_ms=0.2, times=20)
    told(order, "raw", has_read=True, took_ms=2.0, times=20)
    assert order.ranked()[0] == "unbent"


def test_a_long_success_is_soon_forgotten_when_the_print_changes():
    order = LookOrder(NAMES)
    told(order, "raw", has_read=True, times=10_000)
    changed = 0
    while order.ranked()[0] == "raw":
        told(order, "raw", has_read=False)
        told(order, "joined", has_read=True)
        changed += 1
    assert changed < 40


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.booleans(), st.floats(0, 1000)),
        max_size=200,
    )
)
def test_no_look_is_ever_dropped_and_the_same_reports_give_the_same_order(reports):
    orders = LookOrder(NAMES), LookOrder(NAMES)
    for order in orders:
        for name, has_read, took_ms in reports:
            order.tell(name, has_read=has_read, took_ms=took_ms)
    assert sorted(orders[0].ranked()) == sorted(NAMES)
    assert orders[0].ranked() == orders[1].ranked()


def test_a_look_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match="no look 'x'"):
        LookOrder(NAMES).tell("x", has_read=True, took_ms=1)
