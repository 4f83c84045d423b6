"""What the characters look like through the camera, at one fixed scale."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.checks.printed_text.font import DotFont, Dots, Line, Style

Floats = NDArray[np.float32]

PX = 3  # pixels a dot pitch in everything that is compared
MARGIN = 1  # dots of ground around a character
# A dot about as wide as the pitch, seen by a lens that is nearly sharp.
SPOT_SIGMA = 0.42  # dot pitches


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """Ink of each character: (characters, height, width) pixels, 0 ground to 1 ink."""

    characters: str
    images: Floats


def shapes_of(font: DotFont) -> Shapes:
    """The font's characters as an ideal print shows them."""
    images = [drawn(np.pad(dots, MARGIN)) for dots in font.glyphs.values()]
    return Shapes(characters=font.characters, images=np.stack(images))


def drawn(dots: Dots | Floats, sigma: float = SPOT_SIGMA) -> Floats:
    """Dots as ink, `PX` pixels a dot: shape (rows x PX, columns x PX)."""
    rows, columns = dots.shape
    ink = np.zeros((rows * PX, columns * PX), np.float32)
    ink[PX // 2 :: PX, PX // 2 :: PX] = dots
    spread = cv2.GaussianBlur(ink, (0, 0), sigma * PX, borderType=cv2.BORDER_CONSTANT)
    # The middle of a lone dot is 1.
    return np.asarray(spread * (2 * np.pi * (sigma * PX) ** 2), dtype=np.float32)


def line_dots(line: Line, style: Style) -> Dots:
    """The line's dots without margin; full-width characters and `?` stay empty."""
    font = style.font
    dots = np.zeros((font.rows, line.columns), np.bool_)
    for cell in line.cells:
        glyph = font.glyphs.get(cell.character)
        if glyph is not None:
            dots[:, cell.column : cell.column + font.columns] = glyph
    return dots
