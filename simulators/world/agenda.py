"""What is due when. Things due at the same moment happen in the order they were set."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import Protocol

Action = Callable[[float], None]


class Timers(Protocol):
    """Runs `action(when_s)` once, at `when_s`. What is set cannot be taken back."""

    def at(self, when_s: float, action: Action) -> None: ...


class Agenda:
    """Timers that run when they are told to: `Agenda` never looks at a clock."""

    __slots__ = ("_heap", "_set", "next_s")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Action]] = []
        self._set = 0
        self.next_s = inf

    def at(self, when_s: float, action: Action) -> None:
        """Have `action` run at `when_s`."""
        self._set += 1
        heappush(self._heap, (when_s, self._set, action))
        self.next_s = self._heap[0][0]

    def run_next(self) -> None:
        """Run what is due first. IndexError when nothing is."""
        when_s, _, action = heappop(self._heap)
        self.next_s = self._heap[0][0] if self._heap else inf
        action(when_s)

    def run_until(self, now_s: float) -> None:
        """Run everything due up to and including `now_s`, in order."""
        while self.next_s <= now_s:
            self.run_next()
