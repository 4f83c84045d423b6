"""The bar code's own directions in the picture, and looking along them."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.grading.linear.reading import Reals
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable

Floats = NDArray[np.float32]

# Rows (or columns) of a long symbol that are enough to tell its direction.
_ENOUGH_PX: Final = 128
_LEAST_PX: Final = 12
# Of bars alone 1; of text or texture far below.
_LEAST_COHERENCE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`along`: unit vector across the bars in reading direction; `s` counts along it,
    `t` down the bars, both in pixels from `origin`, itself x, y in the picture."""

    origin: Reals
    along: Reals

    @property
    def down(self) -> Reals:
        """Unit vector down the bars, clockwise of `along` on the screen."""
        return np.array([-self.along[1], self.along[0]])

    def turned(self) -> Self:
        """The same, read from the other end."""
        return type(self)(origin=self.origin, along=-self.along)

    def inside(self, points: Reals) -> Reals:
        """s, t of picture points of shape (..., 2)."""
        away = points - self.origin
        return np.stack([away @ self.along, away @ self.down], axis=-1)

    def places(self, s: Reals, t: Reals) -> tuple[Floats, Floats]:
        """x and y of points; `s` and `t` broadcast together."""
        x = self.origin[0] + s * self.along[0] + t * self.down[0]
        y = self.origin[1] + s * self.along[1] + t * self.down[1]
        return np.asarray(x, dtype=np.float32), np.asarray(y, dtype=np.float32)


def look(picture: Image, x: Floats, y: Floats) -> Floats:
    """Grey values at places of one shape (rows, columns), between pixels by bilinear
    interpolation, 0 outside of the picture.

    In floating point: between whole grey values a soft edge would come out in steps.
    """
    left, top = max(int(x.min()), 0), max(int(y.min()), 0)
    part = picture[top : int(y.max()) + 2, left : int(x.max()) + 2]
    if part.size == 0:
        return np.zeros(x.shape, dtype=np.float32)
    seen = cv2.remap(
        part.astype(np.float32),
        x - left,
        y - top,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return np.asarray(seen, dtype=np.float32)


def frame_of(picture: Image, corners: Reals) -> Frame:
    """Directions of the bars between `corners` (4, 2), from the picture's gradients.

    A decoder that scans rows gives corners along its rows, not along the symbol; only
    the sign of the direction is taken from them. Raises NotGradable where the picture
    shows no bars there.
    """
    rows, columns = picture.shape
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = corners.mean(axis=0)
    half = np.maximum((high - low) / 2, _LEAST_PX / 2)
    half[np.argmin(half)] = min(half.min(), _ENOUGH_PX / 2)
    first = np.clip(np.floor(middle - half), 0, [columns, rows]).astype(int)
    last = np.clip(np.ceil(middle + half) + 1, 0, [columns, rows]).astype(int)
    part = picture[first[1] : last[1], first[0] : last[0]]
    if min(part.shape) < 3:
        raise NotGradable(
            f"the symbol at {middle[0]:.0f}, {middle[1]:.0f} lies outside of the "
            f"picture of {columns} x {rows} pixels: the whole symbol must be seen"
        )
    return Frame(origin=middle, along=_across_bars(part, corners))


def _across_bars(part: Image, corners: Reals) -> Reals:
    """Direction of steepest change: the main axis of the structure tensor."""
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(part, cv2.CV_32F, 0, 1)
    xx, yy, xy = (
        float(cv2.sumElems(cv2.multiply(a, b))[0])
        for a, b in ((across, across), (down, down), (across, down))
    )
    coherence = np.hypot(xx - yy, 2 * xy) / max(xx + yy, 1e-9)
    if coherence < _LEAST_COHERENCE:
        raise NotGradable(
            "no parallel bars where the code was read: is the picture the one it was "
            "read in?"
        )
    angle = np.arctan2(2 * xy, xx - yy) / 2
    along = np.array([np.cos(angle), np.sin(angle)])
    reading = corners[1] + corners[2] - corners[0] - corners[3]
    return -along if along @ reading < 0 else along
