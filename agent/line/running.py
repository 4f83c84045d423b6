"""Whether the line may run, and if not, why: one state machine, one set of causes."""

import asyncio
import logging

from agent.domain.facts import LineResumed, LineStopped
from agent.domain.run_state import RunEvent, RunState, after
from agent.domain.words import StopCause
from agent.line.ports import Journal

log = logging.getLogger(__name__)


class Running:
    """The run state, who may change it, and what waits for the change.

    `hold` takes effect in memory first: a store that cannot write must not keep a
    line moving. `detail` is the sentence shown to the operator.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._changed = asyncio.Condition()
        self._answering = asyncio.Lock()
        self.state = RunState.IDLE
        self.cause: StopCause | None = None
        self.detail = ""

    async def move(self, event: RunEvent) -> None:
        """Advance by `event`; a move the table lacks is a fault of ours.

        The state changes before anything is waited for, so nothing comes between a
        caller's look at it and the move.
        """
        self.state = after(self.state, event)
        log.info("run state %s after %s", self.state, event)
        async with self._changed:
            self._changed.notify_all()

    async def hold(self, cause: StopCause, detail: str) -> None:
        """Stop the line for `cause`. While held already, the first cause stands."""
        if self.state in (RunState.IDLE, RunState.COMPLETE, RunState.HELD):
            return
        self.cause, self.detail = cause, detail
        await self.move(RunEvent.HOLD)
        log.warning("line held: %s: %s", cause, detail)
        await self._journal.commit(LineStopped(cause=cause, detail=detail))

    async def resume(self, by: str, reason: str) -> bool:
        """Go on after a hold; False if the line was not held."""
        async with self._answering:
            if self.state is not RunState.HELD:
                return False
            await self._journal.commit(LineResumed(by=by, reason=reason))
            self.cause, self.detail = None, ""
            await self.move(RunEvent.UNHOLD)
            return True

    async def end(self) -> None:
        """The order is closed. A hold of the last moment has nothing left to hold."""
        while self.state is not RunState.COMPLETE:
            if self.state is RunState.HELD:
                await self.resume("agent", "the order is closed")
            elif self.state is RunState.COMPLETING:
                await self.move(RunEvent.DONE)
            else:
                await self.move(RunEvent.FINISH)

    async def until(self, *states: RunState) -> RunState:
        """Wait for one of `states`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.state in states)
            return self.state
