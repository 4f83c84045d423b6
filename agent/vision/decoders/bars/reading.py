"""Bar codes by the averaged profile of their bars: an own, third decoder.

Reads EAN-13, Code 128 and GS1-128. Slower than zxing-cpp on a good print, and far
stronger on faint, noisy and blurred ones; independent of edge decoders, so its
agreement with one is evidence, which two looks by one of them are not.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import dist
from typing import Final

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.decoders.bars import code128, ean13, layout
from agent.vision.decoders.bars.align import HOPEFUL_FIT, draw
from agent.vision.decoders.bars.locate import fields
from agent.vision.decoders.bars.strip import (
    Reals,
    Strip,
    ends,
    strip_of_field,
)
from agent.vision.decoders.bars.text import Text
from agent.vision.decoders.bars.upright import upright
from agent.vision.region import Image
from agent.vision.symbology import Symbology

NAME: Final = "bars"
SYMBOLOGIES: Final = {
    "]E0": Symbology.EAN_13,
    "]C0": Symbology.CODE_128,
    "]C1": Symbology.GS1_128,
}
READABLE: Final = frozenset(SYMBOLOGIES.values())
CODE_128: Final = frozenset({Symbology.CODE_128, Symbology.GS1_128})
FIELDS: Final = 2  # places looked at
ENDS: Final = 2  # ways of telling where a code begins and ends
LENGTHS: Final = 2  # numbers of characters of a Code 128 tried a direction
NARROWEST_PX: Final = 0.8  # a module
BANDS: Final = (2, 4)  # a print is cut into, along its bars
ENOUGH_PATHS: Final = 2
MIN_FIT: Final = 0.75
MIN_MARGIN: Final = 0.03
# What a band's text needs to stand without another decoder's. Of 4500 drawn EAN-13 with
# every kind of damage 7 had a wrong text in two bands alike; none reached 0.67 and this
# margin at once. Of 1500 Code 128 one did, with a fit of 0.79.
CERTAIN_FIT: Final = 0.82
CERTAIN_WORST: Final = 0.75
CERTAIN_MARGIN: Final = 0.06


@lru_cache(maxsize=1)
def _load_filters() -> None:
    """OpenCV loads some at the first call."""
    stripes = np.repeat(np.array((40, 200), np.uint8), 4)
    list(fields(np.tile(stripes, (64, 12)), FIELDS))


def prepare(symbologies: Iterable[Symbology]) -> None:
    """Does what would else be done at the first picture, some 30 ms a symbology."""
    wanted = frozenset(symbologies)
    if Symbology.EAN_13 in wanted:
        draw(ean13.SLOTS)
        layout.ean_13()
    if wanted & CODE_128:
        draw((code128.START, code128.CHARACTER, code128.STOP))
        layout.code_128(code128.LEAST)
    if any(symbology.is_linear for symbology in wanted):
        _load_filters()


def decode(
    image: Image, symbologies: Iterable[Symbology], variant: str
) -> list[Decoded]:
    """Bar codes wherever in a grey picture their bars stand, corners in its pixels."""
    wanted = READABLE & frozenset(symbologies)
    if not wanted or image.size == 0:
        return []
    found = (strip_of_field(image, field) for field in fields(image, FIELDS))
    return [
        each
        for seen in found
        for each in decode_strip(upright(seen), symbologies, variant)
    ]


def decode_strip(
    seen: Strip, symbologies: Iterable[Symbology], variant: str
) -> list[Decoded]:
    """What the bars of a strip say, upright as they should be; one text or none."""
    wanted = READABLE & frozenset(symbologies)
    said = _text_and_paths(seen, wanted) if wanted else None
    return [] if said is None else [decoded(seen, *said, variant)]


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reading a profile: between which places, turned over or not.

    `number` of characters of a Code 128, None for EAN-13.
    """

    first: float
    last: float
    is_turned: bool
    number: int | None

    def read(self, profile: Reals) -> tuple[float, Text | None]:
        """How well the characters fit, and what they say if that is clear."""
        right = len(profile) - 1
        first, last = self.first, self.last
        if self.is_turned:
            profile = np.ascontiguousarray(profile[::-1])
            first, last = right - last, right - first
        if self.number is None:
            fit, text = ean13.read(profile, first, last)
        else:
            fit, text = code128.read(profile, first, last, self.number)
        if text is None or text.fit < MIN_FIT or text.margin < MIN_MARGIN:
            return fit, None
        if self.is_turned:
            text = replace(text, first=right - text.first, last=right - text.last)
        return fit, text


def _text_and_paths(
    seen: Strip, wanted: Collection[Symbology]
) -> tuple[Text, int] | None:
    """The text, and how many separate bands of the print say it on their own.

    None if nothing is clear, or if bands contradict.
    """
    (whole,) = seen.bands(1)
    best: tuple[float, Way] | None = None
    texts: list[Text] = []
    for way in _ways(whole, wanted, seen.per_px):
        fit, text = way.read(whole)
        if best is None or fit > best[0] or text is not None:
            best = (fit, way)
        if text is not None:
            texts.append(text)
            break
    if best is None or best[0] < HOPEFUL_FIT:
        return None
    paths = 0
    for count in BANDS:
        said = [best[1].read(band)[1] for band in seen.bands(count)]
        clear = [text for text in said if text is not None]
        texts += clear
        paths = max(paths, sum(is_certain(text) for text in clear))
        if (
            paths == 0
            or paths >= ENOUGH_PATHS
            or len({text.payload for text in texts}) != 1
        ):
            break
    if not texts or len({text.payload for text in texts}) > 1:
        return None
    return texts[0], max(paths, 1)


def is_certain(text: Text) -> bool:
    """Whether a band's text may stand without another decoder's."""
    return (
        text.fit >= CERTAIN_FIT
        and text.worst >= CERTAIN_WORST
        and text.margin >= CERTAIN_MARGIN
    )


def _ways(
    profile: Reals, wanted: Collection[Symbology], per_px: float
) -> Iterator[Way]:
    """All ways worth trying, the likeliest first."""
    turned = np.ascontiguousarray(profile[::-1])
    right = len(profile) - 1
    for first, last in ends(profile)[:ENDS]:
        if CODE_128 & frozenset(wanted):
            likely = [
                (fit, is_turned, number)
                for is_turned, row, begin, end in (
                    (False, profile, first, last),
                    (True, turned, right - last, right - first),
                )
                for fit, number in code128.lengths(
                    row, begin, end, NARROWEST_PX * per_px
                )
            ]
            for _, is_turned, number in sorted(likely, reverse=True)[:LENGTHS]:
                yield Way(first, last, is_turned, number)
        if Symbology.EAN_13 in wanted:
            yield Way(first, last, False, None)
            yield Way(first, last, True, None)


def decoded(seen: Strip, text: Text, paths: int, variant: str) -> Decoded:
    """A text with its place in the picture; `paths` as in `Decoded`."""
    corners = seen.corners(text.first, text.last)
    return Decoded(
        payload=text.payload,
        text=text.payload.decode("latin-1"),
        aim=text.aim,
        symbology=SYMBOLOGIES[text.aim],
        decoder=NAME,
        variant=variant,
        corners=corners,
        module_px=dist(corners[0], corners[1]) / text.modules or None,
        paths=paths,
    )
