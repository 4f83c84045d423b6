"""A second opinion on bar codes that another decoder has read.

The place is taken from the reading, its text is not: it is read anew.
"""

from collections.abc import Iterable, Iterator
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
from agent.vision.decoders.bars.strip import BEYOND, Reals, Strip, strip_of_corners
from agent.vision.decoders.bars.text import Text
from agent.vision.region import Image
from agent.vision.symbology import Symbology

PLACING: Final = frozenset({zxing.NAME})  # zbar tells no place that is good enough
ROWS: Final = 8


def confirm_clear(
    image: Image, readings: Iterable[Decoded], variant: str
) -> list[Decoded]:
    """The readings whose print is clear and says the same: a tenth of a millisecond.

    At the least as clear as a text must be that stands without another decoder's.
    """
    out = []
    for reading, seen in _placed(image, readings):
        text = quick.read(*_profile(seen), reading.symbology)
        if text is None or not is_certain(text):
            continue
        if (text.payload, text.aim) == (reading.payload, reading.aim):
            out.append(decoded(seen, text, 1, variant))
    return out


def confirm(image: Image, readings: Iterable[Decoded], variant: str) -> list[Decoded]:
    """What the chain reads there, be it another text; nothing where it cannot."""
    out = []
    for reading, seen in _placed(image, readings):
        text = _forward(*_profile(seen), reading.symbology, seen.per_px)
        if text is not None:
            out.append(decoded(seen, text, 1, variant))
    return out


def _placed(
    image: Image, readings: Iterable[Decoded]
) -> Iterator[tuple[Decoded, Strip]]:
    for reading in readings:
        is_placed = reading.decoder in PLACING and reading.symbology in READABLE
        if is_placed and image.size:
            yield reading, strip_of_corners(image, reading.corners, ROWS)


def _profile(seen: Strip) -> tuple[Reals, float, float]:
    """With the first and the last sample of its bars."""
    profile = np.asarray(cv2.reduce(seen.rows, 0, cv2.REDUCE_AVG)[0], np.float32)
    spare = len(profile) * BEYOND / (1 + 2 * BEYOND) - 0.5
    return profile, spare, len(profile) - 1 - spare


def _forward(
    profile: Reals, first: float, last: float, symbology: Symbology, per_px: float
) -> Text | None:
    """The text where another decoder read from left to right."""
    numbers: list[int | None] = [None]
    if symbology is not Symbology.EAN_13:
        likely = code128.lengths(profile, first, last, NARROWEST_PX * per_px)
        numbers = [number for _, number in likely[:LENGTHS]]
    ways = (Way(first, last, False, number) for number in numbers)
    texts = (way.read(profile)[1] for way in ways)
    return next((text for text in texts if text is not None), None)
