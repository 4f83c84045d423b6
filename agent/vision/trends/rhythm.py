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

Reals = NDArray[np.float64]
# Rhythms by number of items; where the classes of each begin when they stand in a row,
# and which rhythm each class in that row belongs to.
_EVERY: Final = np.arange(2, MOST + 1)
_FIRST: Final = np.concatenate(([0], np.cumsum(_EVERY)[:-1]))
_RHYTHM: Final = np.repeat(np.arange(len(_EVERY)), _EVERY)
_PLACES: Final = np.arange(REMEMBERED, dtype=np.float64)
_OUT: Final = REMEMBERED // 50  # cut off at each end


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
        return _clearest(items, _tamed(np.array(self._values)), worse, least)


def _tamed(values: Reals) -> Reals:
    """Freed of a slow drift (a straight line), and of single values far out."""
    places = _PLACES - _PLACES.mean()
    slope = float(places @ values) / float(places @ places)
    flat = values - values.mean() - slope * places
    low, high = np.partition(flat, (_OUT, REMEMBERED - 1 - _OUT))[
        [_OUT, REMEMBERED - 1 - _OUT]
    ]
    return np.asarray(np.clip(flat, low, high), dtype=np.float64)


def _clearest(
    items: NDArray[np.int64], values: Reals, worse: int, least: float
) -> Rhythm | None:
    """The class of all rhythms that stands furthest from the others of its rhythm.

    All rhythms at once: class c of rhythm k has the place `_FIRST[k] + c`. The
    deviation is pooled over the classes of a rhythm: that of a single class of ten
    values would be small by chance far too often.
    """
    places = (items[None, :] % _EVERY[:, None] + _FIRST[:, None]).ravel()
    repeated = np.broadcast_to(values, (len(_EVERY), len(values))).ravel()
    counts = np.bincount(places, minlength=len(_RHYTHM)).astype(np.float64)
    sums = np.bincount(places, repeated, minlength=len(_RHYTHM))
    rest = len(values) - counts
    with np.errstate(divide="ignore", invalid="ignore"):
        offset = sums / counts - (values.sum() - sums) / rest
        between = np.add.reduceat(np.nan_to_num(sums**2 / counts), _FIRST)
        within = (float(values @ values) - between) / (len(values) - _EVERY)
        deviation = np.sqrt(np.maximum(within, 0))[_RHYTHM]
        z = np.abs(offset) / (deviation * np.sqrt(1 / counts + 1 / rest) + 1e-9)
    few = np.minimum.reduceat(counts, _FIRST) < LEAST_OF_A_CLASS
    z[few[_RHYTHM] | (offset * worse < 0) | (np.abs(offset) < least)] = 0
    best = int(np.argmax(z))
    if z[best] <= LEAST_Z:
        return None
    rhythm = _RHYTHM[best]
    return Rhythm(
        every=int(_EVERY[rhythm]),
        phase=best - int(_FIRST[rhythm]),
        offset=float(offset[best]),
    )
