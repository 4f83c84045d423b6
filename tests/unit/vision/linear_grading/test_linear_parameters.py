"""Parameters of bar codes of known faults, and where the grades step."""

import numpy as np
import pytest

from agent.vision.grading.grade import Method, ParameterName
from agent.vision.grading.linear.grading import grade_linear
from agent.vision.grading.linear.steps import grade_of
from agent.vision.symbology import Symbology

EVERY = (Symbology.CODE_128, Symbology.EAN_13, Symbology.ITF)
# What the standard's figures may be off, at 3 pixels an X and more.
OFF = 0.03
X_PX = (3.0, 3.7, 6.0)
NAME = ParameterName


def wide_bar(widths, least=2):
    """Number and middle, in X from the first bar, of a bar inside the symbol."""
    wide = [at for at in range(0, len(widths), 2) if widths[at] >= least]
    number = wide[len(wide) // 2]
    return number, sum(widths[:number]) + widths[number] / 2


def parameter(grade, name):
    return next(each for each in grade.parameters if each.name is name)


@pytest.mark.parametrize("symbology", EVERY)
@pytest.mark.parametrize("x_px", [2.0, *X_PX])
def test_contrast_and_reflectance_are_those_of_the_print(shoot, symbology, x_px):
    for dark, light in ((0.1, 0.8), (0.05, 0.35), (0.45, 0.85)):
        shot = shoot(symbology, dark=dark, light=light, x_px=x_px)
        grade = grade_linear(shot.image, shot.code)
        assert grade.value(NAME.SYMBOL_CONTRAST) == pytest.approx(
            light - dark, abs=0.01
        )
        low = grade.value(NAME.MINIMUM_REFLECTANCE)
        assert low == pytest.approx(dark / light, abs=0.01)
        passed = 4.0 if dark / light <= 0.5 else 0.0
        assert parameter(grade, NAME.MINIMUM_REFLECTANCE).grade == passed


@pytest.mark.parametrize("symbology", EVERY)
@pytest.mark.parametrize("x_px", X_PX)
def test_one_pale_bar_makes_edge_contrast_and_modulation(shoot, symbology, x_px):
    number, _ = wide_bar(shoot(symbology).widths)
    for ink in (0.55, 0.65, 0.8):
        shot = shoot(symbology, ink={number: ink}, x_px=x_px)
        grade = grade_linear(shot.image, shot.code)
        assert grade.value(NAME.EDGE_CONTRAST) == pytest.approx(0.7 * ink, abs=OFF)
        assert grade.value(NAME.MODULATION) == pytest.approx(ink, abs=OFF)


@pytest.mark.parametrize("symbology", EVERY)
@pytest.mark.parametrize("x_px", X_PX)
def test_a_spot_and_a_void_make_defects_by_what_they_reflect(shoot, symbology, x_px):
    _, middle = wide_bar(shoot(symbology).widths, least=3)
    for ink in (0.1, 0.2, 0.35):
        spot = shoot(symbology, stripes=[(-6, -5, ink)], x_px=x_px)
        void = shoot(
            symbology, stripes=[(middle - 0.5, middle + 0.5, 1 - ink)], x_px=x_px
        )
        for shot in (spot, void):
            grade = grade_linear(shot.image, shot.code)
            assert grade.value(NAME.DEFECTS) == pytest.approx(ink, abs=OFF)


@pytest.mark.parametrize("x_px", X_PX)
@pytest.mark.parametrize("growth", [-0.2, -0.1, 0.0, 0.15])
def test_growth_is_told_and_eats_decodability(shoot, x_px, growth):
    threshold = 7 * 18 / 64  # of a pair whose wide elements are three X
    expected = {
        Symbology.CODE_128: (1.75 - 3 * abs(growth)) / 1.75,
        Symbology.EAN_13: 1 - 2 * abs(growth),
        Symbology.ITF: min(
            (threshold - 1 - abs(growth)) / (threshold - 1),
            (3 - abs(growth) - threshold) / (3 - threshold),
        ),
    }
    for symbology, decodability in expected.items():
        for phase_px in (0.0, 0.4, 0.77):
            shot = shoot(symbology, growth=growth, x_px=x_px, phase_px=phase_px)
            grade = grade_linear(shot.image, shot.code)
            assert grade.value(NAME.PRINT_GROWTH) == pytest.approx(growth, abs=OFF)
            left = grade.value(NAME.DECODABILITY)
            assert left == pytest.approx(decodability, abs=OFF)
            assert parameter(grade, NAME.PRINT_GROWTH).grade is None


def test_blur_is_no_growth(shoot):
    shot = shoot(growth=0.1, blur_px=1.2)
    grade = grade_linear(shot.image, shot.code)
    assert grade.value(NAME.PRINT_GROWTH) == pytest.approx(0.1, abs=OFF)


@pytest.mark.parametrize(
    ("symbology", "surround_at", "share"),
    [
        (Symbology.CODE_128, 10.0, 1.0),
        (Symbology.CODE_128, 6.0, 0.6),
        (Symbology.ITF, 8.0, 0.8),
        (Symbology.EAN_13, 9.0, 9 / 11),  # left needs 11 X, right 7
    ],
)
def test_dark_in_the_quiet_zone_fails_it(shoot, symbology, surround_at, share):
    shot = shoot(symbology, quiet=surround_at, surround=1.0, x_px=5.0)
    image = np.pad(shot.image, ((0, 0), (20, 20)), constant_values=26)
    corners = tuple((x + 20, y) for x, y in shot.code.corners)
    code = type(shot.code)(**{**fields(shot.code), "corners": corners})
    quiet = parameter(grade_linear(image, code), NAME.QUIET_ZONE)
    assert quiet.value == pytest.approx(share, abs=0.02)
    assert quiet.grade == (4.0 if share == 1 else 0.0)


def fields(code):
    return {name: getattr(code, name) for name in code.__dataclass_fields__}


def test_a_quiet_zone_past_the_picture_is_told_but_not_graded(shoot):
    shot = shoot(quiet=12)
    cut = shot.image[:, :-28]
    quiet = parameter(grade_linear(cut, shot.code), NAME.QUIET_ZONE)
    assert (quiet.value, quiet.grade) == (1.0, None)
    stained = np.where(np.arange(cut.shape[1]) < 4 * 4, np.uint8(30), cut)
    quiet = parameter(grade_linear(stained, shot.code), NAME.QUIET_ZONE)
    assert (quiet.value, quiet.grade) == (pytest.approx(0.8, abs=0.02), 0.0)
    inside = shot.image[:, :-4]
    assert parameter(grade_linear(inside, shot.code), NAME.QUIET_ZONE).grade == 4.0


def test_a_missing_bar_fails_edge_determination_and_decode(shoot):
    number, _ = wide_bar(shoot().widths)
    shot = shoot(ink={number: 0.3})
    grade = grade_linear(shot.image, shot.code)
    assert parameter(grade, NAME.EDGE_DETERMINATION).grade == 0
    assert parameter(grade, NAME.DECODE).grade == 0
    assert (grade.grade, grade.letter) == (0.0, "F")


def test_another_text_than_the_decoder_read_fails_decode(shoot):
    shot = shoot()
    code = type(shot.code)(**{**fields(shot.code), "payload": b"ABC-1234568"})
    grade = grade_linear(shot.image, code)
    assert grade.value(NAME.DECODE) == 0
    assert grade.value(NAME.SYMBOL_CONTRAST) == pytest.approx(0.7, abs=0.01)


# axicon.com, "Fractional grading": ISO/IEC 15416:2016 and, last, the edition of 2000.
@pytest.mark.parametrize(
    ("name", "percent", "decimal", "whole"),
    [
        (NAME.SYMBOL_CONTRAST, 70, 4.0, 4),
        (NAME.SYMBOL_CONTRAST, 69, 3.9, 3),
        (NAME.SYMBOL_CONTRAST, 55, 3.0, 3),
        (NAME.SYMBOL_CONTRAST, 54, 2.9, 2),
        (NAME.SYMBOL_CONTRAST, 39, 2.0, 1),
        (NAME.SYMBOL_CONTRAST, 38, 1.9, 1),
        (NAME.SYMBOL_CONTRAST, 20, 1.0, 1),
        (NAME.SYMBOL_CONTRAST, 19, 0.8, 0),
        (NAME.SYMBOL_CONTRAST, 14, 0.0, 0),
        (NAME.MODULATION, 70, 4.0, 4),
        (NAME.MODULATION, 69, 3.9, 3),
        (NAME.MODULATION, 59, 2.9, 2),
        (NAME.MODULATION, 50, 2.0, 2),
        (NAME.MODULATION, 40, 1.0, 1),
        (NAME.MODULATION, 31, 0.1, 0),
        (NAME.MODULATION, 29, 0.0, 0),
        (NAME.DECODABILITY, 62, 4.0, 4),
        (NAME.DECODABILITY, 61, 3.9, 3),
        (NAME.DECODABILITY, 50, 3.0, 3),
        (NAME.DECODABILITY, 37, 2.0, 2),
        (NAME.DECODABILITY, 25, 1.0, 1),
        (NAME.DECODABILITY, 24, 0.8, 0),
        (NAME.DECODABILITY, 19, 0.0, 0),
        (NAME.DEFECTS, 15, 4.0, 4),
        (NAME.DEFECTS, 16, 3.8, 3),
        (NAME.DEFECTS, 20, 3.0, 3),
        (NAME.DEFECTS, 25, 2.0, 2),
        (NAME.DEFECTS, 30, 1.0, 1),
        (NAME.DEFECTS, 31, 0.0, 0),
        (NAME.EDGE_CONTRAST, 15, 4.0, 4),
        (NAME.EDGE_CONTRAST, 14, 0.0, 0),
        (NAME.MINIMUM_REFLECTANCE, 50, 4.0, 4),
        (NAME.MINIMUM_REFLECTANCE, 51, 0.0, 0),
    ],
)
def test_grades_step_where_the_standard_says(name, percent, decimal, whole):
    assert grade_of(name, percent / 100, Method.ISO_15416_2016) == decimal
    assert grade_of(name, percent / 100, Method.ISO_15416_2000) == whole


@pytest.mark.parametrize(
    ("contrast", "decimal", "whole"),
    [(0.72, 4.0, 4), (0.65, 3.7, 3), (0.5, 2.7, 2), (0.3, 1.5, 1), (0.17, 0.4, 0)],
)
def test_the_grade_of_a_print_follows_its_contrast(shoot, contrast, decimal, whole):
    shot = shoot(dark=0.05, light=0.05 + contrast)
    grade = grade_linear(shot.image, shot.code)
    assert grade.grade == pytest.approx(decimal, abs=0.1)
    classic = grade_linear(shot.image, shot.code, method=Method.ISO_15416_2000)
    assert (classic.grade, classic.method) == (whole, Method.ISO_15416_2000)
