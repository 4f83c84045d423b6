"""The settlement of a closed order up, once the platform has its facts (对账)."""

import asyncio
import random
from dataclasses import asdict

from agent.clock import WallClock, wall_ms
from agent.sync.backoff import Backoff
from agent.sync.errors import JournalBroken, PlatformError, PlatformRefused
from agent.sync.messages import ItemReport, LevelReport, Reconciliation
from agent.sync.platform import PlatformClient
from agent.sync.ports import BooksSource, JournalSource, MarkStore, OrderBooks, Sleep
from agent.sync.status import Condition, LinkStatus, Trouble, trouble_of

_REFUSES_CONTENT = frozenset({400, 413, 422})


class Returns:
    """Posts the books of closed orders, in the order of their closing.

    Call `notify` when the mark moved: books go up once the mark has passed the
    order's `OrderClosed`, so the platform can check them against its ledger.
    """

    def __init__(
        self,
        *,
        books: BooksSource,
        journal: JournalSource,
        marks: MarkStore,
        client: PlatformClient,
        rng: random.Random,
        sleep: Sleep = asyncio.sleep,
        now_ms: WallClock = wall_ms,
    ) -> None:
        self._books = books
        self._journal = journal
        self._marks = marks
        self._client = client
        self._sleep = sleep
        self._condition = Condition("returns", now_ms)
        self._backoff = Backoff(rng)
        self._wake = asyncio.Event()
        # Kept as a cursor: the number of the last `OrderClosed` that was returned.
        self._cursor = f"returns {marks.epoch}"

    def notify(self) -> None:
        """The mark moved."""
        self._wake.set()

    @property
    def status(self) -> LinkStatus:
        """The link as the returns see it."""
        return self._condition.link()

    async def run(self) -> None:
        """Return books until cancelled."""
        while True:
            self._wake.clear()
            pause_s = await self.step()
            if pause_s is None:
                await self._wake.wait()
            else:
                await self._sleep(pause_s)

    async def step(self) -> float | None:
        """One request at most. Seconds until the next, None if nothing is due."""
        mark, _ = self._marks.mark()
        returned = int(self._marks.cursor(self._cursor) or "0")
        due = next(iter(self._books.closed_after(returned)), None)
        if due is None or due.seq > mark:
            return None
        try:
            await self._client.send_reconciliation(self._report(due))
        except (PlatformError, JournalBroken) as error:
            return self._after(error)
        await self._marks.set_cursor(self._cursor, str(due.seq))
        self._backoff.reset()
        self._condition.good()
        return 0.0

    def _report(self, books: OrderBooks) -> Reconciliation:
        closed_hash = self._journal.hash_at(books.seq)
        if closed_hash is None:
            raise JournalBroken(
                f"order {books.order} closed at {books.seq}, no such fact"
            )
        return Reconciliation(
            line=self._marks.line,
            epoch=self._marks.epoch,
            order=books.order,
            seq=books.seq,
            hash=closed_hash.hex(),
            levels=tuple(LevelReport(**asdict(each)) for each in books.levels),
            items=ItemReport(**asdict(books.items)),
        )

    def _after(self, error: PlatformError | JournalBroken) -> float:
        trouble, asked_s = trouble_of(error), None
        if isinstance(error, PlatformRefused):
            asked_s = error.retry_after_s
            if error.status in _REFUSES_CONTENT:
                trouble = Trouble.RECORD_REFUSED
        self._condition.bad(trouble, str(error))
        return self._backoff.next_s(asked_s)
