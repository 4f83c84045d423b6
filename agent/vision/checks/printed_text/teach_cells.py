"""The characters of a print, cut out one by one where the line's fit finds them."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.checks.printed_text.locate import Place, locate
from agent.vision.checks.printed_text.matching import Matcher, cut
from agent.vision.checks.printed_text.shapes import Floats
from agent.vision.checks.printed_text.verify import FOUND
from agent.vision.region import Image, to_grey

LIKE: Final = 0.5  # a shown character must be like the font's by so much

# Each character of one print with its ink, scaled to 1 and ground to 0.
Cells = tuple[tuple[str, Floats], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Example:
    """A print: the picture, what stands in it, and where."""

    image: Image
    lines: tuple[str, ...]
    place: Place


def cells_of(
    style: Style, matcher: Matcher, example: Example, *, light_on_dark: bool
) -> Cells:
    """Every character of an example; `matcher` is the font's.

    Raises ValueError if a line is not found at its place, or a character is nothing
    like the font's: a wrong text, or another font.
    """
    found = locate(
        to_grey(example.image),
        example.lines,
        style,
        example.place,
        light_on_dark=light_on_dark,
    )
    cells = []
    for text, (warp, fit) in zip(example.lines, found.lines, strict=True):
        if fit < FOUND:
            raise ValueError(f"{text!r}: no such line is found at its place")
        line = set_line(text, style)
        judged = tuple(c for c in line.cells if c.character in style.font.glyphs)
        images = cut(found.seen, warp, line, style, judged)
        for cell, shifts in zip(judged, images, strict=True):
            index = matcher.characters.index(cell.character)
            fits = matcher.fits(shifts[:, None])[:, index]
            best = int(fits.argmax())
            if fits[best] < LIKE:
                raise ValueError(
                    f"{text!r}: character {cell.index + 1} is nothing like "
                    f"{cell.character}"
                )
            ink = _scaled(shifts[best], matcher.shapes[index])
            cells.append((cell.character, ink))
    return tuple(cells)


def _scaled(image: Floats, shape: Floats) -> Floats:
    """Ink as a share of the character's own contrast along its ideal shape."""
    flat = image - image.mean()
    return np.asarray(flat / float(np.vdot(flat, shape)), dtype=np.float32)
