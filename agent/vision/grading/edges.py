"""Edges between modules, found to a fraction of a pixel where grey values cross."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.grading.grid import Grey, Grid, greys
from agent.vision.grading.symbol import Flags, Reals

# Profiles are the mean of lines at these places across a module: its middle half, where
# round dots and rounded corners have not yet begun.
_LINES: Final = np.array([-0.2, 0.0, 0.2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Edges crossed along x (or along y).

    `x`, `y`: where the straight grid wants them, in modules; `line`, `place`: index of
    the line of modules they are on and of the boundary along it. `sign`: 1 where dark
    turns light in the direction of the axis, -1 the other way. `offset`: how far on
    they were found, in modules, NaN where they were not.
    """

    is_along_x: bool
    line: NDArray[np.intp]
    place: NDArray[np.intp]
    sign: Reals
    offset: Reals

    @property
    def x(self) -> Reals:
        """Columns from the left."""
        return self.place * 1.0 if self.is_along_x else self.line + 0.5

    @property
    def y(self) -> Reals:
        """Rows from the top."""
        return self.line + 0.5 if self.is_along_x else self.place * 1.0

    @property
    def found(self) -> Flags:
        """Where there is an offset."""
        return np.isfinite(self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the picture should show, and where.

    `dark`, `known`: modules and whether they may be used, with one module of quiet
    zone around, shape (rows + 2, columns + 2). `threshold`: grey value half way between
    dark and light at each of them. `shift_x`, `shift_y`: how far modules stand off the
    straight grid as far as it is known already, same shape, in modules.
    `is_light_on_dark`: the picture is the other way round.
    """

    dark: Flags
    known: Flags
    threshold: Reals
    shift_x: Reals
    shift_y: Reals
    is_light_on_dark: bool


def find_edges(
    picture: Grey, grid: Grid, expected: Expected, window: float
) -> tuple[Edges, Edges]:
    """Edges along x and along y, no farther than `window` modules from their place."""
    return (
        _found(picture, grid, expected, window, is_along_x=True),
        _found(picture, grid, expected, window, is_along_x=False),
    )


def _found(
    picture: Grey, grid: Grid, expected: Expected, window: float, *, is_along_x: bool
) -> Edges:
    def lines(array: NDArray[np.generic]) -> NDArray[np.generic]:
        return array[1:-1] if is_along_x else array.T[1:-1]

    dark, known = lines(expected.dark), lines(expected.known)
    turns = (dark[:, :-1] != dark[:, 1:]) & known[:, :-1] & known[:, 1:]
    line, place = np.nonzero(turns)

    def between(array: Reals) -> Reals:
        taken = lines(array)
        return np.asarray((taken[line, place] + taken[line, place + 1]) / 2, np.float64)

    sign = np.where(dark[line, place], 1.0, -1.0)
    along = expected.shift_x if is_along_x else expected.shift_y
    across = expected.shift_y if is_along_x else expected.shift_x
    shift = between(along)
    count = 2 * int(np.ceil(window * grid.module_px)) + 1
    steps = np.linspace(-window, window, count)
    profile = _profile(
        picture,
        grid,
        (place + shift)[:, None, None] + steps[None, None, :],
        (line + 0.5 + between(across))[:, None, None] + _LINES[None, :, None],
        is_along_x=is_along_x,
    )
    turned = -sign if expected.is_light_on_dark else sign
    rising = turned[:, None] * (profile - between(expected.threshold)[:, None])
    return Edges(
        is_along_x=is_along_x,
        line=line,
        place=place,
        sign=sign,
        offset=shift + _crossing(rising, steps),
    )


def _profile(
    picture: Grey, grid: Grid, along: Reals, across: Reals, *, is_along_x: bool
) -> Reals:
    """Grey values along each edge's line, shape (edges, steps)."""
    along, across = np.broadcast_arrays(along, across)
    x, y = (along, across) if is_along_x else (across, along)
    return np.asarray(greys(picture, *grid.in_picture(x, y)).mean(axis=1), np.float64)


def _crossing(rising: Reals, steps: Reals) -> Reals:
    """Where each row turns from negative to positive nearest the middle, else NaN."""
    low, high = rising[:, :-1], rising[:, 1:]
    is_crossing = (low < 0) & (high >= 0)
    width = steps[1] - steps[0]
    rise = np.where(is_crossing, high - low, 1.0)
    at = steps[:-1] - width * np.where(is_crossing, low, 0.0) / rise
    distance = np.where(is_crossing, np.abs(at), np.inf)
    nearest = distance.argmin(axis=1)
    rows = np.arange(len(rising))
    return np.where(np.isfinite(distance[rows, nearest]), at[rows, nearest], np.nan)
