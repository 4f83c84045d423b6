"""Finds the block of lines within the tolerance: about a dot off at its ends."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.checks.printed_text.pose import Reals
from agent.vision.checks.printed_text.seen import Seen, sample
from agent.vision.checks.printed_text.shapes import MARGIN, Floats, line_dots

# What a code's corners and a belt's speed leave open; the coarse search goes through it
# in steps that leave a line's ends at most that many dots off.
STRETCH_REACH: Final = 0.075
SLOPE_REACH: Final = 0.05  # dots down a dot along
STEP: Final = 1.2  # dots
COARSE_SIGMA: Final = 0.6  # dots


@dataclass(frozen=True, slots=True)
class Coarse:
    """The block against its pose: dots right and down, stretch, slope, correlation."""

    right: float
    down: float
    stretch: float
    slope: float
    score: float


def find_block(
    seen: Seen, lines: tuple[str, ...], style: Style, tolerance: float
) -> Coarse:
    """Where the whole block correlates best within `tolerance` dots of its place."""
    reach = tolerance + 1
    widest = max(set_line(text, style).columns for text in lines)
    left, top = -reach - 0.06 * widest - 2, -reach - 0.06 * widest - 2
    right = 1.08 * widest + reach + 2
    bottom = style.height(len(lines)) + reach + 0.06 * widest + 2
    picture = _coarse_picture(seen, left, top, right, bottom)
    best = Coarse(0, 0, 1, 0, -1)
    for mask in _masks(lines, style):
        # The mask's first pixel, at no displacement, in pixels of the picture.
        x, y = mask.column - left, mask.row - top
        x0, x1 = int(np.ceil(x - tolerance)), int(np.floor(x + tolerance))
        y0, y1 = int(np.ceil(y - tolerance)), int(np.floor(y + tolerance))
        rows, columns = mask.ink.shape
        part = picture[y0 : y1 + rows, x0 : x1 + columns]
        scores = cv2.matchTemplate(part, mask.ink, cv2.TM_CCOEFF_NORMED)
        _, score, _, at = cv2.minMaxLoc(scores)
        if score > best.score:
            best = Coarse(
                x0 + at[0] - x, y0 + at[1] - y, mask.stretch, mask.slope, score
            )
    return best


def _coarse_picture(
    seen: Seen, left: float, top: float, right: float, bottom: float
) -> Floats:
    """One pixel a dot, its first pixel's corner at (left, top)."""
    columns, rows = int(np.ceil(right - left)), int(np.ceil(bottom - top))
    x = left + (np.arange(2 * columns) + 0.5) / 2
    y = top + (np.arange(2 * rows) + 0.5) / 2
    fine = sample(seen, *np.meshgrid(x, y))
    return np.asarray(
        cv2.resize(fine, (columns, rows), interpolation=cv2.INTER_AREA), np.float32
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Mask:
    """The block drawn with one stretch and slope, one pixel a dot; (column, row) is
    where its first pixel begins in dots of the block."""

    ink: Floats
    column: float
    row: float
    stretch: float
    slope: float


@lru_cache(maxsize=32)
def _masks(lines: tuple[str, ...], style: Style) -> tuple[_Mask, ...]:
    dots = []
    for number, text in enumerate(lines):
        grid = line_dots(set_line(text, style), style)
        rows, columns = np.nonzero(grid)
        dots.append(np.stack([columns, rows + number * style.line_pitch], axis=1) + 0.5)
    at = np.concatenate(dots)
    step = STEP / (at[:, 0].max() / 2)
    return tuple(
        _mask(at, 1 + stretch, slope)
        for stretch in _about_zero(STRETCH_REACH, step)
        for slope in _about_zero(SLOPE_REACH, step)
    )


def _about_zero(reach: float, step: float) -> tuple[float, ...]:
    """From -reach to reach in even steps of at most that size, zero among them."""
    each_way = math.ceil(reach / step)
    return tuple(reach * i / each_way for i in range(-each_way, each_way + 1))


def _mask(dots: Reals, stretch: float, slope: float) -> _Mask:
    x, y = dots[:, 0] * stretch, dots[:, 1] + slope * dots[:, 0]
    column, row = np.floor(x.min()) - MARGIN, np.floor(y.min()) - MARGIN
    shape = (
        int(np.ceil(y.max() - row)) + MARGIN,
        int(np.ceil(x.max() - column)) + MARGIN,
    )
    ink = np.zeros(shape, np.float32)
    x0, y0 = np.floor(x - column - 0.5).astype(int), np.floor(y - row - 0.5).astype(int)
    fx, fy = x - column - 0.5 - x0, y - row - 0.5 - y0
    for dx, dy, share in (
        (0, 0, (1 - fx) * (1 - fy)),
        (1, 0, fx * (1 - fy)),
        (0, 1, (1 - fx) * fy),
        (1, 1, fx * fy),
    ):
        np.add.at(ink, (y0 + dy, x0 + dx), share)
    ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), COARSE_SIGMA), np.float32)
    return _Mask(ink, float(column), float(row), stretch, slope)
