"""From a measured value to a grade: the steps of ISO/IEC 15416.

Tables and rounding: GS1 General Specifications, bar code production and quality
assessment; axicon.com "Fractional grading" for both editions; barcode-test.com "ISO
committee releases barcode verifier grading update". Percentages are rounded to whole
ones first, in both editions.
"""

from typing import Final

import numpy as np

from agent.vision.grading.grade import Method, ParameterName

# Percentages and the grades from which they are reached. The lowest step of each is
# the edition of 2016's alone: below 1 it goes on to 0.
_Steps = tuple[tuple[int, ...], tuple[float, ...]]
_GRADES: Final = (0.0, 1.0, 2.0, 3.0, 4.0)
_STEPS: Final[dict[ParameterName, _Steps]] = {
    ParameterName.SYMBOL_CONTRAST: ((15, 20, 40, 55, 70), _GRADES),
    ParameterName.MODULATION: ((30, 40, 50, 60, 70), _GRADES),
    ParameterName.DECODABILITY: ((20, 25, 37, 50, 62), _GRADES),
    ParameterName.DEFECTS: ((15, 20, 25, 30), (4.0, 3.0, 2.0, 1.0)),
}
_MOST_DEFECTS: Final = 30
_PASSED: Final = 100
_LEAST_EDGE_CONTRAST: Final = 15
_BEST: Final = 4.0


def grade_of(name: ParameterName, value: float, method: Method) -> float:
    """Grade 0 to 4 of a value between 0 and 1.

    The edition of 2016 interpolates between the steps to one decimal; that of 2000
    (`Method.ISO_15416_2000`) knows whole grades.
    """
    percent = np.floor(100 * value + 0.5 + 1e-9)
    if name is ParameterName.MINIMUM_REFLECTANCE:
        return _BEST if value <= 0.5 else 0.0
    if name is ParameterName.DEFECTS and percent > _MOST_DEFECTS:
        return 0.0
    if name not in _STEPS:
        is_contrast = name is ParameterName.EDGE_CONTRAST
        least = _LEAST_EDGE_CONTRAST if is_contrast else _PASSED
        return _BEST if percent >= least else 0.0
    grade = float(np.interp(percent, *_STEPS[name]))
    if method is Method.ISO_15416_2000:
        return float(np.floor(grade + 1e-9))
    return tenth(grade)


def tenth(grade: float) -> float:
    """Rounded to one decimal, halves up."""
    return float(np.floor(10 * grade + 0.5 + 1e-9) / 10)
