"""Which modules of a symbol carry which bits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.vision.symbols.galois import Bytes, Field
from agent.vision.symbols.symbol import Flags, Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A layout with the place of every single bit; made once a size and level.

    `bits`: the module (index into the flattened matrix) of each bit, highest first,
    shape (codewords, 8). `block_index`: the codewords of each block, shape (blocks,
    longest), -1 for the zeros a short block is filled with on its left. `padding`:
    what modules outside codewords must be, before masking.
    """

    layout: Layout
    bits: NDArray[np.intp]
    field: Field
    parity: int
    block_index: NDArray[np.intp]
    padding: Flags

    def codewords(self, dark: Flags) -> Bytes:
        """Codewords in the order in which they are placed; `dark` without mask."""
        return np.packbits(dark.reshape(-1)[self.bits], axis=1)[:, 0]

    def matrix(self, codewords: Bytes) -> Flags:
        """The modules that these codewords make, without mask; rest as `padding`."""
        dark = self.padding.copy()
        dark.reshape(-1)[self.bits] = np.unpackbits(codewords[:, None], axis=1) != 0
        return dark


def padded(blocks: list[list[int]]) -> NDArray[np.intp]:
    """`Placement.block_index` of blocks of codeword indices."""
    longest = max(len(block) for block in blocks)
    index = np.full((len(blocks), longest), -1, np.intp)
    for row, block in zip(index, blocks, strict=True):
        row[longest - len(block) :] = block
    return index


def locked(layout: Layout) -> Layout:
    """The same layout, its arrays read-only, because it is shared by all symbols."""
    for array in (layout.part, layout.codeword, layout.is_dark):
        array.flags.writeable = False
    return layout
