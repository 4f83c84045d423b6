"""The end of an order: the last good item, the last container, the last code."""

import asyncio

from agent.domain.facts import Fact, OrderClosed
from agent.domain.run_state import RunEvent, RunState
from agent.domain.spec import Order
from agent.line.gating import Gating
from agent.line.packing import Packing
from agent.line.ports import Journal
from agent.line.printing import Printing
from agent.line.running import Running
from agent.line.tracking import Tracking

# How often the end of an order is looked for.
LOOK_S = 0.1


class Finishing:
    """Closes one order once everything it wanted is made and packed."""

    def __init__(
        self,
        order: Order,
        *,
        journal: Journal,
        running: Running,
        tracking: Tracking,
        gating: Gating,
        packing: list[Packing],
        printing: Printing | None,
        by: str,
    ) -> None:
        self._order = order
        self._journal = journal
        self._running = running
        self._tracking = tracking
        self._gating = gating
        self._packing = packing
        self._printing = printing
        self._by = by

    async def run(self) -> None:
        """Wait for the last good item, close what is open, settle every code."""
        while True:
            await self._running.until(RunState.EXECUTE)
            if self.is_produced():
                await self._running.move(RunEvent.FINISH)
                if await self._pack_the_rest():
                    break
            await asyncio.sleep(LOOK_S)
        facts: list[Fact] = []
        if self._printing is not None:
            facts += await self._printing.finish()
        facts.append(OrderClosed(order=self._order.order, by=self._by))
        await self._journal.commit(*facts)
        await self._running.end()

    def is_produced(self) -> bool:
        """Enough items passed, nothing is on the belt, and all of it is booked."""
        register = self._tracking.register
        return (
            register is not None
            and self._gating.passed >= self._order.target
            and register.on_belt() == 0
            and self._gating.is_quiet()
        )

    async def _pack_the_rest(self) -> bool:
        """Wait until every container is closed; False if the line was held."""
        while self._running.state is RunState.COMPLETING:
            waiting = [p for p in self._packing if not p.packer.is_empty()]
            if not waiting:
                return True
            await self._close_open(waiting[0])
            await asyncio.sleep(LOOK_S)
        return False

    async def _close_open(self, packing: Packing) -> None:
        """The last container of a level: short by the order's word, or a person's."""
        packer = packing.packer
        if packer.open_id is None:
            return
        if self._order.close_short:
            await packing.close_short(
                by=f"order {self._order.order}", reason="the order allows it"
            )
        else:
            self._running.detail = (
                f"{packer.level} {packer.open_id} holds {packer.held} of "
                f"{packer.size}: close it short or fill it up"
            )
