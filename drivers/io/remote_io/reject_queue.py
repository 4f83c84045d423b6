"""Rejects on their way: planned by place, fired once, confirmed by their own sensor."""

from collections import deque
from dataclasses import dataclass

from drivers.io.remote_io.geometry import Geometry


@dataclass(slots=True)
class _Planned:
    number: int | None
    place_mm: float


@dataclass(slots=True)
class _Fired:
    """From `at_mm` and `at_s` on; by `latest_mm` the thing has come to the reject."""

    at_mm: float
    at_s: float
    latest_mm: float


class RejectQueue:
    """Of one gate. `fired` and `confirmed` count since the box was first seen."""

    def __init__(self, geometry: Geometry) -> None:
        self._g = geometry
        self.fired = 0
        self.confirmed = 0
        self._planned: deque[_Planned] = deque()
        self._waiting: deque[_Fired] = deque()

    def forget(self) -> None:
        """The box began anew."""
        self._planned.clear()
        self._waiting.clear()
        self.fired = self.confirmed = 0

    def plan(self, number: int | None, place_mm: float) -> None:
        """Fire when the belt comes to `place_mm`, where the thing is at the earliest.

        It comes within `window_mm` of it.
        """
        self._planned.append(_Planned(number, place_mm))

    def planned(self) -> list[int]:
        """Numbers still to be thrown out."""
        return [each.number for each in self._planned if each.number is not None]

    def is_late(self, here_mm: float) -> bool:
        """Whether something planned may have gone by already."""
        return bool(self._planned) and here_mm > self._planned[0].place_mm

    def due(self, next_mm: float, here_mm: float, now_s: float) -> list[int | None]:
        """Those whose place comes before the next look; they count as fired."""
        due: list[int | None] = []
        lead_mm = self._g.window_mm / 2
        while self._planned and next_mm >= self._planned[0].place_mm - lead_mm:
            planned = self._planned.popleft()
            due.append(planned.number)
            self.fired += 1
            if self._g.confirm_s:
                latest_mm = planned.place_mm + self._g.window_mm
                self._waiting.append(_Fired(here_mm, now_s, latest_mm))
        return due

    def again(self, here_mm: float, now_s: float) -> bool:
        """Whether to fire anew: the belt had stopped before the thing came to it.

        Known to be unconfirmed, and nothing else can have come to the reject since.
        """
        if not self._waiting:
            return False
        oldest = self._waiting[0]
        still_before = here_mm <= oldest.latest_mm
        moving = here_mm > oldest.at_mm
        if now_s - oldest.at_s <= self._g.confirm_s or not (still_before and moving):
            return False
        for each in self._waiting:
            each.at_mm, each.at_s = here_mm, now_s
        return True

    def at_start(self, here_mm: float, now_s: float) -> bool:
        """Whether to fire as the belt is let go: it stopped after a reject was fired
        and before the thing came to it. One look later could be too late."""
        if not self._waiting or here_mm > self._waiting[0].latest_mm:
            return False
        for each in self._waiting:
            each.at_mm, each.at_s = here_mm, now_s
        return True

    def fell(self, count: int, *, swept: bool) -> None:
        """The sensor behind the reject saw `count` things fall."""
        self.confirmed += count
        for _ in range(count):
            if self._waiting:
                self._waiting.popleft()
            elif swept:
                self.fired += 1

    def overdue(self, here_mm: float, now_s: float) -> str:
        """What to tell a person when a reject was not seen to fall; empty if none."""
        if not self._waiting:
            return ""
        oldest = self._waiting[0]
        if now_s - oldest.at_s <= self._g.confirm_s:
            return ""
        if here_mm <= oldest.latest_mm:
            return ""  # the belt stands: the thing has not come to the reject yet
        count = len(self._waiting)
        self._waiting.clear()
        return (
            f"{count} rejects were not seen to fall: look at air, flap and bin, and"
            " take away what lies behind the gate"
        )
