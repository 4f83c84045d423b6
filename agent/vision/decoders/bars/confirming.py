"""A second opinion on bar codes that another decoder has read.

The place is taken from the reading, its text is not: another may come out.
"""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.decoders import zxing
from agent.vision.decoders.bars import code128, quick
from agent.vision.decoders.bars.reading import (
    LENGTHS,
    NARROWEST_PX,
    READABLE,
    Way,
    decoded,
    is_certain,
)
from agent.vision.decoders.bars.strip import BEYOND, Reals, strip_of_corners
from agent.vision.decoders.bars.text import Text
from agent.vision.region import Image
from agent.vision.symbology import Symbology

PLACING: Final = frozenset({zxing.NAME})  # zbar tells no place that is good enough
ROWS: Final = 8

Place = tuple[float, float]  # first and last sample of the bars


def confirm(image: Image, readings: Iterable[Decoded], variant: str) -> list[Decoded]:
    """What this decoder reads where others read bar codes; nothing where it cannot."""
    out = []
    for reading in readings:
        is_placed = reading.decoder in PLACING and reading.symbology in READABLE
        if not is_placed or image.size == 0:
            continue
        seen = strip_of_corners(image, reading.corners, ROWS)
        whole = np.asarray(cv2.reduce(seen.rows, 0, cv2.REDUCE_AVG)[0], np.float32)
        spare = len(whole) * BEYOND / (1 + 2 * BEYOND) - 0.5
        place = (spare, len(whole) - 1 - spare)
        text = _clearly(whole, place, reading)
        if text is None:
            text = _forward(whole, place, reading.symbology, seen.per_px)
        if text is not None:
            out.append(decoded(seen, text, 1, variant))
    return out


def _clearly(profile: Reals, place: Place, reading: Decoded) -> Text | None:
    """The text of a clear print; anything else than what was read needs a closer look.

    At the least as clear as a text must be that stands without another decoder's.
    """
    text = quick.read(profile, *place, reading.symbology)
    if text is None or not is_certain(text):
        return None
    is_same = (text.payload, text.aim) == (reading.payload, reading.aim)
    return text if is_same else None


def _forward(
    profile: Reals, place: Place, symbology: Symbology, per_px: float
) -> Text | None:
    """The text where another decoder read from left to right."""
    numbers: list[int | None] = [None]
    if symbology is not Symbology.EAN_13:
        likely = code128.lengths(profile, *place, NARROWEST_PX * per_px)
        numbers = [number for _, number in likely[:LENGTHS]]
    ways = (Way(*place, False, number) for number in numbers)
    texts = (way.read(profile)[1] for way in ways)
    return next((text for text in texts if text is not None), None)
