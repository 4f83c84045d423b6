"""From what was measured to a grade from 0 to 4: thresholds, in steps or to a tenth.

The thresholds are those of ISO/IEC 15415 and of the symbologies' own standards, as
makers of verifiers print them: Cognex (DataMan 475 manual, VisionPro process control
metrics), Omron Microscan (QX Hawk manual), GS1 General Specifications.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.grading.grade import Method
from agent.vision.symbols.symbol import Reals

# So that 0.80 - 0.10 reaches the threshold 0.70 in floating point too.
_EPSILON: Final = 1e-9
_TENTHS: Final = frozenset({Method.ISO_15415_2024})


@dataclass(frozen=True, slots=True)
class Scale:
    """The values at which grades 4, 3, 2 and 1 begin; rising or falling.

    `beyond`: the threshold itself is not good enough ("below 10 %"). `zero`: where the
    tenths reach 0; None: as far below grade 1 as grade 2 is above it.
    """

    four: float
    three: float
    two: float
    one: float
    beyond: bool = False
    zero: float | None = None

    def steps(self, values: Reals) -> Reals:
        """4, 3, 2, 1 or 0: the highest grade whose threshold is reached."""
        slack = -_EPSILON if self.beyond else _EPSILON
        sign = 1.0 if self.four > self.one else -1.0
        margins = sign * (np.asarray(values)[..., None] - self._limits)
        return np.asarray((margins >= -slack).sum(axis=-1), dtype=np.float64)

    def tenths(self, values: Reals) -> Reals:
        """The grade to a tenth: straight between thresholds, cut off, not rounded.

        So 69 % where 70 % is 4.0 and 55 % is 3.0 gives 3.9. There are 41 grades, so
        tenths below 1 too; where they end is not published (see `zero`).
        """
        whole = self.steps(values)
        zero = 2 * self.one - self.two if self.zero is None else self.zero
        limits = np.append(self._limits, zero)
        low_at = np.clip(4 - whole, 1, 4).astype(np.intp)
        low, high = limits[low_at], limits[low_at - 1]
        part = np.clip((np.asarray(values) - low) / (high - low), 0, 1)
        tenths = np.minimum(np.floor(10 * part + _EPSILON), 9) / 10
        return np.asarray(np.where(whole < 4, whole + tenths, whole))

    @property
    def _limits(self) -> Reals:
        return np.array([self.four, self.three, self.two, self.one])


def grades(method: Method, scale: Scale, values: Reals) -> Reals:
    """Values to grades the method's way: whole steps, since 2024 to a tenth.

    Sources of the tenths: aidc-box.de, "Aktualisierung der Normen 2024/2025";
    barcode-test.com on the same change of ISO/IEC 15416 in 2016.
    """
    return scale.tenths(values) if method in _TENTHS else scale.steps(values)


def grade_of(method: Method, scale: Scale, value: float) -> float:
    """One value to its grade, as `grades`."""
    return float(grades(method, scale, np.asarray(value)))


def overlay_levels(method: Method, module_grades: Reals) -> Reals:
    """The grades of modules as they are laid over damage.

    ISO/IEC 29158 knows no level 2 there, so such a module is good for level 1 only:
    Cognex, "ISO 29158 (AIM-DPM) Grading Parameters", distributed damage.
    """
    if method is not Method.ISO_29158:
        return module_grades
    return np.asarray(np.where(module_grades == 2.0, 1.0, module_grades))


# ISO/IEC 15415, 7.8. The end of contrast is that of ISO/IEC 15416:2016 (axicon.com,
# "Fractional grading").
SYMBOL_CONTRAST: Final = Scale(0.70, 0.55, 0.40, 0.20, zero=0.15)
MODULATION: Final = Scale(0.50, 0.40, 0.30, 0.20)
AXIAL_NONUNIFORMITY: Final = Scale(0.06, 0.08, 0.10, 0.12)
GRID_NONUNIFORMITY: Final = Scale(0.38, 0.50, 0.63, 0.75)
UNUSED_ERROR_CORRECTION: Final = Scale(0.62, 0.50, 0.37, 0.25)
# ISO/IEC 29158: mean light less mean dark, over mean light.
CELL_CONTRAST: Final = Scale(0.30, 0.25, 0.20, 0.15)
# Growth in modules. Omron Microscan (QX Hawk) grades 0.50, 0.70, 0.85 and 1.00 of the
# way from a dark share of a half to 0.35 or 0.65 in the clock pattern, as AIM's first
# edition did; a dark share of (1 + growth) / 2 makes that 0.3 modules all the way.
PRINT_GROWTH: Final = Scale(0.15, 0.21, 0.255, 0.30)

# ISO/IEC 16022, annex M: share of damaged modules of a side of the L or its quiet zone.
SOLID_SIDE: Final = Scale(0.0, 0.09, 0.13, 0.17)
# Same: of a clock track, and of the light row beside it ("below 10 %").
CLOCK_SIDE: Final = Scale(0.10, 0.15, 0.20, 0.25, beyond=True)
# Same: transitions too many in the solid row, over those of the clock track.
TRANSITION_RATIO: Final = Scale(0.06, 0.08, 0.10, 0.12, beyond=True)
# Same: mean of the five segments.
AVERAGE_GRADE: Final = Scale(4.0, 3.5, 3.0, 2.5)

# ISO/IEC 18004, annex on symbol print quality: damaged modules of a finder pattern
# with separator and quiet zone, and of a copy of format or version information.
QR_MODULES: Final = Scale(0.0, 1.0, 2.0, 3.0)
# Same: share of damaged modules of a timing pattern.
QR_TIMING: Final = Scale(0.0, 0.07, 0.11, 0.14)
# Same: share of alignment patterns that have damage.
QR_ALIGNMENT: Final = Scale(0.0, 0.10, 0.20, 0.30)
