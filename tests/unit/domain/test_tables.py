"""Every cell of the state tables."""

import pytest

from agent.domain import code_state, run_state
from agent.domain.code_state import CodeEvent, CodeState, IllegalTransitionError
from agent.domain.run_state import IllegalMoveError, RunEvent, RunState


@pytest.mark.parametrize("state", CodeState)
@pytest.mark.parametrize("event", CodeEvent)
def test_code_cell(state: CodeState, event: CodeEvent) -> None:
    allowed = code_state.TABLE[state]
    if event in allowed:
        assert code_state.after(state, event) is allowed[event]
    else:
        with pytest.raises(IllegalTransitionError) as caught:
            code_state.after(state, event)
        assert (caught.value.state, caught.value.event) == (state, event)


@pytest.mark.parametrize("state", RunState)
@pytest.mark.parametrize("event", RunEvent)
def test_run_cell(state: RunState, event: RunEvent) -> None:
    allowed = run_state.TABLE[state]
    if event in allowed:
        assert run_state.after(state, event) is allowed[event]
    else:
        with pytest.raises(IllegalMoveError):
            run_state.after(state, event)


def test_a_spent_code_never_becomes_printable_again() -> None:
    reachable = {CodeState.GOOD, CodeState.REJECTED, CodeState.VOIDED}
    for _ in CodeState:
        reachable |= {
            after for s in reachable for after in code_state.TABLE[s].values()
        }
    assert CodeState.UNUSED not in reachable
    assert CodeState.IN_FLIGHT not in reachable


def test_every_state_has_its_open_scs_name() -> None:
    assert set(code_state.OPEN_SCS) == set(CodeState)


def test_a_held_line_can_always_be_reached_while_working() -> None:
    for state in (RunState.STARTING, RunState.EXECUTE, RunState.COMPLETING):
        assert run_state.after(state, RunEvent.HOLD) is RunState.HELD
