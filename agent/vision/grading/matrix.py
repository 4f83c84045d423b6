"""The grade of a two-dimensional symbol: ISO/IEC 15415, editions 2011 and 2024.

Each figure has its own function with its source; here they are put together. The grade
of the print is the lowest of its parameters.
"""

from collections.abc import Iterator

import numpy as np

from agent.vision.grading.fixed_patterns import Damage, Modules, judged
from agent.vision.grading.fixed_patterns_data_matrix import data_matrix_damage
from agent.vision.grading.fixed_patterns_qr import (
    format_grade,
    qr_damage,
    version_grade,
)
from agent.vision.grading.grade import Method, Parameter, ParameterName, PrintGrade
from agent.vision.grading.matrix_correction import (
    Overlay,
    overlay_grade,
    unused_error_correction,
)
from agent.vision.grading.matrix_geometry import (
    axial_nonuniformity,
    grid_nonuniformity,
    print_growth,
)
from agent.vision.grading.matrix_reflectance import ends, extremes
from agent.vision.grading.profile import profile_of
from agent.vision.grading.scale import (
    AXIAL_NONUNIFORMITY,
    GRID_NONUNIFORMITY,
    PRINT_GROWTH,
    SYMBOL_CONTRAST,
    UNUSED_ERROR_CORRECTION,
    Scale,
    grade_of,
)
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.symbol import Reals, SampledSymbol


def grade_matrix(
    symbol: SampledSymbol, method: Method, *, is_calibrated: bool = False
) -> PrintGrade:
    """Grades by one of the two editions of ISO/IEC 15415.

    A symbol that could not be decoded gets the parameters that need no text, and 0.
    Raises NotGradable where modules of the symbol itself lie outside the picture,
    ValueError for another method.
    """
    if method not in {Method.ISO_15415_2011, Method.ISO_15415_2024}:
        raise ValueError(f"{method} does not grade two-dimensional printed symbols")
    whole = in_symbol(symbol)
    is_new = method is Method.ISO_15415_2024
    between = ends(symbol) if is_new else extremes(symbol.reflectance)
    modules = judged(symbol, between, method)
    parameters = [
        parameter(
            method, ParameterName.SYMBOL_CONTRAST, SYMBOL_CONTRAST, between.contrast
        ),
        *_modulation(symbol, between.modulation(whole), modules),
        *shared_parameters(symbol, modules),
        _growth(symbol, method),
    ]
    return assembled(symbol, method, parameters, is_calibrated=is_calibrated)


def in_symbol(symbol: SampledSymbol) -> Reals:
    """Reflectance without the quiet zone. NotGradable where some is missing."""
    quiet = symbol.layout.quiet_modules
    whole = symbol.reflectance[quiet:-quiet, quiet:-quiet]
    missing = int(np.isnan(whole).sum())
    if missing:
        raise NotGradable(
            f"{missing} modules of the symbol lie outside the picture: "
            "show the whole symbol with its quiet zone"
        )
    return whole


def parameter(
    method: Method, name: ParameterName, scale: Scale, value: float
) -> Parameter:
    """A value with its grade by a method."""
    return Parameter(name=name, value=value, grade=grade_of(method, scale, value))


def assembled(
    symbol: SampledSymbol,
    method: Method,
    parameters: list[Parameter],
    *,
    is_calibrated: bool,
) -> PrintGrade:
    """The lowest parameter makes the grade; no text, no grade."""
    is_decoded = symbol.is_dark is not None
    decode = Parameter(
        name=ParameterName.DECODE,
        value=float(is_decoded),
        grade=4.0 if is_decoded else 0.0,
    )
    all_ = (decode, *parameters)
    return PrintGrade(
        method=method,
        grade=min(each.grade for each in all_ if each.grade is not None),
        parameters=all_,
        aperture_modules=symbol.aperture_modules,
        is_calibrated=is_calibrated,
        profile=profile_of(symbol),
    )


def shared_parameters(symbol: SampledSymbol, modules: Modules) -> Iterator[Parameter]:
    """What ISO/IEC 29158 takes over: damage, shape, error correction, QR's own.

    Values: fixed pattern damage is the share of their modules on the wrong side;
    format and version information are wrong modules of the better copy.
    """
    method = modules.method
    damage = damage_in(symbol, modules)
    yield Parameter(
        name=ParameterName.FIXED_PATTERN_DAMAGE, value=damage.share, grade=damage.grade
    )
    yield parameter(
        method,
        ParameterName.AXIAL_NONUNIFORMITY,
        AXIAL_NONUNIFORMITY,
        axial_nonuniformity(symbol.pitch_px),
    )
    yield parameter(
        method,
        ParameterName.GRID_NONUNIFORMITY,
        GRID_NONUNIFORMITY,
        grid_nonuniformity(symbol),
    )
    if symbol.is_dark is None:
        return
    yield parameter(
        method,
        ParameterName.UNUSED_ERROR_CORRECTION,
        UNUSED_ERROR_CORRECTION,
        unused_error_correction(symbol.layout.blocks, symbol.wrong_codewords),
    )
    if symbol.layout.is_qr:
        yield from _information(modules)


def damage_in(symbol: SampledSymbol, modules: Modules) -> Damage:
    """Fixed pattern damage with the grade of each segment."""
    return (qr_damage if symbol.layout.is_qr else data_matrix_damage)(modules)


def _information(modules: Modules) -> Iterator[Parameter]:
    grade, wrong = format_grade(modules)
    yield Parameter(name=ParameterName.FORMAT_INFORMATION, value=wrong, grade=grade)
    version = version_grade(modules)
    if version is not None:
        grade, wrong = version
        yield Parameter(
            name=ParameterName.VERSION_INFORMATION, value=wrong, grade=grade
        )


def _modulation(
    symbol: SampledSymbol, modulation: Reals, modules: Modules
) -> Iterator[Parameter]:
    """Modulation and reflectance margin; one parameter since 2024 (ibetter.com).

    Reflectance margin: a module on the wrong side of the threshold has none. Source:
    Cognex DataMan 475 manual, "RM"; Beckhoff TwinCAT Vision, grading pages.
    """
    quiet, method = modules.quiet, modules.method
    wrong = modules.wrong[quiet:-quiet, quiet:-quiet]
    margin = overlay_grade(symbol.layout, np.where(wrong, 0.0, modulation), method)
    if method is Method.ISO_15415_2024:
        yield overlaid(ParameterName.MODULATION, margin)
        return
    yield overlaid(
        ParameterName.MODULATION, overlay_grade(symbol.layout, modulation, method)
    )
    if symbol.is_dark is not None:
        yield overlaid(ParameterName.REFLECTANCE_MARGIN, margin)


def overlaid(name: ParameterName, found: Overlay) -> Parameter:
    """A parameter that error correction was laid over."""
    return Parameter(name=name, value=found.value, grade=found.grade)


def _growth(symbol: SampledSymbol, method: Method) -> Parameter:
    """Told only before 2024, graded since; growth and loss count alike."""
    growth = print_growth(symbol.growth)
    grade = None
    if method is Method.ISO_15415_2024:
        grade = grade_of(method, PRINT_GROWTH, abs(growth))
    return Parameter(name=ParameterName.PRINT_GROWTH, value=growth, grade=grade)
