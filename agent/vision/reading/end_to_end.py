"""Whether an ITF symbol was read from its first bar to its last.

Any even number of its digits is a valid symbol: a line that leaves the bars sideways,
or damage within, reads as a shorter one, and every decoder agrees with it. Where the
bars truly begin and end is found without reading them.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Corners, Decoded
from agent.vision.decoders.bars.locate import fields
from agent.vision.decoders.bars.strip import Strip, ends, strip_of_field
from agent.vision.reading.evidence import END_TO_END
from agent.vision.region import Image
from agent.vision.symbology import Symbology

FIELDS: Final = 3
BANDS: Final = 3
MOST_SHARE: Final = 0.6  # of all bars: less is what damage left of them
# Modules of a symbol, wide elements taken as 2.5 times narrow ones.
ENDS_MODULES, DIGIT_MODULES = 8.5, 8.0
TOLERANCE_MODULES: Final = 4.0  # less than a digit


def end_to_end(image: Image, readings: Iterable[Decoded]) -> list[Decoded]:
    """The ITF readings that reach from end to end of a field of bars.

    Each as a witness of its own: the same text, another ground.
    """
    lines = [each for each in readings if each.symbology is Symbology.ITF]
    if not lines or image.size == 0:
        return []
    strips = [strip_of_field(image, field) for field in fields(image, FIELDS)]
    return [
        replace(each, decoder=END_TO_END, paths=1)
        for each in lines
        if any(_reaches(each, seen) for seen in strips)
    ]


def _reaches(reading: Decoded, seen: Strip) -> bool:
    """Bands are looked at apart: in some of them there may be lettering as well."""
    left, right = sorted(_across(reading.corners, seen))
    modules = ENDS_MODULES + DIGIT_MODULES * len(reading.payload)
    for band in (*seen.bands(1), *seen.bands(BANDS)):
        found = ends(band)
        widest = max((last - first for first, last in found), default=0.0)
        for first, last in found:
            off = TOLERANCE_MODULES * (last - first) / modules
            is_most = last - first >= MOST_SHARE * widest
            if is_most and abs(left - first) <= off and abs(right - last) <= off:
                return True
    return False


def _across(corners: Corners, seen: Strip) -> tuple[float, float]:
    """Where along the strip a reading begins and ends, whichever way it slants."""
    rows, count = seen.rows.shape
    own = np.array([(0, 0), (count, 0), (count, rows), (0, rows)], np.float32)
    matrix = cv2.getPerspectiveTransform(seen.quad, own)
    at = cv2.perspectiveTransform(np.array([corners], np.float32), matrix)[0]
    return float(at[[0, 3], 0].mean()), float(at[[1, 2], 0].mean())
