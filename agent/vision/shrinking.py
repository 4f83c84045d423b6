"""Pictures made smaller in next to no time."""

import cv2
import numpy as np

from agent.vision.region import Image


def halved(picture: Image, most_pixels: int) -> tuple[Image, int]:
    """At most so many pixels, and by what power of two the sides became shorter.

    Averaged over squares of pixels: four at a time takes a twentieth of the time that
    nine or twenty-five take.
    """
    factor = 1
    while picture.size > most_pixels and min(picture.shape) >= 2:
        rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
        even = picture[: 2 * rows, : 2 * columns]
        small = cv2.resize(even, (columns, rows), interpolation=cv2.INTER_AREA)
        picture = np.asarray(small, np.uint8)
        factor *= 2
    return picture, factor
