"""Holds printed lines against the expected ones: verification, not free reading.

1. The block of lines is sought near its place with a few stretches and slopes.
2. Each line is followed to a tenth of a dot: scale, slope, lean, bow.
3. Each character's cell is correlated with all shapes of the font.

Seen ink `o` and shapes `e` (expected) and `r` (a rival), each of mean 0 and length 1,
give the lead `(o.e - o.r) / (1 - e.r)`: 1 for a perfect `e`, -1 for a perfect `r`,
whatever the two have in common. A character passes only with a lead on every rival.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.checks.printed_text.follow import Warp
from agent.vision.checks.printed_text.font import (
    ANY,
    SPACE,
    Cell,
    Line,
    Style,
    set_line,
)
from agent.vision.checks.printed_text.locate import Place, locate
from agent.vision.checks.printed_text.matching import Matcher, cut
from agent.vision.checks.printed_text.pose import Reals
from agent.vision.checks.printed_text.seen import Seen
from agent.vision.checks.printed_text.shapes import Shapes, shapes_of
from agent.vision.checks.printed_text.verdict import Character, LineVerdict, Outcome
from agent.vision.region import Image

LEAD: Final = 0.25  # see docs/vision/printed-text.md for what it costs
# A character must fit nearly as well as the others of its print: a wrong one that the
# line's fit has bent into place fitted by 0.84 of their median at best, of right ones
# on typical prints one in a thousand less than 0.87.
EVEN: Final = 0.86
FOUND: Final = 0.45  # a line of other characters correlates by 0.2 to 0.5
# Share of the weakest character's ink that a blank cell may have: one stray dot has
# half of a full stop's, a full stop that lost a dot five sixths.
BLANK: Final = 0.6
LEAST_CONTRAST: Final = 8.0  # grey levels between ink and ground


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """A line before judgement: a row of `fits` and a flag `blank` for each cell;
    `ink` grey levels over ground; `fit` of the whole line."""

    line: Line
    cells: tuple[Cell, ...]
    fits: Reals
    blank: NDArray[np.bool_]
    ink: float
    fit: float


class TextVerifier:
    """Verifies lines of one style; `shapes` None: the font as an ideal print shows it.

    `minimum_fit`: correlation a character must reach to be legible.
    """

    def __init__(
        self,
        style: Style,
        shapes: Shapes | None = None,
        *,
        minimum_fit: float = 0.6,
        light_on_dark: bool = False,
    ) -> None:
        self.style = style
        self._minimum_fit = minimum_fit
        self._light = light_on_dark
        self._matcher = Matcher.of(shapes or shapes_of(style.font))
        characters = self._matcher.characters
        self._index = {character: i for i, character in enumerate(characters)}
        twins = [style.font.twins(character) for character in characters]
        self._rivals = np.array([[c not in each for c in characters] for each in twins])

    def __call__(
        self, image: Image, lines: tuple[str, ...], place: Place
    ) -> tuple[LineVerdict, ...]:
        """One verdict a line, top to bottom; `image` is grey.

        Raises ValueError as `locate` does.
        """
        located = locate(image, lines, self.style, place, light_on_dark=self._light)
        measured = [
            self._measured(located.seen, warp, fit, text, place.columns)
            for text, (warp, fit) in zip(lines, located.lines, strict=True)
        ]
        least = max(self._minimum_fit, EVEN * self._median(measured))
        return tuple(self._verdict(line, least) for line in measured)

    def _measured(
        self, seen: Seen, warp: Warp, fit: float, text: str, columns: int
    ) -> _Measured:
        line = set_line(text, self.style)
        cells = line.cells + _after(line, self.style, columns)
        images = cut(seen, warp, line, self.style, cells)
        contrasts = self._matcher.contrasts(images)
        ink = self._ink(cells, contrasts)
        return _Measured(
            line=line,
            cells=cells,
            fits=self._matcher.fits(images),
            blank=contrasts < BLANK * ink * self._matcher.weights.min(),
            ink=ink,
            fit=fit,
        )

    def _ink(self, cells: tuple[Cell, ...], contrasts: Reals) -> float:
        """Grey levels of ink over ground: what the better printed characters have."""
        each = [
            contrast / self._matcher.weights[self._index[cell.character]]
            for cell, contrast in zip(cells, contrasts, strict=True)
            if cell.character in self._index
        ]
        return float(np.quantile(each, 0.75))

    def _median(self, lines: list[_Measured]) -> float:
        """Of the fits of all expected characters of the print."""
        fits = [
            line.fits[number, self._index[cell.character]]
            for line in lines
            for number, cell in enumerate(line.cells)
            if cell.character in self._index
        ]
        return float(np.median(fits))

    def _verdict(self, measured: _Measured, least: float) -> LineVerdict:
        is_blank = measured.ink < LEAST_CONTRAST
        is_found = measured.fit >= FOUND and not is_blank
        judged = zip(measured.cells, measured.fits, measured.blank, strict=True)
        characters = (
            tuple(
                self._character(c, fits, least, is_blank=bool(b))
                for c, fits, b in judged
            )
            if is_found
            else ()
        )
        return LineVerdict(
            expected=measured.line.text,
            fit=measured.fit,
            is_found=is_found,
            is_blank=is_blank,
            characters=characters,
        )

    def _character(
        self, cell: Cell, fits: Reals, least: float, *, is_blank: bool
    ) -> Character:
        if cell.character in {SPACE, ANY}:
            return _unread(cell, is_blank=is_blank)
        expected = self._index[cell.character]
        apart = 1 - self._matcher.likeness[expected]
        rivals = self._rivals[expected]
        leads = np.where(
            rivals, (fits[expected] - fits) / np.where(rivals, apart, 1), 9
        )
        best = int(np.argmax(np.where(rivals, fits, -1)))
        fit, lead = float(fits[expected]), float(leads.min())
        if fit >= least and lead >= LEAD:
            outcome = Outcome.MATCHES
        elif is_blank:
            outcome = Outcome.MISSING
        elif fits[best] >= self._minimum_fit and leads[best] <= -LEAD:
            outcome = Outcome.OTHER
        else:
            outcome = Outcome.ILLEGIBLE
        return Character(
            index=cell.index,
            expected=cell.character,
            outcome=outcome,
            fit=max(fit, 0.0),
            lead=lead,
            looks_like=self._matcher.characters[best],
        )


def _unread(cell: Cell, *, is_blank: bool) -> Character:
    """A space must be blank, the place of `?` must not."""
    as_expected = is_blank == (cell.character == SPACE)
    wrong = Outcome.EXTRA if cell.character == SPACE else Outcome.MISSING
    return Character(
        index=cell.index,
        expected=cell.character,
        outcome=Outcome.MATCHES if as_expected else wrong,
        fit=1.0 if as_expected else 0.0,
        lead=1.0 if as_expected else -1.0,
    )


def _after(line: Line, style: Style, columns: int) -> tuple[Cell, ...]:
    """Cells after the line, as far as the place goes: they must be blank."""
    step = style.font.columns + style.char_gap
    starts = range(
        line.columns + style.char_gap, columns - style.font.columns + 1, step
    )
    first = len(line.text)
    return tuple(Cell(first + i, SPACE, column) for i, column in enumerate(starts))
