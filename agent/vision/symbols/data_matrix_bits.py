"""The order in which Data Matrix lays down its bits: ISO/IEC 16022 Annex F."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Places = tuple[tuple[int, int], ...]

# The usual shape of a codeword, bits from the highest, as steps from its last bit.
_SHAPE: Places = (
    (-2, -2),
    (-2, -1),
    (-1, -2),
    (-1, -1),
    (-1, 0),
    (0, -2),
    (0, -1),
    (0, 0),
)


def data_matrix_bits(
    rows: int, columns: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cells of each codeword and the spare dark cells of a mapping matrix.

    Indices into the flattened matrix; the first of shape (codewords, 8), bit 1 (the
    highest) first. Sizes that leave four cells over make a checker of them.
    """
    taken = np.zeros((rows, columns), np.bool_)
    codewords: list[list[int]] = []
    for places in _codewords(rows, columns, taken):
        cells = [_wrapped(row, column, rows, columns) for row, column in places]
        for row, column in cells:
            taken[row, column] = True
        codewords.append([row * columns + column for row, column in cells])
    spare = []
    if not taken[-1, -1]:
        spare = [rows * columns - 1, (rows - 1) * columns - 2]
    return np.array(codewords, np.intp), np.array(spare, np.intp)


def _codewords(rows: int, columns: int, taken: NDArray[np.bool_]) -> Iterator[Places]:
    """Sweeps upward to the right and downward to the left in turn. `taken` is filled
    by the receiver while this runs."""
    row, column = 4, 0
    while row < rows or column < columns:
        corner = _corner(row, column, rows, columns)
        if corner is not None:
            yield corner
        while True:
            if row < rows and column >= 0 and not taken[row, column]:
                yield tuple((row + r, column + c) for r, c in _SHAPE)
            row, column = row - 2, column + 2
            if row < 0 or column >= columns:
                break
        row, column = row + 1, column + 3
        while True:
            if row >= 0 and column < columns and not taken[row, column]:
                yield tuple((row + r, column + c) for r, c in _SHAPE)
            row, column = row + 2, column - 2
            if row >= rows or column < 0:
                break
        row, column = row + 3, column + 1


def _corner(row: int, column: int, rows: int, columns: int) -> Places | None:
    """The codeword split over two corners that is due here (Figures F.3 to F.6)."""
    low, high = rows - 1, columns - 1
    right = ((0, high - 1), (0, high), (1, high), (2, high), (3, high))
    if (row, column) == (rows, 0):
        return ((low, 0), (low, 1), (low, 2), *right)
    left = ((low - 2, 0), (low - 1, 0), (low, 0))
    if (row, column) == (rows - 2, 0) and columns % 8 == 4:
        return (*left, *right)
    if (row, column) == (rows - 2, 0) and columns % 4:
        top = tuple((0, high - 3 + i) for i in range(4))
        return (*left, *top, (1, high))
    if (row, column) == (rows + 4, 2) and columns % 8 == 0:
        upper = tuple((r, high - 2 + c) for r in (0, 1) for c in range(3))
        return ((low, 0), (low, high), *upper)
    return None


def _wrapped(row: int, column: int, rows: int, columns: int) -> tuple[int, int]:
    """A cell beyond the edge goes on at the opposite one, shifted."""
    if row < 0:
        row, column = row + rows, column + 4 - (rows + 4) % 8
    if column < 0:
        row, column = row + 4 - (columns + 4) % 8, column + columns
    if row >= rows:
        row -= rows
    return row, column
