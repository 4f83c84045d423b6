"""Looks at the whole picture: strips side by side, in several threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import ceil, dist, hypot
from typing import Final

import cv2
import numpy as np
from zxingcpp import BarcodeFormats

from agent.vision.cases.helpers import together
from agent.vision.cases.layout import Layout
from agent.vision.decoded import Decoded, Point, moved
from agent.vision.decoders import zxing
from agent.vision.region import Image

SAME_SPOT: Final = 0.35  # of a code's diagonal: two readings are of one code
SAME_SIZE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The picture resampled by `scale` after a blur of `sigma_px`, or evened out."""

    name: str
    scale: float = 1.0
    sigma_px: float = 0.0
    equalise: bool = False


RAW: Final = Look(name="raw")


def more_looks(module_px: Callable[[], float | None]) -> Iterator[Look]:
    """What to try after the picture itself; sizes are guesses until one is known.

    Three pixels a module with the dots blurred into each other read what gaps in the
    print hide at full size; evened out, what is faint or in the shade.
    """
    for guess in (
        Look(name="1/2 size", scale=0.5),
        Look(name="evened out", equalise=True),
        Look(name="1/4 size", scale=0.25),
    ):
        if module_px() is None:
            yield guess
    size_px = module_px()
    if size_px is None:
        return
    for to_px, blur, equalise in ((3.0, 0.25, False), (4.0, 0.4, True)):
        yield Look(
            name=f"module {size_px:.3g}px as {to_px:g}px",
            scale=min(to_px / size_px, 1.5),
            sigma_px=blur * size_px,
            equalise=equalise,
        )


def look_at(
    picture: Image,
    look: Look,
    formats: BarcodeFormats,
    layout: Layout,
    *,
    pool: ThreadPoolExecutor | None,
    parts: int,
) -> list[Decoded]:
    """Every code one look shows, each once; corners in pixels of `picture`."""
    tasks = [
        partial(_look_at_strip, picture, strip, look, formats)
        for strip in _strips(picture, layout, parts)
    ]
    found: list[Decoded] = []
    for codes in together(pool, tasks):
        add_new(found, codes)
    return found


def add_new(found: list[Decoded], more: list[Decoded]) -> None:
    """Appends codes that are not yet in `found`: other payload, or elsewhere."""
    for code in more:
        if not any(_is_same(code, other) for other in found):
            found.append(code)


def centre_of(code: Decoded) -> Point:
    """The middle of its corners."""
    xs, ys = zip(*code.corners, strict=True)
    return sum(xs) / 4, sum(ys) / 4


def diagonal_of(code: Decoded) -> float:
    """The longer one, in pixels."""
    a, b, c, d = code.corners
    return max(dist(a, c), dist(b, d))


def _is_same(one: Decoded, other: Decoded) -> bool:
    if (one.payload, one.symbology) != (other.payload, other.symbology):
        return False
    (x, y), (u, v) = centre_of(one), centre_of(other)
    return hypot(x - u, y - v) < SAME_SPOT * diagonal_of(other)


def _strips(picture: Image, layout: Layout, parts: int) -> list[tuple[slice, slice]]:
    """Parts that overlap by one place: a code, smaller than that, is whole in one."""
    height, width = picture.shape
    across = layout.rows < layout.columns and width > height
    length, places = (width, layout.columns) if across else (height, layout.rows)
    if places < 2 * parts:
        return [(slice(None), slice(None))]
    overlap = ceil(length / places / 2)
    spans = [
        slice(
            max(0, length * part // parts - overlap),
            length * (part + 1) // parts + overlap,
        )
        for part in range(parts)
    ]
    everything = slice(None)
    return [(everything, span) if across else (span, everything) for span in spans]


def _look_at_strip(
    picture: Image, strip: tuple[slice, slice], look: Look, formats: BarcodeFormats
) -> list[Decoded]:
    part = _prepared(picture[strip], look)
    if part.size == 0:
        return []
    found = zxing.decode(part, formats, look.name, thorough=False)
    scale = 1.0 if part.shape == picture[strip].shape else look.scale
    x, y = strip[1].start or 0, strip[0].start or 0
    return [moved(code, 1 / scale, x, y) for code in found]


def _prepared(part: Image, look: Look) -> Image:
    shown: cv2.typing.MatLike = part
    if look.sigma_px > 0:
        shown = cv2.GaussianBlur(shown, (0, 0), look.sigma_px)
    if abs(look.scale - 1) > SAME_SIZE and min(part.shape) * look.scale >= 8:
        method = cv2.INTER_AREA if look.scale < 1 else cv2.INTER_CUBIC
        shown = cv2.resize(
            shown, None, fx=look.scale, fy=look.scale, interpolation=method
        )
    if look.equalise:
        # A CLAHE object keeps buffers of its own: one per call is safe in threads.
        shown = cv2.createCLAHE(2.0, (8, 8)).apply(shown)
    return np.asarray(shown, dtype=np.uint8)
