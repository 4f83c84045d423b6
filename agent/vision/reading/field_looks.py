"""Looks at where bars stand.

What a look is given is small, whatever the size of the picture: it costs a millisecond
or two, and reads bars of one or two pixels that are lost in the picture made smaller.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from agent.vision.decoded import Decoded, moved
from agent.vision.decoders import bars, edges
from agent.vision.decoders.bars import averaged, rows
from agent.vision.decoders.bars.strip import Strip
from agent.vision.reading.bar_fields import FIELDS, BarFields
from agent.vision.reading.linear_look import LinearLook
from agent.vision.shrinking import halved
from agent.vision.symbology import Symbology

ROWS, SHARP, CROP = "upright rows", "sharpened rows", "around the bars"
AVERAGED, BARS, BARS_128 = "averaged bars", "bars", "bars of Code 128"
CODE_128: Final = frozenset({Symbology.CODE_128, Symbology.GS1_128})

# Nanoseconds a pixel, and pixels' worth that a look costs: see `linear`.
FIELD_NS: Final[Mapping[str, float]] = {
    ROWS: 30.0,
    SHARP: 30.0,
    CROP: 45.0,
    AVERAGED: 32.0,
    BARS: 100.0,
    BARS_128: 130.0,
}
ROWS_PIXELS, AVERAGED_PIXELS = 60_000.0, 40_000.0
FIELDS_SHARE, FIELDS_MOST = 0.1, 800_000.0  # of the picture's pixels, to find fields
EAN_13_PIXELS, CODE_128_PIXELS = 80_000.0, 104_000.0  # alphabets compared
CROP_PIXELS: Final = 200_000  # handed on at most


class _Way(NamedTuple):
    """How a field is read, and what that costs in pixels' worth."""

    kind: str
    pixels: float
    decode: Callable[[Strip, Collection[Symbology], str], list[Decoded]]


_AVERAGED: Final = _Way(AVERAGED, AVERAGED_PIXELS, averaged.decode)


def quick_looks(
    found: BarFields, wanted: Collection[Symbology]
) -> Iterator[LinearLook]:
    """The other decoders', likeliest to read for their time first."""
    finding = FIELDS_SHARE * min(found.part.size, FIELDS_MOST)
    across = _Way(ROWS, ROWS_PIXELS, rows.decode)
    yield _look(across._replace(pixels=finding + ROWS_PIXELS), found.plain, 0, wanted)
    yield _look(_AVERAGED, found.upright, 0, wanted)
    if Symbology.EAN_13 in wanted:
        yield _look(_Way(SHARP, ROWS_PIXELS, rows.decode), found.sharp, 0, wanted)
    yield _look(across, found.plain, 1, wanted)


def own_looks(found: BarFields, wanted: Collection[Symbology]) -> Iterator[LinearLook]:
    """Our own decoder's, and what little is left to try."""
    code_128 = CODE_128.intersection(wanted)
    for number in range(FIELDS):
        if Symbology.EAN_13 in wanted:
            way = _Way(BARS, EAN_13_PIXELS, bars.decode_strip)
            yield _look(way, found.sharp, number, {Symbology.EAN_13})
        if code_128:
            way = _Way(BARS_128, CODE_128_PIXELS, bars.decode_strip)
            yield _look(way, found.upright, number, code_128)
    yield _look(_AVERAGED, found.upright, 1, wanted)


def crop_look(found: BarFields, wanted: Collection[Symbology]) -> LinearLook:
    """The other decoders in the picture around the likeliest field."""
    return LinearLook(CROP, CROP, CROP_PIXELS, partial(_crop, found, wanted))


def _look(
    way: _Way,
    show: Callable[[int], Strip | None],
    number: int,
    wanted: Collection[Symbology],
) -> LinearLook:
    name = f"{way.kind}, field {number + 1}" if number else way.kind

    def read() -> list[Decoded]:
        seen = show(number)
        return [] if seen is None else way.decode(seen, wanted, name)

    return LinearLook(name, way.kind, way.pixels, read)


def _crop(found: BarFields, wanted: Collection[Symbology]) -> list[Decoded]:
    seen = found.plain(0)
    if seen is None:
        return []
    left, top = (max(int(at), 0) for at in seen.quad.min(axis=0))
    right, bottom = (int(at) + 1 for at in seen.quad.max(axis=0))
    around = found.part[top : max(bottom, 0), left : max(right, 0)]
    if around.size == 0:
        return []
    small, factor = halved(around, CROP_PIXELS)
    read = edges.decode(small, wanted, CROP)
    return [moved(each, factor, left, top) for each in read]
