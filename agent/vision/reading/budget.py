"""How much time a picture may still cost."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Final

REMEMBERED_LOOKS: Final = 32


class Pace:
    """What a unit of work usually takes on this box, over the last looks.

    The median over many pictures, because one look that was slow while the box was
    busy shall not keep the others from being tried.
    """

    def __init__(self) -> None:
        self._unit_ms: deque[float] = deque(maxlen=REMEMBERED_LOOKS)

    @property
    def unit_ms(self) -> float:
        """Milliseconds a unit of work; 0 while nothing is known."""
        return median(self._unit_ms.copy()) if self._unit_ms else 0.0

    def add(self, work: float, took_ms: float) -> None:
        """One look of `work` units took so long."""
        self._unit_ms.append(took_ms / work)


class Budget:
    """Times the looks at one picture and tells whether another one still fits.

    A look cannot be broken off, so its time is foretold from its work and the pace.
    """

    def __init__(self, budget_ms: float, perf: Callable[[], float], pace: Pace) -> None:
        self._perf = perf
        self._start_s = perf()
        self._budget_ms = budget_ms
        self._pace = pace

    @property
    def elapsed_ms(self) -> float:
        """Time since the picture was taken up."""
        return (self._perf() - self._start_s) * 1000

    def allows(self, work: float) -> bool:
        """Whether a look of `work` units is expected to end in time."""
        return self.elapsed_ms + work * self._pace.unit_ms <= self._budget_ms

    @contextmanager
    def look(self, work: float) -> Iterator[None]:
        """Times one look of `work` units."""
        before_ms = self.elapsed_ms
        yield
        self._pace.add(work, self.elapsed_ms - before_ms)
