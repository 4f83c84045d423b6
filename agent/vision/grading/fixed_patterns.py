"""Damage to the patterns a reader finds a symbol by, overlaid with modulation.

ISO/IEC 15415, 7.8.5: at each level of modulation the modules below it count as
damaged; a segment's grade is the best over all levels of the lower of the level and
the grade of the damage. Source: ISO/IEC 16022:2006/Cor.1:2008, M.1.2.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.grading.grade import Method
from agent.vision.grading.matrix_reflectance import Reflectances, whole_symbol
from agent.vision.grading.scale import (
    MODULATION,
    Scale,
    grade_of,
    grades,
    overlay_levels,
)
from agent.vision.symbols.symbol import Flags, Part, Reals, SampledSymbol

# Rows and columns of a segment, in the shape of `Modules.grade`.
Place = tuple[int | slice, int | slice]

# Of any five neighbours in a clock track no more than two may be damaged.
_NEIGHBOURS: Final = 5
_DAMAGED_NEIGHBOURS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """`share`: of all modules that fixed patterns and their quiet zones are made of,
    how many are on the wrong side of the threshold. `segments`: grade of each part."""

    grade: float
    share: float
    segments: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modules:
    """Every module of symbol and quiet zone, judged: shape as the reflectance.

    `grade`: by its modulation, 0 on the wrong side, NaN outside the picture.
    `seen_dark`: side of the threshold.
    """

    grade: Reals
    seen_dark: Flags
    wrong: Flags
    quiet: int
    method: Method


def judged(symbol: SampledSymbol, between: Reflectances, method: Method) -> Modules:
    """Judges all modules; without a decoded text data modules are never wrong."""
    modulation = between.modulation(symbol.reflectance)
    seen_dark = symbol.reflectance < between.threshold
    wrong = (seen_dark != _wanted(symbol, seen_dark)) & ~np.isnan(symbol.reflectance)
    graded = overlay_levels(method, grades(method, MODULATION, modulation))
    graded = np.where(np.isnan(symbol.reflectance), np.nan, graded)
    return Modules(
        grade=np.where(wrong, 0.0, graded),
        seen_dark=seen_dark,
        wrong=wrong,
        quiet=symbol.layout.quiet_modules,
        method=method,
    )


def _wanted(symbol: SampledSymbol, seen_dark: Flags) -> Flags:
    wanted = whole_symbol(symbol)
    if wanted is not None:
        return wanted
    quiet = symbol.layout.quiet_modules
    wanted = np.full(symbol.reflectance.shape, symbol.is_light_on_dark)
    inner = (slice(quiet, -quiet), slice(quiet, -quiet))
    part = symbol.layout.part
    is_fixed = (part == Part.FINDER) | (part == Part.CLOCK) | (part == Part.ALIGNMENT)
    fixed = symbol.layout.is_dark ^ symbol.is_light_on_dark
    wanted[inner] = np.where(is_fixed, fixed, seen_dark[inner])
    return wanted


def share_of(damaged: Flags) -> float:
    """How many of the modules are damaged, as a share."""
    return float(damaged.mean())


def count_of(damaged: Flags) -> float:
    """How many modules are damaged."""
    return float(damaged.sum())


def segment_grade(
    module_grades: Reals,
    scale: Scale,
    method: Method,
    measure: Callable[[Flags], float] = share_of,
) -> float | None:
    """The best grade of a segment over all levels of modulation.

    `module_grades` of any shape; rows past the first axis belong together. None: no
    module of it is in the picture.
    """
    seen = module_grades[~np.isnan(module_grades)]
    if seen.size == 0:
        return None
    best = 0.0
    for level in np.unique(seen[seen > 0]).tolist():
        damaged = module_grades < level
        if measure is share_of:
            damaged = seen < level
        best = max(best, min(level, grade_of(method, scale, measure(damaged))))
    return best


def is_regular(damaged: Flags) -> bool:
    """No more than two of any five neighbours of a clock track are damaged.

    ISO/IEC 16022, annex M, and ISO/IEC 18004, annex on print quality; "pass/fail" in
    barcode-test.com, "Fixed Pattern Damage".
    """
    width = min(_NEIGHBOURS, damaged.size)
    near = np.lib.stride_tricks.sliding_window_view(damaged, width).sum(axis=1)
    return bool(near.max() <= _DAMAGED_NEIGHBOURS)


def clock_grade(module_grades: Reals, scale: Scale, method: Method) -> float | None:
    """As `segment_grade`, 0 at every level at which the track is irregular."""

    def measure(damaged: Flags) -> float:
        return float(damaged.mean()) if is_regular(damaged) else np.inf

    return segment_grade(module_grades, scale, method, measure)


def lowest(parts: Iterable[float | None]) -> float | None:
    """The lowest of the grades there are."""
    return min((part for part in parts if part is not None), default=None)


def damage_of(
    segments: Mapping[str, float | None], others: Iterable[float], wrong: Flags
) -> Damage:
    """The lowest of all; `wrong` of the modules that belong to the patterns."""
    known = {name: grade for name, grade in segments.items() if grade is not None}
    return Damage(
        grade=min((*known.values(), *others)),
        share=float(wrong.mean()),
        segments=known,
    )
