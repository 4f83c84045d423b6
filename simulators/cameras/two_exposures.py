"""Draws the same view twice: burnt out under a lamp, then exposed shorter."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from simulators.cameras.defects import GOOD, Defects
from simulators.cameras.rendered import Image, PrintedMark, noisy, render

Light = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A lamp's mirror image on a shiny product.

    `strength` is what it adds in its middle, 1 being what makes white paper white in
    the long exposure; `radius_px` where it has fallen to 0.37 of that; `at` its middle
    (x, y), None the picture's. It stays where it is when the product moves.
    """

    strength: float = 2.0
    radius_px: float = 60.0
    at: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortExposure:
    """`share` of the long exposure's time; the product has `moved_px` (x, y) since."""

    share: float = 0.2
    moved_px: tuple[float, float] = (0.0, 0.0)


def two_exposures(
    mark: PrintedMark,
    rng: np.random.Generator,
    *,
    defects: Defects = GOOD,
    lamp: Lamp | None = None,
    short: ShortExposure | None = None,
    size: tuple[int, int] = (640, 480),
) -> tuple[Image, Image]:
    """A mark in the light of `lamp`: grey pictures of `size` (width, height), the long
    exposure first. ValueError if the text cannot be drawn."""
    lamp, short = lamp or Lamp(), short or ShortExposure()
    scene = render(mark, rng, replace(defects, noise_grey=0), size)
    later = _moved(scene, short.moved_px)
    spot = _spot(lamp, size)
    exposed = (scene + spot, (later + spot) * np.float32(short.share))
    first, second = (
        noisy(np.clip(light, 0, 255).astype(np.uint8), rng, defects.noise_grey)
        for light in exposed
    )
    return first, second


def _moved(scene: Image, by_px: tuple[float, float]) -> Image:
    height, width = scene.shape
    matrix = np.array([(1, 0, by_px[0]), (0, 1, by_px[1])], np.float32)
    moved = cv2.warpAffine(
        scene, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)


def _spot(lamp: Lamp, size: tuple[int, int]) -> Light:
    width, height = size
    x, y = lamp.at or (width / 2, height / 2)
    across = np.exp(-(((np.arange(width) - x) / lamp.radius_px) ** 2))
    down = np.exp(-(((np.arange(height) - y) / lamp.radius_px) ** 2))
    spot = 255 * lamp.strength * down[:, None] * across[None, :]
    return np.asarray(spot, dtype=np.float32)
