"""Where in the picture to look, and the picture as the decoders want it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A rectangle in pixels of the picture. ValueError if it is empty or negative."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or min(self.width, self.height) < 1:
            raise ValueError(
                f"region {self}: x and y must be 0 or more, width and height 1 or more"
            )

    def crop(self, image: Image) -> Image:
        """The part of `image` inside, a view without copy; may be empty."""
        return image[self.y : self.y + self.height, self.x : self.x + self.width]


def to_grey(image: Image) -> Image:
    """A grey picture of shape (rows, columns) from grey, BGR or BGRA bytes.

    Raises ValueError on any other type or shape.
    """
    if image.dtype != np.uint8:
        raise ValueError(f"picture of {image.dtype}: 8-bit pixels (uint8) are needed")
    if image.ndim == 2:
        return image
    channels = image.shape[2] if image.ndim == 3 else 0
    if channels == 1:
        return image[:, :, 0]
    if channels not in {3, 4}:
        raise ValueError(
            f"picture of shape {image.shape}: (rows, columns) grey or "
            "(rows, columns, 3 or 4) colour is needed"
        )
    if image.size == 0:
        return image[:, :, 0]
    code = cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)
