"""How the places of a case are arranged, before any picture."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Cell = tuple[int, int]


class Shifted(StrEnum):
    """Which rows stand half a place to the right: bottles packed like honeycomb."""

    NONE = "none"
    EVEN = "even"  # rows 2, 4 …
    ODD = "odd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Rows and columns as the camera sees them: row 1 on top, column 1 on the left.

    ValueError for less than one row or column, for a single place, or for a single
    column that is shifted.
    """

    rows: int
    columns: int
    shifted: Shifted = Shifted.NONE

    def __post_init__(self) -> None:
        if min(self.rows, self.columns) < 1 or self.places < 2:
            raise ValueError(
                f"a case of {self.rows} × {self.columns} places: at least one row and "
                "column, and two places, are needed"
            )
        if self.columns == 1 and self.is_staggered:
            raise ValueError("a case of one column has no rows to shift")

    @property
    def is_staggered(self) -> bool:
        """Whether some rows stand between the places of others."""
        return self.shifted is not Shifted.NONE and self.rows > 1

    @property
    def places(self) -> int:
        """How many codes a full case shows."""
        return self.rows * self.columns

    @property
    def cells(self) -> list[Cell]:
        """Row and column of every place, from 1, row by row."""
        return [
            (row + 1, column + 1)
            for row in range(self.rows)
            for column in range(self.columns)
        ]

    def shift(self, row: int) -> float:
        """By how much of a place row `row` (from 0) stands to the right."""
        odd_one = {Shifted.NONE: None, Shifted.EVEN: 1, Shifted.ODD: 0}[self.shifted]
        return 0.5 if row % 2 == odd_one else 0.0

    @property
    def plan(self) -> Reals:
        """Where the places are, in places: shape (places, 2) as x, y, row by row."""
        return np.array(
            [
                (column + self.shift(row), row)
                for row in range(self.rows)
                for column in range(self.columns)
            ],
            dtype=np.float64,
        )
