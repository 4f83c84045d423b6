"""Every cell of the link's table: what is in it, and that the rest is refused."""

from itertools import product

import pytest

from drivers.base import LinkState
from drivers.linkstate import MOVES, IllegalMoveError, LinkEvent, advance

EXPECTED = {
    ("down", "dial"): "opening",
    ("down", "wait"): "backing_off",
    ("down", "close"): "closed",
    ("opening", "came_up"): "ready",
    ("opening", "lost"): "down",
    ("opening", "close"): "closed",
    ("ready", "lost"): "down",
    ("ready", "close"): "closed",
    ("backing_off", "dial"): "opening",
    ("backing_off", "close"): "closed",
    ("closed", "dial"): "opening",
}


@pytest.mark.parametrize(("state", "event"), list(product(LinkState, LinkEvent)))
def test_each_cell(state, event):
    expected = EXPECTED.get((state.value, event.value))
    if expected is None:
        with pytest.raises(IllegalMoveError, match=f"{event} while {state}"):
            advance(state, event)
    else:
        assert advance(state, event) == expected


def test_every_state_can_be_reached_and_left():
    reached = {after for moves in MOVES.values() for after in moves.values()}
    assert reached | {LinkState.DOWN} == set(LinkState)
    assert all(MOVES[state] for state in LinkState)
