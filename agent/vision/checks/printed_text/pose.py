"""From dots of the text to pixels of the picture, by where the code lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.vision.decoded import Decoded

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A flat grid in the picture: pixels = origin + columns * across + rows * down."""

    origin: Reals
    across: Reals
    down: Reals

    def moved(self, columns: float, rows: float) -> "Pose":
        """The same grid with its origin at that place."""
        origin = self.origin + columns * self.across + rows * self.down
        return Pose(origin=origin, across=self.across, down=self.down)

    def scaled(self, columns: float, rows: float) -> "Pose":
        """A grid of larger steps: that many of ours a step."""
        return Pose(
            origin=self.origin, across=self.across * columns, down=self.down * rows
        )

    def turned(self, quarters: int) -> "Pose":
        """The grid turned clockwise about its origin."""
        across, down = self.across, self.down
        for _ in range(quarters % 4):
            across, down = down, -across
        return Pose(origin=self.origin, across=across, down=down)

    @property
    def step_px(self) -> float:
        """Pixels a step, the mean of both ways."""
        return float(np.hypot(*self.across) + np.hypot(*self.down)) / 2


PICTURE = Pose(
    origin=np.zeros(2), across=np.array((1.0, 0.0)), down=np.array((0.0, 1.0))
)


def code_pose(code: Decoded) -> Pose:
    """Modules to pixels, from the code's own top left corner.

    Both sides are the mean of two opposite edges: a corner is seldom found closer
    than half a module, and the text may lie several codes away. A linear code has no
    modules down its bars; there a step down is as long as one across.

    Raises ValueError if the corners enclose nothing or the size of a module is unknown.
    """
    a, b, c, d = np.array(code.corners, dtype=np.float64)
    along, aside = ((b - a) + (c - d)) / 2, ((d - a) + (c - b)) / 2
    length, breadth = float(np.hypot(*along)), float(np.hypot(*aside))
    if not (np.isfinite(length) and np.isfinite(breadth) and length >= 1):
        raise ValueError(f"corners {code.corners} of the code enclose nothing")
    columns = _columns(code, length)
    across = along / columns
    if code.symbology.is_linear or breadth < 1:
        down = np.array((-across[1], across[0]))
    else:
        rows = code.modules[1] if code.modules else breadth / length * columns
        down = aside / rows
    return Pose(
        origin=(a + b + c + d) / 4 - (along + aside) / 2, across=across, down=down
    )


def _columns(code: Decoded, length: float) -> float:
    if code.modules is not None:
        return float(code.modules[0])
    if code.module_px:
        return length / code.module_px
    raise ValueError(
        f"the decoder ({code.decoder}) does not tell the size of a module, so where "
        "the text beside this code stands cannot be told"
    )
