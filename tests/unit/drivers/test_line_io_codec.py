import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.base import LineState, Outcome, Verdict
from drivers.io.line_io.codec import (
    counter_rise,
    decode_state,
    encode_state,
    ring_value,
    verdict_writes,
)
from drivers.io.line_io.messages import AgentRegister

WORD = st.integers(0, 0xFFFF)
LONG = st.integers(0, 0xFFFFFFFF)
STATES = st.builds(
    LineState,
    map_version=WORD,
    boot_id=WORD,
    heartbeat=WORD,
    running=st.booleans(),
    estop=st.booleans(),
    air_ok=st.booleans(),
    bin_full=st.booleans(),
    confirm_ok=st.booleans(),
    manual=st.booleans(),
    needs_reset=st.booleans(),
    items_at_trigger=LONG,
    items_at_gate=LONG,
    rejects_fired=LONG,
    rejects_confirmed=LONG,
    belt_mm_s=WORD,
    encoder=LONG,
    outcomes=st.lists(WORD, min_size=64, max_size=64).map(tuple),
)


@given(STATES)
def test_a_state_survives_the_registers(state):
    assert decode_state(encode_state(state)) == state


@pytest.mark.parametrize("count", [0, 95, 97])
def test_another_number_of_registers_is_refused(count):
    with pytest.raises(ValueError, match=f"expected 96 registers, got {count}"):
        decode_state([0] * count)


@given(LONG, st.integers(-(2**31), 2**31 - 1))
def test_a_rise_is_seen_over_the_wrap(before, rise):
    assert counter_rise(before, (before + rise) % 2**32) == rise


@given(st.integers(1, 2**32 - 1), st.sampled_from(list(Outcome)))
def test_an_outcome_is_believed_for_its_own_item_only(item, outcome):
    ring = [0] * 64
    ring[item % 64] = ring_value(item, outcome)
    state = decode_state([1] + [0] * 31 + ring)
    assert state.outcome(item) is outcome
    assert state.outcome(item + 64) is Outcome.NONE
    assert state.outcome(item + 16384 - 64) is Outcome.NONE


@given(
    st.dictionaries(
        st.integers(1, 2**32 - 1), st.sampled_from(list(Verdict)), max_size=8
    )
)
def test_verdict_writes_put_each_item_in_its_slot(verdicts):
    if len({item % 64 for item in verdicts}) < len(verdicts):
        with pytest.raises(ValueError, match="share slot"):
            list(verdict_writes(verdicts))
        return
    written = {
        address + offset: value
        for address, values in verdict_writes(verdicts)
        for offset, value in enumerate(values)
    }
    assert written == {
        AgentRegister.VERDICT_RING + item % 64: (item % 16384) * 4 + verdict
        for item, verdict in verdicts.items()
    }


def test_slots_in_a_row_go_in_one_write():
    verdicts = dict.fromkeys([62, 63, 64, 65, 70], Verdict.PASS)
    writes = list(verdict_writes(verdicts))
    assert [(address, len(values)) for address, values in writes] == [
        (128, 2),
        (134, 1),
        (190, 2),
    ]
