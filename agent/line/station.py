"""The line put together: devices, stages, and one order after another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from agent.domain.facts import OrderStarted
from agent.domain.run_state import RunEvent, RunState
from agent.domain.spec import Order
from agent.domain.words import Level, StopCause
from agent.line.order_run import LineDevices, OrderRun, RunRules
from agent.line.ports import CodeBook, Journal, OrderMemory
from agent.line.running import Running
from agent.line.triggering import Triggering
from agent.line.verifying import ItemReads, Verifying
from drivers.base import Beacon, LineCommand, LineState

log = logging.getLogger(__name__)

BEACONS = {
    RunState.IDLE: Beacon.AMBER,
    RunState.STARTING: Beacon.AMBER,
    RunState.EXECUTE: Beacon.GREEN,
    RunState.HELD: Beacon.RED,
    RunState.COMPLETING: Beacon.GREEN,
    RunState.COMPLETE: Beacon.AMBER,
}


class OrderError(Exception):
    """An order cannot be started; says which and why."""


OpenOrder = Callable[
    [str], Awaitable[tuple[Order, OrderMemory, Mapping[Level, CodeBook]]]
]


class Line:
    """Runs one coding line. Everything it needs is handed in."""

    def __init__(
        self,
        devices: LineDevices,
        *,
        reads_for: Callable[[Order], ItemReads],
        rules: RunRules,
        poll_s: float,
        journal: Journal,
        open_order: OpenOrder,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._devices = devices
        self._reads_for = reads_for
        self._rules = rules
        self._journal = journal
        self._open_order = open_order
        self._queue: asyncio.Queue[tuple[str, str, bool]] = asyncio.Queue(1)
        self._ending = False
        self.running = Running(journal)
        self.current: OrderRun | None = None
        self.triggering = Triggering(
            devices.io,
            poll_s=poll_s,
            command=self.command,
            on_state=self._take,
            on_silent=self._on_silent,
            on_turn=on_turn,
        )

    @property
    def is_free(self) -> bool:
        """Whether the line has no order."""
        return self.current is None and self._queue.empty()

    def start_order(self, order: str, by: str) -> None:
        """Begin an order. `OrderError` if the line already has one."""
        self._put(order, by, is_new=True)

    def continue_order(self, order: str) -> None:
        """Go on with an order that was open when the agent last stopped."""
        self._put(order, "agent", is_new=False)

    def _put(self, order: str, by: str, *, is_new: bool) -> None:
        if self.current is not None or self._queue.full():
            busy = self.current.order.order if self.current else "another order"
            raise OrderError(f"cannot start {order}: the line works on {busy}")
        self._queue.put_nowait((order, by, is_new))

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.triggering.run())
            while True:
                order_id, by, is_new = await self._queue.get()
                await self._work_on(order_id, by, is_new=is_new)

    async def _work_on(self, order_id: str, by: str, *, is_new: bool) -> None:
        order, memory, codes = await self._open_order(order_id)
        if is_new:
            await self._journal.commit(OrderStarted(order=order_id, by=by))
        self.current = OrderRun(
            order,
            devices=self._devices,
            rules=self._rules,
            journal=self._journal,
            memory=memory,
            codes=codes,
            running=self.running,
            verifying=Verifying(self._reads_for(order)),
            by=by,
        )
        try:
            await self.current.run()
        finally:
            self.current = None
        await self.running.move(RunEvent.RESET)

    def command(self) -> LineCommand:
        """What the PLC is told with every heartbeat."""
        state = self.running.state
        run = (
            state is RunState.EXECUTE
            and not self._ending
            and self.current is not None
            and self.current.may_feed()
        )
        stop = state in (RunState.HELD, RunState.STARTING)
        return LineCommand(run=run, stop=stop, beacon=int(BEACONS[state]))

    async def run_out(self, timeout_s: float) -> bool:
        """Close the infeed and let the belt clear itself, before a clean stop.

        Returns whether everything on the belt came through in time; then the printer
        is cleared and codes that were not sent are given back.
        """
        self._ending = True
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + timeout_s
        while loop.time() < deadline_s:
            if self.is_clear():
                await self._give_back()
                return True
            await asyncio.sleep(0.05)
        return False

    async def _give_back(self) -> None:
        run = self.current
        if run is not None and run.printing is not None:
            facts = await run.printing.finish()
            if facts:
                await self._journal.commit(*facts)

    def is_clear(self) -> bool:
        """Nothing numbered on the belt, nothing waiting to be booked."""
        if self.current is None:
            return True
        if self.running.state is not RunState.EXECUTE:
            return True
        register = self.current.tracking.register
        return (
            register is not None
            and register.on_belt() == 0
            and self.current.gating.is_quiet()
        )

    def _take(self, state: LineState) -> None:
        if self.current is not None:
            self.current.take(state)

    async def _on_silent(self, detail: str) -> None:
        await self.running.hold(StopCause.LINE_IO, f"no answer: {detail}")
