"""The other decoders on the averaged profile of a bar code, drawn as a clean print.

Averaging along the bars takes away noise, dots and scratches before an edge is sought.
"""

from collections.abc import Collection
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.decoders import edges
from agent.vision.decoders.bars.rows import placed
from agent.vision.decoders.bars.strip import Strip
from agent.vision.region import Image
from agent.vision.symbology import Symbology

BAND_ROWS: Final = 8
ENLARGE: Final = 2
LONG: Final = 1000  # samples from which on modules are wide enough


def decode(
    seen: Strip, symbologies: Collection[Symbology], variant: str
) -> list[Decoded]:
    """What zxing-cpp and zbar read, corners in pixels of the picture."""
    enlarge = ENLARGE if seen.rows.shape[1] < LONG else 1
    found = edges.decode(_drawn(seen, enlarge), symbologies, variant)
    return [
        placed(each, seen, 1 / enlarge) for each in found if each.symbology.is_linear
    ]


def _drawn(seen: Strip, enlarge: int) -> Image:
    bands = np.repeat(np.stack([*seen.bands(1), *seen.bands(2)]), BAND_ROWS, axis=0)
    size = (bands.shape[1] * enlarge, bands.shape[0])
    larger = cv2.resize(bands, size, interpolation=cv2.INTER_CUBIC)
    low, high = np.percentile(larger, (1, 99))
    scaled = (larger - low) * (255 / max(float(high - low), 1.0))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)
