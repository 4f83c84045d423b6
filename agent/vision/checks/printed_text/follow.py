"""Follows the lines from their coarse place to about a tenth of a dot.

All lines together tell scale, slope, lean and bow. Lines fitted each on their own bend
wrong characters into place: with one character in a line, 1 in 200 wrong ones passed.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from agent.vision.checks.printed_text.coarse import Coarse
from agent.vision.checks.printed_text.font import ANY, Style, set_line
from agent.vision.checks.printed_text.pose import Reals
from agent.vision.checks.printed_text.seen import Seen, sample
from agent.vision.checks.printed_text.shapes import MARGIN, Floats, line_dots

FIT: Final = 2  # samples a dot
STEPS: Final = 6  # it stands still after four or five
SMOOTH: Final = 0.6  # dots; a wider basin than the true dots have
GROUND: Final = 9  # dots over which the ground is evened out
# What the fit may add to the coarse place, one deviation each (see Warp).
FREEDOM: Final = (1.0, 0.03, 0.15, 1.0, 0.03, 0.06, 0.6)
BOWED: Final = 72  # dots of a line that may bow by as much
RESTRAINT: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """Where the block truly lies: seven numbers, in dots of the pose.

    `x' = p0 + p1 x + p2 y` and `y' = p3 + p4 x + p5 y + p6 (x / half)^2` with x, y
    from the block's middle and `half` its length halved; `middle` is that of the line
    whose dots are asked for, from the block's.
    """

    numbers: Reals
    half: float
    middle: tuple[float, float] = (0.0, 0.0)

    def __call__(self, x: Reals, y: Reals) -> tuple[Reals, Reals]:
        """The pose's dots of the line's dots x (n) and y (m), each of shape (m, n)."""
        p, x, y = self.numbers, x + self.middle[0], y + self.middle[1]
        along = (p[0] + p[1] * x)[None, :] + (p[2] * y)[:, None]
        bow = p[3] + p[4] * x + p[6] * (x / self.half) ** 2
        return along, bow[None, :] + (p[5] * y)[:, None]


def follow(
    smooth: Seen, lines: tuple[str, ...], style: Style, coarse: Coarse
) -> tuple[tuple[Warp, float], ...]:
    """Each line's way through the picture, and its correlation there."""
    columns = max(set_line(text, style).columns for text in lines)
    x, y = columns / 2, style.height(len(lines)) / 2
    start = np.zeros(7)
    start[[0, 1]] = coarse.right + coarse.stretch * x, coarse.stretch
    start[[3, 4, 5]] = coarse.down + y + coarse.slope * x, coarse.slope, 1
    block = _fitted(smooth, _fit(lines, style), Warp(start, x))
    found = []
    for number, text in enumerate(lines):
        line_x = set_line(text, style).columns / 2
        line_y = number * style.line_pitch + style.font.rows / 2
        own = replace(block, middle=(line_x - x, line_y - y))
        ideal = _fit((text,), style)
        seen = _even(sample(smooth, *own(ideal.x, ideal.y)), ideal.known)
        found.append((own, float(np.vdot(seen, ideal.target))))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """What stays the same for some lines through every fit.

    `solve` turns a difference of pictures into a change of the seven numbers, `hold`
    pulls them back to the start; `known`: pixels of the target where it is known what
    should be.
    """

    x: Reals
    y: Reals
    target: Floats
    known: Floats
    solve: Reals
    hold: Reals


def _fitted(smooth: Seen, fit: _Fit, start: Warp) -> Warp:
    """The best of the steps.

    Gauss-Newton on the difference of the picture and the ideal print (inverse
    compositional, as of Baker & Matthews, IJCV 56, 2004: the gradient is the ideal
    one's), held near its start.
    """
    best, best_score, now = start, -1.0, start
    for _ in range(STEPS):
        found = _even(sample(smooth, *now(fit.x, fit.y)), fit.known)
        score = float(np.vdot(found, fit.target))
        if score > best_score:
            best, best_score = now, score
        pull = fit.hold @ (now.numbers - start.numbers)
        change = fit.solve @ (found - fit.target).ravel() + pull
        now = replace(now, numbers=now.numbers - change)
    return best


@lru_cache(maxsize=64)
def _fit(lines: tuple[str, ...], style: Style) -> _Fit:
    dots, known = _block(lines, style)
    rows, columns = dots.shape
    x = (np.arange(columns * FIT) + 0.5) / FIT - columns / 2
    y = (np.arange(rows * FIT) + 0.5) / FIT - rows / 2
    ink = _enlarged(dots)
    known = _enlarged(known)
    target = _even(np.asarray(cv2.GaussianBlur(ink, (0, 0), SMOOTH * FIT)), known)
    down, along = np.gradient(target.astype(np.float64), 1 / FIT)
    xs, ys = np.meshgrid(x, y)
    half = columns / 2 - MARGIN
    bow = (xs / half) ** 2
    parts = [along, along * xs, along * ys, down, down * xs, down * ys, down * bow]
    slopes = np.stack([(part * known).ravel() for part in parts], axis=1)
    freedom = np.array(FREEDOM)
    # A bow grows with the square of the length; a short line may not invent one.
    freedom[6] *= min(1.0, (2 * half / BOWED) ** 2)
    stiff = RESTRAINT / freedom**2
    inverse = np.linalg.inv(slopes.T @ slopes + np.diag(stiff))
    return _Fit(x, y, target, known, inverse @ slopes.T, inverse * stiff)


def _block(lines: tuple[str, ...], style: Style) -> tuple[Floats, Floats]:
    """All dots with a margin, and 1 where it is known whether there is a dot."""
    set_lines = [set_line(text, style) for text in lines]
    columns = max(line.columns for line in set_lines)
    dots = np.zeros((style.height(len(lines)), columns), np.float32)
    known = np.ones_like(dots)
    for number, line in enumerate(set_lines):
        top = number * style.line_pitch
        rows = slice(top, top + style.font.rows)
        dots[rows, : line.columns] = line_dots(line, style)
        known[rows, : line.columns] = 0
        for cell in line.cells:
            if cell.character != ANY:
                # With the gap before it and after it.
                left = max(cell.column - style.char_gap, 0)
                right = cell.column + style.font.columns + style.char_gap
                known[rows, left:right] = 1
    return np.pad(dots, MARGIN), np.pad(known, MARGIN, constant_values=1)


def _enlarged(dots: Floats) -> Floats:
    return np.repeat(np.repeat(dots, FIT, axis=0), FIT, axis=1)


def _even(ink: Floats, known: Floats) -> Floats:
    """The ground evened out, mean 0 and length 1 where known, 0 elsewhere."""
    reach = (GROUND * FIT, GROUND * FIT)
    flat = ink - np.asarray(cv2.blur(ink, reach, borderType=cv2.BORDER_REPLICATE))
    flat -= np.vdot(flat, known) / known.sum()
    flat *= known
    length = float(np.linalg.norm(flat))
    return flat / length if length > 0 else flat
