"""How well each character fits what is seen in each cell of a line."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from agent.vision.checks.printed_text.follow import Warp
from agent.vision.checks.printed_text.font import Cell, Line, Style
from agent.vision.checks.printed_text.pose import Reals
from agent.vision.checks.printed_text.seen import Seen, sample
from agent.vision.checks.printed_text.shapes import MARGIN, PX, Floats, Shapes

# Pixels (thirds of a dot) a character may stand off its line. With two, thin letters
# begin to pass for one another (I and J, V and U); with none, speed wobble counts.
REACH: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class Matcher:
    """Normalised correlation with every character's shape, the best of small shifts.

    `likeness[i, j]` is the correlation of shapes i and j; 1 where they are twins.
    """

    characters: str
    shapes: Floats  # (characters, pixels), mean 0 and length 1
    likeness: Reals
    weights: Reals  # length of each shape's ink inside its margin, for ink of 1

    @classmethod
    def of(cls, shapes: Shapes) -> "Matcher":
        """From what the characters look like."""
        count = len(shapes.images)
        flat = _centred(shapes.images.reshape(count, -1))
        flat /= np.linalg.norm(flat, axis=1, keepdims=True)
        inner = _centred(_softly(shapes.images))
        return cls(
            characters=shapes.characters,
            shapes=flat,
            likeness=(flat @ flat.T).astype(np.float64),
            weights=np.linalg.norm(inner, axis=1).astype(np.float64),
        )

    def fits(self, cells: Floats) -> Reals:
        """Correlation -1 to 1 of each cell with each character: (cells, characters).

        `cells`: what `cut` gives.
        """
        count = cells.shape[0]
        flat = _centred(cells.reshape(count, -1, self.shapes.shape[1]))
        length = np.linalg.norm(flat, axis=2, keepdims=True)
        # A cell without any difference fits nothing.
        scores = (flat / np.maximum(length, 1e-3)) @ self.shapes.T
        return np.asarray(scores.max(axis=1), dtype=np.float64)

    def contrasts(self, cells: Floats) -> Reals:
        """Grey levels of unevenness inside each cell's margin: length of its ink."""
        soft = _centred(_softly(cells[:, cells.shape[1] // 2]))
        return np.asarray(np.linalg.norm(soft, axis=1), dtype=np.float64)


def cut(
    seen: Seen, warp: Warp, line: Line, style: Style, cells: tuple[Cell, ...]
) -> Floats:
    """The cells' ink at every small shift: (cells, shifts, height, width) pixels."""
    font = style.font
    last = max(cell.column for cell in cells) + font.columns
    x = _places(last, line.columns)
    y = _places(font.rows, font.rows)
    strip = sample(seen, *warp(x, y))
    height, width = (font.rows + 2 * MARGIN) * PX, (font.columns + 2 * MARGIN) * PX
    views = sliding_window_view(strip, (height, width))
    shifts = 2 * REACH + 1
    found = [
        views[:shifts, cell.column * PX : cell.column * PX + shifts] for cell in cells
    ]
    return np.stack(found).reshape(len(cells), shifts**2, height, width)


def _places(dots: int, length: int) -> Reals:
    """Pixel middles over so many dots with margin and reach, from the line's middle."""
    count = (dots + 2 * MARGIN) * PX + 2 * REACH
    middle: Reals = (np.arange(count) - REACH + 0.5) / PX - MARGIN - length / 2
    return middle


def _softly(images: Floats) -> Floats:
    """Inside the margin, with the noise of single pixels taken off: one row each."""
    edge = MARGIN * PX
    soft = [cv2.blur(image, (PX, PX))[edge:-edge, edge:-edge] for image in images]
    return np.asarray(soft, dtype=np.float32).reshape(len(images), -1)


def _centred(flat: Floats) -> Floats:
    return np.asarray(flat - flat.mean(axis=-1, keepdims=True), dtype=np.float32)
