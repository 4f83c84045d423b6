"""Reference decode of Code 128 from element widths (ISO/IEC 15417).

GS1 General Specifications, section "Reference decode algorithm" of GS1-128: edge to
similar edge distances e1 to e4 in elevenths of the character's width name the
character; the sum of its bars must come within 1.75 modules of what it should be.
"""

from typing import Final

import numpy as np

from agent.vision.grading.linear.reading import Numbers, Reading, Reals, similar_edges
from agent.vision.symbols.bar_patterns import CODE_128, CODE_128_STOP
from agent.vision.symbols.code_128_text import text_of

STOP: Final = len(CODE_128)
# The stop character has a fourth bar behind its six elements.
LAST_BAR: Final = int(CODE_128_STOP[-1])
PATTERNS: Final[Numbers] = np.array(
    [[int(width) for width in each] for each in [*CODE_128, CODE_128_STOP[:-1]]],
    dtype=np.int64,
)
_STARTS: Final = (103, 104, 105)
_MODULES: Final = 11
# How far the sum of the bars may be off before the character is in error.
_BARS_TOLERANCE: Final = 1.75
_POWERS: Final = np.array([512, 64, 8, 1])


def _edges(widths: Reals) -> Reals:
    """e1 to e4 of characters of shape (n, 6)."""
    return widths[:, :4] + widths[:, 1:5]


def _table() -> Numbers:
    """The value of a character by its four distances, -1 where there is none."""
    table = np.full(8**4, -1, dtype=np.int64)
    keys = _edges(PATTERNS.astype(np.float64)).astype(np.int64) @ _POWERS
    table[keys] = np.arange(len(PATTERNS))
    return table


_TABLE: Final = _table()
_BARS: Final = PATTERNS[:, ::2].sum(axis=1)


def length(widths: Reals) -> int | None:
    """How many elements a symbol has that begins at `widths[0]`; None: no symbol."""
    values, _ = _characters(widths)
    elements = _length(values)
    return elements if elements is not None and elements <= len(widths) else None


def read(widths: Reals) -> Reading | None:
    """Decodes bars and spaces, first bar to last bar; None where the symbol is wrong.

    Decodability of a character: the lesser of V1 over its distances and
    V2 = (1.75 - abs(bars * 11 / S - V)) / 1.75 (ISO/IEC 15417, symbol quality).
    """
    values, left = _characters(widths)
    if len(values) < 3 or _length(values) != len(widths):
        return None
    text = text_of(values[:-1].tolist())
    if text is None:
        return None
    ideal = np.append(PATTERNS[values].ravel(), LAST_BAR).astype(np.float64)
    return Reading(payload=text[0], decodability=float(left.min()), ideal=ideal)


def _length(values: Numbers) -> int | None:
    """Elements up to the stop character; None where it or the start is missing."""
    stops = (values == STOP).nonzero()[0]
    if len(stops) == 0 or values[0] not in _STARTS or (values[: stops[0]] < 0).any():
        return None
    return 6 * int(stops[0]) + 7


def _characters(widths: Reals) -> tuple[Numbers, Reals]:
    """Value (-1: none) and decodability of each group of six elements."""
    groups = widths[: len(widths) // 6 * 6].reshape(-1, 6)
    modules = groups * (_MODULES / groups.sum(axis=1, keepdims=True))
    whole, left = similar_edges(_edges(modules))
    is_known = ((whole >= 2) & (whole <= 7)).all(axis=1)
    values = _TABLE[np.where(is_known, whole @ _POWERS, 0)]
    off = np.abs(modules[:, ::2].sum(axis=1) - _BARS[values])
    values = np.where(is_known & (off < _BARS_TOLERANCE), values, -1)
    left_of_bars = (_BARS_TOLERANCE - off) / _BARS_TOLERANCE
    return values, np.minimum(left.min(axis=1), left_of_bars)
