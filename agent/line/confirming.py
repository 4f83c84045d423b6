"""Watching that rejects really fall: one that does not stops the line (F32)."""

import asyncio

from agent.domain.reject_confirm import RejectConfirm
from agent.domain.words import StopCause
from agent.line.running import Running
from drivers.base import LineState


class Confirming:
    """For one order. `limit_s` 0: this gate has no confirm sensor."""

    def __init__(self, running: Running, *, limit_s: float) -> None:
        self._running = running
        self._limit_s = limit_s
        self._boot: int | None = None
        self._confirm: RejectConfirm | None = None
        self._overdue: asyncio.Queue[str] = asyncio.Queue()

    def take(self, state: LineState) -> None:
        """One poll of the PLC."""
        if not self._limit_s:
            return
        if self._confirm is None or self._boot != state.boot_id:
            self._boot = state.boot_id
            self._confirm = RejectConfirm(
                limit_s=self._limit_s,
                fired=state.rejects_fired,
                confirmed=state.rejects_confirmed,
            )
            return
        now_s = asyncio.get_running_loop().time()
        overdue = self._confirm.take(
            state.rejects_fired, state.rejects_confirmed, now_s
        )
        if overdue:
            self._overdue.put_nowait(
                f"{overdue} of {state.rejects_fired} rejects not seen to fall; the "
                f"last items at the gate are up to number {state.items_at_gate}"
            )

    async def run(self) -> None:
        """Until cancelled. Everything behind the gate is suspect until looked at."""
        while True:
            detail = await self._overdue.get()
            await self._running.hold(StopCause.REJECT_UNCONFIRMED, detail)
