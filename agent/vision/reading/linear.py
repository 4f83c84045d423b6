"""Looks at bar codes: a second witness for what was read, rescue for what was not."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from agent.vision.decoded import Decoded, moved
from agent.vision.decoders import bars, zbar, zxing
from agent.vision.decoders.bars import averaged
from agent.vision.reading.end_to_end import end_to_end
from agent.vision.region import Image
from agent.vision.symbology import Symbology

CONFIRM, CLOSELY = "confirm bars", "confirm bars closely"
AVERAGED, BARS = "averaged bars", "bars"
ZBAR, LARGER = "zbar linear", "linear twice the size"
SMALL_PIXELS: Final = 250_000  # above it bars are not a pixel wide, or time is lacking

# What the budget is to expect: nanoseconds a pixel on one core of a 2020s x86 server,
# pixels' worth that a look costs however small the picture is, and the share of the
# picture's pixels that it costs beside: bars are sought in a small copy of it.
PRIOR_NS: Final[Mapping[str, float]] = {
    CONFIRM: 40.0,
    CLOSELY: 40.0,
    BARS: 130.0,
    AVERAGED: 32.0,
    ZBAR: 75.0,
    LARGER: 40.0,
}
CONFIRM_PIXELS, CLOSELY_PIXELS = 2_000.0, 120_000.0  # a reading
AVERAGED_PIXELS, AVERAGED_SHARE = 90_000.0, 1 / 20
EAN_13_PIXELS, CODE_128_PIXELS, BARS_SHARE = 52_000.0, 104_000.0, 0.4
BARS_MOST: Final = 300_000.0  # pixels from which on longer bars are rare


@dataclass(frozen=True, slots=True)
class LinearLook:
    """One look at a picture. `kind` and `pixels` foretell its time as a budget does."""

    name: str
    kind: str
    pixels: float
    read: Callable[[], list[Decoded]]


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
    pixels = float(part.size)
    yield LinearLook(
        AVERAGED,
        AVERAGED,
        AVERAGED_SHARE * pixels + AVERAGED_PIXELS,
        lambda: averaged.decode(part, wanted, AVERAGED),
    )
    yield from _confirming(part, waiting, tried)
    zbars = LinearLook(ZBAR, ZBAR, pixels, lambda: zbar.decode(part, wanted, ZBAR))
    # What could not be confirmed at its place is not likely to be read without one.
    has_weak = bool(waiting())
    if has_weak:
        yield zbars
    if wanted & bars.READABLE:
        yield LinearLook(
            BARS,
            BARS,
            _bars_pixels(pixels, wanted),
            lambda: bars.decode(part, wanted, BARS),
        )
    if not has_weak:
        yield zbars
    yield from _confirming(part, waiting, tried)
    if pixels <= SMALL_PIXELS:
        yield LinearLook(LARGER, LARGER, 4 * pixels, lambda: _enlarged(part, wanted))
        yield from _confirming(part, waiting, tried)


def _bars_pixels(pixels: float, wanted: Collection[Symbology]) -> float:
    """Each alphabet is compared at every place."""
    work = 0.0
    if Symbology.EAN_13 in wanted:
        work += EAN_13_PIXELS
    if not {Symbology.CODE_128, Symbology.GS1_128}.isdisjoint(wanted):
        work += CODE_128_PIXELS
    alphabets = work / (EAN_13_PIXELS + CODE_128_PIXELS)
    return work + alphabets * BARS_SHARE * min(pixels, BARS_MOST)


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
    formats = zxing.formats_of(wanted)
    found = zxing.decode(larger, formats, LARGER, thorough=False)
    found += zbar.decode(larger, wanted, LARGER)
    return [moved(each, 0.5, 0, 0) for each in found]


def _confirmed(part: Image, weak: Collection[Decoded]) -> list[Decoded]:
    """What our own decoder reads there, and the ITF that were read from end to end."""
    return [*bars.confirm(part, weak, CLOSELY), *end_to_end(part, weak)]
