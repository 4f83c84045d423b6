"""The conveyor: an odometer that only turns while the belt moves."""

from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from typing import Any

Station = Callable[[float, Any], None]


class Belt:
    """Things happen on a belt at odometer readings, whenever those are reached."""

    __slots__ = ("_from_mm", "_from_s", "_heap", "_set", "moving", "speed_mm_s")

    def __init__(self, speed_mm_s: float, start_s: float) -> None:
        self.speed_mm_s = speed_mm_s
        self.moving = False
        self._from_mm = 0.0
        self._from_s = start_s
        self._heap: list[tuple[float, int, Station, Any]] = []
        self._set = 0

    def odometer_mm(self, now_s: float) -> float:
        """How far the belt has run."""
        if not self.moving:
            return self._from_mm
        return self._from_mm + (now_s - self._from_s) * self.speed_mm_s

    def drive(self, now_s: float, *, moving: bool) -> None:
        """Start or halt at once."""
        self._from_mm = self.odometer_mm(now_s)
        self._from_s = now_s
        self.moving = moving

    def set_speed(self, now_s: float, speed_mm_s: float) -> None:
        """Run at another speed from now on."""
        self.drive(now_s, moving=self.moving)
        self.speed_mm_s = speed_mm_s

    def at(self, odometer_mm: float, station: Station, thing: Any = None) -> None:
        """Have `station(odometer_mm, thing)` happen when the belt has run so far."""
        self._set += 1
        heappush(self._heap, (odometer_mm, self._set, station, thing))

    def next_s(self) -> float:
        """When the next thing happens if the belt keeps going; inf while it rests."""
        if not self.moving or not self._heap:
            return inf
        return self.time_s(self._heap[0][0])

    def time_s(self, odometer_mm: float) -> float:
        """When a moving belt has run so far."""
        return self._from_s + (odometer_mm - self._from_mm) / self.speed_mm_s

    def run_next(self) -> None:
        """Let the next thing happen. IndexError when there is none."""
        odometer_mm, _, station, thing = heappop(self._heap)
        station(odometer_mm, thing)
