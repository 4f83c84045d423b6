"""What a bench camera makes of a flat scene: a little turned, tilted, unevenly lit."""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]


def a_view(
    reach: Floats,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    turn_deg: float,
    tilt: float,
) -> Floats:
    """A view drawn at random: from the scene, its middle at (0, 0), to pixels.

    `reach` is half the scene's width and height; `tilt`, as a share of the whole,
    bounds how far each corner of it is moved, `turn_deg` the turn before.
    """
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * reach
    angle = np.radians(rng.uniform(-1, 1) * turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = square + rng.uniform(-1, 1, (4, 2)) * tilt * 2 * reach
    corners = corners @ turn + np.array(size) / 2
    view = cv2.getPerspectiveTransform(
        square.astype(np.float32), corners.astype(np.float32)
    )
    return np.asarray(view, dtype=np.float64)


def seen(flat: Image, view: Floats, beyond: int) -> Image:
    """The flat scene through the view; `beyond` is the grey around it."""
    height, width = flat.shape
    to_middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    warped = cv2.warpPerspective(
        flat, view @ to_middle, (width, height), borderValue=(beyond,)
    )
    return np.asarray(warped, dtype=np.uint8)


def lit(
    picture: Image, rng: np.random.Generator, unevenness: float, noise_grey: float
) -> Image:
    """The same under light from one side, with the noise of a sensor.

    `unevenness` is how much darker the farthest corner is than the nearest.
    """
    height, width = picture.shape
    shaded = cv2.multiply(
        picture, _light((width, height), rng, unevenness), dtype=cv2.CV_8U
    )
    noise = np.empty((height, width), np.int16)
    cv2.setRNGSeed(int(rng.integers(1, 2**31 - 1)))
    cv2.randn(noise, np.zeros(1), np.full(1, noise_grey))
    return np.asarray(cv2.add(shaded, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def _light(
    size: tuple[int, int], rng: np.random.Generator, unevenness: float
) -> NDArray[np.float32]:
    """A factor on every pixel."""
    width, height = size
    toward = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.cos(toward)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.sin(toward)
    reach = abs(np.cos(toward)) + abs(np.sin(toward))
    share = unevenness * (1 + (x + y) / reach) / 2
    return np.asarray(1.05 - share, dtype=np.float32)
