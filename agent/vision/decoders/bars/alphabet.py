"""The characters of a symbology as the profile of a blurred print shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32]

FINE: Final = 16  # steps a module while drawing
NEIGHBOUR: Final = 4  # modules drawn of what stands either side, of which one is kept


@dataclass(frozen=True, slots=True)
class Print:
    """How a print comes out, in modules: `blur` one deviation, `growth` of bars."""

    blur: float
    growth: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """Characters of one width, any of which may stand in a slot.

    `widths`: of each one's elements, in modules. `dark_before`, `dark_after`: whether
    the module that touches a character is dark; in all symbologies here it is the same
    for every neighbour, so a character can be compared with what blur makes of it.
    """

    widths: tuple[tuple[int, ...], ...]
    begins_dark: bool
    dark_before: bool
    dark_after: bool

    @property
    def modules(self) -> int:
        """Width of a character, its neighbours' modules not counted."""
        return sum(self.widths[0])

    def templates(self, samples: int, *prints: Print) -> Reals:
        """Rows of mean 0 and length 1: for every print one a character, bars low.

        `samples`: of a row, the module of context either side included.
        """
        return _templates(self, samples, prints)


def alphabet(
    widths: Sequence[str], *, begins_dark: bool, dark_before: bool, dark_after: bool
) -> Alphabet:
    """An alphabet from widths written as digits, one string a character."""
    return Alphabet(
        tuple(tuple(int(width) for width in each) for each in widths),
        begins_dark,
        dark_before,
        dark_after,
    )


@lru_cache(maxsize=512)
def _templates(of: Alphabet, samples: int, prints: tuple[Print, ...]) -> Reals:
    sums = np.concatenate([_sums(of, each) for each in prints])
    borders = np.linspace(0, sums.shape[1] - 1, samples + 1).round().astype(int)
    drawn = np.diff(sums[:, borders], axis=1) / np.diff(borders)
    drawn -= drawn.mean(axis=1, keepdims=True)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn.astype(np.float32)


@lru_cache(maxsize=512)
def _sums(of: Alphabet, print_: Print) -> NDArray[np.float64]:
    """Running sums of every character's row, drawn fine: a tenth of a second's work."""
    rows = np.stack([_drawn(of, each, print_) for each in of.widths])
    return np.pad(np.cumsum(rows, axis=1), ((0, 0), (1, 0)))


def _drawn(of: Alphabet, widths: tuple[int, ...], print_: Print) -> NDArray[np.float64]:
    darks = [of.begins_dark == (index % 2 == 0) for index in range(len(widths))]
    darks = [of.dark_before, *darks, of.dark_after]
    edges = np.cumsum((NEIGHBOUR, *widths)) * FINE
    # A bar that grows begins earlier and ends later.
    starts_bar = np.array(darks[1:]) & ~np.array(darks[:-1])
    ends_bar = np.array(darks[:-1]) & ~np.array(darks[1:])
    half = round(print_.growth * FINE / 2)
    edges = edges - half * starts_bar.astype(int) + half * ends_bar.astype(int)
    whole = (2 * NEIGHBOUR + sum(widths)) * FINE
    lengths = np.diff([0, *edges, whole])
    fine = np.repeat([0.0 if dark else 1.0 for dark in darks], lengths)
    cut = (NEIGHBOUR - 1) * FINE
    return _blurred(fine, print_.blur * FINE)[cut : whole - cut]


def _blurred(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
