"""Reflectance of modules: the mean over a round aperture at each centre."""

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.grid import AnyReals, Grey, greys
from agent.vision.symbols.symbol import Reals

_FINE: Final = 16  # points along a pixel when the aperture's share of it is counted


def averaged(picture: Grey, diameter_px: float) -> Grey:
    """At every pixel the mean over a round aperture around it."""
    kernel = disc(round(diameter_px, 1))
    found = cv2.filter2D(picture, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def values_at(picture: Grey, x: AnyReals, y: AnyReals) -> Reals:
    """Values at points in pixels; NaN where one is outside of the picture."""
    height, width = picture.shape
    inside = (x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5)
    return np.where(inside, greys(picture, x, y), np.nan)


@lru_cache(maxsize=64)
def disc(diameter_px: float) -> NDArray[np.float32]:
    """Share of each pixel under a round aperture, of sum 1."""
    reach = max(int(np.ceil(diameter_px / 2 - 0.5)), 0)
    side = 2 * reach + 1
    axis = (np.arange(side * _FINE) + 0.5) / _FINE - side / 2
    inside = np.hypot(axis[:, None], axis[None, :]) <= max(diameter_px, 0.1) / 2
    share = inside.reshape(side, _FINE, side, _FINE).mean(axis=(1, 3))
    return np.asarray(share / share.sum(), np.float32)
