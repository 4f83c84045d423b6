"""OpenCV's decoder of EAN-13: a third that measures edges, along lines of its own.

It takes many other bars for an EAN-13 (those of 14 in 77 photographs of Code 128), so
what it alone reads is worth nothing; on 12,000 damaged prints it never read the same
wrong text as another decoder.
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike

from agent.vision.check_digit import is_mod10
from agent.vision.decoded import Decoded
from agent.vision.region import Image
from agent.vision.symbology import Symbology

NAME: Final = "opencv"
AIM: Final = "]E0"
TYPES: Final = {"EAN_13", "UPC_A"}  # UPC-A is an EAN-13 that begins with 0
DIGITS: Final = 13
LEAST_ROWS: Final = 64  # it reads nothing in a lower picture
MARGIN: Final = 0.03  # of the width, either side of where bars may stand


def decode(image: Image, variant: str) -> list[Decoded]:
    """The EAN-13 it finds by itself, corners in `image` pixels."""
    if min(image.shape, default=0) < LEAST_ROWS:
        return []
    try:
        _, texts, types, places = cv2.barcode.BarcodeDetector().detectAndDecodeWithType(
            image
        )
    except (cv2.error, UnicodeDecodeError):
        return []  # it raises on some pictures: nothing read
    return _decoded(texts, types, places, variant)


def decode_rows(rows: Image, variant: str) -> list[Decoded]:
    """What it reads in rows across bars that stand upright, corners in their pixels."""
    if min(rows.shape, default=0) == 0:
        return []
    times = -(-LEAST_ROWS // rows.shape[0])
    tall = np.repeat(rows, times, axis=0)
    left, right = MARGIN * rows.shape[1], (1 - MARGIN) * rows.shape[1]
    below = float(rows.shape[0] - 1)
    place = np.array([[(left, below), (left, 0), (right, 0), (right, below)]])
    whole = (place * (1, times)).astype(np.float32)
    try:
        _, texts, types = cv2.barcode.BarcodeDetector().decodeWithType(tall, whole)
    except (cv2.error, UnicodeDecodeError):
        return []
    return _decoded(texts, types, place, variant)


def _decoded(
    texts: Sequence[str],
    types: Sequence[str],
    places: ArrayLike | None,
    variant: str,
) -> list[Decoded]:
    """Places begin at the bottom left and go round clockwise; None: nothing found."""
    if places is None:
        return []
    out = []
    found = zip(texts, types, np.asarray(places).reshape(-1, 4, 2), strict=False)
    for text, kind, place in found:
        digits = text.zfill(DIGITS)
        if kind not in TYPES or len(digits) != DIGITS or not is_mod10(digits.encode()):
            continue
        bottom_left, top_left, top_right, bottom_right = (
            (float(x), float(y)) for x, y in place
        )
        out.append(
            Decoded(
                payload=digits.encode(),
                text=digits,
                aim=AIM,
                symbology=Symbology.EAN_13,
                decoder=NAME,
                variant=variant,
                corners=(top_left, top_right, bottom_right, bottom_left),
            )
        )
    return out
