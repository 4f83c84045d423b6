"""The line's run states: the part of PackML (ISA-TR88.00.02) the agent uses.

idle ─start─► starting ─ready─► execute ─finish─► completing ─done─► complete
                 ▲                 │ hold                 │ hold         │
                 │ unhold          ▼                      ▼              ▼ reset
                 └────────────── held ◄────────────────────            idle
"""

from enum import StrEnum


class RunState(StrEnum):
    """PackML names; held means stopped on purpose, with a cause on the screen."""

    IDLE = "idle"
    STARTING = "starting"
    EXECUTE = "execute"
    HELD = "held"
    COMPLETING = "completing"
    COMPLETE = "complete"


class RunEvent(StrEnum):
    """What moves the line from state to state."""

    START = "start"
    READY = "ready"
    HOLD = "hold"
    UNHOLD = "unhold"
    FINISH = "finish"
    DONE = "done"
    RESET = "reset"


S, E = RunState, RunEvent
TABLE: dict[RunState, dict[RunEvent, RunState]] = {
    S.IDLE: {E.START: S.STARTING},
    S.STARTING: {E.READY: S.EXECUTE, E.HOLD: S.HELD, E.FINISH: S.COMPLETING},
    S.EXECUTE: {E.HOLD: S.HELD, E.FINISH: S.COMPLETING},
    S.HELD: {E.UNHOLD: S.STARTING, E.HOLD: S.HELD},
    S.COMPLETING: {E.DONE: S.COMPLETE, E.HOLD: S.HELD},
    S.COMPLETE: {E.RESET: S.IDLE},
}


class IllegalMoveError(Exception):
    """An event its state does not allow."""


def after(state: RunState, event: RunEvent) -> RunState:
    """The next state, or `IllegalMoveError`."""
    try:
        return TABLE[state][event]
    except KeyError:
        raise IllegalMoveError(f"a line that is {state} cannot {event}") from None
