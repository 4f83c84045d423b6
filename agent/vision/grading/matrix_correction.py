"""Error correction in use, by damage and by weak modules: ISO/IEC 15415, 7.8.

A codeword is worth its weakest module. Where weak codewords count as damage, some
level leaves the best grade: a higher one demands more of the modules and finds more of
them wanting. That level is the grade.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.vision.grading.grade import Method
from agent.vision.grading.scale import MODULATION, UNUSED_ERROR_CORRECTION, grades
from agent.vision.symbols.symbol import Block, Layout, Reals


@dataclass(frozen=True, slots=True)
class Overlay:
    """`value`: modulation of the weakest codeword that is not given up as damaged."""

    value: float
    grade: float


def unused_error_correction(blocks: Sequence[Block], errors: Sequence[int]) -> float:
    """What is left of the worst block: 1 - 2 t / (d - p).

    `errors`: wrong codewords of each block; each takes two of its error correction
    codewords, because nobody told the decoder where it stands. Source: Omron Microscan
    QX Hawk manual, "Unused Error Correction"; Cognex VisionPro metrics.
    """
    left = [
        1 - 2 * count / block.capacity
        for block, count in zip(blocks, errors, strict=True)
    ]
    return max(0.0, min(left))


def codeword_modulation(layout: Layout, modulation: Reals) -> Reals:
    """The least modulation among the modules of each codeword.

    `modulation` has the shape of `Layout.codeword`, without quiet zone.
    """
    in_codeword = layout.codeword >= 0
    count = int(layout.codeword.max()) + 1
    weakest = np.full(count, np.inf)
    np.minimum.at(weakest, layout.codeword[in_codeword], modulation[in_codeword])
    return weakest


def overlay_grade(layout: Layout, modulation: Reals, method: Method) -> Overlay:
    """The grade of modulation with error correction allowed for.

    Source: Cognex DataMan 475 manual, "MOD and RM": the highest level at which the
    modules that do not reach it leave a notional unused error correction of that grade.
    A weak codeword counts as an error, as a wrong one does.
    """
    weakest = codeword_modulation(layout, modulation)
    blocks = [np.sort(weakest[list(block.codewords)]) for block in layout.blocks]
    levels = np.unique(weakest)
    left = np.full(levels.size, np.inf)
    for block, sorted_ in zip(layout.blocks, blocks, strict=True):
        failing = np.searchsorted(sorted_, levels, side="left")
        left = np.minimum(left, 1 - 2 * failing / block.capacity)
    found = np.minimum(
        grades(method, MODULATION, levels),
        grades(method, UNUSED_ERROR_CORRECTION, left),
    )
    best = int(np.flatnonzero(found == found.max())[-1])
    value = levels[best] if found[best] > 0 else levels[0]
    return Overlay(value=float(value), grade=float(found[best]))
