"""The proof that a silent agent lets nothing through: stop beating, watch the PLC.

The contract: a heartbeat that stands still for 500 ms makes the PLC reject and then
stop, and only an operator's reset brings it back (docs/devices/line-io.md).
"""

import asyncio

from agent.api.check_models import FailSafeAnswer
from agent.api.ports import ActRefusedError
from agent.line.triggering import Triggering
from drivers.base import LineState

CONTRACT_S = 0.5
# A PLC's cycle and our poll of it come on top of the contract's time.
MARGIN_S = 0.15
# Twice the contract's time: a PLC that needs longer has failed.
SILENCE_S = 1.0
# So long we beat again before we look whether it still wants its reset.
STAYS_S = 0.5
LOOK_S = 0.005


def check_empty(state: LineState | None) -> LineState:
    """The state of an empty line at rest; `ActRefusedError` says what is not so."""
    if state is None:
        raise ActRefusedError("the PLC does not answer")
    if state.running:
        raise ActRefusedError("the conveyor runs: let it stand still")
    if state.items_at_trigger != state.items_at_gate:
        under_way = (state.items_at_trigger - state.items_at_gate) % (1 << 32)
        raise ActRefusedError(f"{under_way} items are under way to the gate")
    if state.needs_reset:
        raise ActRefusedError("the PLC wants its reset already: press the button first")
    return state


async def prove(triggering: Triggering) -> FailSafeAnswer:
    """Be silent for a second at a line that is empty, and say what the PLC did."""
    check_empty(triggering.state)
    loop = asyncio.get_running_loop()
    until_s = loop.time() + SILENCE_S
    triggering.be_silent(until_s)
    after_s: float | None = None
    try:
        while loop.time() < until_s:
            state = triggering.state
            if after_s is None and state is not None and state.needs_reset:
                after_s = loop.time() - triggering.last_beat_s
            await asyncio.sleep(LOOK_S)
    finally:
        silent_s = loop.time() - triggering.last_beat_s
        triggering.be_silent(0.0)
    await asyncio.sleep(STAYS_S)
    state = triggering.state
    return FailSafeAnswer(
        needs_reset_after_ms=None if after_s is None else after_s * 1000,
        stays=state is not None and state.needs_reset,
        silent_ms=silent_s * 1000,
        limit_ms=(CONTRACT_S + MARGIN_S) * 1000,
    )
