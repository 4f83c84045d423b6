"""The composition root: settings and store in, one task group of services out."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping
from importlib.metadata import version

from agent.devices import open_devices
from agent.domain.facts import AgentStarted, Fact
from agent.domain.run_state import RunState
from agent.domain.spec import Order
from agent.domain.words import Level, Mode, StopCause
from agent.intake import StoreIntake
from agent.line.order_run import RunRules
from agent.line.ports import CodeBook, OrderMemory
from agent.line.station import Line, OrderError
from agent.line.tally import Tally
from agent.line_store import PackageBook, StoredOrder, order_of
from agent.opcua.gather import AgentServed
from agent.opcua.host import OpcUaHost
from agent.reports import reconcile
from agent.settings import Settings
from agent.store.store import Store
from agent.store.writer import GroupCommit
from agent.surroundings import Surroundings
from agent.sync.downloads import Downloads
from agent.sync.platform import PlatformClient
from agent.sync.returns import Returns
from agent.sync.uploader import Uploader
from agent.sync_store import StoredBooks, StoredJournal, StoredMarks
from agent.watching import Watching

log = logging.getLogger(__name__)

VERSION = version("line-agent")
# Free share of the disk below which no order starts, and the line stops.
NO_ORDER_SHARE, STOP_SHARE = 0.10, 0.05
WATCH_S = 1.0


class Announced:
    """A journal that tells others what became durable (implements `line.Journal`)."""

    def __init__(self, writer: GroupCommit) -> None:
        self._writer = writer
        self.listeners: list[Callable[[tuple[Fact, ...]], None]] = []

    async def commit(self, *facts: Fact) -> int:
        """Commit, then announce."""
        last = await self._writer.commit(*facts)
        for listener in self.listeners:
            listener(facts)
        return last


class Agent:
    """One line's agent. `run` works until cancelled; the store stays the caller's."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        around: Surroundings,
        *,
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.around = around
        self.reader = store.reader()
        self.writer = GroupCommit(store.ledger, around.write, around.wall_ms)
        self.journal = Announced(self.writer)
        self.tally = Tally()
        self._not_started: set[str] = set()
        self.watching = Watching(settings, around, store.folder)
        self.devices = open_devices(
            settings, around.dialer, around.rng, around.see, watch=self.watching.watch
        )
        rules = settings.rules
        self.line = Line(
            self.devices.line,
            reads_for=self.devices.reads_for,
            rules=RunRules(
                ahead=rules.print_ahead,
                lease=rules.lease,
                reject_limit=rules.reject_limit,
                sequence_limit=rules.sequence_limit,
                confirm_s=rules.confirm_ms / 1000,
                job="" if settings.coding is None else settings.coding.job,
                minimum_grade=self.watching.minimum,
            ),
            poll_s=rules.poll_ms / 1000,
            journal=self.journal,
            open_order=self._open_order,
            on_turn=on_turn,
        )
        self._build_sync()
        self.journal.listeners.append(self._announce)
        self.opcua: OpcUaHost | None = None
        if settings.opcua is not None:
            self.opcua = OpcUaHost(AgentServed(self))

    def _build_sync(self) -> None:
        around, settings = self.around, self.settings
        self._http = around.http(settings.platform.url)
        client = PlatformClient(self._http, line=settings.line.id)
        journal = StoredJournal(self.reader)
        marks = StoredMarks(self.reader, self.writer, self.store.ledger.life)
        intake = StoreIntake(self.store, self.reader, self.journal, around.aside)
        self.downloads = Downloads(
            client=client,
            marks=marks,
            intake=intake.handlers(),
            folder=self.store.folder / "incoming",
            rng=around.rng,
            now_ms=around.wall_ms,
            interval_s=settings.platform.poll_s,
        )
        self.returns = Returns(
            books=StoredBooks(self.reader),
            journal=journal,
            marks=marks,
            client=client,
            rng=around.rng,
            now_ms=around.wall_ms,
        )
        self.uploader = Uploader(
            journal=journal,
            marks=marks,
            client=client,
            rng=around.rng,
            now_ms=around.wall_ms,
            on_mark=self.returns.notify,
        )

    def _announce(self, facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            self.tally.take(fact)
            self.watching.take(fact)
        self.uploader.notify()

    async def run(self, *, ready: Callable[[], None] = lambda: None) -> None:
        """Until cancelled. `ready` is called once everything is up."""
        try:
            log.info("line-agent %s, SQLite %s", VERSION, sqlite3.sqlite_version)
            await self.journal.commit(AgentStarted(version=VERSION))
            async with asyncio.TaskGroup() as group:
                for device in self.devices.all:
                    group.create_task(device.run(), name=device.name)
                self._continue()
                group.create_task(self.line.run())
                group.create_task(self.downloads.run())
                group.create_task(self.uploader.run())
                group.create_task(self.returns.run())
                group.create_task(self._watch())
                group.create_task(self.watching.run())
                ready()
                if self.opcua is not None:
                    group.create_task(self.opcua.run())
        finally:
            await self._http.aclose()
            self.reader.close()

    def _continue(self) -> None:
        """Go on with the order that was open when the agent last stopped."""
        order = self.reader.current_order()
        if order is None:
            return
        books = reconcile(self.reader, order.order)
        self.tally.load(
            passed=books.items_passed,
            reasons=books.reasons,
            unnumbered=books.unnumbered,
            closed=books.containers,
            containers=self._open_containers(order.order),
            passing=[
                each.item
                for each in StoredOrder(self.reader, order.order).open_items()
                if each.passed
            ],
        )
        self.line.continue_order(order.order)

    def _open_containers(self, order: str) -> dict[int, tuple[Level, int, bool]]:
        """Containers not yet closed: level, children, and whether they still fill."""
        found = {}
        for station in self.devices.line.packing:
            level = station.level
            now_open = self.reader.open_container(order, level)
            waiting = [
                *self.reader.awaiting_label(order, level),
                *self.reader.awaiting_scan(order, level),
            ]
            if now_open is not None:
                found[now_open.container] = (level, now_open.children, True)
            found.update({each.container: (level, 0, False) for each in waiting})
        return found

    def start_order(self, order: str, by: str) -> None:
        """Begin an order now; `OrderError` says why not."""
        self._check_startable(order)
        self.line.start_order(order, by)

    def _check_startable(self, order: str) -> None:
        view = self.reader.order(order)
        if view is None:
            raise OrderError(f"there is no order {order!r}")
        if view.state != "received":
            raise OrderError(f"order {order} is {view.state} already")
        if self.around.disk_free(self.store.folder) < NO_ORDER_SHARE:
            raise OrderError("the disk is nearly full: no new order; free some space")
        self._check_fit(order_of(view))

    def _check_fit(self, order: Order) -> None:
        """The order's spec and packages must suit the stations of this line."""
        for level in self._levels():
            try:
                order.spec.level(level)
            except KeyError as error:
                raise OrderError(str(error.args[0])) from None
            if not self.reader.order_packages(order.order, level):
                raise OrderError(f"order {order.order} has no {level} code package yet")
        printed = order.spec.level(Level.UNIT).mode is Mode.PRINT
        if printed and self.devices.line.printer is None:
            raise OrderError(
                f"order {order.order} prints its unit codes; this line has no coding "
                "station"
            )
        refusal = self.devices.refusal(order)
        if refusal:
            raise OrderError(refusal)

    def _levels(self) -> list[Level]:
        """The levels this line puts codes on, outwards."""
        return [Level.UNIT, *(each.level for each in self.devices.line.packing)]

    async def _open_order(
        self, order_id: str
    ) -> tuple[Order, OrderMemory, Mapping[Level, CodeBook]]:
        view = self.reader.order(order_id)
        if view is None:
            raise OrderError(f"there is no order {order_id!r}")
        order = order_of(view)
        books = {
            level: PackageBook(self.reader, order_id, level) for level in self._levels()
        }
        return order, StoredOrder(self.reader, order_id), books

    async def _watch(self) -> None:
        """The disk, and where settings say so, the next order."""
        while True:
            if self.around.disk_free(self.store.folder) < STOP_SHARE:
                await self.line.running.hold(
                    StopCause.DISK, "less than 5 % of the disk is free"
                )
            if self.settings.line.auto_start and self.is_idle():
                self._start_next()
            await asyncio.sleep(WATCH_S)

    def is_idle(self) -> bool:
        """Whether an order could be started now."""
        return self.line.is_free and self.line.running.state is RunState.IDLE

    def _start_next(self) -> None:
        for view in self.reader.orders():
            if view.state == "received":
                try:
                    self.start_order(view.order, by="auto_start")
                except OrderError as error:
                    self._tell_once(str(error))
                else:
                    return

    def _tell_once(self, why: str) -> None:
        """The order is tried every second; its reason is news once."""
        if why not in self._not_started:
            log.info("not started yet: %s", why)
        self._not_started.add(why)
