"""Ten scan reflectance profiles over the height of a bar code (ISO/IEC 15416)."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from agent.vision.grading.linear.extent import Side
from agent.vision.grading.linear.find import Found
from agent.vision.grading.linear.frame import Floats, look
from agent.vision.grading.linear.reading import Flags, Reals
from agent.vision.region import Image
from agent.vision.symbols.not_gradable import NotGradable

SCANS: Final = 10
# The inspection band: the middle 80 % of the bars' height.
_BAND: Final = (0.1, 0.9)
# GS1 General Specifications: about 80 % of the smallest X that may be printed.
APERTURE_X: Final = 0.8
# What a pixel and the interpolation between pixels spread a point over, as the diameter
# of a circle: with so much taken off the aperture a bar of one X keeps its reflectance
# and its edges from 3 pixels an X on (measured on exact prints).
_PIXEL_SPREAD_PX: Final = 2.7
# Places a sample and direction at which the aperture's outline is looked at.
_FINE: Final = 8
_SAMPLES_A_X: Final = (8, 16)
# So much of the height at least must be in the picture.
_LEAST_SEEN: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scans:
    """`reflectance` of shape (scans, samples), `seen`: False outside of the picture.

    `start`, `end`: where, in samples, each scan should meet the outer edges of the
    symbol. `x_samples`: samples an X. `aperture_x`: what a sample averages over.
    """

    reflectance: Reals
    seen: Flags
    start: Reals
    end: Reals
    x_samples: float
    aperture_x: float


def scan(
    picture: Image,
    found: Found,
    sides: tuple[Side, Side],
    quiet: tuple[float, float],
    scale: tuple[float, float],
) -> Scans:
    """Samples the profiles, quiet zones included, each as the mean in the aperture.

    `scale`: the grey values of reflectance 0 and 1. Raises NotGradable where the
    symbol reaches out of the picture.
    """
    shares = _shares(picture, found, sides)
    start, end = _ends(found, sides, shares)
    samples = int(np.clip(np.ceil(found.x_px), *_SAMPLES_A_X))
    step = found.x_px / samples
    before, after = ((zone + 1.5) * found.x_px for zone in quiet)
    s = np.arange(start.min() - before, end.max() + after, step)
    t = np.stack([_heights(s, sides, share) for share in shares])
    spread = APERTURE_X**2 - (_PIXEL_SPREAD_PX / found.x_px) ** 2
    kernel = _disc(np.sqrt(max(spread, 0.0)) * samples, APERTURE_X * samples)
    rows = (np.arange(len(kernel)) - len(kernel) // 2) * step
    x, y = found.frame.places(s, (t[:, None, :] + rows[:, None]).reshape(-1, len(s)))
    middle = slice(len(kernel) // 2, None, len(kernel))
    seen = _is_inside(picture, x[middle], y[middle])
    grey = cv2.filter2D(
        look(picture, x, y), -1, kernel, borderType=cv2.BORDER_REPLICATE
    )[middle]
    return Scans(
        reflectance=(grey.astype(np.float64) - scale[0]) / (scale[1] - scale[0]),
        seen=seen,
        start=(start - s[0]) / step,
        end=(end - s[0]) / step,
        x_samples=float(samples),
        aperture_x=float(
            np.hypot(np.sqrt(max(spread, 0)), _PIXEL_SPREAD_PX / found.x_px)
        ),
    )


def _shares(picture: Image, found: Found, sides: tuple[Side, Side]) -> Reals:
    """Where the scans cross the bars, as shares of the height in the picture."""
    fine = np.linspace(0, 1, 101)
    is_seen = np.ones(len(fine), dtype=np.bool_)
    for s in _ends(found, sides, fine):
        is_seen &= _is_inside(picture, *found.frame.places(s, _heights(s, sides, fine)))
    seen = fine[is_seen]
    if len(seen) < _LEAST_SEEN * len(fine):
        raise NotGradable(
            "the symbol reaches out of the picture: move the camera or the region so "
            "that all bars and the quiet zones are seen"
        )
    band = seen[0] + (seen[-1] - seen[0]) * np.array(_BAND)
    return np.asarray(band[0] + np.ptp(band) * (np.arange(SCANS) + 0.5) / SCANS)


def _ends(found: Found, sides: tuple[Side, Side], shares: Reals) -> tuple[Reals, Reals]:
    """s of the outer edges at these shares of the height."""
    left, right = (
        outer + side.lean * (_heights(outer, sides, shares) - found.t)
        for outer, side in zip((found.start, found.end), sides, strict=True)
    )
    return left, right


def _heights(s: Reals | float, sides: tuple[Side, Side], share: Reals | float) -> Reals:
    """t of a line that runs at `share` of the height from top to bottom."""
    left, right = sides
    at = (np.asarray(s) - left.s) / (right.s - left.s)
    top = left.top + (right.top - left.top) * at
    bottom = left.bottom + (right.bottom - left.bottom) * at
    return np.asarray(top + (bottom - top) * share, dtype=np.float64)


def _disc(across: float, down: float) -> Floats:
    """The aperture as weights that add up to 1, by its diameters in samples.

    Across the bars it is the narrower by what pixels spread; along them pixels do no
    harm, and the full aperture evens out their noise.
    """
    wide, high = max(across, 1.0), max(down, 1.0)
    x, y = (_fine(each) for each in (wide, high))
    inside = np.hypot(x / (wide / 2), y[:, None] / (high / 2)) <= 1
    shape = (len(y) // _FINE, _FINE, len(x) // _FINE, _FINE)
    weights = inside.reshape(shape).mean(axis=(1, 3))
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def _fine(diameter: float) -> Reals:
    """Places within an odd number of samples that hold the diameter, middle at 0."""
    half = int(np.ceil((diameter - 1) / 2))
    return (np.arange((2 * half + 1) * _FINE) + 0.5) / _FINE - half - 0.5


def _is_inside(picture: Image, x: Floats, y: Floats) -> Flags:
    rows, columns = picture.shape
    inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
    return np.asarray(inside)
