"""One order from start to closed books: its stages, and when it is finished."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.domain.code_format import CodeFormat
from agent.domain.judging import Judge
from agent.domain.print_window import PrintWindow
from agent.domain.reject_run import RejectRun
from agent.domain.run_state import RunEvent, RunState
from agent.domain.spec import Order
from agent.domain.words import Level, Mode, StopCause, VoidCause
from agent.line.assembly import PackingStation, build_packing
from agent.line.confirming import Confirming
from agent.line.deciding import Deciding
from agent.line.finishing import LOOK_S, Finishing
from agent.line.gating import Gating
from agent.line.ports import CodeBook, Journal, OrderMemory
from agent.line.printing import Printing, void_facts
from agent.line.running import Running
from agent.line.tracking import Tracking
from agent.line.verifying import Verifying
from drivers.base import (
    CodePrinter,
    LineIO,
    LineState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDevices:
    """The devices of the line. Without a printer the codes come pre-printed.

    `expose` tells the camera of each new item, where it waits to be told.
    """

    io: LineIO
    printer: CodePrinter | None
    packing: tuple[PackingStation, ...]
    expose: Callable[[int], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """Numbers a plant may set: see `agent.settings.RulesSection`."""

    ahead: int
    lease: int
    reject_limit: int
    sequence_limit: int
    confirm_s: float = 0.3
    job: str = ""
    minimum_grade: float | None = None


class OrderRun:
    """Everything that lives as long as one order is worked on."""

    def __init__(
        self,
        order: Order,
        *,
        devices: LineDevices,
        rules: RunRules,
        journal: Journal,
        memory: OrderMemory,
        codes: Mapping[Level, CodeBook],
        running: Running,
        verifying: Verifying,
        by: str,
    ) -> None:
        self.order = order
        self._devices = devices
        self._journal = journal
        self._memory = memory
        self._running = running
        self._verifying = verifying
        self._first_item = 0
        self._line: LineState | None = None
        self._plc_known: asyncio.Future[int] = (
            asyncio.get_running_loop().create_future()
        )
        unit = order.spec.level(Level.UNIT)
        printed = unit.mode is Mode.PRINT
        self.judge = Judge(
            lookup=codes[Level.UNIT].find,
            target=order.target,
            minimum_grade=least_grade(unit.minimum_grade, rules.minimum_grade),
            accepted=memory.passed(),
            window=PrintWindow() if printed else None,
        )
        self.rejects = RejectRun(
            limit=rules.reject_limit, sequence_limit=rules.sequence_limit
        )
        self.confirming = Confirming(running, limit_s=rules.confirm_s)
        self.packing = build_packing(
            order,
            devices.packing,
            memory=memory,
            journal=journal,
            codes=codes,
            running=running,
        )
        self.gating = Gating(
            order=order.order,
            journal=journal,
            judge=self.judge,
            packer=self.packing[0].packer if self.packing else None,
            packed=self._poke,
            passed=memory.passed(),
        )
        self.tracking = self._build_tracking()
        self.deciding = self._build_deciding()
        self.printing = (
            self._build_printing(devices.printer, unit.format, codes[Level.UNIT], rules)
            if printed
            else None
        )
        self.finishing = Finishing(
            order,
            journal=journal,
            running=running,
            tracking=self.tracking,
            gating=self.gating,
            packing=self.packing,
            printing=self.printing,
            by=by,
        )

    def _build_tracking(self) -> Tracking:
        return Tracking(
            order=self.order.order,
            journal=self._journal,
            memory=self._memory,
            report=self.gating.reports.put_nowait,
            carry=self.gating.carry,
            expose=self._devices.expose,
        )

    def _build_deciding(self) -> Deciding:
        return Deciding(
            self._devices.io,
            order=self.order.order,
            journal=self._journal,
            judge=self.judge,
            rejects=self.rejects,
            running=self._running,
            register=lambda: self.tracking.register,
            counts_from=lambda: self._first_item,
            carry=self.gating.carry,
        )

    def _build_printing(
        self,
        printer: CodePrinter | None,
        code_format: CodeFormat,
        codes: CodeBook,
        rules: RunRules,
    ) -> Printing:
        assert printer is not None, "checked by the settings"
        assert self.judge.window is not None
        return Printing(
            printer,
            journal=self._journal,
            codes=codes,
            key_of=code_format.key,
            window=self.judge.window,
            running=self._running,
            wanted=self.wanted,
            standstill=self._standstill,
            ahead=rules.ahead,
            lease=rules.lease,
            job=rules.job,
        )

    def _poke(self) -> None:
        for packing in self.packing:
            packing.poke()

    def take(self, state: LineState) -> None:
        """One poll of the PLC."""
        self._line = state
        if not self._plc_known.done():
            self._plc_known.set_result(state.boot_id)
        self.tracking.take(state)
        self.confirming.take(state)

    def wanted(self) -> int:
        """Items still to be let in, if everything on the belt turns out well."""
        register = self.tracking.register
        on_the_way = 0
        if register is not None:
            on_the_way = register.judged_passing() + register.unjudged()
        return self.order.target - self.gating.passed - on_the_way

    def may_feed(self) -> bool:
        """Whether the infeed may be open now."""
        if self.wanted() <= 0:
            return False
        return self.printing is None or self.printing.loaded

    def _standstill(self) -> int | None:
        """The next item's number while the conveyor stands; None while it moves."""
        state = self._line
        if state is None or state.running or state.needs_reset or state.estop:
            return None
        self._first_item = state.items_at_trigger + 1
        return self._first_item

    async def run(self) -> None:
        """Until the order is closed (or cancelled)."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            stages = [
                group.create_task(self._verifying.run()),
                group.create_task(self.deciding.run(self._verifying.reads)),
                group.create_task(self.gating.run()),
                group.create_task(self._watch_plc()),
                group.create_task(self.confirming.run()),
            ]
            if self.printing is not None:
                stages.append(group.create_task(self.printing.run()))
            else:
                stages.append(group.create_task(self._start_without_printer()))
            for packing in self.packing:
                stages.append(group.create_task(packing.run_labels()))
                stages.append(group.create_task(packing.run_scans()))
            self._poke()
            await self.finishing.run()
            for stage in stages:
                stage.cancel()

    async def _recover(self) -> None:
        """What a former run handed out and nobody saw is of unknown fate."""
        boot = await self._plc_known
        in_flight = tuple(self._memory.in_flight(Level.UNIT))
        facts = void_facts(in_flight, VoidCause.UNKNOWN_FATE)
        if facts:
            await self._journal.commit(*facts)
        await self.tracking.settle_other_boots(boot)
        self.judge.accepted = self._memory.passed() + sum(
            item.passed for item in self._memory.open_items()
        )
        await self._running.move(RunEvent.START)

    async def _watch_plc(self) -> None:
        """A PLC that restarted has new item numbers: everything is tied anew."""
        while True:
            await self.tracking.rebooted.wait()
            self.tracking.rebooted.clear()
            await self._running.hold(
                StopCause.LINE_IO,
                "the PLC restarted: take away what lies between trigger and packer",
            )

    async def _start_without_printer(self) -> None:
        """Pre-printed mode: nothing to load, so a standstill is all it takes."""
        while True:
            await self._running.until(RunState.STARTING)
            if self._standstill() is not None:
                await self._running.move(RunEvent.READY)
            await asyncio.sleep(LOOK_S)


def least_grade(*demanded: float | None) -> float | None:
    """What spec and station demand together: the stricter of the two."""
    return max((each for each in demanded if each is not None), default=None)
