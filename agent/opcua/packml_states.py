"""The line's run state in PackML's words and numbers (OPC 30050, 6.2)."""

from typing import Final

from agent.domain.run_state import RunState
from agent.domain.words import StopCause

# Number and name of each state, and the node id of its object in the official NodeSet.
STATES: Final = {
    2: ("Stopped", 53),
    3: ("Starting", 29),
    4: ("Idle", 28),
    5: ("Suspended", 31),
    6: ("Execute", 36),
    9: ("Aborted", 61),
    11: ("Held", 34),
    16: ("Completing", 37),
    17: ("Complete", 38),
    18: ("Running", 75),
    19: ("Cleared", 71),
}
SUSPENDED, ABORTED, HELD, RUNNING, CLEARED = 5, 9, 11, 18, 19

_RUNS: Final = {
    RunState.IDLE: 4,
    RunState.STARTING: 3,
    RunState.EXECUTE: 6,
    RunState.HELD: HELD,
    RunState.COMPLETING: 16,
    RunState.COMPLETE: 17,
}
# A stop from outside suspends, the loss of the memory aborts, the rest holds.
_STARVED: Final = (StopCause.CODES_EXHAUSTED,)
_LOST: Final = (StopCause.STORE, StopCause.DISK)

# StopReason.ID, for machines. Numbers are never reused or moved.
CAUSE_IDS: Final = {
    StopCause.CONSECUTIVE_REJECTS: 1,
    StopCause.SEQUENCE: 2,
    StopCause.PRINTER: 3,
    StopCause.READER: 4,
    StopCause.LINE_IO: 5,
    StopCause.REJECT_UNCONFIRMED: 6,
    StopCause.LABELLER: 7,
    StopCause.LABEL_MISMATCH: 8,
    StopCause.CODES_EXHAUSTED: 9,
    StopCause.STORE: 10,
    StopCause.DISK: 11,
    StopCause.OPERATOR: 12,
}


def state_number(state: RunState, cause: StopCause | None) -> int:
    """PackML's number for a line that is `state`, held for `cause` or not."""
    if state is RunState.HELD:
        if cause in _STARVED:
            return SUSPENDED
        if cause in _LOST:
            return ABORTED
    return _RUNS[state]


def is_starved(state: RunState, cause: StopCause | None) -> bool:
    """Whether the line stands for want of codes."""
    return state is RunState.HELD and cause in _STARVED
