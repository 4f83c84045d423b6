"""Edges between modules, found to a fraction of a pixel where grey values cross."""

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.grid import Grey, Grid, greys
from agent.vision.symbols.symbol import Flags, Reals

# Profiles are the mean of lines at these places across a module: its middle half, where
# round dots and rounded corners have not yet begun; or near where two modules meet.
_MIDDLE: Final = np.array([0.3, 0.5, 0.7])
_SEAM: Final = np.array([0.85, 1.0, 1.15])

_Any = TypeVar("_Any", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Edges crossed along x (or along y).

    `line`, `place`: index of the line of modules they are on and of the boundary along
    it. `sign`: 1 where dark turns light in the direction of the axis, -1 the other way.
    `shift`: how far on they were looked for, in modules; `offset`: how far on they were
    found, NaN where they were not. `cornered`, shape (edges, 2): how many of
    the two lines beside are otherwise than the dark module and than the light one:
    there a corner is near, and blur shifts the edge.
    """

    is_along_x: bool
    line: NDArray[np.intp]
    place: NDArray[np.intp]
    sign: Reals
    shift: Reals
    offset: Reals
    cornered: Reals

    @property
    def x(self) -> Reals:
        """Columns from the left to where the straight grid wants them."""
        at = self.place if self.is_along_x else self.line + 0.5
        return np.asarray(at, np.float64)

    @property
    def y(self) -> Reals:
        """Rows from the top."""
        at = self.line + 0.5 if self.is_along_x else self.place
        return np.asarray(at, np.float64)

    @property
    def found(self) -> Flags:
        """Where there is an offset."""
        return np.isfinite(self.offset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the picture should show, and where.

    `dark`, `known`: modules and whether they may be used, with one module of quiet
    zone around, shape (rows + 2, columns + 2). `threshold`: half way between dark and
    light at each of them. `shift_x`, `shift_y`: how far modules stand off the straight
    grid as far as it is known already, same shape, in modules. `is_light_on_dark`: the
    picture is the other way round.
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
        _found(picture, grid, _Lines(expected, is_along_x=True), window, _MIDDLE),
        _found(picture, grid, _Lines(expected, is_along_x=False), window, _MIDDLE),
    )


def find_long_edges(
    picture: Grey, grid: Grid, expected: Expected, window: float
) -> tuple[Edges, Edges]:
    """Edges that two neighbouring lines share, where these meet; `line` is the first.

    Nothing that ends within a module of the profile is near it.
    """
    return (
        _found(picture, grid, _Pairs(expected, is_along_x=True), window, _SEAM),
        _found(picture, grid, _Pairs(expected, is_along_x=False), window, _SEAM),
    )


class _Lines:
    """What is expected along the lines of modules of one axis, the axis last."""

    def __init__(self, expected: Expected, *, is_along_x: bool) -> None:
        def lines(array: NDArray[_Any]) -> NDArray[_Any]:
            return array[1:-1] if is_along_x else array.T[1:-1]

        shifts = (expected.shift_x, expected.shift_y)
        self.is_along_x = is_along_x
        self.is_light_on_dark = expected.is_light_on_dark
        self.dark = lines(expected.dark)
        beside = expected.dark if is_along_x else expected.dark.T
        self.cornered = (beside[:-2] != self.dark) + 1.0 * (beside[2:] != self.dark)
        self.known = lines(expected.known)
        self.threshold = lines(expected.threshold)
        self.along = lines(shifts[0 if is_along_x else 1])
        self.across = lines(shifts[1 if is_along_x else 0])


class _Pairs(_Lines):
    """The same of the seams between lines; known where both lines are alike."""

    def __init__(self, expected: Expected, *, is_along_x: bool) -> None:
        super().__init__(expected, is_along_x=is_along_x)
        alike = self.dark[1:] == self.dark[:-1]
        self.known = self.known[1:] & self.known[:-1] & alike
        self.dark = self.dark[:-1]
        self.cornered = np.zeros(self.dark.shape)
        self.threshold = (self.threshold[1:] + self.threshold[:-1]) / 2
        self.along = (self.along[1:] + self.along[:-1]) / 2
        self.across = (self.across[1:] + self.across[:-1]) / 2


def _found(
    picture: Grey, grid: Grid, lines: _Lines, window: float, places: Reals
) -> Edges:
    dark, known = lines.dark, lines.known
    turns = (dark[:, :-1] != dark[:, 1:]) & known[:, :-1] & known[:, 1:]
    line, place = np.nonzero(turns)

    def between(array: Reals) -> Reals:
        return np.asarray((array[line, place] + array[line, place + 1]) / 2)

    sign = np.where(dark[line, place], 1.0, -1.0)
    shift = between(lines.along)
    ends = lines.cornered[line, place], lines.cornered[line, place + 1]
    count = 2 * int(np.ceil(window * grid.module_px)) + 1
    steps = np.linspace(-window, window, count)
    # Single precision is a ten-thousandth of a pixel, and what OpenCV takes.
    along = (place + shift).astype(np.float32)[:, None, None] + steps.astype(np.float32)
    middle = (line + between(lines.across)).astype(np.float32)[:, None, None]
    along, across = np.broadcast_arrays(
        along, middle + places.astype(np.float32)[:, None]
    )
    x, y = (along, across) if lines.is_along_x else (across, along)
    profile = greys(picture, *grid.in_picture(x, y)).mean(axis=1)
    turned = -sign if lines.is_light_on_dark else sign
    rising = turned[:, None] * (profile - between(lines.threshold)[:, None])
    return Edges(
        is_along_x=lines.is_along_x,
        line=line,
        place=place,
        sign=sign,
        shift=shift,
        offset=shift + _crossing(rising, steps),
        cornered=np.stack(
            (np.where(sign > 0, *ends), np.where(sign > 0, *ends[::-1])), axis=1
        ),
    )


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
