"""Pictures made smaller in next to no time."""

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.region import Image


def halved(picture: Image, most_pixels: int) -> tuple[Image, int]:
    """At most so many pixels, and by what power of two the sides became shorter.

    Averaged over squares of pixels: four at a time takes a twentieth of the time that
    nine or twenty-five take.
    """
    factor = 1
    while picture.size > most_pixels and min(picture.shape) >= 2:
        picture = averaged(picture, 2)
        factor *= 2
    return picture, factor


def averaged(picture: Image, side: int) -> Image:
    """Each square of so many pixels a side as one; what is left at the edges goes."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    even = picture[: side * rows, : side * columns]
    small = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def sampled(slopes: cv2.typing.MatLike) -> NDArray[np.float32]:
    """Of every second pixel of every second row: enough to tell what blocks of pixels
    hold, and fresh memory costs more than sums.
    """
    return np.asarray(slopes[::2, ::2], np.float32)
