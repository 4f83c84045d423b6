"""Facts up, in order, until the platform's ledger equals the journal (回传).

The mark moves only by an answer that names this line and epoch and our own chain
hash (`marks.py`); no status code moves it. A batch is retried byte for byte.
"""

import asyncio
import random
from collections.abc import Callable

from agent import killpoints
from agent.clock import WallClock, wall_ms
from agent.sync.backoff import Backoff
from agent.sync.batching import MAX_ENTRIES, Batch, BatchSize, next_batch
from agent.sync.errors import (
    JournalBroken,
    PlatformError,
    PlatformRefused,
    PlatformUnreachable,
)
from agent.sync.marks import after_acceptance, after_check, after_gap
from agent.sync.messages import GapAnswer
from agent.sync.platform import PlatformClient
from agent.sync.ports import JournalSource, MarkStore, Sleep
from agent.sync.status import Condition, SyncStatus, Trouble, trouble_of

# Facts that come one by one share a request this often, not one request each.
LINGER_S = 1.0
# With nothing to send, the marks are compared this often.
CHECK_S = 60.0
# A link too slow for the batch: after so many deadlines missed, try half of it.
_TIMEOUTS_TO_HALVE = 3
# Too large, or not taken: by halves to the one fact that it is about.
_REFUSES_CONTENT = frozenset({400, 413, 422})


def _unheard() -> None: ...


class Uploader:
    """Keeps the platform's ledger of one line and epoch up to date.

    Call `notify` when facts were committed. `on_mark` is called after each move.
    """

    def __init__(
        self,
        *,
        journal: JournalSource,
        marks: MarkStore,
        client: PlatformClient,
        rng: random.Random,
        sleep: Sleep = asyncio.sleep,
        now_ms: WallClock = wall_ms,
        on_mark: Callable[[], None] = _unheard,
        linger_s: float = LINGER_S,
        check_s: float = CHECK_S,
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        self._journal = journal
        self._marks = marks
        self._client = client
        self._sleep = sleep
        self._on_mark = on_mark
        self._linger_s = linger_s
        self._check_s = check_s
        self._condition = Condition("upload", now_ms)
        self._backoff = Backoff(rng)
        self._size = BatchSize(max_entries)
        self._wake = asyncio.Event()
        self._batch: Batch | None = None
        self._timeouts = 0

    def notify(self) -> None:
        """There are new facts."""
        self._wake.set()

    @property
    def status(self) -> SyncStatus:
        """The link, the mark and what is still to go."""
        mark, _ = self._marks.mark()
        head, _ = self._journal.head()
        link = self._condition.link()
        return SyncStatus(
            online=link.online,
            since_ms=link.since_ms,
            trouble=link.trouble,
            last_error=link.last_error,
            held=link.held,
            backlog=head - mark,
            mark=mark,
        )

    async def run(self) -> None:
        """Upload until cancelled."""
        while True:
            self._wake.clear()
            pause_s = await self.step()
            if pause_s is None and not await self._woken():
                pause_s = await self.check()
            if pause_s is not None:
                await self._sleep(pause_s)

    async def _woken(self) -> bool:
        """Wait for new facts; False if there were none for a while."""
        try:
            async with asyncio.timeout(self._check_s):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def step(self) -> float | None:
        """One request at most. Seconds until the next, None if nothing is to go."""
        if self._condition.trouble is Trouble.DIVERGED:
            # While the ledgers differ nothing is sent; only the mark is asked for.
            pause_s = await self.check()
            if pause_s is not None:
                return pause_s
        try:
            if self._batch is None:
                self._batch = next_batch(
                    self._journal, self._marks, entries=self._size.entries
                )
            if self._batch is None:
                return None
            await self._offer(self._batch)
        except (PlatformError, JournalBroken) as error:
            return self._after(error)
        head, _ = self._journal.head()
        mark, _ = self._marks.mark()
        return 0.0 if head - mark >= self._size.entries else self._linger_s

    async def check(self) -> float | None:
        """Compare marks with the platform: it may have gone back in time while we
        had nothing to say. Seconds until the next attempt, None if all is well."""
        try:
            answer = await self._client.mark(self._marks.epoch)
            mark = after_check(answer, self._journal, self._marks)
        except PlatformError as error:
            return self._after(error)
        if mark != self._marks.mark():
            await self._move(mark)
        if self._batch is None:
            self._condition.good()
        return None

    async def _offer(self, batch: Batch) -> None:
        killpoints.visit("before_upload")
        answer = await self._client.send_events(self._marks.epoch, batch.body)
        killpoints.visit("after_upload")
        if isinstance(answer, GapAnswer):
            mark = after_gap(answer, batch, self._journal, self._marks)
        else:
            mark = after_acceptance(answer, batch, self._journal, self._marks)
            self._size.good()
        await self._move(mark)
        self._backoff.reset()
        self._condition.good()

    async def _move(self, mark: tuple[int, bytes]) -> None:
        await self._marks.set_mark(*mark)
        killpoints.visit("after_mark")
        self._batch = None
        self._timeouts = 0
        self._on_mark()

    def _after(self, error: PlatformError | JournalBroken) -> float:
        """Note what went wrong; seconds until the next attempt."""
        trouble, detail, retry_after_s = trouble_of(error), str(error), None
        if isinstance(error, PlatformUnreachable):
            self._timeouts += error.timed_out
            if self._timeouts >= _TIMEOUTS_TO_HALVE:
                self._halve()
        elif isinstance(error, PlatformRefused):
            retry_after_s = error.retry_after_s
            if error.status in _REFUSES_CONTENT and self._batch is not None:
                if self._halve():
                    return 0.0
                trouble = Trouble.RECORD_REFUSED
                detail = f"#{self._batch.first}: {detail}"
        self._condition.bad(trouble, detail)
        return self._backoff.next_s(retry_after_s)

    def _halve(self) -> bool:
        """Give up the batch for half of it; False if it is down to a single fact."""
        self._timeouts = 0
        if self._batch is None or not self._size.halve(self._batch):
            return False
        self._batch = None
        return True
