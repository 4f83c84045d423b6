"""A value that is off on every k-th item: one of k heads, mandrels or grippers.

The last values are sorted by item number modulo k, for every k tried; one class whose
mean stands away from that of the others by far more than chance is the answer.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

REMEMBERED: Final = 480
MOST: Final = 24
# About 300 classes of a dozen figures are looked at, again and again, for years.
LEAST_Z: Final = 7.0
LEAST_OF_A_CLASS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Items with `number % every == phase` are off by `offset`, in the value's unit."""

    every: int
    phase: int
    offset: float


@dataclass(slots=True)
class RhythmWatch:
    """Remembers the last values of one figure with their items."""

    _items: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _values: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def add(self, item: int, value: float) -> None:
        """Take the value of one item."""
        self._items.append(item)
        self._values.append(value)

    def find(self, *, worse: int, least: float) -> Rhythm | None:
        """The clearest rhythm in which items are worse by `least` or more."""
        if len(self._values) < REMEMBERED:
            return None
        items = np.array(self._items, dtype=np.int64)
        values = _tamed(np.array(self._values))
        best, best_z = None, LEAST_Z
        for every in range(2, MOST + 1):
            found = _worst_class(items % every, values, every, worse, least)
            if found is not None and found[1] > best_z:
                phase, best_z, offset = found
                best = Rhythm(every=every, phase=phase, offset=offset)
        return best


def _tamed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Freed of a slow drift (a straight line), and of single values far out."""
    places = np.arange(len(values))
    flat = values - np.polyval(np.polyfit(places, values, 1), places)
    low, high = np.quantile(flat, (0.02, 0.98))
    return np.asarray(np.clip(flat, low, high), dtype=np.float64)


def _worst_class(
    classes: NDArray[np.int64],
    values: NDArray[np.float64],
    every: int,
    worse: int,
    least: float,
) -> tuple[int, float, float] | None:
    """Phase, z and offset of the class that differs most from all others.

    The deviation is pooled over the classes: that of a single class of ten values
    would be small by chance far too often.
    """
    counts = np.bincount(classes, minlength=every).astype(np.float64)
    if counts.min() < LEAST_OF_A_CLASS:
        return None
    sums = np.bincount(classes, values, minlength=every)
    mean = sums / counts
    rest = counts.sum() - counts
    offset = mean - (sums.sum() - sums) / rest
    within = float(np.sum((values - mean[classes]) ** 2)) / (len(values) - every)
    z = np.abs(offset) / (np.sqrt(within * (1 / counts + 1 / rest)) + 1e-9)
    z[(offset * worse < 0) | (np.abs(offset) < least)] = 0
    phase = int(np.argmax(z))
    return (phase, float(z[phase]), float(offset[phase])) if z[phase] > 0 else None
