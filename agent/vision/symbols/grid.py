"""The straight grid of a symbol in the picture, and grey values read along it."""

from dataclasses import dataclass
from functools import lru_cache
from math import dist
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.decoded import Corners
from agent.vision.symbols.symbol import Reals

Grey = NDArray[np.float32]
AnyReals = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """`matrix` (3 x 3) takes modules to picture pixels.

    Module coordinates: x to the right and y down from the symbol's own top left; the
    centre of the first module is (0.5, 0.5). Whole pixels are the centres of pixels.
    """

    rows: int
    columns: int
    matrix: Reals

    @classmethod
    def between(cls, corners: Corners, rows: int, columns: int) -> Self:
        """The grid whose outer corners these are."""
        ends = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
        matrix = cv2.getPerspectiveTransform(ends, np.array(corners, np.float32))
        return cls(rows=rows, columns=columns, matrix=np.asarray(matrix, np.float64))

    def in_picture(self, x: AnyReals, y: AnyReals) -> tuple[AnyReals, AnyReals]:
        """Pixels of points given in modules."""
        (a, b, c), (d, e, f), (g, h, i) = self.matrix.tolist()
        depth = 1 / (g * x + h * y + i)
        return (a * x + b * y + c) * depth, (d * x + e * y + f) * depth

    def moved(self, by: Reals) -> Self:
        """The grid after a further 3 x 3 map of its module coordinates."""
        matrix = self.matrix @ by
        return type(self)(
            rows=self.rows, columns=self.columns, matrix=matrix / matrix[2, 2]
        )

    @property
    def corners(self) -> Reals:
        """Outer corners in pixels, (4, 2), clockwise from the symbol's top left."""
        x = np.array([0.0, self.columns, self.columns, 0.0])
        y = np.array([0.0, 0.0, self.rows, self.rows])
        return np.stack(self.in_picture(x, y), axis=-1)

    @property
    def module_px(self) -> float:
        """Perimeter in pixels over perimeter in modules."""
        corners = self.corners.tolist()
        around = sum(dist(corners[i - 1], corners[i]) for i in range(4))
        return float(around / (2 * (self.rows + self.columns)))


def centres(rows: int, columns: int, quiet: int = 0) -> tuple[Reals, Reals]:
    """Centres of modules, `quiet` of them around the symbol too; shared, read only."""
    return _centres(rows, columns, quiet)


@lru_cache(maxsize=32)
def _centres(rows: int, columns: int, quiet: int) -> tuple[Reals, Reals]:
    across = np.arange(-quiet, columns + quiet) + 0.5
    down = np.arange(-quiet, rows + quiet) + 0.5
    x, y = np.meshgrid(across, down)
    x.flags.writeable = y.flags.writeable = False
    return x, y


def greys(picture: Grey, x: AnyReals, y: AnyReals) -> Reals:
    """Grey values at points in pixels, bilinear; beyond the picture its last pixels."""
    flat = (x.reshape(len(x), -1), y.reshape(len(y), -1))
    taken = cv2.remap(
        picture,
        flat[0].astype(np.float32),
        flat[1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(taken, np.float64).reshape(x.shape)
