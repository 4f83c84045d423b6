"""Fixed patterns of Data Matrix symbols: ISO/IEC 16022, annex M.

Sources: ISO/IEC 16022:2006/Cor.1:2008 (overlay, several data regions); the limits as
GS1's 2D verification guideline and open implementations print them; Cognex VisionPro
metrics for the average grade; barcode-test.com, "Fixed Pattern Damage", for clock track
regularity and transition ratio.
"""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from agent.vision.grading.fixed_patterns import (
    Damage,
    Modules,
    Place,
    clock_grade,
    damage_of,
    lowest,
    segment_grade,
)
from agent.vision.grading.scale import (
    AVERAGE_GRADE,
    CLOCK_SIDE,
    SOLID_SIDE,
    TRANSITION_RATIO,
    grade_of,
)
from agent.vision.symbols.layout_data_matrix import SIZES
from agent.vision.symbols.symbol import Flags


def data_matrix_damage(modules: Modules) -> Damage:
    """The lowest of the five segments and of their average grade.

    L1, L2: the sides of the L; QZL1, QZL2: the quiet zone beside them, its corner to
    both; CLOCK: clock tracks with the light row beside them, and the bars between data
    regions. Where there are several regions, each one's part of a side counts alone
    too. "AG": the mean of the five, graded.
    """
    rows, columns = (n - 2 * modules.quiet for n in modules.grade.shape)
    size = SIZES[rows, columns]
    high, wide = rows // size.down, columns // size.across
    first, method = modules.quiet, modules.method
    bottom, right = first + rows - 1, first + columns - 1
    down = _spans(first, rows, high)
    across = _spans(first, columns, wide)
    down_quiet = [*down[:-1], slice(down[-1].start, bottom + 2)]
    across_quiet = [slice(first - 1, across[0].stop), *across[1:]]
    whole: dict[str, list[Place]] = {
        "L1": [(each, first) for each in (slice(first, bottom + 1), *down)],
        "L2": [(bottom, each) for each in (slice(first, right + 1), *across)],
        "QZL1": [(s, first - 1) for s in (slice(first, bottom + 2), *down_quiet)],
        "QZL2": [(bottom + 1, s) for s in (slice(first - 1, right + 1), *across_quiet)],
    }
    parts = {
        name: lowest(
            segment_grade(modules.grade[at], SOLID_SIDE, method) for at in held
        )
        for name, held in whole.items()
    }
    tracks = list(_tracks(down, across))
    parts["CLOCK"] = lowest(_track_grade(modules, *pair) for pair in tracks)
    known = [part for part in parts.values() if part is not None]
    average = grade_of(method, AVERAGE_GRADE, float(np.mean(known)))
    belongs = np.zeros(modules.grade.shape, np.bool_)
    for at in chain(*whole.values(), *tracks):
        belongs[at] = True
    seen = belongs & ~np.isnan(modules.grade)
    return damage_of(parts, (average,), modules.wrong[seen])


def _spans(first: int, length: int, region: int) -> list[slice]:
    """The data regions one after the other."""
    starts = range(first, first + length, region)
    return [slice(start, start + region) for start in starts]


def _tracks(down: list[slice], across: list[slice]) -> Iterator[tuple[Place, Place]]:
    """Clock tracks, each with the row of one colour beside it: along the top and the
    right of the symbol the quiet zone, between regions the solid bar."""
    for row in down:
        for column in across:
            yield (row.start, column), (row.start - 1, column)
            yield (row, column.stop - 1), (row, column.stop)


def _track_grade(modules: Modules, track: Place, beside: Place) -> float | None:
    """The lowest of the damage to both rows and of the transition ratio."""
    held = [
        clock_grade(modules.grade[at], CLOCK_SIDE, modules.method)
        for at in (track, beside)
    ]
    if np.isnan(modules.grade[track]).any() or np.isnan(modules.grade[beside]).any():
        return lowest(held)
    ratio = transition_ratio(modules.seen_dark[track], modules.seen_dark[beside])
    return lowest((*held, grade_of(modules.method, TRANSITION_RATIO, ratio)))


def transition_ratio(track: Flags, beside: Flags) -> float:
    """Changes of colour in the solid row, the first one free, over those of the track.

    ISO/IEC 16022, annex M: TR = max(0, Ts - 1) / Tc; infinite without any in the track.
    """
    changes = int(np.count_nonzero(track[1:] != track[:-1]))
    stray = int(np.count_nonzero(beside[1:] != beside[:-1]))
    return max(0, stray - 1) / changes if changes else np.inf
