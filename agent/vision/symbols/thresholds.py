"""Grey values that part dark modules from light ones."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from agent.vision.symbols.symbol import Reals

_REACH: Final = np.ones((7, 7), np.uint8)  # modules among which both kinds are found
_SOFT: Final = 1.5  # modules
_ROUNDS: Final = 6


def thresholds(seen: Reals, quiet: int) -> Iterator[float | Reals]:
    """For the symbol's modules, the best known first: half way between the extremes
    (ISO/IEC 15415 clause 7.5), half way between the means of both kinds, and half way
    between the extremes nearby. `seen` has `quiet` modules of quiet zone around."""
    yield float(np.nanmin(seen) + np.nanmax(seen)) / 2
    yield _between_means(seen[quiet:-quiet, quiet:-quiet])
    yield local_threshold(seen)[quiet:-quiet, quiet:-quiet]


def _between_means(values: Reals) -> float:
    threshold = float(np.nanmean(values))
    for _ in range(_ROUNDS):
        is_low = values < threshold
        if is_low.all() or not is_low.any():
            break
        threshold = float(np.nanmean(values[is_low]) + np.nanmean(values[~is_low])) / 2
    return threshold


def local_threshold(seen: Reals) -> Reals:
    """Half way between the darkest and the lightest modules nearby, for each module."""
    filled = np.where(np.isnan(seen), np.nanmean(seen), seen)
    middle = (cv2.dilate(filled, _REACH) + cv2.erode(filled, _REACH)) / 2
    return np.asarray(cv2.GaussianBlur(middle, (0, 0), _SOFT), np.float64)
