"""Reads a clear bar code at its place, some fifteen times as quick as a chain does.

All edges together tell one smooth curve of places; what stands at each place is told
as in `align`: by comparing it as a whole with every character there is. No single edge
tells a character, and no text is taken for granted. What is not clear is left alone.
"""

from typing import Final

import numpy as np

from agent.vision.decoders.bars import ean13
from agent.vision.decoders.bars.align import FLAT
from agent.vision.decoders.bars.alphabet import Reals
from agent.vision.decoders.bars.layout import (
    CURVE,
    EDGES_A_CHARACTER,
    STOP,
    Floats,
    Layout,
    code_128,
    curve,
    ean_13,
)
from agent.vision.decoders.bars.text import Text
from agent.vision.symbology import Symbology
from agent.vision.symbols.code_128_text import text_of

CHARACTERS: Final = range(4, 60)  # of a Code 128, its own included
ENDS: Final = curve(np.array((0.0, 1.0)))


def read(
    profile: Reals, first: float, last: float, symbology: Symbology
) -> Text | None:
    """What stands between two places, from left to right; None where it is not clear.

    The best fitting characters must have the right check digit or check character.
    """
    edges = _edges(profile, first, last)
    layout = _layout(len(edges), symbology)
    if layout is None:
        return None
    places = (layout.solve @ edges[layout.known])[:CURVE]
    seen = _seen(profile, places, layout)
    if seen is None:
        return None
    scores = _scores(seen, layout)
    said = _said(scores.argmax(axis=1).tolist(), symbology)
    if said is None:
        return None
    second, best = np.partition(scores, -2, axis=1)[:, -2:].T
    begin, end = (ENDS @ places).tolist()
    return Text(
        *said,
        fit=float(best.mean()),
        margin=float((best - second).min()),
        worst=float(best.min()),
        first=begin,
        last=end,
        modules=layout.modules,
    )


def _edges(profile: Reals, first: float, last: float) -> Floats:
    """Places half way between light and dark, from a bar's begin to a bar's end."""
    above = profile - (profile.min() + profile.max()) / 2
    is_dark = above < 0
    at = np.flatnonzero(is_dark[1:] != is_dark[:-1])
    before = above[at]
    edges = at + before / (before - above[at + 1])
    # Edges take turns.
    begins = int(at.size > 0 and is_dark[at[0]])
    if at.size < begins + 2:
        return np.empty(0)
    start = begins + 2 * int(np.abs(edges[begins::2] - first).argmin())
    stop = begins + 2 * int(np.abs(edges[begins + 1 :: 2] - last).argmin())
    return np.asarray(edges[start : stop + 2])


def _layout(edges: int, symbology: Symbology) -> Layout | None:
    """None if no such code has so many edges."""
    if symbology is Symbology.EAN_13:
        layout = ean_13()
        return layout if edges == layout.edges else None
    number, rest = divmod(edges, EDGES_A_CHARACTER)
    return code_128(number) if rest == 2 and number in CHARACTERS else None


def _seen(profile: Reals, places: Floats, layout: Layout) -> Reals | None:
    """Each character as it looks, length 1 unless nearly flat.

    Not of mean 0: the templates are.
    """
    borders = layout.grid @ places + 0.5
    widths = borders[1:] - borders[:-1]
    if widths.min() <= 0 or borders[0] < 0 or borders[-1] >= len(profile):
        return None
    row = _areas(profile, borders) / widths
    row -= row.sum() / row.size
    seen = row.astype(np.float32)[layout.windows]
    count = seen.shape[1]
    sums = seen @ np.ones(count, np.float32)
    squares = np.einsum("ij,ij->i", seen, seen) - sums * sums / count
    floor = FLAT**2 * float(row @ row) / row.size + 1e-6
    seen /= np.sqrt(np.maximum(squares, 0) + np.float32(floor * count))[:, None]
    return np.asarray(seen)


def _areas(profile: Reals, borders: Floats) -> Floats:
    """The sum of grey values between each border and the next."""
    until = np.zeros(len(profile) + 1)
    np.cumsum(profile, out=until[1:])
    whole = borders.astype(np.intp)
    at = until[whole] + (borders - whole) * profile[whole]
    return np.asarray(at[1:] - at[:-1])


def _scores(seen: Reals, layout: Layout) -> Reals:
    """Each character's correlation with all there are.

    With that kind of print which fits all of them best.
    """
    tables = layout.tables
    prints, _, characters = tables.apart.shape
    few = seen[layout.few] @ tables.together
    fits = few.reshape(-1, prints, characters).max(axis=2).sum(axis=0)
    return np.asarray(seen @ tables.apart[int(fits.argmax())])


def _said(found: list[int], symbology: Symbology) -> tuple[bytes, str] | None:
    """Bytes and AIM identifier."""
    if symbology is Symbology.EAN_13:
        left, right = found[: ean13.HALF], found[ean13.HALF :]
        first_right = len(ean13.LEFT.widths)
        if max(left) >= first_right or min(right) < first_right:
            return None
        digits = ean13.digits(left, [each - first_right for each in right])
        return None if digits is None else (digits.encode(), ean13.AIM)
    *values, stop = found
    return text_of(values) if stop == STOP else None
