"""One picture out of two exposures, against glare."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.reading.aligning import Shift, shift_of
from agent.vision.region import Image, to_grey

BURNT: Final = 235  # grey level above which the long exposure tells less and less
BLEND: Final = 20  # grey levels over which the short one takes its place
ENOUGH_PIXELS: Final = 64
SAMPLES: Final = 40_000  # pixels from which the gain is told
# A lamp's light is what varies over more than some 30 pixels. What it lifts above
# LEVEL is taken off, so that codes up to 8 pixels a module stay within 255; of levels
# 120 to 180 and of 20 to 45 pixels these read most drawn pictures.
LEVEL: Final = 150
COARSE: Final = 4
SMOOTH: Final = 2.0  # in pixels of the coarse picture

Floats = NDArray[np.float32]


def fuse(long: Image, short: Image) -> Image | None:
    """`long` with its burnt-out places filled from `short`, and the lamp's light off.

    Grey or colour. The product may have moved between them by an eighth of the picture
    (`aligning`); None if `short` shows something else. `long` itself if nothing in it
    is burnt out. The gain is the ratio of their means where both are well exposed (1
    where hardly any pixel is).
    """
    base, other = to_grey(long), to_grey(short)
    if base.size == 0 or int(base.max()) <= BURNT:
        return base
    if base.shape != other.shape:
        return None
    gain = _gain(base, other)
    bright = np.asarray(cv2.convertScaleAbs(other, alpha=gain), dtype=np.uint8)
    shift = shift_of(base, bright, BURNT)
    return None if shift is None else _filled(base, other, gain, shift)


def _filled(base: Image, other: Image, gain: float, shift: Shift) -> Image:
    """Lamp light is taken off each by itself: when the product moves, it has not."""
    x, y, width, height = cv2.boundingRect((base > BURNT).astype(np.uint8))
    # Taken from where this part of the product lies in `other`.
    back = np.array([(1, 0, x + shift[0]), (0, 1, y + shift[1])], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        other, back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    fill = moved * np.float32(gain)
    fill -= _lamp(fill)
    part = base[y : y + height, x : x + width]
    weight = np.clip((part.astype(np.float32) - BURNT) / BLEND, 0, 1)
    lamp = _lamp(base.astype(np.float32)).astype(np.uint8)
    fused = np.asarray(cv2.subtract(base, lamp), dtype=np.uint8)
    inside = fused[y : y + height, x : x + width]
    mixed = inside + weight * (fill - inside)
    inside[:] = np.clip(mixed, 0, 255)
    return fused


def _lamp(light: Floats) -> Floats:
    """What slowly varying light lifts a picture above LEVEL by."""
    rows, columns = light.shape
    size = (max(1, columns // COARSE), max(1, rows // COARSE))
    coarse = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    over = np.maximum(cv2.GaussianBlur(coarse, (0, 0), SMOOTH) - LEVEL, 0)
    return np.asarray(cv2.resize(over, (columns, rows)), dtype=np.float32)


def _gain(base: Image, other: Image) -> float:
    """How much brighter the long exposure is where both can be trusted."""
    step = max(1, round((base.size / SAMPLES) ** 0.5))
    some, same = base[::step, ::step], other[::step, ::step]
    good = (some < BURNT) & (same > 5)
    if np.count_nonzero(good) < ENOUGH_PIXELS:
        return 1.0
    return float(some[good].mean()) / float(same[good].mean())
