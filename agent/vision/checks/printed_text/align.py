"""Finds the lines within the tolerance and follows their slope, scale and bow."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.checks.printed_text.pose import Reals
from agent.vision.checks.printed_text.seen import Seen, sample
from agent.vision.checks.printed_text.shapes import MARGIN, Floats, line_dots

# Coarse search: what a code's corners leave open over a line of twelve characters.
STRETCHES: Final = (0.925, 0.95, 0.975, 1.0, 1.025, 1.05, 1.075)
SLOPES: Final = (-0.05, -0.025, 0.0, 0.025, 0.05)  # dots down a dot along
COARSE_SIGMA: Final = 0.6  # dots
FIT: Final = 2  # samples a dot in the fine fit
STEPS: Final = 6  # it stands still after four or five
SMOOTH: Final = 0.6  # dots; a wider basin than the true dots have
GROUND: Final = 9  # dots over which the ground is evened out
# What the fine fit may add to the coarse place, one deviation each (see Warp).
FREEDOM: Final = np.array((1.0, 0.03, 0.15, 1.0, 0.03, 0.06, 0.6))
RESTRAINT: Final = 0.01


@dataclass(frozen=True, slots=True)
class Coarse:
    """The block against its pose: dots right and down, stretch, slope, correlation."""

    right: float
    down: float
    stretch: float
    slope: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Where a line truly lies: seven numbers, in dots of the pose.

    `x' = p0 + p1 x + p2 y` and `y' = p3 + p4 x + p5 y + p6 (x / half)^2` with x, y
    from the line's middle and `half` its length halved.
    """

    numbers: Reals
    half: float

    def __call__(self, x: Reals, y: Reals) -> tuple[Reals, Reals]:
        """The pose's dots of the line's dots x (n) and y (m), each of shape (m, n)."""
        p = self.numbers
        along = (p[0] + p[1] * x)[None, :] + (p[2] * y)[:, None]
        bow = p[3] + p[4] * x + p[6] * (x / self.half) ** 2
        return along, bow[None, :] + (p[5] * y)[:, None]


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
    return tuple(_mask(at, stretch, slope) for stretch in STRETCHES for slope in SLOPES)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """What stays the same for a line through every fit. `solve` turns a difference
    of pictures into a change of the warp."""

    x: Reals
    y: Reals
    target: Floats
    solve: Reals
    hold: Reals


def fit_line(
    smooth: Seen, text: str, style: Style, number: int, coarse: Coarse
) -> tuple[Warp, float]:
    """Line `number` of the block followed from its coarse place, and its correlation.

    Gauss-Newton on the difference of the picture and the ideal line (inverse
    compositional, as of Baker & Matthews, IJCV 56, 2004: the gradient is the ideal
    line's), held near its start so that a wrong character cannot bend the line.
    """
    line = set_line(text, style)
    fit = _fit(text, style)
    x, y = line.columns / 2, number * style.line_pitch + style.font.rows / 2
    start = np.array(
        (
            coarse.right + coarse.stretch * x,
            coarse.stretch,
            0,
            coarse.down + y + coarse.slope * x,
            coarse.slope,
            1,
            0,
        ),
        np.float64,
    )
    best, best_score, now = start, -1.0, start
    half = line.columns / 2
    for _ in range(STEPS):
        found = _even(sample(smooth, *Warp(now, half)(fit.x, fit.y)))
        score = float(np.vdot(found, fit.target))
        if score > best_score:
            best, best_score = now, score
        difference = (found - fit.target).ravel()
        now = now - fit.solve @ difference - fit.hold @ (now - start)
    return Warp(best, half), best_score


@lru_cache(maxsize=64)
def _fit(text: str, style: Style) -> _Fit:
    line = set_line(text, style)
    rows, columns = style.font.rows + 2 * MARGIN, line.columns + 2 * MARGIN
    x = (np.arange(columns * FIT) + 0.5) / FIT - columns / 2
    y = (np.arange(rows * FIT) + 0.5) / FIT - rows / 2
    dots = np.pad(line_dots(line, style), MARGIN).astype(np.float32)
    ink = cv2.resize(dots, None, fx=FIT, fy=FIT, interpolation=cv2.INTER_NEAREST)
    target = _even(np.asarray(cv2.GaussianBlur(ink, (0, 0), SMOOTH * FIT), np.float32))
    down, along = np.gradient(target.astype(np.float64), 1 / FIT)
    xs, ys = np.meshgrid(x, y)
    bow = (xs / (line.columns / 2)) ** 2
    parts = (along, along * xs, along * ys, down, down * xs, down * ys, down * bow)
    slopes = np.stack([part.ravel() for part in parts], axis=1)
    stiff = RESTRAINT / FREEDOM**2
    # A line of few characters tells little of lean and scale: it may not use them.
    inverse = np.linalg.inv(slopes.T @ slopes + np.diag(stiff))
    return _Fit(x, y, target, inverse @ slopes.T, inverse * stiff)


def _even(ink: Floats) -> Floats:
    """The ground evened out, mean 0 and length 1."""
    reach = (GROUND * FIT, GROUND * FIT)
    flat = ink - np.asarray(cv2.blur(ink, reach, borderType=cv2.BORDER_REPLICATE))
    flat -= flat.mean()
    length = float(np.linalg.norm(flat))
    return flat / length if length > 0 else flat
