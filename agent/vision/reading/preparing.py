"""A part of a picture made ready for one look, and the way back to its pixels."""

from dataclasses import replace
from functools import lru_cache
from math import sqrt
from typing import Final, NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.decoded import Corners, Decoded, Point, moved
from agent.vision.reading.look import Axis, Bend, Look
from agent.vision.region import Image
from agent.vision.shrinking import averaged
from agent.vision.symbology import Symbology

MIN_SIDE_PX: Final = 8
NEAR_FACTOR: Final = 0.2  # how far from a whole factor of shrinking still counts
BODY_SHARE: Final = 0.78  # of a place's side that its code takes up

_DATA_MATRIX: Final = {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}

Reals = NDArray[np.float32]


class View(NamedTuple):
    """What the decoder is given. `scale`: its pixels per pixel of the part."""

    picture: Image
    scale: float = 1.0
    bend: Bend | None = None
    is_mirrored: bool = False

    @property
    def is_flat(self) -> bool:
        """Whether it lies in the part without bend and not through a mirror."""
        return self.bend is None and not self.is_mirrored

    def back(self, found: Decoded, x: float, y: float) -> Decoded:
        """`found` with its place in the picture whose part at (x, y) this shows."""
        if not self.is_flat:
            corners = cast("Corners", tuple(self._flat(at) for at in found.corners))
            if self.is_mirrored:
                corners = _clockwise(corners, found.symbology)
            found = replace(found, corners=corners)
        return moved(found, 1 / self.scale, x, y)

    def _flat(self, at: Point) -> Point:
        rows, columns = self.picture.shape
        across, down = at
        if self.is_mirrored:
            across = columns - 1 - across
        if self.bend is not None:
            if self.bend.axis is Axis.X:
                across = float(_bent(np.float32(across), columns, self.bend.half_deg))
            else:
                down = float(_bent(np.float32(down), rows, self.bend.half_deg))
        return across, down


def _clockwise(corners: Corners, symbology: Symbology) -> Corners:
    """As zxing-cpp tells them where nothing was mirrored: clockwise.

    It reads mirrored symbols too, without saying so, and turns them over about the
    diagonal that keeps their fixed patterns. Through a mirror it takes every symbol as
    it is printed for such a one, and those that are printed mirrored for plain ones.
    """
    one, two, three, four = corners
    if symbology in _DATA_MATRIX:
        return three, two, one, four
    return one, four, three, two


def prepare(part: Image, look: Look, scale: float, max_pixels: float) -> View:
    """`part` as `look` shows it at `scale`: no copy where nothing is to be done.

    `max_pixels` bounds what the decoder gets, whatever the scale says.
    """
    picture, scale = _resampled(part, min(scale, sqrt(max_pixels / part.size)))
    if look.bend is not None:
        picture = _unbent(picture, look.bend)
    if look.open_px > 1:
        picture = _opened(picture, look.open_px)
    if look.blur_px > 0:
        picture = _image(cv2.GaussianBlur(picture, (0, 0), look.blur_px))
    if look.equalise:
        # A CLAHE object keeps buffers of its own: one per call is safe in threads.
        picture = _image(cv2.createCLAHE(2.0, (4, 4)).apply(picture))
    if look.threshold:
        _, levels = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        picture = _image(levels)
    if look.invert:
        picture = _image(cv2.bitwise_not(picture))
    if look.mirror:
        picture = picture[:, ::-1]
    return View(picture, scale, look.bend, look.mirror)


def _resampled(part: Image, scale: float) -> tuple[Image, float]:
    """About `scale` times the size, and what it truly became.

    A whole factor is averaged in a fiftieth of the time of any other, so a near one is
    taken; what is left is interpolated.
    """
    rows, columns = part.shape
    if scale == 1.0 or round(min(rows, columns) * scale) < MIN_SIDE_PX:
        return part, 1.0
    if scale > 1:
        out = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        return _image(out), scale
    factor = int(1 / scale + NEAR_FACTOR)
    if factor >= 2:
        part = _by_factor(part, factor)
    left = scale * factor
    if left > 1 - NEAR_FACTOR:
        return part, 1 / factor
    out = cv2.resize(part, None, fx=left, fy=left, interpolation=cv2.INTER_LINEAR)
    return _image(out), scale


def _by_factor(part: Image, factor: int) -> Image:
    """Over squares of so many pixels: four at a time take a twentieth of the time."""
    while factor > 1:
        by = 2 if factor % 2 == 0 else factor
        part = averaged(part, by)
        factor //= by
    return part


def _opened(picture: Image, reach_px: int) -> Image:
    """Grey opening: light gaps narrower than the disc between dark dots go."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach_px, reach_px))
    return _image(cv2.morphologyEx(picture, cv2.MORPH_OPEN, disc))


def _unbent(picture: Image, bend: Bend) -> Image:
    """The round body rolled out flat, taken to have its axis in the middle."""
    rows, columns = picture.shape
    across, down = _roll(rows, columns, bend)
    out = cv2.remap(
        picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return _image(out)


@lru_cache(maxsize=64)
def _roll(rows: int, columns: int, bend: Bend) -> tuple[Reals, Reals]:
    """Where each pixel of the flat picture comes from."""
    across = np.arange(columns, dtype=np.float32)
    down = np.arange(rows, dtype=np.float32)
    if bend.axis is Axis.X:
        across = _bent(across, columns, bend.half_deg)
    else:
        down = _bent(down, rows, bend.half_deg)
    grid_across, grid_down = np.meshgrid(across, down)
    return grid_across, grid_down


def _bent(flat: Reals | np.float32, side: int, half_deg: float) -> Reals:
    """A place along the flat print, as the camera sees it on the body.

    Arc length is proportional to the angle, the seen offset to its sine; the edges of
    the code, `BODY_SHARE` of the side, stay where they are.
    """
    middle, half = (side - 1) / 2, side * BODY_SHARE / 2
    half_rad = np.radians(half_deg)
    angle = np.clip((flat - middle) / half * half_rad, -np.pi / 2, np.pi / 2)
    return np.asarray(np.sin(angle) / np.sin(half_rad) * half + middle, np.float32)


def _image(pixels: cv2.typing.MatLike) -> Image:
    return np.asarray(pixels, dtype=np.uint8)
