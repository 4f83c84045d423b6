"""How much time a picture may still cost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median


class Budget:
    """Times the looks at one picture and tells whether another one still fits.

    A look cannot be broken off, so its time is foretold: its weight times the median
    time a unit of weight has taken so far. The median, because one slow look, when the
    box was busy, shall not keep the others from being tried.
    """

    def __init__(self, budget_ms: float, perf: Callable[[], float]) -> None:
        self._perf = perf
        self._start_s = perf()
        self._budget_ms = budget_ms
        self._unit_ms: list[float] = []

    @property
    def elapsed_ms(self) -> float:
        """Time since the picture was taken up."""
        return (self._perf() - self._start_s) * 1000

    def allows(self, weight: float) -> bool:
        """Whether a look of `weight` is expected to end in time."""
        unit_ms = median(self._unit_ms) if self._unit_ms else 0.0
        return self.elapsed_ms + weight * unit_ms <= self._budget_ms

    @contextmanager
    def look(self, weight: float) -> Iterator[None]:
        """Times one look of `weight`."""
        before_ms = self.elapsed_ms
        yield
        self._unit_ms.append((self.elapsed_ms - before_ms) / weight)
