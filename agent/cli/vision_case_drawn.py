"""A picture of a case with its places drawn in."""

from typing import Final

import cv2
import numpy as np

from agent.vision.cases.result import CaseResult, PlaceState
from agent.vision.decoded import Corners
from agent.vision.region import Image

Colour = tuple[int, int, int]

# BGR. Never by colour alone: a read place is a box, a missing one a cross.
READ: Final[Colour] = (60, 200, 60)
MISSING: Final[Colour] = (40, 40, 230)
ODD: Final[Colour] = (30, 170, 250)
FRAME: Final[Colour] = (230, 160, 60)


def annotated(image: Image, result: CaseResult) -> Image:
    """Codes boxed with row.column, missing places crossed, strangers marked S."""
    drawn = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    thick = max(1, round(min(image.shape) / 500))
    repeated = {id(each.code) for group in result.duplicates for each in group}
    if result.outline is not None:
        _box(drawn, result.outline, FRAME, thick)
    for each in result.codes:
        colour = ODD if id(each.code) in repeated else READ
        _box(drawn, each.code.corners, colour, thick)
        _label(drawn, each.code.corners, _number(each.row, each.column), colour)
    for code in result.strangers:
        _box(drawn, code.corners, ODD, thick)
        _label(drawn, code.corners, "S", ODD)
    reach = round(min(image.shape) / 40)
    for place in result.missing:
        x, y = (round(v) for v in place.centre)
        here = (
            (x - reach, y - reach),
            (x + reach, y - reach),
            (x + reach, y + reach),
            (x - reach, y + reach),
        )
        cv2.line(drawn, here[0], here[2], MISSING, 2 * thick, cv2.LINE_AA)
        cv2.line(drawn, here[1], here[3], MISSING, 2 * thick, cv2.LINE_AA)
        mark = "" if place.state is PlaceState.MISSING else f" {place.state}"
        _label(drawn, here, _number(place.row, place.column) + mark, MISSING)
    return np.asarray(drawn, dtype=np.uint8)


def _number(row: int | None, column: int | None) -> str:
    return f"{row or '?'}.{column or '?'}"


def _box(
    drawn: cv2.typing.MatLike, corners: Corners, colour: Colour, thick: int
) -> None:
    points = np.round(np.array(corners)).astype(np.int32)
    cv2.polylines(drawn, [points], isClosed=True, color=colour, thickness=thick)


def _label(
    drawn: cv2.typing.MatLike, corners: Corners, text: str, colour: Colour
) -> None:
    """Above the highest corner; OpenCV's own font, which has Latin letters only."""
    size = max(0.4, min(drawn.shape[:2]) / 1600)
    x, y = min(corners, key=lambda corner: corner[1])
    at = (round(x - 20 * size), max(round(20 * size), round(y - 8 * size)))
    font = cv2.FONT_HERSHEY_SIMPLEX
    for thickness, ink in ((5, (0, 0, 0)), (2, colour)):
        wide = max(1, round(thickness * size))
        cv2.putText(drawn, text, at, font, size, ink, wide, cv2.LINE_AA)
