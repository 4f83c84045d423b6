"""Direct part marks: ISO/IEC 29158 (AIM DPM), as far as public facts reach.

Source of all: Cognex, "ISO 29158 (AIM-DPM) Grading Parameters" and DataMan 475 manual.
Left out because no public page says how: the tenths of edition 2020 and its graded
minimum reflectance (edition 2011 is followed), and the search for an aperture.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from agent.vision.grading.fixed_patterns import judged
from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.vision.grading.matrix import (
    assembled,
    in_symbol,
    overlaid,
    parameter,
    shared_parameters,
)
from agent.vision.grading.matrix_correction import overlay_grade
from agent.vision.grading.matrix_geometry import print_growth
from agent.vision.grading.matrix_reflectance import Reflectances, best_threshold
from agent.vision.grading.scale import CELL_CONTRAST
from agent.vision.symbols.symbol import Reals, SampledSymbol

# Both are tried, the better grade counts.
APERTURES: Final = (0.5, 0.8)
LEAST_REFLECTANCE: Final = 0.05
# Where the mean of the light modules should lie, as a share of the camera's white.
BRIGHTNESS: Final = (0.70, 0.86)


@dataclass(frozen=True, slots=True)
class Brightness:
    """`light`: mean of the light modules as a share of the camera's white.

    `exposure`: by what to multiply exposure or gain to bring it amid the band.
    """

    light: float

    @property
    def is_right(self) -> bool:
        """Within the band the method asks for."""
        return BRIGHTNESS[0] <= self.light <= BRIGHTNESS[1]

    @property
    def exposure(self) -> float:
        """1 where nothing needs to change."""
        return 1.0 if self.is_right else sum(BRIGHTNESS) / 2 / max(self.light, 1e-3)


def groups(reflectance: Reals) -> Reflectances:
    """Mean dark and mean light, parted by the threshold from the histogram."""
    threshold = best_threshold(reflectance)
    seen = reflectance[~np.isnan(reflectance)]
    dark, light = seen[seen < threshold], seen[seen >= threshold]
    return Reflectances(
        dark=float(dark.mean()) if dark.size else threshold,
        light=float(light.mean()) if light.size else threshold,
        threshold=threshold,
    )


def brightness(grade: PrintGrade) -> Brightness | None:
    """How bright the picture of a direct mark is.

    None for another method, and where a card gave the reflectance: then it is not told
    how the camera saw it.
    """
    if grade.method is not Method.ISO_29158 or grade.is_calibrated:
        return None
    light = grade.value(ParameterName.MINIMUM_REFLECTANCE)
    return None if light is None else Brightness(light)


def cell_contrast(between: Reflectances) -> float:
    """Mean light less mean dark, over mean light."""
    return between.contrast / between.light if between.light > 0 else 0.0


def grade_direct_mark(
    symbol: SampledSymbol, *, is_calibrated: bool = False
) -> PrintGrade:
    """Grades with the aperture `symbol` was sampled with.

    Minimum reflectance is that of the light modules; it passes at 5 %, and is told
    without a grade where no reference card gave the reflectance. Raises NotGradable
    where modules of the symbol itself lie outside the picture.
    """
    method = Method.ISO_29158
    whole = in_symbol(symbol)
    between = groups(symbol.reflectance)
    modulation = overlay_grade(symbol.layout, between.modulation(whole), method)
    modules = judged(symbol, between, method)
    parameters = [
        parameter(
            method, ParameterName.CELL_CONTRAST, CELL_CONTRAST, cell_contrast(between)
        ),
        overlaid(ParameterName.MODULATION, modulation),
        *shared_parameters(symbol, modules),
        Parameter(
            name=ParameterName.MINIMUM_REFLECTANCE,
            value=between.light,
            grade=_passes(between.light) if is_calibrated else None,
        ),
        Parameter(
            name=ParameterName.PRINT_GROWTH,
            value=print_growth(symbol.growth),
            grade=None,
        ),
    ]
    return assembled(symbol, method, parameters, is_calibrated=is_calibrated)


def _passes(light: float) -> float:
    return 4.0 if light >= LEAST_REFLECTANCE else 0.0
