"""A picture of an exactly known print: where it stands, and the ink in every pixel."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulators.cameras.exact_print import Distortion, Ink, Reals

# Places within a pixel where the print is looked at: as many different columns and
# rows as places, so an edge along either axis is off by 1/64 pixel at most.
_PLACES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`turn` (2, 2) and `start` (2) take module coordinates to the picture's.

    `span`: columns and rows of the symbol, `quiet`: modules of quiet zone around it.
    """

    turn: Reals
    start: Reals
    size: tuple[int, int]
    span: tuple[float, float]
    quiet: int

    def in_picture(self, x: Reals, y: Reals) -> Reals:
        """Points in pixels, shape (..., 2)."""
        return np.asarray(np.stack([x, y], axis=-1) @ self.turn.T + self.start)

    def box(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that hold symbol and quiet zone."""
        low, (right, bottom) = -self.quiet - 1.0, np.add(self.span, self.quiet + 1.0)
        ends = self.in_picture(
            np.array([low, right, right, low]), np.array([low, low, bottom, bottom])
        )
        first = np.maximum(np.floor(ends.min(axis=0)), 0).astype(int)
        last = np.ceil(ends.max(axis=0)).astype(int) + 1
        return slice(first[1], last[1]), slice(first[0], last[0])


def placed(
    span: tuple[float, float],
    quiet: int,
    *,
    stretch: float,
    module_px: float,
    rotation_deg: float,
    shift_px: tuple[float, float],
    size: tuple[int, int] | None,
) -> View:
    """A symbol of `span` modules in the middle of the picture. `size` None: no larger
    than needed. Raises ValueError where symbol and quiet zone do not fit."""
    angle, root = np.radians(rotation_deg), np.sqrt(stretch)
    along_x = np.array([np.cos(angle), np.sin(angle)]) * module_px * root
    along_y = np.array([-np.sin(angle), np.cos(angle)]) * module_px / root
    turn = np.stack([along_x, along_y], axis=1)
    needed = np.abs(turn) @ (np.array(span) + 2 * quiet)
    width, height = size or (int(n) for n in np.ceil(needed).astype(int) + 4)
    if needed[0] > width or needed[1] > height:
        raise ValueError(
            f"a picture of {width} x {height} pixels is too small: symbol and quiet "
            f"zone need {needed[0]:.0f} x {needed[1]:.0f}"
        )
    middle = np.array([width - 1, height - 1]) / 2 + shift_px
    start = middle - turn @ np.array(span) / 2
    return View(turn=turn, start=start, size=(width, height), span=span, quiet=quiet)


def seen(ink: Ink, bend: Distortion, view: View) -> Reals:
    """The share of ink in every pixel, the mean over its places."""
    width, height = view.size
    rows, columns = view.box()
    right, below = np.meshgrid(
        np.arange(float(width))[columns], np.arange(float(height))[rows]
    )
    points = (np.stack([right, below], axis=-1) - view.start) @ np.linalg.inv(
        view.turn
    ).T
    x, y = bend.straightened(points[..., 0], points[..., 1])
    x_down, x_across = np.gradient(x)
    y_down, y_across = np.gradient(y)
    total = np.zeros_like(x)
    for place in range(_PLACES):
        across, down = (place + 0.5) / _PLACES - 0.5, _bits_reversed(place) - 0.5
        total += ink.at(
            x + x_across * across + x_down * down, y + y_across * across + y_down * down
        )
    whole = np.full((height, width), ink.surround)
    whole[rows, columns] = total / _PLACES
    return whole


def _bits_reversed(place: int) -> float:
    """Rows of the places: spread so that no two share one (Hammersley's points)."""
    bits = _PLACES.bit_length() - 1
    return (int(f"{place:0{bits}b}"[::-1], 2) + 0.5) / _PLACES
