"""Fixed patterns, format and version information of QR symbols.

Segments and limits after ISO/IEC 18004, annex on symbol print quality. Their names are
public (Common Vision Blox `GradeResultQr`: A1, A2, A3, B1, B2, C; Cognex "ISO 18004 QR
Code Grading Parameters"); no public page was found that prints the limits.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.grading.fixed_patterns import (
    Damage,
    Modules,
    Place,
    clock_grade,
    count_of,
    damage_of,
    segment_grade,
)
from agent.vision.grading.grade import Method
from agent.vision.grading.scale import QR_ALIGNMENT, QR_MODULES, QR_TIMING
from agent.vision.symbols.layout_qr import TIMING, format_places, version_places
from agent.vision.symbols.layout_qr_tables import alignment_centres
from agent.vision.symbols.symbol import Flags, Reals

_FINDER: Final = 8  # finder pattern and separator
_ALIGNMENT_REACH: Final = 2  # modules around the centre of an alignment pattern


def qr_damage(modules: Modules) -> Damage:
    """Fixed pattern damage of a QR symbol: the lowest of its segments.

    A1, A2, A3: a finder pattern with its separator and the quiet zone beside it, by
    damaged modules; B1, B2: a timing pattern, by share; C: alignment patterns, by the
    share of them that have any damage.
    """
    grade, quiet, method = modules.grade, modules.quiet, modules.method
    reach, side = quiet + _FINDER, grade.shape[0] - 2 * quiet
    near, far = slice(None, reach), slice(-reach, None)
    between, at = slice(reach, -reach), quiet + TIMING
    corners: dict[str, Place] = {
        "A1": (near, near),
        "A2": (near, far),
        "A3": (far, near),
    }
    tracks: dict[str, Place] = {"B1": (at, between), "B2": (between, at)}
    parts: dict[str, float | None] = {
        name: segment_grade(grade[where], QR_MODULES, method, count_of)
        for name, where in corners.items()
    }
    for name, track in tracks.items():
        parts[name] = clock_grade(grade[track], QR_TIMING, method)
    spots = _alignment_patterns(side, quiet)
    if spots.size:
        held = grade.reshape(-1)[spots]
        parts["C"] = segment_grade(held, QR_ALIGNMENT, method, _patterns_hit)
    belongs = np.zeros(grade.shape, np.bool_)
    for where in (*corners.values(), *tracks.values()):
        belongs[where] = True
    belongs.reshape(-1)[spots] = True
    seen = belongs & ~np.isnan(grade)
    return damage_of(parts, (), modules.wrong[seen])


def _patterns_hit(damaged: Flags) -> float:
    return float(damaged.any(axis=1).mean())


def _alignment_patterns(side: int, quiet: int) -> NDArray[np.intp]:
    """Modules of each alignment pattern, as index into the flattened symbol with quiet
    zone: shape (patterns, 25)."""
    span = np.arange(-_ALIGNMENT_REACH, _ALIGNMENT_REACH + 1)
    edge = _FINDER
    found = []
    centres = alignment_centres((side - 17) // 4)
    for row in centres:
        for column in centres:
            at_left, at_top = column < edge, row < edge
            at_right, at_bottom = column >= side - edge, row >= side - edge
            if (at_left and (at_top or at_bottom)) or (at_right and at_top):
                continue
            rows, columns = row + quiet + span, column + quiet + span
            found.append((rows[:, None] * (side + 2 * quiet) + columns).reshape(-1))
    return np.array(found, dtype=np.intp).reshape(-1, span.size**2)


def format_grade(modules: Modules) -> tuple[float, float]:
    """Grade of the format information and wrong modules of its better copy."""
    side = modules.grade.shape[0] - 2 * modules.quiet
    return _information(modules, format_places(side))


def version_grade(modules: Modules) -> tuple[float, float] | None:
    """The same of the version information; None below version 7."""
    side = modules.grade.shape[0] - 2 * modules.quiet
    if (side - 17) // 4 < 7:
        return None
    return _information(modules, version_places(side))


def _information(
    modules: Modules, copies: tuple[NDArray[np.intp], ...]
) -> tuple[float, float]:
    """The mean of both copies' grades, each by its damaged modules: up to three can be
    put right. In whole steps the mean is rounded up."""
    found, wrong = [], []
    for copy in copies:
        rows, columns = copy[:, 0] + modules.quiet, copy[:, 1] + modules.quiet
        held: Reals = modules.grade[rows, columns]
        part = segment_grade(held, QR_MODULES, modules.method, count_of)
        found.append(0.0 if part is None else part)
        wrong.append(float(modules.wrong[rows, columns].sum()))
    mean = float(np.mean(found))
    whole = modules.method is not Method.ISO_15415_2024
    return float(np.ceil(mean)) if whole else mean, min(wrong)
