"""The grey values across a bar code, its bars made upright."""

from dataclasses import dataclass
from math import dist, hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.decoded import Corners, Point
from agent.vision.decoders.bars.locate import Field
from agent.vision.region import Image

Reals = NDArray[np.float32]

ROWS: Final = 24
BEYOND: Final = 0.10  # of the length, seen past either end
HEIGHT_SHARE: Final = 0.9  # of a field's height: its ends are frayed
LONG_PX: Final = 400  # a longer field is seen at its own size, a shorter at twice it
MOST_SAMPLES: Final = 1400
LEAN_SHARE: Final = 0.06  # of half the length that a bar's top may be off its foot
LEAN_ENOUGH: Final = 0.5  # samples
LEAN_MATCH: Final = 0.3  # correlation of upper and lower part that means something
LEANS: Final = 3
SLOPE_SHARE: Final = 0.25
GAP_SHARE: Final = 0.044
LEAST_SLOPES: Final = 8


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows along the reading direction, one above the other.

    `quad`: shape (4, 2), where the strip's own corners (top left, clockwise) lie in
    the picture. `per_px`: samples a pixel.
    """

    rows: Reals
    quad: Reals
    per_px: float

    def bands(self, count: int) -> list[Reals]:
        """Mean profiles of so many separate parts, from top to bottom."""
        parts = np.array_split(self.rows, min(count, len(self.rows)))
        return [part.mean(axis=0) for part in parts]

    def corners(self, first: float, last: float) -> Corners:
        """Where in the picture what lies between two samples stands."""
        count = self.rows.shape[1]
        top_left, top_right, bottom_right, bottom_left = self.quad
        top, bottom = top_right - top_left, bottom_right - bottom_left
        begin, end = (first + 0.5) / count, (last + 0.5) / count
        return (
            _point(top_left + begin * top),
            _point(top_left + end * top),
            _point(bottom_left + end * bottom),
            _point(bottom_left + begin * bottom),
        )


def strip_of_field(image: Image, field: Field) -> Strip:
    """The field and a little beyond, its bars made upright even where they fan out."""
    cos, sin = np.cos(field.angle), np.sin(field.angle)
    half = np.array((cos, sin)) * field.length * (0.5 + BEYOND)
    down = np.array((-sin, cos)) * field.height * HEIGHT_SHARE / 2
    at = np.array(field.centre)
    corners = (at - half - down, at + half - down, at + half + down, at - half + down)
    quad = np.array(corners, np.float32)
    per_px = 1.0 if field.length > LONG_PX else 2.0
    seen = _seen(image, quad, per_px, ROWS)
    for _ in range(LEANS):
        left, right = (_lean(half) for half in np.array_split(seen.rows, 2, axis=1))
        if max(abs(left), abs(right)) < LEAN_ENOUGH:
            break
        # Known at a quarter and three quarters of the length; carried to its ends.
        first, last = left - (right - left) / 2, right + (right - left) / 2
        shifts = np.array([-first, -last, last, first], np.float32) / 2
        along = seen.quad[[1, 1, 2, 2]] - seen.quad[[0, 0, 3, 3]]
        quad = seen.quad + shifts[:, None] * along / seen.rows.shape[1]
        seen = _seen(image, quad, per_px, ROWS)
    return seen


def strip_of_corners(image: Image, corners: Corners, rows: int) -> Strip:
    """A reading's place and a little beyond; a place of a single line is widened."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    top, bottom = (bx - ax, by - ay), (cx - dx, cy - dy)
    along = (top[0] + bottom[0], top[1] + bottom[1])
    length = max(hypot(*along), 1e-6)
    x, y = -along[1] / length, along[0] / length
    down = ((dx - ax + cx - bx) * x + (dy - ay + cy - by) * y) / 2
    if abs(down) < 2:
        x, y = (x, y) if down >= 0 else (-x, -y)
    else:
        x = y = 0.0
    beyond, below = (
        (BEYOND * across, BEYOND * upright) for across, upright in (top, bottom)
    )
    quad = (
        (ax - x - beyond[0], ay - y - beyond[1]),
        (bx - x + beyond[0], by - y + beyond[1]),
        (cx + x + below[0], cy + y + below[1]),
        (dx + x - below[0], dy + y - below[1]),
    )
    per_px = 1.0 if length / 2 > LONG_PX else 2.0
    return _seen(image, np.array(quad, np.float32), per_px, rows)


def _seen(image: Image, quad: Reals, per_px: float, most_rows: int) -> Strip:
    at, right_top, _, left_bottom = quad.tolist()
    length, height = dist(at, right_top), dist(at, left_bottom)
    count = int(min(max(length * per_px, 16), MOST_SAMPLES))
    rows = int(min(max(height * per_px, 2), most_rows))
    right, below = count - 0.5, rows - 0.5
    own = ((-0.5, -0.5), (right, -0.5), (right, below), (-0.5, below))
    matrix = cv2.getPerspectiveTransform(np.array(own, np.float32), quad)
    seen = cv2.warpPerspective(
        image,
        matrix,
        (count, rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Strip(np.asarray(seen, np.float32), quad, count / max(length, 1e-6))


def _lean(rows: Reals) -> float:
    """Samples by which bars lean to the right from the first to the last row."""
    count, length = rows.shape
    third = count // 3
    reach = max(int(LEAN_SHARE * length), 2)
    if third < 1 or length < 4 * reach:
        return 0.0
    upper, lower = (
        np.diff(part.mean(axis=0)).reshape(1, -1)
        for part in (rows[:third], rows[-third:])
    )
    fits = cv2.matchTemplate(lower, upper[:, reach:-reach], cv2.TM_CCOEFF_NORMED)[0]
    best = int(fits.argmax())
    if fits[best] < LEAN_MATCH:
        return 0.0
    lean = float(best - reach)
    if 0 < best < len(fits) - 1:
        before, at, after = (float(fit) for fit in fits[best - 1 : best + 2])
        bend = before - 2 * at + after
        lean += 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(lean * count / (count - third))


def ends(profile: Reals) -> list[tuple[float, float]]:
    """Where bars may begin and end: without what stands beyond a wide gap, and with.

    No element of a long enough bar code takes 4.4 % of its length (EAN-13: 4 of 95
    modules), a quiet zone does.
    """
    slope = cv2.blur(np.abs(np.diff(profile)).reshape(1, -1), (3, 1))[0]
    on = np.flatnonzero(slope > SLOPE_SHARE * float(np.percentile(slope, 85)))
    found: list[tuple[float, float]] = []
    while on.size >= LEAST_SLOPES:
        found.insert(0, (float(on[0]), float(on[-1] + 1)))
        wide = np.flatnonzero(np.diff(on) > GAP_SHARE * (on[-1] - on[0]))
        parts = np.split(on, wide + 1)
        longest = max(parts, key=lambda part: int(part[-1] - part[0]))
        if len(longest) == len(on):
            break
        on = longest
    return found


def resampled(
    profile: Reals, first: float, last: float, samples: int, spare: int
) -> Reals:
    """`samples` of what lies between two places, and `spare` more either side."""
    step = (last - first) / samples
    if step > 1.5:
        profile = cv2.blur(profile.reshape(1, -1), (round(step), 1))[0]
    at = first + (np.arange(-spare, samples + spare) + 0.5) * step
    return np.asarray(np.interp(at, np.arange(len(profile)), profile), np.float32)


def _point(at: NDArray[np.floating]) -> Point:
    return float(at[0]), float(at[1])
