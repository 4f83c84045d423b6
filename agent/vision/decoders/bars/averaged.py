"""The other decoders on the averaged profile of a bar code, drawn as a clean print.

Averaging along the bars takes away noise, dots and scratches before an edge is sought.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.decoders import zbar, zxing
from agent.vision.decoders.bars.locate import fields
from agent.vision.decoders.bars.strip import Strip, strip_of_field
from agent.vision.region import Image
from agent.vision.symbology import Symbology

FIELDS: Final = 2
BAND_ROWS: Final = 8
ENLARGE: Final = 2


def decode(
    image: Image, symbologies: Collection[Symbology], variant: str
) -> list[Decoded]:
    """What zxing-cpp and zbar read of the fields of bars, corners in `image` pixels."""
    out: list[Decoded] = []
    for field in fields(image, FIELDS):
        seen = strip_of_field(image, field)
        drawn = _drawn(seen)
        formats = zxing.formats_of(symbologies)
        found = zxing.decode(drawn, formats, variant, thorough=False)
        found += zbar.decode(drawn, symbologies, variant)
        out += [_placed(each, seen) for each in found if each.symbology.is_linear]
    return out


def _drawn(seen: Strip) -> Image:
    bands = np.repeat(np.stack([*seen.bands(1), *seen.bands(2)]), BAND_ROWS, axis=0)
    size = (bands.shape[1] * ENLARGE, bands.shape[0])
    larger = cv2.resize(bands, size, interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(larger, (1, 99))
    scaled = (larger - low) * (255 / max(float(high - low), 1.0))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def _placed(found: Decoded, seen: Strip) -> Decoded:
    xs = [x / ENLARGE for x, _ in found.corners]
    left, right = min(xs), max(xs)
    if found.corners[0][0] > found.corners[1][0]:
        left, right = right, left
    return replace(found, corners=seen.corners(left, right))
