"""A print whose every edge is known, looked at point by point.

Coordinates are modules from the symbol's top left: x to the right, y down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Pair = tuple[Reals, Reals]

# Enough for the field's inverse to be right to 1e-4 modules at three quarters of one.
_STEPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A round fault: `ink` inside it, whatever was printed there. In modules."""

    x: float
    y: float
    radius: float
    ink: float


class Distortion:
    """A smooth displacement whose largest size at the modules' centres is known.

    What a straight grid seen at an angle could explain is taken out of it: the rest is
    what a best fit of such a grid leaves over.
    """

    def __init__(self, xs: Reals, ys: Reals, largest: float) -> None:
        """`xs`, `ys`: edges of columns and rows; `largest` displacement, modules."""
        self._span = (float(xs[-1]), float(ys[-1]))
        self._share: Reals = np.zeros(8)
        self._scale = 1.0
        self._is_straight = largest == 0.0
        if self._is_straight:
            return
        x, y = np.meshgrid((xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2)
        wave, basis = self._wave(x, y), self._basis(x, y)
        flat = basis.reshape(8, -1).T
        found = np.linalg.lstsq(flat, wave.ravel(), rcond=None)[0]
        self._share = np.asarray(found, dtype=np.float64)
        rest = self._at(x, y)
        self._scale = largest / float(np.hypot(rest[0], rest[1]).max())

    def moved(self, x: Reals, y: Reals) -> Pair:
        """Where points of the straight symbol really stand."""
        if self._is_straight:
            return x, y
        away = self._at(x, y)
        return x + away[0], y + away[1]

    def straightened(self, x: Reals, y: Reals) -> Pair:
        """The points of the straight symbol that stand at `x`, `y`."""
        if self._is_straight:
            return x, y
        u, v = x, y
        for _ in range(_STEPS):
            away = self._at(u, v)
            u, v = x - away[0], y - away[1]
        return u, v

    def _at(self, x: Reals, y: Reals) -> Reals:
        rest = self._wave(x, y) - np.tensordot(self._share, self._basis(x, y), 1)
        return np.asarray(self._scale * rest, dtype=np.float64)

    def _wave(self, x: Reals, y: Reals) -> Reals:
        u, v = x / self._span[0], y / self._span[1]
        return np.stack([np.sin(6 * v + 0.4), 0.7 * np.sin(6 * u + 1.7)])

    def _basis(self, x: Reals, y: Reals) -> Reals:
        """The eight movements of a perspective, to first order: (8, 2, ...)."""
        u, v = 2 * x / self._span[0] - 1, 2 * y / self._span[1] - 1
        one, none = np.ones_like(u), np.zeros_like(u)
        along_x = [one, u, v, none, none, none, u * u, u * v]
        along_y = [none, none, none, one, u, v, u * v, v * v]
        return np.stack([np.stack(along_x), np.stack(along_y)], axis=1)


class Ink:
    """How much ink stands at a point: 0 none, 1 full.

    Where the inked elements grow, the greatest ink within reach counts; where they
    shrink, the least.
    """

    def __init__(
        self,
        ink: Reals,
        xs: Reals,
        ys: Reals,
        growth: tuple[float, float],
        spots: Sequence[Spot],
        *,
        quiet: int,
        surround: float,
    ) -> None:
        """`ink` per module with a quiet zone of `quiet` cells of one module around."""
        self._ink = np.pad(ink, 1, constant_values=surround)
        self._xs, self._ys = _with_quiet(xs, quiet), _with_quiet(ys, quiet)
        self._growth = growth
        self.surround = surround
        self._spots = spots

    def at(self, x: Reals, y: Reals) -> Reals:
        """The ink at points of the straight symbol."""
        columns = _neighbours(x, self._xs, self._growth[0])
        rows = _neighbours(y, self._ys, self._growth[1])
        choose = [np.maximum if g >= 0 else np.minimum for g in self._growth]
        across = [
            choose[0].reduce([self._ink[row, c] for c in columns]) for row in rows
        ]
        found = np.asarray(choose[1].reduce(across), dtype=np.float64)
        for spot in self._spots:
            found[np.hypot(x - spot.x, y - spot.y) < spot.radius] = spot.ink
        return found


def inked(
    printed: NDArray[np.bool_],
    quiet: int,
    flipped: Sequence[tuple[int, int]],
    ink: Mapping[tuple[int, int], float],
) -> Reals:
    """Ink per module, quiet zone included; `flipped` there is a stain."""
    found = np.pad(printed.astype(np.float64), quiet)
    rows, columns = printed.shape
    for row, column in flipped:
        if not (0 <= row < rows and 0 <= column < columns):
            found[row + quiet, column + quiet] = 1.0
    for (row, column), amount in ink.items():
        found[row + quiet, column + quiet] = amount
    return found


def _with_quiet(edges: Reals, quiet: int) -> Reals:
    before = np.arange(-quiet, 0.0)
    return np.concatenate((before, edges, edges[-1] - before[::-1]))


def _neighbours(at: Reals, edges: Reals, growth: float) -> list[NDArray[np.intp]]:
    """Number of the element at each point, and of the neighbour that reaches it."""
    own = np.searchsorted(edges, at, side="right")
    if growth == 0:
        return [own]
    reach = abs(growth) / 2
    ends = np.concatenate(([-np.inf], edges, [np.inf]))
    near = own + (ends[own + 1] - at < reach) - (at - ends[own] < reach)
    return [own, np.asarray(near, dtype=np.intp)]
