"""Listening to a device's tap: what it holds, then what comes, and what was lost."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator

from agent.api.capture_models import DroppedLine, EntryLine
from agent.diagnostics.capture import line_of
from drivers.wiretap import Entry, WireTap

# A listener that takes nothing for so many lines loses the newest, and is told. A
# flooding reader fills this in seconds; a polled PLC in half a minute.
WAITING_LINES = 4096
TOO_SLOW = "the listener was too slow"
PUSHED_OUT = "pushed out of the tap before"


class Listening:
    """One listener. `whole` lines come in the order of the wire."""

    def __init__(self, tap: WireTap, *, limit: int = WAITING_LINES) -> None:
        self._tap = tap
        self._limit = limit
        self._waiting: deque[Entry] = deque()
        self._lost = 0
        self._arrived = asyncio.Event()

    def held(self) -> list[EntryLine]:
        """All that the tap still has, and first what it lost."""
        lost = self._tap.dropped + self._tap.notes_dropped
        before = [DroppedLine(count=lost, why=PUSHED_OUT)] if lost else []
        return [*before, *map(line_of, self._tap.entries())]

    async def lines(
        self, *, heartbeat_s: float, closing: asyncio.Event
    ) -> AsyncGenerator[EntryLine | None, None]:
        """What the tap holds and then what comes, until `closing`. None: nothing came
        for `heartbeat_s`."""
        stop = self._tap.listen(self._take)
        try:
            for line in self.held():
                yield line
            while not closing.is_set():
                for line in self._taken():
                    yield line
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(heartbeat_s):
                        await self._arrived.wait()
                        continue
                yield None
        finally:
            stop()

    def _take(self, entry: Entry) -> None:
        if len(self._waiting) == self._limit:
            self._lost += 1
        else:
            self._waiting.append(entry)
        self._arrived.set()

    def _taken(self) -> list[EntryLine]:
        taken, self._waiting = self._waiting, deque()
        lost, self._lost = self._lost, 0
        self._arrived.clear()
        lines = [line_of(entry) for entry in taken]
        return [*lines, DroppedLine(count=lost, why=TOO_SLOW)] if lost else lines
