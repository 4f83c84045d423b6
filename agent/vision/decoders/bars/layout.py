"""Where the characters of a bar code stand, and all that each may be.

Drawn beforehand, so that a clear print costs a few products of matrices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.decoders.bars import ean13
from agent.vision.decoders.bars.align import PER_MODULE, PRINTS, PRODUCT
from agent.vision.decoders.bars.alphabet import Alphabet, Reals, alphabet
from agent.vision.symbols.bar_patterns import CODE_128, CODE_128_STOP

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

CONTEXT: Final = 1  # modules of a neighbour compared with a character
SPARE: Final = 2 * PER_MODULE  # samples either side of the bars
CURVE: Final = 4  # coefficients of places: a cubic, for bent and tilted prints

# The stop without its last bar: of the width of all others, begun and ended alike.
SYMBOL_CHARACTER: Final = alphabet(
    [*CODE_128, CODE_128_STOP[:6]],
    begins_dark=True,
    dark_before=False,
    dark_after=True,
)
STOP: Final = len(CODE_128)
EDGES_A_CHARACTER: Final = 6
CODE_128_MODULES: Final = 11


@dataclass(frozen=True, slots=True)
class Tables:
    """Characters of all prints: shapes (samples, prints x characters) and
    (prints, samples, characters).
    """

    together: Reals
    apart: Reals


@dataclass(frozen=True, slots=True)
class Layout:
    """A bar code of so many `modules` and `edges` between light and dark.

    `known`: edges whose place within it is the same whatever it says, `solve`: from
    their places in a profile to the curve of all places and the growth of bars;
    `grid`: from the curve to the borders of samples; `windows`: samples of each
    character; `few`: the characters that tell the kind of print.
    """

    modules: int
    edges: int
    known: Places
    solve: Floats
    grid: Floats
    windows: Places
    few: slice
    tables: Tables


Edge = tuple[int, int]  # its number, and its module


@lru_cache(maxsize=1)
def ean_13() -> Layout:
    """Guards, centre, and the borders of the digits."""
    left = [(3 + 4 * digit, 3 + 7 * digit) for digit in range(6)]
    right = [(32 + 4 * digit, 50 + 7 * digit) for digit in range(6)]
    guards = [(0, 0), (1, 1), (2, 2), (56, 92), (57, 93), (58, 94), (59, 95)]
    centre = [(27 + edge, 45 + edge) for edge in range(5)]
    return _layout(
        [*guards, *left, *centre, *right],
        [module for _, module in (*left, *right)],
        (ean13.LEFT, ean13.RIGHT),
    )


@lru_cache(maxsize=64)
def code_128(number: int) -> Layout:
    """So many symbol characters, start and stop counted."""
    starts = [CODE_128_MODULES * character for character in range(number)]
    begins = [(EDGES_A_CHARACTER * at, start) for at, start in enumerate(starts)]
    start = [(1, 2), (2, 3), (3, 4)]  # all of them begin alike
    modules = starts[-1] + np.cumsum([int(width) for width in CODE_128_STOP])
    stop = [(begins[-1][0] + 1 + at, int(m)) for at, m in enumerate(modules)]
    return _layout([*begins, *start, *stop], starts, (SYMBOL_CHARACTER,))


def _layout(
    known: Sequence[Edge], starts: Sequence[int], alphabets: tuple[Alphabet, ...]
) -> Layout:
    numbers, at = (np.array(each) for each in zip(*known, strict=True))
    edges, modules = int(numbers.max()) + 1, int(at.max())
    # A bar that grows begins earlier and ends later: even edges begin one.
    growth = np.where(numbers % 2 == 0, -0.5, 0.5)
    samples = modules * PER_MODULE
    count = (alphabets[0].modules + 2 * CONTEXT) * PER_MODULE
    first = SPARE + (np.array(starts) - CONTEXT) * PER_MODULE
    tables = _tables(alphabets, count)
    most = max(PRODUCT // tables.together.size, 1)
    return Layout(
        modules=modules,
        edges=edges,
        known=numbers,
        solve=np.linalg.pinv(np.column_stack([curve(at / modules), growth])),
        grid=curve(np.arange(-SPARE, samples + SPARE + 1) / samples),
        windows=first[:, None] + np.arange(count),
        few=slice(None, None, -(-len(starts) // most)),
        tables=tables,
    )


def curve(shares: Floats) -> Floats:
    """Rows that, times the coefficients, are places; 0 the first bar, 1 the last."""
    return np.vander(shares - 0.5, CURVE, increasing=True)


@lru_cache(maxsize=4)
def _tables(alphabets: tuple[Alphabet, ...], samples: int) -> Tables:
    prints = [
        np.concatenate([each.templates(samples, print_) for each in alphabets])
        for print_ in PRINTS
    ]
    return Tables(
        together=np.ascontiguousarray(np.concatenate(prints).T),
        apart=np.ascontiguousarray(np.stack(prints).transpose(0, 2, 1)),
    )
