"""Where everything stands in a QR symbol (Model 2): ISO/IEC 18004, 6.3, 7.5-7.10."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.galois import QR_FIELD
from agent.vision.symbols.layout_qr_tables import (
    BLOCKS,
    PARITY,
    PROTECTION,
    alignment_centres,
)
from agent.vision.symbols.placement import Placement, locked, padded
from agent.vision.symbols.symbol import Block, Flags, Layout, Part

QUIET_MODULES: Final = 4
TIMING: Final = 6  # row and column of the timing patterns
MASKS: Final = 8


@lru_cache(maxsize=32)
def qr_placement(version: int, level: str) -> Placement:
    """Layout of versions 1 to 40 at level L, M, Q or H."""
    part, is_dark = _fixed(version)
    modules = _order(part)
    count = len(modules) // 8
    bits = modules[: 8 * count].reshape(count, 8)
    codeword = np.full(part.size, -1, np.int32)
    codeword[bits] = np.arange(count, dtype=np.int32)[:, None]
    parity = PARITY[level][version - 1]
    blocks = _blocks(count, BLOCKS[level][version - 1], parity)
    capacity = parity - PROTECTION.get((version, level), 0)
    layout = Layout(
        is_qr=True,
        part=part,
        codeword=codeword.reshape(part.shape),
        is_dark=is_dark,
        blocks=tuple(Block(codewords=tuple(b), capacity=capacity) for b in blocks),
        quiet_modules=QUIET_MODULES,
    )
    return Placement(
        layout=locked(layout),
        bits=bits,
        field=QR_FIELD,
        parity=parity,
        block_index=padded(blocks),
        padding=np.zeros(part.shape, np.bool_),
    )


@lru_cache(maxsize=64)
def qr_mask(version: int, pattern: int) -> Flags:
    """Data modules that the mask turns over (Table 10)."""
    part, _ = _fixed(version)
    side = np.arange(len(part), dtype=np.intp)
    turned = mask_conditions(side[:, None], side[None, :])[pattern] == 0
    return np.asarray(turned & (part == Part.DATA))


def mask_conditions(
    row: NDArray[np.intp], column: NDArray[np.intp]
) -> tuple[NDArray[np.intp], ...]:
    """The eight expressions of Table 10; a module is turned over where one is 0."""
    product = row * column
    return (
        (row + column) % 2,
        row % 2,
        column % 3,
        (row + column) % 3,
        (row // 2 + column // 3) % 2,
        product % 2 + product % 3,
        (product % 2 + product % 3) % 2,
        ((row + column) % 2 + product % 3) % 2,
    )


def side_of(version: int) -> int:
    """Modules along a side."""
    return 17 + 4 * version


@lru_cache(maxsize=8)
def _fixed(version: int) -> tuple[NDArray[np.int8], Flags]:
    """What each module is for, and the fixed patterns."""
    side = side_of(version)
    part = np.full((side, side), Part.DATA, np.int8)
    dark = np.zeros((side, side), np.bool_)
    part[TIMING, :] = part[:, TIMING] = Part.CLOCK
    dark[TIMING, ::2] = dark[::2, TIMING] = True
    for row, column in ((0, 0), (0, side - 7), (side - 7, 0)):
        _finder(part, dark, row, column)
    centres = alignment_centres(version)
    for row in centres:
        for column in centres:
            if part[row, column] != Part.FINDER:
                _alignment(part, dark, row, column)
    _information(part, dark, version)
    return part, dark


def _finder(part: NDArray[np.int8], dark: Flags, row: int, column: int) -> None:
    around = slice(max(row - 1, 0), row + 8), slice(max(column - 1, 0), column + 8)
    part[around], dark[around] = Part.FINDER, False
    ring = square_rings(7)
    dark[row : row + 7, column : column + 7] = ring != 2


def _alignment(part: NDArray[np.int8], dark: Flags, row: int, column: int) -> None:
    around = slice(row - 2, row + 3), slice(column - 2, column + 3)
    part[around] = Part.ALIGNMENT
    dark[around] = square_rings(5) != 1


def square_rings(side: int) -> NDArray[np.intp]:
    """Distance of each module of a square from its middle one, counted in rings."""
    offset = np.abs(np.arange(side) - side // 2)
    return np.maximum(offset[:, None], offset[None, :])


def _information(part: NDArray[np.int8], dark: Flags, version: int) -> None:
    side = part.shape[0]
    for copy in format_places(side):
        part[copy[:, 0], copy[:, 1]] = Part.FORMAT
    part[side - 8, 8], dark[side - 8, 8] = Part.FORMAT, True  # the dark module
    if version >= 7:
        for copy in version_places(side):
            part[copy[:, 0], copy[:, 1]] = Part.VERSION


def format_places(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of format bits 0 to 14 in both copies (Figure 25)."""
    near = [0, 1, 2, 3, 4, 5, 7, 8]
    first = [(row, 8) for row in near] + [(8, c) for c in (7, 5, 4, 3, 2, 1, 0)]
    second = [(8, side - 1 - i) for i in range(8)]
    second += [(side - 7 + i, 8) for i in range(7)]
    return np.array(first), np.array(second)


def version_places(side: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of version bits 0 to 17 in both copies (Figure 27)."""
    bit = np.arange(18)
    long, short = bit // 3, side - 11 + bit % 3
    return np.stack((long, short), axis=1), np.stack((short, long), axis=1)


def _order(part: NDArray[np.int8]) -> NDArray[np.intp]:
    """Data modules in the order of placement: pairs of columns from the right, upward
    first, the right one of a pair first; the timing column is left out."""
    side = part.shape[0]
    index = np.arange(part.size).reshape(part.shape)
    order: list[NDArray[np.intp]] = []
    columns = [column for column in range(side - 1, -1, -1) if column != TIMING]
    for number, right in enumerate(columns[::2]):
        pair = [right, columns[2 * number + 1]]
        rows = slice(None, None, -1 if number % 2 == 0 else 1)
        taken = index[rows][:, pair].reshape(-1)
        order.append(taken[part.reshape(-1)[taken] == Part.DATA])
    return np.concatenate(order)


def _blocks(total: int, count: int, parity: int) -> list[list[int]]:
    """Codewords of each block: data are dealt out one a block, the blocks with one
    more come last; then so is error correction (clause 7.6)."""
    data = total - parity * count
    short = data // count
    blocks = [[i * count + b for i in range(short)] for b in range(count)]
    for extra in range(data % count):
        blocks[count - data % count + extra].append(short * count + extra)
    for block, start in zip(blocks, range(data, data + count), strict=True):
        block.extend(range(start, total, count))
    return blocks
