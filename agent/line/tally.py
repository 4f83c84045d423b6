"""Counts for people, taken only from facts that are durable (promise 11)."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent.domain.facts import (
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    Fact,
    ItemGated,
    ItemJudged,
    OrderStarted,
    Packed,
    UnnumberedRejected,
)
from agent.domain.words import ItemRef, Level, Reason

# The rate shown is that of the last minute.
RATE_WINDOW_S = 60.0


@dataclass(slots=True)
class Tally:
    """What the line made of the present order, as durable facts say."""

    passed: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unnumbered: int = 0
    closed: Counter[Level] = field(default_factory=Counter)
    held: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)
    _passing: set[tuple[int, int]] = field(default_factory=set)
    _passed_at_s: deque[float] = field(default_factory=deque)

    def load(
        self,
        *,
        passed: int,
        reasons: Mapping[str, int],
        unnumbered: int,
        closed: Mapping[str, int],
        containers: Mapping[int, tuple[Level, int, bool]],
        passing: Iterable[ItemRef],
    ) -> None:
        """Go on from what is on file. `containers`: level, children, still filling;
        `passing`: items with a pass that were not seen at the gate yet."""
        self.clear()
        self.passed = passed
        self.reasons.update(reasons)
        self.rejected = self.reasons.total()
        self.unnumbered = unnumbered
        self.closed.update({Level(level): n for level, n in closed.items()})
        self._passing.update((item.boot, item.number) for item in passing)
        for container, (level, children, filling) in containers.items():
            self.levels[container] = level
            if filling:
                self.held[container] = children

    def take(self, fact: Fact) -> None:
        """Count one durable fact."""
        match fact:
            case OrderStarted():
                self.clear()
            case ItemJudged(passed=True, item=item):
                self._passing.add((item.boot, item.number))
            case ItemJudged(reason=reason):
                self.rejected += 1
                self.reasons[str(reason)] += 1
            case ItemGated(item=item, outcome=outcome):
                self._gated((item.boot, item.number), outcome)
            case UnnumberedRejected(count=count):
                self.unnumbered += count
            case ContainerOpened(container=container, level=level):
                self.held[container] = 0
                self.levels[container] = level
            case Packed(container=container):
                self.held[container] = self.held.get(container, 0) + 1
            case ContainerFilled(container=container):
                self.held.pop(container, None)
            case ContainerClosed(container=container):
                if container in self.levels:
                    self.closed[self.levels.pop(container)] += 1

    def _gated(self, item: tuple[int, int], outcome: str) -> None:
        if item not in self._passing:
            return
        self._passing.discard(item)
        if outcome == "passed":
            self.passed += 1
            self._passed_at_s.append(asyncio.get_running_loop().time())
        else:
            self.rejected += 1
            self.reasons[Reason.LATE] += 1

    def open_held(self, level: Level) -> int:
        """Children in the open container of `level`."""
        return sum(n for c, n in self.held.items() if self.levels.get(c) is level)

    def rate_per_h(self, now_s: float) -> int:
        """Items passed an hour, over the last minute."""
        while self._passed_at_s and now_s - self._passed_at_s[0] > RATE_WINDOW_S:
            self._passed_at_s.popleft()
        if len(self._passed_at_s) < 2:
            return 0
        span_s = max(now_s - self._passed_at_s[0], 1.0)
        return round(len(self._passed_at_s) * 3600 / span_s)

    def clear(self) -> None:
        """A new order begins."""
        self.passed = self.rejected = self.unnumbered = 0
        for counts in (self.reasons, self.closed, self.held, self.levels):
            counts.clear()
        self._passing.clear()
        self._passed_at_s.clear()
