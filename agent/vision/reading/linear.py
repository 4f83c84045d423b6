"""Looks at bar codes: a second witness for what was read, rescue for what was not."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded, moved
from agent.vision.decoders import bars, edges, opencv, zbar
from agent.vision.reading.bar_fields import BarFields
from agent.vision.reading.end_to_end import end_to_end
from agent.vision.reading.field_looks import (
    FIELD_NS,
    crop_look,
    own_looks,
    quick_looks,
)
from agent.vision.reading.linear_look import LinearLook
from agent.vision.region import Image
from agent.vision.symbology import Symbology

__all__ = ["CONFIRM", "PRIOR_NS", "LinearLook", "linear_looks"]

CONFIRM, CLOSELY = "confirm bars", "confirm bars closely"
ZBAR, OPENCV, LARGER = "zbar linear", "opencv", "linear twice the size"
SMALL_PIXELS: Final = 250_000  # above it bars are not a pixel wide, or time is lacking

# What the budget is to expect: nanoseconds a pixel on one core of a 2020s x86 server,
# and pixels' worth that a look costs however small the picture is.
PRIOR_NS: Final[Mapping[str, float]] = {
    **FIELD_NS,
    CONFIRM: 40.0,
    CLOSELY: 40.0,
    ZBAR: 38.0,
    OPENCV: 30.0,
    LARGER: 40.0,
}
CONFIRM_PIXELS, CLOSELY_PIXELS = 2_000.0, 120_000.0  # a reading
OPENCV_PIXELS, OPENCV_MOST = 50_000.0, 300_000.0  # it shrinks what is larger


def linear_looks(
    part: Image,
    symbologies: Collection[Symbology],
    waiting: Callable[[], Collection[Decoded]],
) -> Iterator[LinearLook]:
    """The looks in turn, corners in pixels of `part`; none where no bars are wanted.

    `waiting`: readings so far that need another witness. Stop when enough is read.
    """
    wanted = frozenset(each for each in symbologies if each.is_linear)
    if not wanted or part.size == 0:
        return
    tried: list[Decoded] = []
    yield from _confirming(part, waiting, tried)
    for look in _looks(part, wanted):
        yield look
        yield from _confirming(part, waiting, tried)


def _looks(part: Image, wanted: frozenset[Symbology]) -> Iterator[LinearLook]:
    """First what costs little: where bars stand, and all of a small picture."""
    found = BarFields(part)
    is_small = part.size <= SMALL_PIXELS
    zbars = LinearLook(ZBAR, ZBAR, part.size, lambda: zbar.decode(part, wanted, ZBAR))
    yield from quick_looks(found, wanted)
    yield zbars if is_small else crop_look(found, wanted)
    yield from own_looks(found, wanted)
    if Symbology.EAN_13 in wanted:
        pixels = OPENCV_PIXELS + min(part.size, OPENCV_MOST)
        yield LinearLook(OPENCV, OPENCV, pixels, lambda: opencv.decode(part, OPENCV))
    if is_small:
        pixels = 4.0 * part.size
        yield LinearLook(LARGER, LARGER, pixels, lambda: _enlarged(part, wanted))
    else:
        yield zbars


def _confirming(
    part: Image,
    waiting: Callable[[], Collection[Decoded]],
    tried: list[Decoded],
) -> Iterator[LinearLook]:
    """Looks at what waits for a witness and has not been asked about before."""
    weak = [each for each in waiting() if _can_confirm(each) and each not in tried]
    if not weak:
        return
    tried.extend(weak)
    if any(_is_readable(each) for each in weak):
        yield LinearLook(
            CONFIRM,
            CONFIRM,
            CONFIRM_PIXELS * len(weak),
            lambda: bars.confirm_clear(part, weak, CONFIRM),
        )
        left = waiting()
        weak = [each for each in weak if each in left]
    if weak:
        work = CLOSELY_PIXELS * len(weak)
        yield LinearLook(CLOSELY, CLOSELY, work, lambda: _confirmed(part, weak))


def _can_confirm(each: Decoded) -> bool:
    return each.symbology is Symbology.ITF or _is_readable(each)


def _is_readable(each: Decoded) -> bool:
    """zbar does not tell the place of a bar code well enough."""
    return each.symbology in bars.READABLE and each.decoder in bars.PLACING


def _enlarged(part: Image, wanted: Collection[Symbology]) -> list[Decoded]:
    """What zxing-cpp and zbar read at twice the size, where modules are narrow."""
    size = (part.shape[1] * 2, part.shape[0] * 2)
    larger = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    return [moved(each, 0.5, 0, 0) for each in edges.decode(larger, wanted, LARGER)]


def _confirmed(part: Image, weak: Collection[Decoded]) -> list[Decoded]:
    """What our own decoder reads there, and the ITF that were read from end to end."""
    return [*bars.confirm(part, weak, CLOSELY), *end_to_end(part, weak)]
