"""The life of a link, as a table.

A link begins `down`. It is dialled (`opening`) and comes up (`ready`) once the wire is
open and the device has shown who it is. Any doubt loses it (`down`); it then waits
(`backing_off`) before it is dialled again. `closed` is the end, until it is run anew.
"""

from collections.abc import Mapping
from enum import StrEnum

from drivers.base import LinkState


class LinkEvent(StrEnum):
    """What can happen to a link."""

    DIAL = "dial"
    CAME_UP = "came_up"
    LOST = "lost"
    WAIT = "wait"
    CLOSE = "close"


MOVES: Mapping[LinkState, Mapping[LinkEvent, LinkState]] = {
    LinkState.DOWN: {
        LinkEvent.DIAL: LinkState.OPENING,
        LinkEvent.WAIT: LinkState.BACKING_OFF,
        LinkEvent.CLOSE: LinkState.CLOSED,
    },
    LinkState.OPENING: {
        LinkEvent.CAME_UP: LinkState.READY,
        LinkEvent.LOST: LinkState.DOWN,
        LinkEvent.CLOSE: LinkState.CLOSED,
    },
    LinkState.READY: {
        LinkEvent.LOST: LinkState.DOWN,
        LinkEvent.CLOSE: LinkState.CLOSED,
    },
    LinkState.BACKING_OFF: {
        LinkEvent.DIAL: LinkState.OPENING,
        LinkEvent.CLOSE: LinkState.CLOSED,
    },
    LinkState.CLOSED: {
        LinkEvent.DIAL: LinkState.OPENING,
    },
}


class IllegalMoveError(RuntimeError):
    """An event in a state that does not know it: a fault of this program."""


def advance(state: LinkState, event: LinkEvent) -> LinkState:
    """The state after `event`."""
    try:
        return MOVES[state][event]
    except KeyError:
        raise IllegalMoveError(f"{event} while {state}") from None
