"""The grade of a print: a figure per parameter, and the words it is written in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent.vision.grading.profile import PrintProfile


class Method(StrEnum):
    """By which standard, and which edition of it, a symbol is graded."""

    ISO_15415_2011 = "iso15415_2011"
    ISO_15415_2024 = "iso15415_2024"
    ISO_15416_2000 = "iso15416_2000"
    ISO_15416_2016 = "iso15416_2016"
    ISO_29158 = "iso29158"


class ParameterName(StrEnum):
    """What is measured; the same word in files, charts and on the screen."""

    DECODE = "decode"
    SYMBOL_CONTRAST = "symbol_contrast"
    CELL_CONTRAST = "cell_contrast"
    MODULATION = "modulation"
    REFLECTANCE_MARGIN = "reflectance_margin"
    AXIAL_NONUNIFORMITY = "axial_nonuniformity"
    GRID_NONUNIFORMITY = "grid_nonuniformity"
    UNUSED_ERROR_CORRECTION = "unused_error_correction"
    FIXED_PATTERN_DAMAGE = "fixed_pattern_damage"
    FORMAT_INFORMATION = "format_information"
    VERSION_INFORMATION = "version_information"
    PRINT_GROWTH = "print_growth"
    MINIMUM_REFLECTANCE = "minimum_reflectance"
    EDGE_DETERMINATION = "edge_determination"
    EDGE_CONTRAST = "edge_contrast"
    DEFECTS = "defects"
    DECODABILITY = "decodability"
    QUIET_ZONE = "quiet_zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: what was measured, and its grade from 0 (F) to 4 (A).

    `value` is a share (0.55 for 55 %) unless the parameter's function says otherwise;
    `grade` None: measured and told, not graded (print growth before 2024).
    """

    name: ParameterName
    value: float
    grade: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintGrade:
    """The grade of one print of one symbol; the lowest parameter makes it.

    An *in-process* grade: a line camera knows neither its aperture nor the angle of
    its light as the standard wants them. `aperture_modules` is the width averaged
    around a module's centre. `is_calibrated`: a reference card gave the reflectance;
    otherwise contrast is against the camera's own black and white. `profile` tells
    trends where a print is weak; None where nothing was told.
    """

    method: Method
    grade: float
    parameters: tuple[Parameter, ...]
    aperture_modules: float
    is_calibrated: bool = False
    profile: PrintProfile | None = None

    @property
    def letter(self) -> str:
        """A to F."""
        return letter(self.grade)

    def value(self, name: ParameterName) -> float | None:
        """What was measured, None where the method has no such parameter."""
        return next((p.value for p in self.parameters if p.name is name), None)


# A is 3.5 and more, and so on down (GS1 General Specifications, print quality).
_LETTERS: Final = ((3.5, "A"), (2.5, "B"), (1.5, "C"), (0.5, "D"))


def letter(grade: float) -> str:
    """The letter of a grade from 0 to 4."""
    return next((name for least, name in _LETTERS if grade >= least), "F")
