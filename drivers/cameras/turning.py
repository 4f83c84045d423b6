"""Pictures of a camera that hangs on its side, or upside down."""

from collections.abc import Mapping
from typing import Final, Literal

import cv2

Rotation = Literal[0, 90, 180, 270]

# Clockwise degrees -> OpenCV's word.
TURNS: Final[Mapping[int, int]] = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
