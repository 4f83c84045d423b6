"""Where everything stands in a Data Matrix symbol: ISO/IEC 16022 clause 5, Annex F;
rectangular extension: ISO/IEC 21471."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.data_matrix_bits import data_matrix_bits
from agent.vision.symbols.galois import DATA_MATRIX_FIELD
from agent.vision.symbols.placement import Placement, locked, padded
from agent.vision.symbols.symbol import Block, Flags, Layout, Part

QUIET_MODULES: Final = 1


@dataclass(frozen=True, slots=True)
class Size:
    """Regions down and across, data codewords, parity of each block, blocks."""

    down: int
    across: int
    data: int
    parity: int
    blocks: int = 1


# Rows and columns: ISO/IEC 16022 Table 7 (squares, then rectangles), ISO/IEC 21471.
SIZES: Final = {
    (10, 10): Size(1, 1, 3, 5),
    (12, 12): Size(1, 1, 5, 7),
    (14, 14): Size(1, 1, 8, 10),
    (16, 16): Size(1, 1, 12, 12),
    (18, 18): Size(1, 1, 18, 14),
    (20, 20): Size(1, 1, 22, 18),
    (22, 22): Size(1, 1, 30, 20),
    (24, 24): Size(1, 1, 36, 24),
    (26, 26): Size(1, 1, 44, 28),
    (32, 32): Size(2, 2, 62, 36),
    (36, 36): Size(2, 2, 86, 42),
    (40, 40): Size(2, 2, 114, 48),
    (44, 44): Size(2, 2, 144, 56),
    (48, 48): Size(2, 2, 174, 68),
    (52, 52): Size(2, 2, 204, 42, 2),
    (64, 64): Size(4, 4, 280, 56, 2),
    (72, 72): Size(4, 4, 368, 36, 4),
    (80, 80): Size(4, 4, 456, 48, 4),
    (88, 88): Size(4, 4, 576, 56, 4),
    (96, 96): Size(4, 4, 696, 68, 4),
    (104, 104): Size(4, 4, 816, 56, 6),
    (120, 120): Size(6, 6, 1050, 68, 6),
    (132, 132): Size(6, 6, 1304, 62, 8),
    (144, 144): Size(6, 6, 1558, 62, 10),
    (8, 18): Size(1, 1, 5, 7),
    (8, 32): Size(1, 2, 10, 11),
    (12, 26): Size(1, 1, 16, 14),
    (12, 36): Size(1, 2, 22, 18),
    (16, 36): Size(1, 2, 32, 24),
    (16, 48): Size(1, 2, 49, 28),
    (8, 48): Size(1, 2, 18, 15),
    (8, 64): Size(1, 4, 24, 18),
    (8, 80): Size(1, 4, 32, 22),
    (8, 96): Size(1, 4, 38, 28),
    (8, 120): Size(1, 6, 49, 32),
    (8, 144): Size(1, 6, 63, 36),
    (12, 64): Size(1, 4, 43, 27),
    (12, 88): Size(1, 4, 64, 36),
    (16, 64): Size(1, 4, 62, 36),
    (20, 36): Size(1, 2, 44, 28),
    (20, 44): Size(1, 2, 56, 34),
    (20, 64): Size(1, 4, 84, 42),
    (22, 48): Size(1, 2, 72, 38),
    (24, 48): Size(1, 2, 80, 41),
    (24, 64): Size(1, 4, 108, 46),
    (26, 40): Size(1, 2, 70, 38),
    (26, 48): Size(1, 2, 90, 42),
    (26, 64): Size(1, 4, 118, 50),
}
# Too small for erasure correction: one codeword is kept back (Table 7, note).
_PROTECTED: Final = {(10, 10), (12, 12), (8, 18), (8, 32)}


@lru_cache(maxsize=16)
def data_matrix_placement(rows: int, columns: int) -> Placement:
    """Layout of an ECC 200 symbol. ValueError: there is no such size."""
    size = SIZES.get((rows, columns))
    if size is None:
        raise ValueError(
            f"there is no Data Matrix symbol of {rows} x {columns} modules"
        )
    part, is_dark, mapping = _fixed(rows, columns, size)
    bits, spare = data_matrix_bits(*mapping.shape)
    flat = mapping.reshape(-1)
    padding = np.zeros(rows * columns, np.bool_)
    padding[flat[spare]] = True
    modules = flat[bits]
    codeword = np.full(rows * columns, -1, np.int32)
    codeword[modules] = np.arange(len(modules), dtype=np.int32)[:, None]
    blocks = _blocks(size)
    capacity = size.parity - ((rows, columns) in _PROTECTED)
    layout = Layout(
        is_qr=False,
        part=part,
        codeword=codeword.reshape(rows, columns),
        is_dark=is_dark,
        blocks=tuple(Block(codewords=tuple(b), capacity=capacity) for b in blocks),
        quiet_modules=QUIET_MODULES,
    )
    return Placement(
        layout=locked(layout),
        bits=modules,
        field=DATA_MATRIX_FIELD,
        parity=size.parity,
        block_index=padded(blocks),
        padding=padding.reshape(rows, columns),
    )


def _blocks(size: Size) -> list[list[int]]:
    """Data, then error correction, are dealt out one a block, each from block 1.

    For 144 x 144 the standard can be read otherwise (the deal goes on where data ended,
    at block 9); this is what writers and scanners in the field do.
    """
    step, total = size.blocks, size.data + size.parity * size.blocks
    return [
        [*range(b, size.data, step), *range(size.data + b, total, step)]
        for b in range(step)
    ]


def _fixed(
    rows: int, columns: int, size: Size
) -> tuple[NDArray[np.int8], Flags, NDArray[np.intp]]:
    """Purpose of each module, fixed patterns, and the modules left for data."""
    high, wide = rows // size.down, columns // size.across
    row, column = np.indices((rows, columns))
    in_row, in_column = row % high, column % wide
    solid = (in_column == 0) | (in_row == high - 1)
    clock = (in_row == 0) | (in_column == wide - 1)
    ticks = ((in_row == 0) & (in_column % 2 == 0)) | (
        (in_column == wide - 1) & (in_row % 2 == 1)
    )
    part = np.where(solid | clock, Part.ALIGNMENT, Part.DATA).astype(np.int8)
    part[0, :] = part[:, -1] = Part.CLOCK
    part[:, 0] = part[-1, :] = Part.FINDER
    taken = np.flatnonzero(part.reshape(-1) == Part.DATA)
    mapping = taken.reshape(size.down * (high - 2), size.across * (wide - 2))
    return part, solid | ticks, mapping
