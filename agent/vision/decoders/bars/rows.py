"""The other decoders on rows across bars made upright.

Bars are found at the size of the picture, whatever it is, and what they are given is
small: they read there in less than a millisecond what takes them up to a hundred in the
picture, and much that they do not read in it.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.decoders import edges, opencv
from agent.vision.decoders.bars.strip import Strip
from agent.vision.region import Image
from agent.vision.symbology import Symbology


def decode(
    seen: Strip, symbologies: Collection[Symbology], variant: str
) -> list[Decoded]:
    """What zxing-cpp, zbar and OpenCV read, corners in pixels of the picture."""
    rows: Image = np.clip(seen.rows, 0, 255).astype(np.uint8)
    found = edges.decode(rows, symbologies, variant)
    if Symbology.EAN_13 in symbologies:
        found += opencv.decode_rows(rows, variant)
    return [placed(each, seen, 1.0) for each in found if each.symbology.is_linear]


def placed(found: Decoded, seen: Strip, per_column: float) -> Decoded:
    """`found` where it stands in the picture; `per_column`: samples of the strip."""
    xs = [x * per_column for x, _ in found.corners]
    left, right = min(xs), max(xs)
    if found.corners[0][0] > found.corners[1][0]:
        left, right = right, left
    return replace(found, corners=seen.corners(left, right))
