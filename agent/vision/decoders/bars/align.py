"""Finds where the characters of a bar code stand in its profile, and what each is.

Every character is compared as a whole with what a blurred print of it would look like
(normalised correlation), at every place and at slightly different widths; the best
chain of places is found by dynamic programming. No edge is ever measured, so blur,
noise and lacking contrast cost far less than they cost an edge decoder, and a print
that misleads one of the two kinds rarely misleads the other into the same text.
Compare O. Gallo and R. Manduchi, "Reading 1D barcodes with mobile phones using
deformable templates", IEEE PAMI 33 (2011).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from agent.vision.decoders.bars.alphabet import Alphabet, Print, Reals

PER_MODULE: Final = 3  # samples
USUAL: Final = Print(blur=0.5)  # for finding places: prints of 0 to 1 read best so
# For telling characters: EAN-13's 1 and 7, and 2 and 8, differ in nothing but how wide
# their bars are, so a print that grew must be compared with one that grew.
PRINTS: Final = tuple(
    Print(blur, growth)
    for growth in (0.0, -0.25, 0.25, 0.5, 0.75)
    for blur in (0.4, 0.8)
)
STRETCHES: Final = (-2, -1, 0, 1, 2)  # samples a character may differ from its width
WIDEST: Final = (
    48  # samples of a character, stretched and with context: Code 128's stop
)
PAD: Final = 64  # samples either side, more than any character is wide
HOPEFUL_FIT: Final = 0.6  # below it nothing is ever read
FLAT: Final = 0.15  # share of the profile's deviation below which there is no print
# OpenBLAS spreads a product of more than this over threads, which costs milliseconds
# on a busy box (its interface/gemm.c: 65536 times a threshold of 4).
PRODUCT: Final = 250_000


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the chain: the correlation with each character there, -1 to 1.

    `start`, `width`: in samples.
    """

    scores: Reals
    start: int
    width: int

    @property
    def best(self) -> int:
        """The character that fits best."""
        return int(self.scores.argmax())

    @property
    def margin(self) -> float:
        """By how much it fits better than the next."""
        if len(self.scores) < 2:
            return float(self.scores[0])
        second, first = np.partition(self.scores, -2)[-2:]
        return float(first - second)


@dataclass(frozen=True, slots=True)
class Chain:
    """The best chain; `fit`: mean correlation of its slots, weighted by width."""

    slots: tuple[Slot, ...]
    fit: float

    @property
    def margin(self) -> float:
        """Of the least certain character."""
        return min(slot.margin for slot in self.slots)

    @property
    def worst(self) -> float:
        """Correlation of the character that fits least."""
        return min(float(slot.scores.max()) for slot in self.slots)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Correlations at one width of character: shape (characters, places)."""

    width: int
    correlations: Reals
    peaks: Reals


def draw(alphabets: Iterable[Alphabet]) -> None:
    """Draws their characters beforehand: the first profile would pay for it."""
    for alphabet in alphabets:
        for width in _widths(alphabet):
            count = width + 2 * _context(alphabet, width)
            alphabet.templates(count, USUAL)
            alphabet.templates(count, *PRINTS)


def _widths(alphabet: Alphabet) -> list[int]:
    return [alphabet.modules * PER_MODULE + by for by in STRETCHES]


def _context(alphabet: Alphabet, width: int) -> int:
    """Samples of a neighbour's module."""
    return round(width / alphabet.modules)


def best_chain(profile: Reals, slots: Sequence[Alphabet]) -> Chain | None:
    """The chain of characters with the highest sum; None where there is no room.

    `profile`: grey values at `PER_MODULE` samples a module, with some to spare.
    """
    scores = _Scores(profile)
    places = len(profile)
    total = np.zeros(places + 1, np.float32)
    ways: list[Reals] = []
    for alphabet in slots:
        stretches = scores.of(alphabet)
        reached = np.full((len(stretches), places + 1), -np.inf, np.float32)
        for row, stretch in enumerate(stretches):
            until = max(places + 1 - stretch.width, 0)
            gain = stretch.peaks[:until] * np.float32(alphabet.modules)
            reached[row, stretch.width :] = total[:until] + gain
        ways.append(reached)
        total = reached.max(axis=0)
    end = int(total.argmax())
    if not np.isfinite(total[end]):
        return None
    fit = float(total[end]) / sum(each.modules for each in slots)
    found = []
    for alphabet, reached in zip(reversed(slots), reversed(ways), strict=True):
        stretch = scores.of(alphabet)[int(reached[:, end].argmax())]
        end -= stretch.width
        found.append(Slot(stretch.correlations[:, end], end, stretch.width))
    found.reverse()
    if fit < HOPEFUL_FIT:
        return Chain(tuple(found), fit)
    return _as_printed(scores, slots, found)


def _as_printed(
    scores: "_Scores", slots: Sequence[Alphabet], found: Sequence[Slot]
) -> Chain:
    """The same places compared with the kind of print that fits all of them best."""
    tables = [
        scores.at(alphabet, slot.start, slot.width).reshape(len(PRINTS), -1)
        for alphabet, slot in zip(slots, found, strict=True)
    ]
    modules = np.array([each.modules for each in slots])
    fits = modules @ np.stack([table.max(axis=1) for table in tables]) / modules.sum()
    print_ = int(fits.argmax())
    chosen = (
        Slot(table[print_], slot.start, slot.width)
        for table, slot in zip(tables, found, strict=True)
    )
    return Chain(tuple(chosen), float(fits[print_]))


class _Scores:
    """Correlations of one profile with alphabets, computed once for each."""

    def __init__(self, profile: Reals) -> None:
        self._places = len(profile)
        self._floor = (FLAT * float(profile.std())) ** 2 + 1e-6
        self._padded = np.pad(profile - profile.mean(), PAD, mode="edge")
        self._views = sliding_window_view(self._padded, WIDEST)
        self._sums = _cumulated(self._padded)
        self._squares = _cumulated(np.square(self._padded))
        self._done: dict[int, list[_Stretch]] = {}

    def of(self, alphabet: Alphabet) -> list[_Stretch]:
        """The correlations at every width."""
        found = self._done.get(id(alphabet))
        if found is None:
            found = [self._stretch(alphabet, width) for width in _widths(alphabet)]
            self._done[id(alphabet)] = found
        return found

    def _stretch(self, alphabet: Alphabet, width: int) -> _Stretch:
        context = _context(alphabet, width)
        count = width + 2 * context
        begin = PAD - context
        views = self._views[begin : begin + self._places, :count]
        templates = alphabet.templates(count, USUAL)
        step = max(PRODUCT // templates.size, 1)
        products = [
            templates @ views[at : at + step].T for at in range(0, self._places, step)
        ]
        sums = self._within(self._sums, begin, count)
        squares = self._within(self._squares, begin, count)
        spread = np.maximum(squares - sums**2 / count, 0) + self._floor * count
        correlations = np.asarray(np.hstack(products) / np.sqrt(spread), np.float32)
        return _Stretch(width, correlations, correlations.max(axis=0))

    def at(self, alphabet: Alphabet, start: int, width: int) -> Reals:
        """Correlations of one place with every character of all prints, in turn."""
        context = _context(alphabet, width)
        count = width + 2 * context
        begin = PAD - context + start
        seen = self._padded[begin : begin + count]
        seen = seen - seen.mean()
        spread = float(seen @ seen) + self._floor * count
        templates = alphabet.templates(count, *PRINTS)
        return np.asarray(templates @ seen / np.sqrt(spread), np.float32)

    def _within(
        self, cumulated: NDArray[np.float64], begin: int, count: int
    ) -> NDArray[np.float64]:
        """Sums over `count` samples from every place on."""
        until = cumulated[begin + count : begin + count + self._places]
        return until - cumulated[begin : begin + self._places]


def _cumulated(values: Reals) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
