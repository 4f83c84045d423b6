"""Keeping the bottle printer's buffer full, with every code handed out once.

Order of things: lease durable, code noted as sent, bytes out. After any doubt the
buffer is cleared at a standstill and what it held is voided (promise 1).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from agent import killpoints
from agent.domain.facts import CodesReleased, CodesVoided, Fact
from agent.domain.print_window import PrintWindow
from agent.domain.run_state import RunEvent, RunState
from agent.domain.words import CodeRef, StopCause, VoidCause
from agent.line.ports import CodeBook, Journal
from agent.line.running import Running
from drivers.base import CodePrinter, PrinterState, PrintProgress, PrintRecord
from drivers.errors import DeviceFault, DriverError, LinkDown

log = logging.getLogger(__name__)

# How often the buffer is looked at; at 33 items/s that is 8 items.
LOOK_S = 0.25
# More records than the order wants, so that single bad prints do not stop the feed.
MARGIN = 8


class Printing:
    """Feeds one printer for one order.

    `ahead` is how many records it keeps queued, `lease` how many codes it reserves
    at a time, `job` what the printer must have loaded (empty: whatever it has).
    `standstill` gives the number of the next item once the conveyor stands still and
    the line may be loaded, or None while it may not.
    """

    def __init__(
        self,
        printer: CodePrinter,
        *,
        journal: Journal,
        codes: CodeBook,
        key_of: Callable[[str], str],
        window: PrintWindow,
        running: Running,
        wanted: Callable[[], int],
        standstill: Callable[[], int | None],
        ahead: int,
        lease: int,
        job: str = "",
    ) -> None:
        self._printer = printer
        self._journal = journal
        self._codes = codes
        self._key_of = key_of
        self._window = window
        self._running = running
        self._wanted = wanted
        self._standstill = standstill
        self._ahead = ahead
        self._lease = lease
        self._job = job
        self._leased: deque[tuple[CodeRef, str]] = deque()
        self._next_record = 1
        self._session = -1
        self._exhausted = False
        self._turn = asyncio.Lock()
        self._is_over = False
        self.queued = 0

    @property
    def loaded(self) -> bool:
        """Whether items may come: enough queued for the next moments, or the rest."""
        if self._exhausted:
            return self.queued > 0
        return self.queued >= min(self._ahead // 4, max(1, self._wanted()))

    @property
    def is_low(self) -> bool:
        """Whether feeding lags: less is queued than the next moments may take."""
        return (
            self._running.state is RunState.EXECUTE
            and not self._exhausted
            and self.queued < min(self._ahead // 4, self._wanted())
        )

    async def run(self) -> None:
        """Until finished: load when starting, feed while executing."""
        while True:
            state = await self._running.until(RunState.STARTING, RunState.EXECUTE)
            async with self._turn:
                if self._is_over:
                    return
                try:
                    if state is RunState.STARTING:
                        await self._load()
                    else:
                        await self._feed()
                except DriverError as error:
                    self.queued = 0
                    await self._running.hold(StopCause.PRINTER, error.message)
            await asyncio.sleep(LOOK_S)

    async def _load(self) -> None:
        """Empty the buffer at a standstill, void what it held, fill it anew."""
        if self._standstill() is None:
            return
        try:
            status = await self._printer.status_of_printer()
            if status.state in (PrinterState.OFF, PrinterState.STARTING):
                self._running.detail = f"{self._printer.name}: {status.detail}"
                return
            await self._check_job()
            await self._printer.stop()
            await self._printer.clear()
            progress = await self._printer.progress()
        except LinkDown as error:
            # Starting waits for its devices; nothing has been asked of them yet.
            self._running.detail = f"waiting for {error}"
            return
        if progress.queued:
            raise LinkDown(self._printer.name, "the buffer is not empty after a clear")
        await self.void_window()
        first_item = self._standstill()
        if first_item is None:
            return
        self._session = self._printer.session
        self._next_record = progress.last_started + 1
        self._window.begin_era(first_item=first_item, first_record=self._next_record)
        await self._printer.start()
        await self._feed()
        if self._running.state is RunState.STARTING:
            self._running.detail = ""
            await self._running.move(RunEvent.READY)

    async def _check_job(self) -> None:
        """The job is read back before anything is sent: another product's template
        would print a wrong date on every good code (F26)."""
        if not self._job:
            return
        loaded = await self._printer.job()
        if self._job not in (loaded, loaded.replace("\\", "/").rsplit("/", 1)[-1]):
            raise DeviceFault(
                self._printer.name,
                f"job {loaded!r} is loaded, this line wants {self._job!r}: "
                "load it at the printer, then resume",
            )

    async def _feed(self) -> None:
        if self._wanted() <= 0:
            return  # the rest is on its way; a buffer running dry now harms nobody
        if self._printer.session != self._session:
            raise LinkDown(self._printer.name, "the connection was lost")
        await self._check_printer()
        progress = await self._printer.progress()
        if progress.doubt:
            raise DeviceFault(self._printer.name, progress.doubt)
        self.queued = progress.queued
        await self._top_up(progress)

    async def _check_printer(self) -> None:
        status = await self._printer.status_of_printer()
        if status.state is not PrinterState.PRINTING:
            raise LinkDown(
                self._printer.name,
                f"not printing: {status.state} {status.error or ''} {status.detail}",
            )

    async def _top_up(self, progress: PrintProgress) -> None:
        depth = min(self._ahead, progress.depth)
        wanted = self._wanted()
        count = min(depth, wanted + MARGIN) - progress.queued
        # Refilled a quarter at a time: fewer, larger hand-overs.
        if wanted <= 0 or count <= 0 or (self.loaded and count < depth // 4):
            return
        codes = await self._take(count)
        if not codes and not progress.queued:
            await self._running.hold(
                StopCause.CODES_EXHAUSTED, f"no {self._codes.level} codes left"
            )
            return
        records = []
        for ref, text in codes:
            records.append(PrintRecord(number=self._next_record, text=text))
            # Noted before the bytes leave: an error in between is of unknown fate.
            self._window.sent(self._key_of(text), ref, self._next_record)
            self._next_record += 1
        if records:
            await self._printer.queue(records)
            killpoints.visit("after_send")
            self.queued += len(records)

    async def _take(self, count: int) -> list[tuple[CodeRef, str]]:
        """Up to `count` leased codes; leases another block when needed."""
        while len(self._leased) < count:
            lease = self._codes.next_lease(self._lease)
            self._exhausted = lease is None
            if lease is None:
                break
            killpoints.visit("before_reserve")
            await self._journal.commit(lease.fact(self._printer.name))
            killpoints.visit("after_reserve")
            self._leased.extend(lease.codes)
        return [self._leased.popleft() for _ in range(min(count, len(self._leased)))]

    async def void_window(self) -> None:
        """Everything handed out and unseen is of unknown fate: void it."""
        facts = void_facts(self._window.lose(), VoidCause.UNKNOWN_FATE)
        if facts:
            await self._journal.commit(*facts)

    async def finish(self) -> list[Fact]:
        """Belt empty, no more to print: clear the printer; facts that settle codes.

        Codes leased and never sent go back; codes sent and unseen are voided, so a
        printer that does not answer now harms nothing: it is cleared before the next.
        """
        self._is_over = True
        async with self._turn:
            return await self._settle()

    async def _settle(self) -> list[Fact]:
        try:
            await self._printer.stop()
            await self._printer.clear()
        except DriverError as error:
            log.warning("not cleared at the end of the order: %s", error)
        self.queued = 0
        facts: list[Fact] = list(
            void_facts(self._window.lose(), VoidCause.UNKNOWN_FATE)
        )
        facts.extend(release_facts([ref for ref, _ in self._leased]))
        self._leased.clear()
        return facts


def by_package(refs: list[CodeRef]) -> dict[str, list[int]]:
    """Indices by package, both in order."""
    packages: dict[str, list[int]] = {}
    for ref in refs:
        packages.setdefault(ref.package, []).append(ref.index)
    return packages


def release_facts(refs: list[CodeRef]) -> list[Fact]:
    """The unsent tail of each package's lease goes back to unused."""
    return [
        CodesReleased(package=name, first=indices[0], last=indices[-1])
        for name, indices in by_package(refs).items()
    ]


def void_facts(refs: tuple[CodeRef, ...], cause: VoidCause) -> list[Fact]:
    """One fact a package."""
    return [
        CodesVoided(package=name, indices=tuple(sorted(indices)), cause=cause)
        for name, indices in by_package(list(refs)).items()
    ]
