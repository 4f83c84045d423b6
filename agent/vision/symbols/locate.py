"""From the corners a decoder gives to a straight grid that fits the fixed patterns."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import dist
from typing import Final

import numpy as np

from agent.vision.decoded import Corners, Decoded
from agent.vision.symbology import Symbology
from agent.vision.symbols.edges import Expected, find_edges
from agent.vision.symbols.fit import fit_perspective
from agent.vision.symbols.grid import Grey, Grid, centres, greys
from agent.vision.symbols.layout_data_matrix import SIZES, data_matrix_placement
from agent.vision.symbols.layout_qr import qr_placement, side_of
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.symbol import Flags, Part

LEAST_MODULE_PX: Final = 2.5
# Correlation of fixed patterns with what is seen at their modules: about 1 where a
# print is clean and met, 0.1 where it is missed by a module.
_LEAST_LIKENESS: Final = 0.35
_DOUBTFUL: Final = 0.6  # below it the corners may begin with another one
_CLEARLY: Final = 0.15  # how much more like another one must be
_WINDOW: Final = 0.95  # modules; clock tracks repeat after two
_ROUNDS: Final = 3
_SETTLED: Final = 0.1  # modules: corners that move less will be refined by all edges
_ASPECT: Final = 1.5  # how far a symbol's sides may be off those of its size
_MODEL_1: Final = "]Q0"  # symbology identifier of the QR of before 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A straight grid near the symbol's own. `threshold`: half way between the means of
    its dark and of its light fixed patterns."""

    grid: Grid
    threshold: float
    is_light_on_dark: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Fixed patterns with one module of quiet zone, shape (rows + 2, columns + 2)."""

    dark: Flags
    known: Flags


def locate(picture: Grey, code: Decoded) -> Located:
    """Raises NotGradable where no grid of the code's kind fits the picture."""

    def likeness(grid: Grid) -> float:
        return abs(_likeness(picture, grid)[0])

    grids = [Grid.between(code.corners, *size) for size in _sizes(code)]
    grid = max(grids, key=likeness) if len(grids) > 1 else grids[0]
    if likeness(grid) < _DOUBTFUL:
        turned = max(_turned(code.corners, grid), key=likeness)
        if likeness(turned) > likeness(grid) + _CLEARLY:
            grid = turned
    if grid.module_px < LEAST_MODULE_PX:
        raise NotGradable(
            f"{grid.module_px:.2f} pixels a module: grading needs {LEAST_MODULE_PX} "
            "at least, better 5 to 8; take a closer picture"
        )
    located = _refined(picture, grid)
    _check_inside(picture, located.grid)
    return located


def _refined(picture: Grey, grid: Grid) -> Located:
    pattern = fixed_pattern(grid.rows, grid.columns)
    none = np.zeros(pattern.dark.shape)
    for _ in range(_ROUNDS):
        likeness, threshold = _likeness(picture, grid)
        expected = Expected(
            dark=pattern.dark,
            known=pattern.known,
            threshold=np.full(none.shape, threshold),
            shift_x=none,
            shift_y=none,
            is_light_on_dark=likeness < 0,
        )
        edges = find_edges(picture, grid, expected, _WINDOW)
        moved = grid.moved(fit_perspective(edges, grid.rows, grid.columns, 1.0))
        step = np.hypot(*(moved.corners - grid.corners).T).max() / grid.module_px
        grid = moved
        if step < _SETTLED:
            break
    likeness, threshold = _likeness(picture, grid)
    if not abs(likeness) >= _LEAST_LIKENESS:
        raise NotGradable(
            f"the grid was not found: its fixed patterns of {grid.columns} x "
            f"{grid.rows} modules match the picture by {abs(likeness):.2f} only"
        )
    return Located(grid=grid, threshold=threshold, is_light_on_dark=likeness < 0)


def _likeness(picture: Grey, grid: Grid) -> tuple[float, float]:
    """Correlation of the fixed patterns with the picture, and the threshold."""
    pattern = fixed_pattern(grid.rows, grid.columns)
    x, y = centres(grid.rows, grid.columns, 1)
    known, light = pattern.known, ~pattern.dark[pattern.known]
    seen = greys(picture, *grid.in_picture(x[known][None], y[known][None]))[0]
    means = float(seen[light].mean()), float(seen[~light].mean())
    spread = float(seen.std())
    share = float(light.mean())
    contrast = (means[0] - means[1]) * np.sqrt(share * (1 - share))
    return (contrast / spread if spread > 0 else 0.0), (means[0] + means[1]) / 2


def _sizes(code: Decoded) -> list[tuple[int, int]]:
    """Rows and columns the symbol may have. NotGradable: none that is known here."""
    if code.symbology is Symbology.MICRO_QR:
        raise NotGradable("Micro QR is read, but not graded")
    if code.aim.startswith("]Q") and code.aim != _MODEL_1:
        known = [(side_of(version),) * 2 for version in range(1, 41)]
    elif code.aim.startswith("]d"):
        known = list(SIZES)
    else:
        known = []
    if code.modules is not None:
        columns, rows = code.modules
        known = [size for size in known if size == (rows, columns)]
    else:
        known = [size for size in known if _has_aspect(code.corners, *size)]
    if not known:
        raise NotGradable(
            f"{code.aim} of {code.modules} modules: only QR (Model 2) and Data Matrix "
            "symbols of their standard sizes can be taken apart"
        )
    return known


def _has_aspect(corners: Corners, rows: int, columns: int) -> bool:
    top, right, bottom, left = (
        dist(corners[i], corners[(i + 1) % 4]) for i in range(4)
    )
    across, down = (top + bottom) * rows, (left + right) * columns
    return down / _ASPECT < across < down * _ASPECT


def _turned(corners: Corners, grid: Grid) -> Iterator[Grid]:
    """The grid with each of the other corners as the symbol's top left."""
    for turn in (1, 2, 3):
        one, two, three, four = corners[turn:] + corners[:turn]
        yield Grid.between((one, two, three, four), grid.rows, grid.columns)


def _check_inside(picture: Grey, grid: Grid) -> None:
    height, width = picture.shape
    corners, slack = grid.corners, 0.5 * grid.module_px
    low, high = corners.min(axis=0), corners.max(axis=0)
    if low.min() < -slack or high[0] > width + slack or high[1] > height + slack:
        raise NotGradable("the symbol is cut by the picture's edge; move or turn it")


@lru_cache(maxsize=64)
def fixed_pattern(rows: int, columns: int) -> Pattern:
    """Of the Data Matrix of this size or, where there is none, of the QR symbol."""
    if (rows, columns) in SIZES:
        layout = data_matrix_placement(rows, columns).layout
    else:
        layout = qr_placement((rows - 17) // 4, "M").layout
    fixed = np.isin(layout.part, (Part.FINDER, Part.CLOCK, Part.ALIGNMENT))
    return Pattern(
        dark=np.pad(layout.is_dark & fixed, 1),
        known=np.pad(fixed, 1, constant_values=True),
    )
