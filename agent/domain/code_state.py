"""The life of a code, as a table (states of OPEN-SCS in `OPEN_SCS`).

unused ─lease─► in_flight ─accept─► good ─pull─► rejected
                   │  └────void───► voided ─accept─► good   (only a read revives it)
                   └─refuse─► rejected
Pre-printed codes go straight from unused to good or rejected.
"""

from enum import StrEnum


class CodeState(StrEnum):
    """Where a code is in its life; the six add up to what was issued."""

    UNUSED = "unused"
    IN_FLIGHT = "in_flight"
    GOOD = "good"
    REJECTED = "rejected"
    VOIDED = "voided"
    SAMPLED = "sampled"


class CodeEvent(StrEnum):
    """What happens to a code."""

    LEASE = "lease"
    RELEASE = "release"
    ACCEPT = "accept"
    REFUSE = "refuse"
    VOID = "void"
    PULL = "pull"
    SAMPLE = "sample"


class IllegalTransitionError(Exception):
    """An event that the state does not allow; a fault of ours, never of a user."""

    def __init__(self, state: CodeState, event: CodeEvent) -> None:
        super().__init__(f"a code that is {state} cannot {event}")
        self.state = state
        self.event = event


S, E = CodeState, CodeEvent
TABLE: dict[CodeState, dict[CodeEvent, CodeState]] = {
    S.UNUSED: {
        E.LEASE: S.IN_FLIGHT,
        E.ACCEPT: S.GOOD,
        E.REFUSE: S.REJECTED,
        E.VOID: S.VOIDED,
    },
    S.IN_FLIGHT: {
        E.RELEASE: S.UNUSED,
        E.ACCEPT: S.GOOD,
        E.REFUSE: S.REJECTED,
        E.VOID: S.VOIDED,
    },
    S.VOIDED: {E.ACCEPT: S.GOOD, E.REFUSE: S.REJECTED, E.VOID: S.VOIDED},
    S.GOOD: {E.PULL: S.REJECTED, E.SAMPLE: S.SAMPLED},
    S.REJECTED: {},
    S.SAMPLED: {},
}

# OPC 30260 names. A voided code was withdrawn (before use) or its label is gone.
OPEN_SCS: dict[CodeState, str] = {
    S.UNUSED: "Allocated",
    S.IN_FLIGHT: "Encoded",
    S.GOOD: "Commissioned",
    S.REJECTED: "LabelScrapped",
    S.VOIDED: "SNInvalid",
    S.SAMPLED: "Sampled",
}


def after(state: CodeState, event: CodeEvent) -> CodeState:
    """The next state, or `IllegalTransitionError`."""
    try:
        return TABLE[state][event]
    except KeyError:
        raise IllegalTransitionError(state, event) from None
