"""Dot fonts, and where the characters of a line stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agent.vision.checks.printed_text import font_5x5, font_7x5, font_9x7
from agent.vision.checks.printed_text.expected_text import is_full_width

Dots = NDArray[np.bool_]
ANY = "?"  # something must be printed here, whatever it is
SPACE = " "


class FontName(StrEnum):
    """Rows x columns of dots, as printers call their fonts."""

    DOTS_5X5 = "5x5"
    DOTS_7X5 = "7x5"
    DOTS_9X7 = "9x7"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DotFont:
    """`glyphs`: dots of shape (rows, columns) of each character."""

    name: str
    rows: int
    columns: int
    glyphs: Mapping[str, Dots] = field(repr=False)

    @property
    def characters(self) -> str:
        """All that can be told apart or at least be printed, without the space."""
        return "".join(self.glyphs)

    def twins(self, character: str) -> str:
        """Characters of the very same dots, itself among them: O and plain 0."""
        dots = self.glyphs[character]
        return "".join(c for c, g in self.glyphs.items() if np.array_equal(g, dots))


@lru_cache(maxsize=8)
def dot_font(name: FontName, *, slashed_zero: bool = False) -> DotFont:
    """The built-in font; `slashed_zero` as the printer is set."""
    data = {
        FontName.DOTS_5X5: font_5x5,
        FontName.DOTS_7X5: font_7x5,
        FontName.DOTS_9X7: font_9x7,
    }[name]
    glyphs = {c: g for band in data.BANDS for c, g in _band(*band)}
    if slashed_zero:
        glyphs["0"] = next(dots for _, dots in _band("0", data.SLASHED_ZERO))
    rows, columns = glyphs["0"].shape
    return DotFont(name=name, rows=rows, columns=columns, glyphs=glyphs)


def _band(characters: str, picture: str) -> Iterable[tuple[str, Dots]]:
    rows = [line.split() for line in picture.strip().splitlines()]
    for index, character in enumerate(characters):
        yield character, np.array([[d == "#" for d in row[index]] for row in rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How the printer sets its lines; gaps in dots.

    `fixed_columns`: width of a full-width character (生产日期), which is passed over
    and not read; None: as wide as the font is high.
    """

    font: DotFont
    char_gap: int = 1
    line_gap: int = 2
    fixed_columns: int | None = None

    @property
    def line_pitch(self) -> int:
        return self.font.rows + self.line_gap

    def height(self, lines: int) -> int:
        """Dots from the top of the first line to the foot of the last."""
        return lines * self.line_pitch - self.line_gap


@dataclass(frozen=True, slots=True)
class Cell:
    """One character to be judged. `index` in the line; `column` of its first dot."""

    index: int
    character: str
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of text set in dots: what stands where."""

    text: str
    cells: tuple[Cell, ...]
    columns: int


@lru_cache(maxsize=256)
def set_line(text: str, style: Style) -> Line:
    """Where the characters of `text` stand.

    Raises ValueError naming the characters the font does not have, or an empty line.
    """
    font = style.font
    known = {*font.characters, SPACE, ANY}
    unknown = sorted({c for c in text if c not in known and not is_full_width(c)})
    if unknown:
        raise ValueError(
            f"text {text!r}: the font {font.name} has no {', '.join(unknown)}; it has "
            f"{font.characters}, the space and full-width characters"
        )
    if not any(c in font.glyphs for c in text):
        raise ValueError(f"text {text!r}: nothing in it can be checked")
    full = style.fixed_columns or font.rows
    cells, column = [], 0
    for index, character in enumerate(text):
        is_fixed = is_full_width(character)
        if not is_fixed:
            cells.append(Cell(index, character, column))
        column += (full if is_fixed else font.columns) + style.char_gap
    return Line(text=text, cells=tuple(cells), columns=column - style.char_gap)
