"""A picture small enough for a screen of characters."""

from typing import Final

import cv2
import numpy as np

WIDTH: Final = 72
MOST_HEIGHT: Final = 96


def small_pgm(png: bytes) -> bytes | None:
    """A grey picture of `WIDTH` pixels (PGM); None if it cannot be decoded."""
    grey = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return None
    rows, columns = grey.shape
    height = min(max(2, round(rows * WIDTH / columns)), MOST_HEIGHT)
    small = cv2.resize(grey, (WIDTH, height), interpolation=cv2.INTER_AREA)
    return b"P5\n%d %d\n255\n" % (WIDTH, height) + small.tobytes()
