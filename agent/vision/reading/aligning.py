"""How far a product has moved between two pictures of it."""

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.region import Image

Shift = tuple[float, float]
Floats = NDArray[np.float32]

PIXELS: Final = 60_000  # what the pictures are shrunk to: a third of a pixel is found
REACH: Final = 8  # a product may move by this part of the picture's sides at most
DETAIL: Final = 5.0  # blur, in shrunk pixels, that is taken off: what is left is detail
# Grey levels; a flat ground with its noise stays below, what was printed does not.
PRINT: Final = 20
ENOUGH_PIXELS: Final = 30
# What differs, as a share of all detail: 0 the same picture, 1 another. Drawn pairs
# whose short exposure is mostly noise come to 0.4, pairs of other products from 0.8.
MOST_DIFFERENT: Final = 0.6


def shift_of(first: Image, second: Image, burnt: int) -> Shift | None:
    """Pixels (x, y) that the view of `first` has moved in `second`; None: it is not
    there.

    Grey, shapes alike, brightness alike too but for the places above `burnt` in
    `first`, which do not count. (0, 0) where nothing else is to be seen.
    """
    factor = max(1, math.ceil(math.sqrt(first.size / PIXELS)))
    one, other = (_shrunk(each, factor) for each in (first, second))
    margin_y, margin_x = (side // REACH for side in one.shape)
    inner = (slice(margin_y, -margin_y or None), slice(margin_x, -margin_x or None))
    counts = _unburnt(one, burnt)[inner]
    wanted = np.ascontiguousarray(_detail(one, burnt)[inner])
    if np.count_nonzero(np.abs(wanted * counts) > PRINT) < ENOUGH_PIXELS:
        return 0.0, 0.0
    detail = _detail(other, burnt)
    differs = np.asarray(
        cv2.matchTemplate(detail, wanted, cv2.TM_SQDIFF, mask=counts), dtype=np.float32
    )
    y, x = (int(each) for each in np.unravel_index(differs.argmin(), differs.shape))
    there = detail[y : y + wanted.shape[0], x : x + wanted.shape[1]]
    all_detail = float((counts * (wanted**2 + there**2)).sum())
    if differs[y, x] > MOST_DIFFERENT * all_detail:
        return None
    return (
        factor * (x - margin_x + _between(differs[y, x - 1 : x + 2])),
        factor * (y - margin_y + _between(differs[y - 1 : y + 2, x])),
    )


def _shrunk(picture: Image, factor: int) -> Floats:
    rows, columns = picture.shape
    size = (max(1, columns // factor), max(1, rows // factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)


def _detail(picture: Floats, burnt: int) -> Floats:
    """What is finer than a lamp's halo, which stays where it is."""
    seen = np.minimum(picture, np.float32(burnt))
    return np.asarray(seen - cv2.GaussianBlur(seen, (0, 0), DETAIL), dtype=np.float32)


def _unburnt(picture: Floats, burnt: int) -> Floats:
    """1 where a pixel counts: neither burnt out nor beside what is."""
    spoilt = cv2.dilate((picture > burnt).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(1 - spoilt, dtype=np.float32)


def _between(around: Floats) -> float:
    """Where the least lies, from the middle of three neighbours, by a parabola."""
    if len(around) < 3:
        return 0.0
    before, here, after = (float(each) for each in around)
    bend = before - 2 * here + after
    return 0.0 if bend <= 0 else (before - after) / 2 / bend
