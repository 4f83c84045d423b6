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

from agent.vision.checks.printed_text.align import Warp, find_block, fit_line
from agent.vision.checks.printed_text.font import (
    ANY,
    SPACE,
    Cell,
    Line,
    Style,
    set_line,
)
from agent.vision.checks.printed_text.matching import Matcher, cut
from agent.vision.checks.printed_text.pose import Pose, Reals
from agent.vision.checks.printed_text.seen import Seen, crop, smoothed
from agent.vision.checks.printed_text.shapes import Floats, Shapes, shapes_of
from agent.vision.checks.printed_text.verdict import Character, LineVerdict, Outcome
from agent.vision.region import Image

LEAD: Final = 0.25  # see docs/vision/printed-text.md for what it costs
FOUND: Final = 0.45  # a line of other characters correlates by 0.2 to 0.5
# Share of the weakest character's ink that a blank cell may have: one stray dot has
# half of a full stop's, a full stop that lost a dot five sixths.
BLANK: Final = 0.6
LEAST_CONTRAST: Final = 8.0  # grey levels between ink and ground
SOFTEN: Final = 0.4  # dots


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the text is: `pose` from dots to pixels with the first line's first dot
    at its origin, the `tolerance` in dots, and how many columns of dots from there
    belong to the text (what follows a shorter line must be blank)."""

    pose: Pose
    tolerance: float
    columns: int


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
        self._rivals = np.array(
            [[c not in style.font.twins(e) for c in characters] for e in characters]
        )

    def __call__(
        self, image: Image, lines: tuple[str, ...], place: Place
    ) -> tuple[LineVerdict, ...]:
        """One verdict a line, top to bottom.

        Raises ValueError if a line cannot be set in the font or the place lies outside
        the picture.
        """
        seen, warps = self.locate(image, lines, place)
        return tuple(
            self._line(seen, warp, fit, text, place.columns)
            for text, (warp, fit) in zip(lines, warps, strict=True)
        )

    def locate(
        self, image: Image, lines: tuple[str, ...], place: Place
    ) -> tuple[Seen, list[tuple[Warp, float]]]:
        """The ink around the text, and where each line lies in it with its fit."""
        if not lines:
            raise ValueError("no text is expected; a check of text needs some")
        widest = max(set_line(text, self.style).columns for text in lines)
        self._check_room(image, lines, widest, place)
        room = place.tolerance + 4 + 0.06 * widest
        seen = crop(
            image,
            place.pose,
            (-room, 1.08 * max(widest, place.columns) + room),
            (-room, self.style.height(len(lines)) + room),
            light=self._light,
        )
        coarse = find_block(seen, lines, self.style, place.tolerance)
        soft = smoothed(seen, SOFTEN)
        return seen, [
            fit_line(soft, text, self.style, number, coarse)
            for number, text in enumerate(lines)
        ]

    def _check_room(
        self, image: Image, lines: tuple[str, ...], widest: int, place: Place
    ) -> None:
        if widest > place.columns:
            longest = max(lines, key=len)
            raise ValueError(
                f"text {longest!r} is {widest} dots wide, its place {place.columns}"
            )
        pose, height = place.pose, self.style.height(len(lines))
        ends = [
            pose.moved(column, row).origin
            for column in (0, widest)
            for row in (0, height)
        ]
        slack = place.tolerance * pose.step_px
        size = np.array(image.shape[::-1])
        if np.min(ends) < -slack or (np.max(ends, axis=0) > size + slack).any():
            raise ValueError("the place of the text lies outside the picture")

    def _line(
        self, seen: Seen, warp: Warp, fit: float, text: str, columns: int
    ) -> LineVerdict:
        line = set_line(text, self.style)
        cells = line.cells + _after(line, self.style, columns)
        images = cut(seen, warp, line, self.style, cells)
        contrasts = self._matcher.contrasts(images)
        ink = self._ink(cells, contrasts)
        is_blank = ink < LEAST_CONTRAST
        is_found = fit >= FOUND and not is_blank
        blank = contrasts < BLANK * ink * self._matcher.weights.min()
        return LineVerdict(
            expected=text,
            fit=fit,
            is_found=is_found,
            is_blank=is_blank,
            characters=self._judged(cells, images, blank) if is_found else (),
        )

    def _ink(self, cells: tuple[Cell, ...], contrasts: Reals) -> float:
        """Grey levels of ink over ground: what the better printed characters have."""
        each = [
            contrast / self._matcher.weights[self._index[cell.character]]
            for cell, contrast in zip(cells, contrasts, strict=True)
            if cell.character in self._index
        ]
        return float(np.quantile(each, 0.75))

    def _judged(
        self, cells: tuple[Cell, ...], images: Floats, blank: Reals
    ) -> tuple[Character, ...]:
        fits = self._matcher.fits(images)
        return tuple(
            self._character(cell, fit, is_blank=bool(b))
            for cell, fit, b in zip(cells, fits, blank, strict=True)
        )

    def _character(self, cell: Cell, fits: Reals, *, is_blank: bool) -> Character:
        if cell.character in {SPACE, ANY}:
            return _unread(cell, is_blank=is_blank)
        expected = self._index[cell.character]
        apart = 1 - self._matcher.likeness[expected]
        rivals = self._rivals[expected]
        leads = np.where(
            rivals, (fits[expected] - fits) / np.where(rivals, apart, 1), 9
        )
        lead = float(leads.min())
        best = int(np.argmax(np.where(rivals, fits, -1)))
        fit = float(fits[expected])
        if fit >= self._minimum_fit and lead >= LEAD:
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
