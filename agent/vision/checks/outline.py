"""The pack's own outline around a code, and the edges of a label."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.decoded import Decoded, Point
from agent.vision.region import Image

LONGEST_PX: Final = 640  # a label is looked for in a picture no larger
LEAST_PX: Final = 16  # nothing stands out in less
LEAST_AREA: Final = 1.3  # of the code's
FULL: Final = 0.85  # of its box a label fills


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Its middle, and the direction of its upper edge in degrees (None: round)."""

    centre: Point
    turn_deg: float | None


def label_around(image: Image, code: Decoded) -> Outline | None:
    """The smallest upright rectangle of other brightness around the code."""
    if min(image.shape) < LEAST_PX:
        return None
    scale = min(1.0, LONGEST_PX / max(image.shape))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    corners = np.array(code.corners, dtype=np.float32) * scale
    # Print on the label is closed up, so that only the label's edge is left.
    gap = 1 + 2 * round(max(3.0, float(np.ptp(corners[:, 0])) / 6))
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (gap, gap))
    found = []
    for close in (cv2.MORPH_CLOSE, cv2.MORPH_OPEN):
        even = cv2.morphologyEx(small, close, kernel)
        kind = cv2.THRESH_BINARY if close == cv2.MORPH_CLOSE else cv2.THRESH_BINARY_INV
        _, mask = cv2.threshold(even, 0, 255, kind | cv2.THRESH_OTSU)
        shapes, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        found += [box for box in map(_box, shapes) if box and _holds(box, corners)]
    found = [box for box in found if not _is_picture(box, small.shape)]
    if not found:
        return None
    (x, y), _, turn_deg = min(found, key=lambda box: box[1][0] * box[1][1])
    # The middle of the first pixel stays the middle of the first pixel.
    centre = ((x + 0.5) / scale - 0.5, (y + 0.5) / scale - 0.5)
    return Outline(centre=centre, turn_deg=turn_deg)


Box = tuple[tuple[float, float], tuple[float, float], float]


def _box(shape: cv2.typing.MatLike) -> Box | None:
    """The rectangle a contour fills, turned -45 to 45 degrees; None: it fills none."""
    (x, y), (width, height), turn_deg = cv2.minAreaRect(shape)
    area = width * height
    if area <= 0 or cv2.contourArea(shape) < FULL * area:
        return None
    turns = round(turn_deg / 90)
    if turns % 2:
        width, height = height, width
    return (x, y), (width, height), turn_deg - 90 * turns


def _holds(box: Box, corners: NDArray[np.float32]) -> bool:
    edge = cv2.boxPoints(box)
    inside = all(
        cv2.pointPolygonTest(edge, (float(x), float(y)), measureDist=False) >= 0
        for x, y in corners
    )
    area = box[1][0] * box[1][1]
    return inside and area >= LEAST_AREA * cv2.contourArea(corners)


def _is_picture(box: Box, shape: tuple[int, ...]) -> bool:
    height, width = shape[:2]
    return box[1][0] >= width - 4 or box[1][1] >= height - 4
