"""Grades a bar code in a picture, after ISO/IEC 15416."""

from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

import numpy as np

from agent.vision.decoded import Decoded
from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.vision.grading.linear import measures
from agent.vision.grading.linear.elements import Elements, elements_of
from agent.vision.grading.linear.extent import sides
from agent.vision.grading.linear.find import Found, find
from agent.vision.grading.linear.frame import frame_of
from agent.vision.grading.linear.growth import growth_of
from agent.vision.grading.linear.profiles import scan
from agent.vision.grading.linear.steps import grade_of, tenth
from agent.vision.grading.linear.symbologies import RULES, Rules, agrees
from agent.vision.grading.profile import PrintProfile
from agent.vision.region import Image, to_grey
from agent.vision.symbols.not_gradable import NotGradable

_Name = ParameterName
_METHODS: Final = {Method.ISO_15416_2000, Method.ISO_15416_2016}
_LEAST_X_PX: Final = 1.5
# What rounds to all of a quiet zone.
_WHOLE: Final = 0.995


def grade_linear(
    image: Image,
    code: Decoded,
    *,
    method: Method = Method.ISO_15416_2016,
    scale: tuple[float, float] = (0.0, 255.0),
    is_calibrated: bool = False,
) -> PrintGrade:
    """The grade of the bar code `code` in the picture it was read in.

    Ten scan reflectance profiles across the middle 80 % of the bars; each has the grade
    of its lowest parameter and the symbol the mean of the ten. A parameter in the
    result has the mean of the ten values and the mean of the ten grades, so the symbol
    may be below its lowest parameter. `scale`: the grey values of reflectance 0 and 1.

    Print growth (how much wider bars are than they should be, in X) is told, not
    graded; so is the quiet zone where the picture ends inside it. Raises NotGradable
    with the reason where the picture does not show the symbol well enough, ValueError
    for a symbology or method that has nothing to do with bar codes.
    """
    rules = RULES.get(code.symbology)
    if rules is None or method not in _METHODS:
        raise ValueError(
            f"{code.symbology} by {method}: only bar codes are graded here, by "
            f"{' or '.join(sorted(_METHODS))}"
        )
    if scale[1] <= scale[0]:
        raise ValueError(f"scale {scale}: white must be above black")
    picture = to_grey(image)
    corners = np.array(code.corners, dtype=np.float64)
    if not np.isfinite(corners).all():
        raise NotGradable(f"{code.decoder} did not tell where the symbol is")
    frame = frame_of(picture, corners)
    found = find(picture, frame, corners, rules, code.payload)
    if found.x_px < _LEAST_X_PX and found.elements is None:
        raise NotGradable(
            "no scan line across the bars can be decoded, and where the symbol ends is "
            "not known: show it larger and sharper"
        )
    if found.x_px < _LEAST_X_PX:
        raise NotGradable(
            f"a module is {found.x_px:.2f} pixels wide: at least {_LEAST_X_PX} are "
            "needed, 3 or more are better; move the camera nearer"
        )
    scans = scan(picture, found, sides(picture, found), rules.quiet, scale)
    if found.is_inverted:
        scans = replace(scans, reflectance=1 - scans.reflectance)
    elements = [
        elements_of(scans, row, rules.quiet, found.elements)
        for row in range(len(scans.reflectance))
    ]
    profiles = [_profile(each, found, rules, code.payload) for each in elements]
    grade, parameters = _grade(profiles, method)
    return PrintGrade(
        method=method,
        grade=grade,
        parameters=parameters,
        aperture_modules=scans.aperture_x,
        is_calibrated=is_calibrated,
        profile=_light_and_dark(elements, is_inverted=found.is_inverted),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """`values`: what was measured, None where the picture does not tell; `ungraded`:
    what it tells too little of to judge."""

    values: dict[ParameterName, float | None]
    ungraded: frozenset[ParameterName]
    growth: float | None


def _profile(
    elements: Elements, found: Found, rules: Rules, payload: bytes
) -> _Profile:
    widths = elements.widths
    reading = rules.read(widths)
    if reading is not None and not agrees(reading, payload):
        reading = None
    quiet = measures.quiet_zone(elements)
    # One zone is free, the other ends with the picture: it may pass or fail.
    is_open = None in elements.quiet and (quiet is None or quiet >= _WHOLE)
    count = found.elements or rules.length(widths, len(payload))
    return _Profile(
        values={
            _Name.DECODE: float(reading is not None),
            _Name.SYMBOL_CONTRAST: measures.symbol_contrast(elements),
            _Name.MINIMUM_REFLECTANCE: measures.minimum_reflectance(
                elements, is_inverted=found.is_inverted
            ),
            _Name.EDGE_DETERMINATION: float(len(widths) > 0 and len(widths) == count),
            _Name.EDGE_CONTRAST: measures.edge_contrast(elements),
            _Name.MODULATION: measures.modulation(elements),
            _Name.DEFECTS: measures.defects(elements),
            _Name.DECODABILITY: 0.0 if reading is None else reading.decodability,
            _Name.QUIET_ZONE: quiet,
        },
        ungraded=frozenset({_Name.QUIET_ZONE} if is_open else ()),
        growth=None if reading is None else growth_of(elements.inked, reading.ideal),
    )


def _grade(
    profiles: list[_Profile], method: Method
) -> tuple[float, tuple[Parameter, ...]]:
    """The symbol's grade and its parameters."""
    grades = [
        {
            name: grade_of(name, value, method)
            for name, value in each.values.items()
            if value is not None and name not in each.ungraded
        }
        for each in profiles
    ]
    parameters = []
    for name in profiles[0].values:
        values = [v for each in profiles if (v := each.values[name]) is not None]
        if values:
            graded = [each.get(name) for each in grades]
            known = [grade for grade in graded if grade is not None]
            mean = tenth(fmean(known)) if len(known) == len(graded) else None
            parameters.append(Parameter(name=name, value=fmean(values), grade=mean))
    growths = [each.growth for each in profiles if each.growth is not None]
    if growths:
        growth = Parameter(name=_Name.PRINT_GROWTH, value=fmean(growths), grade=None)
        parameters.append(growth)
    return tenth(fmean(min(each.values()) for each in grades)), tuple(parameters)


def _light_and_dark(rows: list[Elements], *, is_inverted: bool) -> PrintProfile | None:
    """Reflectance of spaces and of bars as printed: what tells lamp from ink."""
    found = [each.levels for each in rows if len(each.levels)]
    if not found:
        return None
    spaces, bars = (
        float(np.median(np.concatenate([each[kind::2] for each in found])))
        for kind in (0, 1)
    )
    if is_inverted:
        spaces, bars = 1 - spaces, 1 - bars
    return PrintProfile(light=max(spaces, bars), dark=min(spaces, bars))
