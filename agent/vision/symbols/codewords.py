"""What a sampled matrix was meant to be, and how many of its codewords are wrong."""

from dataclasses import dataclass

import numpy as np

from agent.vision.symbols.galois import corrected, syndromes
from agent.vision.symbols.information import (
    Information,
    format_information,
    version_information,
)
from agent.vision.symbols.layout_data_matrix import data_matrix_placement
from agent.vision.symbols.layout_qr import (
    format_places,
    qr_mask,
    qr_placement,
    version_places,
)
from agent.vision.symbols.placement import Placement
from agent.vision.symbols.symbol import Flags, Layout, Part

UNDECODABLE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A matrix after error correction; the fields are those of `SampledSymbol`.

    `is_dark` None: some block has more errors than can be corrected; its
    `wrong_codewords` is -1, those of other blocks are counted.
    """

    layout: Layout
    is_dark: Flags | None
    wrong_codewords: tuple[int, ...]
    format_errors: tuple[int, ...] | None = None
    version_errors: tuple[int, ...] | None = None


def correct_data_matrix(dark: Flags) -> Corrected:
    """`dark`: sampled modules, shape (rows, columns). ValueError: no such size."""
    placement = data_matrix_placement(*dark.shape)
    meant, wrong = _correct(placement, dark)
    if meant is not None:
        meant = _with_fixed(placement.layout, meant)
    return Corrected(layout=placement.layout, is_dark=meant, wrong_codewords=wrong)


def correct_qr(dark: Flags, level: str | None = None) -> Corrected:
    """`dark`: sampled modules of a QR Model 2 symbol; `level` where it is known."""
    version = (len(dark) - 17) // 4
    formats = format_information(dark, level)
    versions = version_information(dark, version)
    placement = qr_placement(version, formats.level)
    mask = qr_mask(version, formats.mask)
    meant, wrong = _correct(placement, dark ^ mask)
    if meant is not None:
        meant = _with_fixed(placement.layout, meant ^ mask)
        _write_information(meant, formats, versions)
    return Corrected(
        layout=placement.layout,
        is_dark=meant,
        wrong_codewords=wrong,
        format_errors=formats.errors,
        version_errors=None if versions is None else versions.errors,
    )


def _correct(placement: Placement, dark: Flags) -> tuple[Flags | None, tuple[int, ...]]:
    """Data modules after correction (without mask), and wrong codewords by block."""
    read = placement.codewords(dark)
    index = placement.block_index
    blocks = np.where(index >= 0, read[index], np.uint8(0))
    found = syndromes(placement.field, blocks, placement.parity)
    wrong = [0] * len(blocks)
    for number in np.flatnonzero(found.any(axis=1)).tolist():
        # The zeros on the left of a short block are not there to be wrong.
        start = int((index[number] < 0).sum())
        block = blocks[number, start:]
        right = corrected(placement.field, block, found[number])
        if right is None or not _allowed(placement.layout, number, right, block):
            wrong[number] = UNDECODABLE
            continue
        wrong[number] = int((right != block).sum())
        read[index[number, start:]] = right
    if UNDECODABLE in wrong:
        return None, tuple(wrong)
    return placement.matrix(read), tuple(wrong)


def _allowed(layout: Layout, number: int, right: np.ndarray, block: np.ndarray) -> bool:
    """Whether so many errors may be corrected, misdecode protection kept."""
    return 2 * int((right != block).sum()) <= layout.blocks[number].capacity


def _with_fixed(layout: Layout, meant: Flags) -> Flags:
    return np.where(layout.part == Part.DATA, meant, layout.is_dark)


def _write_information(
    meant: Flags, formats: Information, versions: Information | None
) -> None:
    side = len(meant)
    for copy in format_places(side):
        meant[copy[:, 0], copy[:, 1]] = formats.bits
    if versions is not None:
        for copy in version_places(side):
            meant[copy[:, 0], copy[:, 1]] = versions.bits
