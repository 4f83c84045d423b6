"""Which picture belongs to which item, for cameras that are told when to look.

Everything here is called both from the event loop (which asks) and from the thread
that owns the camera (which answers). Time is what `clock` says, monotonic seconds.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.cameras.frame import BadFrame, Frame

# Three seconds of a fast line: whatever waits longer is too late for its gate.
WAITING: Final = 64
# Item numbers begin again with the PLC, which is away for longer than this: a picture
# that nobody took must not speak for another item of the same number.
STALE_S: Final = 2.0


@dataclass(slots=True)
class ExposureCounts:
    """Since the start.

    `pictures` went to their items; `missed` items got none; `late` pictures came when
    their item was already given up; `dropped` results were pushed out because more
    than 64 waited, or were taken by nobody within 2 s.
    """

    exposed: int = 0
    pictures: int = 0
    missed: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The picture of `item` is wanted: begun at `due_s` or soon after, here by
    `until_s`."""

    item: int
    due_s: float
    until_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What became of an item; `took_s` after its moment, None without a picture."""

    put_at_s: float
    picture: Frame | BadFrame
    took_s: float | None = None


class Exposures:
    """Items that wait for their picture, and results that wait to be taken.

    Each item asked for gets exactly one result: its own picture, or a `BadFrame` when
    `timeout_s` after its moment there is none. Never another item's picture. `delay_s`
    lies between the item's trigger and its moment (it travels to the camera). `wake` is
    called whenever there is something new to take, from either side; `book` hears, on
    the loop, how long after its moment a taken picture was here (None: never).
    """

    def __init__(
        self,
        *,
        delay_s: float,
        timeout_s: float,
        clock: Callable[[], float],
        wake: Callable[[], None],
        book: Callable[[float | None], None] = lambda _: None,
    ) -> None:
        self.counts = ExposureCounts()
        self._delay_s = delay_s
        self._timeout_s = timeout_s
        self._clock = clock
        self._wake = wake
        self._book = book
        self._turn = threading.Condition()
        self._pending: deque[Exposure] = deque()
        self._begun: list[Exposure] = []
        self._given_up: deque[Exposure] = deque(maxlen=WAITING)
        self._results: deque[_Result] = deque()
        self._closed = "not opened yet"

    def expose(self, item: int) -> None:
        """The item passed its trigger now."""
        with self._turn:
            self.counts.exposed += 1
            if self._closed:
                self._miss(item, f"no camera: {self._closed}")
                return
            if len(self._pending) >= WAITING:
                self._miss(self._pending.popleft().item, "too many items at once")
            due_s = self._clock() + self._delay_s
            self._pending.append(Exposure(item, due_s, due_s + self._timeout_s))
            self._turn.notify_all()
        self._wake()

    def open(self) -> None:
        """The camera is there."""
        with self._turn:
            self._closed = ""

    def close(self, reason: str) -> None:
        """The camera is gone: nobody gets a picture any more."""
        with self._turn:
            self._closed = reason or "closed"
            for each in (*self._begun, *self._pending):
                self._miss(each.item, f"the camera was lost: {self._closed}")
            self._begun.clear()
            self._pending.clear()
            self._given_up.clear()
            self._turn.notify_all()
        self._wake()

    @property
    def closed(self) -> str:
        """Why there is no camera; empty while there is one."""
        return self._closed

    def shown_at(self, begin_s: float) -> Exposure | None:
        """Whose picture a frame is whose exposure began at `begin_s`, if anybody's.

        It is that of the newest item whose moment had come; those before it have gone
        past. The first such frame is taken, later ones are nobody's.
        """
        with self._turn:
            self._expire()
            mine = self._newest_due(begin_s)
            if mine is None:
                self._count_late(begin_s)
            return mine

    def next_due(self, wait_s: float) -> Exposure | None:
        """The newest item whose moment has come; None after `wait_s` without one."""
        end_s = self._clock() + wait_s
        with self._turn:
            while True:
                self._expire()
                now_s = self._clock()
                if (mine := self._newest_due(now_s)) is not None:
                    return mine
                if now_s >= end_s:
                    return None
                until_s = min([end_s, *(each.due_s for each in self._pending)])
                self._turn.wait(max(until_s - now_s, 0.0005))

    def next_due_s(self) -> float | None:
        """The moment of the next item, None while nobody waits for theirs."""
        with self._turn:
            return self._pending[0].due_s if self._pending else None

    def deliver(
        self,
        exposure: Exposure,
        image: NDArray[np.uint8] | str,
        second: NDArray[np.uint8] | None = None,
    ) -> None:
        """The picture of `exposure`, or in words why there is none; with it a `second`
        under a shorter exposure, if there is one."""
        with self._turn:
            self._expire()
            if exposure not in self._begun:
                self.counts.late += 1
                return
            self._begun.remove(exposure)
            if isinstance(image, str):
                self._miss(exposure.item, image)
            else:
                self.counts.pictures += 1
                now_s = self._clock()
                frame = Frame(
                    item=exposure.item, image=image, captured_at_s=now_s, second=second
                )
                self._put(frame, now_s - exposure.due_s)
        self._wake()

    def take(self) -> Frame | BadFrame | None:
        """The oldest result, if there is one."""
        with self._turn:
            self._expire()
            oldest_s = self._clock() - STALE_S
            while self._results:
                result = self._results.popleft()
                if result.put_at_s >= oldest_s:
                    self._book(result.took_s)
                    return result.picture
                self.counts.dropped += 1
            return None

    def next_end_s(self) -> float | None:
        """When the next item is given up, if nothing comes."""
        with self._turn:
            ends = [each.until_s for each in (*self._begun, *self._pending)]
            return min(ends, default=None)

    def _newest_due(self, at_s: float) -> Exposure | None:
        """What a camera sees at `at_s`; items due before that one are past it."""
        mine: Exposure | None = None
        while self._pending and self._pending[0].due_s <= at_s:
            if mine is not None:
                newer = self._pending[0].item
                self._miss(mine.item, f"item {newer} came before a picture of it")
            mine = self._pending.popleft()
        if mine is not None:
            self._begun.append(mine)
        return mine

    def _expire(self) -> None:
        now_s = self._clock()
        gone = [each for each in self._begun if each.until_s <= now_s]
        self._begun = [each for each in self._begun if each.until_s > now_s]
        while self._pending and self._pending[0].until_s <= now_s:
            unmet = self._pending.popleft()
            self._given_up.append(unmet)
            gone.append(unmet)
        for each in gone:
            waited_ms = self._timeout_s * 1000
            self._miss(each.item, f"no picture within {waited_ms:g} ms of its moment")

    def _count_late(self, begin_s: float) -> None:
        while self._given_up and self._given_up[0].due_s <= begin_s:
            self._given_up.popleft()
            self.counts.late += 1

    def _miss(self, item: int, reason: str) -> None:
        self.counts.missed += 1
        self._put(BadFrame(item=item, reason=reason))

    def _put(self, picture: Frame | BadFrame, took_s: float | None = None) -> None:
        if len(self._results) >= WAITING:
            self._results.popleft()
            self.counts.dropped += 1
        self._results.append(_Result(self._clock(), picture, took_s))
