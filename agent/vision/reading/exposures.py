"""One picture out of two exposures, against glare."""

from typing import Final

import numpy as np

from agent.vision.region import Image, to_grey

BURNT: Final = 235  # grey level above which the long exposure tells less and less
BLEND: Final = 20  # grey levels over which the short one takes its place
ENOUGH_PIXELS: Final = 64


def fuse(long: Image, short: Image) -> Image:
    """`long` with its burnt-out places filled from `short`, brought to its brightness.

    Both show the same view, grey or colour, (rows, columns) alike; ValueError if not.
    The gain is the ratio of their means where both are well exposed (1 where hardly
    any pixel is). What comes out brighter than white scales the whole picture down,
    so a mark under glare keeps its contrast to its ground.
    """
    base, other = to_grey(long), to_grey(short)
    if base.shape != other.shape:
        raise ValueError(
            f"two exposures of shapes {base.shape} and {other.shape}: "
            "they must show the same view"
        )
    if base.size == 0 or int(base.max()) <= BURNT:
        return base
    weight = np.clip((base.astype(np.float32) - BURNT) / BLEND, 0, 1)
    fused = base + weight * (other * np.float32(_gain(base, other)) - base)
    brightest = float(fused.max())
    return np.asarray(fused * min(1.0, 255 / brightest), dtype=np.uint8)


def _gain(base: Image, other: Image) -> float:
    """How much brighter the long exposure is where both can be trusted."""
    good = (base < BURNT) & (other > 5)
    if np.count_nonzero(good) < ENOUGH_PIXELS:
        return 1.0
    return float(base[good].mean()) / float(other[good].mean())
