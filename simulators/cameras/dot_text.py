"""Draws lines of dot text as an inkjet lays them down, beside a code or alone.

Every drop is drawn on its own, in the picture's own pixels: where it lands, how wide
it spreads, whether it came at all. The eye's own rendering is not used.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.checks.printed_text.font import Style, set_line
from agent.vision.decoded import Corners

Image = NDArray[np.uint8]
Reals = NDArray[np.float64]
SUBPIXEL: Final = 4  # bits of a pixel's fraction that cv2.circle takes


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPrint:
    """How text is printed and seen. Lengths in dots (pitches) unless named.

    `dot_share` width of a dot; `jitter` one deviation of where a dot lands;
    `missing_dots`, `stray_dots` shares of a cell's ink and ground dots; `lost_row` a
    row of the line that did not fire at all, from the top; `slant` columns of lean a
    row, `stretch` width over height of the dot grid: belt speed against the printer's
    idea of it; `bow` how far the ends hang below the middle (a curved pack);
    `ink_grey` to `ground_grey`, `ink_share` of it that arrived; `blur_px` and
    `noise_grey` of the camera; `shade` grey levels the ground falls off over the
    picture.
    """

    dot_share: float = 1.1
    jitter: float = 0.05
    missing_dots: float = 0.0
    stray_dots: float = 0.0
    lost_row: int | None = None
    slant: float = 0.0
    stretch: float = 1.0
    bow: float = 0.0
    ink_grey: int = 40
    ground_grey: int = 190
    ink_share: float = 1.0
    blur_px: float = 0.6
    noise_grey: float = 3.0
    shade: float = 0.0


GOOD: Final = TextPrint()
FAIR: Final = TextPrint(
    dot_share=1.0,
    jitter=0.08,
    missing_dots=0.0005,
    slant=0.05,
    stretch=1.02,
    bow=0.3,
    ink_grey=50,
    ground_grey=185,
    blur_px=0.9,
    noise_grey=5,
    shade=10,
)
TYPICAL: Final = TextPrint(
    dot_share=0.9,
    jitter=0.1,
    missing_dots=0.001,
    stray_dots=0.0005,
    slant=0.1,
    stretch=1.04,
    bow=0.6,
    ink_grey=60,
    ground_grey=180,
    blur_px=1.1,
    noise_grey=6,
    shade=25,
)
POOR: Final = replace(
    TYPICAL,
    dot_share=0.75,
    jitter=0.16,
    missing_dots=0.01,
    stray_dots=0.003,
    ink_share=0.6,
    blur_px=1.6,
    noise_grey=10,
)
FAINT: Final = replace(TYPICAL, ink_share=0.05, noise_grey=9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Dots to pixels: `origin` is where dot column 0, row 0 begins."""

    origin: tuple[float, float]
    dot_px: float
    angle_deg: float = 0.0

    def points(self, dots: Reals, look: TextPrint) -> Reals:
        """Pixels of places given in dots, shape (n, 2), as that print sets them."""
        columns, rows = dots[:, 0], dots[:, 1]
        x = look.stretch * (columns + look.slant * rows)
        turn = np.radians(self.angle_deg)
        across = np.array((np.cos(turn), np.sin(turn)))
        down = np.array((-np.sin(turn), np.cos(turn)))
        at = x[:, None] * across + rows[:, None] * down
        return np.asarray(at * self.dot_px + self.origin, dtype=np.float64)

    def corners(self, columns: float, rows: float) -> Corners:
        """Of a box whose top left is the origin, clockwise; a code without lean."""
        ends = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float64)
        a, b, c, d = ((float(x), float(y)) for x, y in self.points(ends, TextPrint()))
        return a, b, c, d


def text_dots(
    lines: Sequence[str], style: Style, look: TextPrint, rng: np.random.Generator
) -> Reals:
    """Where the drops of `lines` land, in dots from the first one's place: (n, 2).

    Full-width characters are drawn as a square of ink with a hole: a stand-in for
    what no one reads.
    """
    found = [np.empty((0, 2))]
    for number, text in enumerate(lines):
        line = set_line(text, style)
        grid = _line_grid(text, style)
        chance = np.where(grid, 1 - look.missing_dots, look.stray_dots)
        fired = rng.random(grid.shape) < chance
        if look.lost_row is not None:
            fired[look.lost_row] = False
        rows, columns = np.nonzero(fired)
        at = np.stack([columns + 0.5, rows + 0.5], axis=1).astype(np.float64)
        at += rng.normal(0, look.jitter, size=at.shape)
        along = 2 * at[:, 0] / line.columns - 1
        at[:, 1] += look.bow * along**2 + number * style.line_pitch
        found.append(at)
    return np.concatenate(found)


def _line_grid(text: str, style: Style) -> NDArray[np.bool_]:
    """The dots that should fire: shape (font rows, columns of the line)."""
    font, line = style.font, set_line(text, style)
    grid = np.zeros((font.rows, line.columns), np.bool_)
    at = {cell.index: cell.column for cell in line.cells}
    column = 0
    for index, character in enumerate(text):
        if index in at:
            column = at[index]
            glyph = font.glyphs.get(character)
            if glyph is not None:
                grid[:, column : column + font.columns] = glyph
            column += font.columns + style.char_gap
        else:
            width = style.fixed_columns or font.rows
            grid[:, column : column + width] = True
            grid[2:-2, column + 2 : column + width - 2] = False
            column += width + style.char_gap
    return grid


def ink_of_dots(
    size: tuple[int, int], at_px: Reals, dot_px: float, share: float
) -> Image:
    """Round drops on nothing: 255 where there is ink; `size` is (width, height)."""
    ink = np.zeros(size[::-1], np.uint8)
    radius = round(share * dot_px / 2 * 2**SUBPIXEL)
    for x, y in np.rint((at_px - 0.5) * 2**SUBPIXEL).astype(int).tolist():
        cv2.circle(ink, (x, y), radius, 255, -1, cv2.LINE_AA, SUBPIXEL)
    return ink


def text_picture(
    lines: Sequence[str],
    style: Style,
    pose: Pose,
    look: TextPrint,
    rng: np.random.Generator,
    *,
    size: tuple[int, int] = (640, 480),
    code: tuple[NDArray[np.bool_], Pose] | None = None,
) -> Image:
    """A grey picture of the text, and of the modules of `code` in its own pose.

    The code is printed well, whatever the text is: it is there to be read.
    """
    at = pose.points(text_dots(lines, style, look, rng), look)
    ink = ink_of_dots(size, at, pose.dot_px, look.dot_share)
    if code is not None:
        ink = np.maximum(ink, _ink_of_modules(size, *code))
    return _seen(ink, look, rng)


def _ink_of_modules(
    size: tuple[int, int], modules: NDArray[np.bool_], pose: Pose
) -> Image:
    """Solid modules on nothing."""
    ink = np.zeros(size[::-1], np.uint8)
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float64)
    for row, column in np.argwhere(modules).tolist():
        at = pose.points(square + np.array((column, row)), TextPrint()) - 0.5
        corners = np.rint(at * 2**SUBPIXEL).astype(np.int32)
        cv2.fillConvexPoly(ink, corners, 255, cv2.LINE_AA, SUBPIXEL)
    return ink


def _seen(ink: Image, look: TextPrint, rng: np.random.Generator) -> Image:
    """The ink on its ground as the camera sees it."""
    height, width = ink.shape
    fall = np.linspace(look.shade / 2, -look.shade / 2, width, dtype=np.float32)
    ground = np.float32(look.ground_grey) + fall[None, :]
    amount = ink * np.float32(look.ink_share / 255)
    picture = ground + (np.float32(look.ink_grey) - ground) * amount
    if look.blur_px > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), look.blur_px))
    y, x = rng.integers(0, 128, size=2).tolist()
    picture += _noise(height, width)[y : y + height, x : x + width] * look.noise_grey
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)


@lru_cache(maxsize=4)
def _noise(height: int, width: int) -> NDArray[np.float32]:
    """One field of noise of deviation 1, cut at random places: anew it is slow."""
    field = np.random.default_rng(7).standard_normal((height + 128, width + 128))
    return field.astype(np.float32)
