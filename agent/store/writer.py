"""Group commit: many tasks, one transaction for what has queued since the last."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from agent import killpoints
from agent.domain.facts import Fact
from agent.store.errors import FactRefusedError, StoreError, StoreFaultError
from agent.store.ledger import Ledger

T = TypeVar("T")

# A disk that stalls for 5 s at 20 items/s leaves some hundred sets waiting. Ten
# thousand mean that it does not recover: the answer is a fault, and the line stops.
MAX_WAITING = 10_000
# Beyond about 50 sets a commit grows slower than it saves (measured p99: 27 ms at
# 50, 200 ms at 200).
MAX_GROUP = 64


class Run(Protocol):
    """Runs a function where it may block, one at a time and in order of calls: a
    one-thread executor, or right here in virtual time."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """The result of `work`, or what it raised."""


@dataclass(slots=True)
class _Waiting:
    facts: tuple[Fact, ...]
    done: asyncio.Future[int]


class GroupCommit:
    """Makes facts durable for many tasks at once. Used from one event loop."""

    def __init__(self, ledger: Ledger, run: Run, wall_ms: Callable[[], int]) -> None:
        self._ledger = ledger
        self._run = run
        self._wall_ms = wall_ms
        self._queue: deque[_Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def commit(self, *facts: Fact) -> int:
        """Append `facts` together; returns the last sequence once it is durable.

        `FactRefusedError` if these facts contradict the journal; nothing of them is
        written then, and other tasks' facts are not affected. `StoreFaultError` if
        the disk failed or falls too far behind. Cancelling the wait does not take
        the facts back.
        """
        if len(self._queue) >= MAX_WAITING:
            raise StoreFaultError(
                f"the store is too slow: {MAX_WAITING} sets of facts wait for the disk"
            )
        waiting = _Waiting(facts, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._worker is None:
            self._worker = asyncio.create_task(self._drain())
            self._worker.add_done_callback(_retrieve)
        return await waiting.done

    async def set_mark(self, epoch: str, seq: int, head_hash: bytes) -> None:
        """`Ledger.set_mark`, off the loop."""
        await self._run(lambda: self._ledger.set_mark(epoch, seq, head_hash))

    async def set_cursor(self, feed: str, cursor: str) -> None:
        """`Ledger.set_cursor`, off the loop."""
        await self._run(lambda: self._ledger.set_cursor(feed, cursor))

    async def finish(self) -> None:
        """Return when everything queued so far is durable or was refused."""
        if self._worker is not None:
            await asyncio.wait({self._worker})

    async def _drain(self) -> None:
        try:
            while self._queue:
                size = min(len(self._queue), MAX_GROUP)
                await self._commit_group([self._queue.popleft() for _ in range(size)])
        except BaseException as error:
            _fail(self._queue, error)
            self._queue.clear()
            raise
        finally:
            self._worker = None

    async def _commit_group(self, group: list[_Waiting]) -> None:
        at_ms = self._wall_ms()
        sets = [each.facts for each in group]
        try:
            answers = await self._run(lambda: self._write(sets, at_ms))
        except BaseException as error:
            _fail(group, error)
            raise
        for waiting, answer in zip(group, answers, strict=True):
            if waiting.done.done():
                continue  # nobody waits any more; the facts stand all the same
            if isinstance(answer, StoreError):
                waiting.done.set_exception(answer)
            else:
                waiting.done.set_result(answer)

    def _write(
        self, sets: list[tuple[Fact, ...]], at_ms: int
    ) -> list[int | StoreError]:
        """The last sequence of each set, or why it was not written."""
        try:
            return self._append(sets, at_ms)
        except FactRefusedError as error:
            if len(sets) == 1:
                return [error]
        except StoreFaultError as error:
            return [error] * len(sets)
        # One of them is at fault: each on its own, so that the others come through.
        return [answer for each in sets for answer in self._write([each], at_ms)]

    def _append(
        self, sets: list[tuple[Fact, ...]], at_ms: int
    ) -> list[int | StoreError]:
        killpoints.visit("before_commit")
        facts = [fact for each in sets for fact in each]
        last = self._ledger.append(facts, at_ms).first_seq - 1
        killpoints.visit("after_commit")
        answers: list[int | StoreError] = []
        for each in sets:
            last += len(each)
            answers.append(last)
        return answers


def _fail(waiting: Iterable[_Waiting], error: BaseException) -> None:
    """Tell everybody who waits; they must not wait for ever."""
    for each in waiting:
        if each.done.done():
            continue
        if isinstance(error, asyncio.CancelledError):
            each.done.cancel()
        else:
            each.done.set_exception(error)


def _retrieve(worker: asyncio.Task[None]) -> None:
    """The error was given to those who waited; asyncio need not report it again."""
    if not worker.cancelled():
        worker.exception()
