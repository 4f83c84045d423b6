"""From a picture and a code read in it to the symbol, measured module by module."""

from dataclasses import replace
from typing import Final

import numpy as np

from agent.vision.decoded import Corners, Decoded
from agent.vision.region import Image, to_grey
from agent.vision.symbols.aperture import averaged
from agent.vision.symbols.grid import Grey
from agent.vision.symbols.locate import locate
from agent.vision.symbols.measuring import Look, measure
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.symbol import Reals, SampledSymbol

__all__ = ["NotGradable", "sample"]

APERTURE: Final = 0.8  # of a module: what two-dimensional symbols are graded with
_MARGIN: Final = 6  # modules around the corners: quiet zone, and corners not exact
_FEWEST: Final = 21  # modules along the side where their number is not known


def sample(
    image: Image,
    code: Decoded,
    *,
    aperture: float = APERTURE,
    scale: tuple[float, float] = (0.0, 255.0),
) -> SampledSymbol:
    """The QR (Model 2) or Data Matrix symbol that `code` was read from.

    `aperture`: width, in modules, of what is averaged around a module's centre;
    `scale`: grey values of reflectance 0 and 1. The camera is taken to look straight
    on, with square pixels: pitches are compared as they appear, while `ideal_points`
    follow whatever perspective there is. Raises NotGradable where the symbol cannot
    be measured, ValueError for wrong arguments.
    """
    black, white = scale
    if not white > black:
        raise ValueError(
            f"scale {scale}: white must have a higher grey value than black"
        )
    if not 0 < aperture <= 1:
        raise ValueError(f"aperture {aperture}: more than 0 and at most 1 module")
    _check(code.corners)
    crop, origin = _around(to_grey(image), code)
    gain = 1 / (white - black)
    picture = np.clip(crop * np.float32(gain) - np.float32(black * gain), 0, 1)
    first = _attempt(picture, code, aperture, origin)
    if isinstance(first, SampledSymbol) and first.is_dark is not None:
        return first
    second = _attempt(picture, _mirrored(code), aperture, origin)
    if isinstance(second, SampledSymbol) and second.is_dark is not None:
        return second
    if isinstance(first, NotGradable):
        raise first
    return first


def _attempt(
    picture: Grey, code: Decoded, aperture: float, origin: Reals
) -> SampledSymbol | NotGradable:
    """`picture` is reflectance, cut out at `origin` (x, y) of the whole picture."""
    try:
        located = locate(picture, _moved(code, -origin))
    except NotGradable as reason:
        return reason
    look = Look(
        picture=picture,
        averaged=averaged(picture, aperture * located.grid.module_px),
        located=located,
        code=code,
        aperture=aperture,
    )
    found = measure(look)
    return replace(
        found,
        points=found.points + origin,
        ideal_points=found.ideal_points + origin,
    )


def _check(corners: Corners) -> None:
    """Four corners turn the same way, or there is no grid between them."""
    ends = np.array(corners)
    sides = np.roll(ends, -1, axis=0) - ends
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not (np.all(turns > 1) or np.all(turns < -1)):
        raise NotGradable(f"the code's corners {ends.tolist()} enclose no symbol")


def _around(grey: Image, code: Decoded) -> tuple[Image, Reals]:
    """The part of the picture that is looked at, a view, and where it begins (x, y)."""
    corners = np.array(code.corners)
    fewest = min(code.modules or (_FEWEST,))
    margin = _MARGIN / fewest * float(np.ptp(corners, axis=0).max()) + 2
    low = np.maximum(np.floor(corners.min(axis=0) - margin), 0).astype(int)
    high = np.ceil(corners.max(axis=0) + margin).astype(int) + 1
    crop = grey[low[1] : max(high[1], 0), low[0] : max(high[0], 0)]
    if min(crop.shape) < 2:
        raise NotGradable(f"the code's corners {code.corners} are not in the picture")
    return crop, low.astype(np.float64)


def _moved(code: Decoded, by: Reals) -> Decoded:
    one, two, three, four = (
        (float(x + by[0]), float(y + by[1])) for x, y in code.corners
    )
    return replace(code, corners=(one, two, three, four))


def _mirrored(code: Decoded) -> Decoded:
    """The code as if seen in a mirror: decoders read those, and give the corners that
    leave the finder pattern where it is."""
    one, two, three, four = code.corners
    is_qr = code.aim.startswith("]Q")
    corners = (one, four, three, two) if is_qr else (three, two, one, four)
    return replace(code, corners=corners)
