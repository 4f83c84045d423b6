"""The reads of one reader on their way to whoever takes them, and their counts."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.base import TextRead
from drivers.readers.output import Kind, Reading
from drivers.readings import ReadingBoard

# At 20 reads a second this is over 10 s without a taker; older reads are stale then.
QUEUE_READS = 256


@dataclass(slots=True)
class ReaderCounts:
    """Since the start. `dropped` reads found the queue full and pushed out an older;
    `repeated` ones were the same scan again and went nowhere."""

    reads: int = 0
    no_reads: int = 0
    repeated: int = 0
    ignored: int = 0
    heartbeats: int = 0
    refused: int = 0
    dropped: int = 0

    @property
    def results(self) -> int:
        """Reads and no-reads: times the reader looked and said what came of it."""
        return self.reads + self.no_reads


class ReadQueue:
    """Bounded: a reader that floods loses its oldest reads, with a count.

    A read equal to the one before it (AIM identifier and text) within `repeat_s` of
    its last appearance is the same scan (0: every read counts). `broken` tells how
    many frames never became a reading; the counts are shown on `board`.
    """

    def __init__(
        self,
        board: ReadingBoard,
        *,
        broken: Callable[[], int],
        repeat_s: float = 0.0,
    ) -> None:
        self.counts = ReaderCounts()
        self._repeat_s = repeat_s
        self._last: Reading | None = None
        self._last_s = 0.0
        self._reads: deque[TextRead] = deque()
        self._interruption: Exception | None = None
        self._news = asyncio.Event()
        board.live("reads", lambda: self.counts.reads)
        board.live("no-reads", lambda: self.counts.no_reads)
        board.live("refused", lambda: self.counts.refused)
        board.live("broken", broken)
        board.live("dropped", lambda: self.counts.dropped)
        if repeat_s:
            board.live("repeated", lambda: self.counts.repeated)

    async def read(self) -> TextRead:
        """The oldest read not yet taken; waits for one, over reconnections too."""
        while not self._reads:
            await self._news.wait()
        return self._reads.popleft()

    async def result_after(self, results: int) -> None:
        """Returns once `counts.results` is over `results`; raises what `interrupt` is
        told before."""
        self._interruption = None
        while self.counts.results <= results:
            if self._interruption is not None:
                raise self._interruption
            await self._news.wait()

    def interrupt(self, reason: Exception) -> None:
        """Whoever waits for the result of a trigger waits in vain."""
        self._interruption = reason
        self._wake()

    def take(self, reading: Reading, now_s: float) -> None:
        """Count `reading`, received at `now_s`, and keep it if it is a result."""
        match reading.kind:
            case Kind.IGNORED:
                self.counts.ignored += 1
            case Kind.HEARTBEAT:
                self.counts.heartbeats += 1
            case Kind.REFUSED:
                self.counts.refused += 1
            case Kind.READ if self._is_repeat(reading, now_s):
                self.counts.repeated += 1
            case Kind.READ:
                self.counts.reads += 1
                self._put(reading, now_s)
            case Kind.NO_READ:
                self.counts.no_reads += 1
                self._put(reading, now_s)

    def _is_repeat(self, reading: Reading, now_s: float) -> bool:
        # The window moves with each repeat: a reader held on a label stays one scan.
        within = now_s - self._last_s <= self._repeat_s
        is_repeat = self._repeat_s > 0 and within and reading == self._last
        self._last, self._last_s = reading, now_s
        return is_repeat

    def _put(self, reading: Reading, now_s: float) -> None:
        if len(self._reads) == QUEUE_READS:
            self._reads.popleft()
            self.counts.dropped += 1
        self._reads.append(
            TextRead(
                text=reading.text,
                aim=reading.aim,
                item=reading.item,
                received_at_s=now_s,
            )
        )
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
