"""Pictures of prints whose faults are known exactly, graded as a line would."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from agent.vision.decoded import Decoded
from agent.vision.grading.direct_mark import grade_direct_mark
from agent.vision.grading.grade import Method, ParameterName, PrintGrade
from agent.vision.grading.grader import Grader, NotGraded
from agent.vision.grading.reference_card import measure_card
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from agent.vision.symbols.layout_data_matrix import data_matrix_placement
from agent.vision.symbols.layout_qr import qr_placement
from agent.vision.symbols.sample import sample
from agent.vision.symbols.symbol import Layout
from simulators.cameras.graded import (
    Flags,
    GradedPicture,
    Printing,
    Shot,
    bar_widths,
    draw_linear,
    draw_matrix,
    matrix,
)

OLD, NEW = Method.ISO_15415_2011, Method.ISO_15415_2024
DPM = Method.ISO_29158
TEXT = {
    Symbology.QR: "https://x.cn/abcdefghij",
    Symbology.GS1_DATA_MATRIX: "[01]06901234567892[21]AB12[10]XYZ",
}
AIM = {Symbology.QR: "]Q1", Symbology.GS1_DATA_MATRIX: "]d2"}
BOTH = pytest.mark.parametrize("symbology", list(TEXT))
PERFECT = Printing()
SHOT = Shot(module_px=6.3, rotation_deg=8, shift_px=(0.4, -0.3))


@cache
def modules(symbology: Symbology) -> Flags:
    if symbology is Symbology.QR:
        return matrix(TEXT[symbology], symbology, version=3, ec_level="M")
    return matrix(TEXT[symbology], symbology, version=7)


def drawn(
    symbology: Symbology, printing: Printing = PERFECT, shot: Shot = SHOT
) -> tuple[GradedPicture, Decoded]:
    """The picture, and what a decoder would have found: corners to whole pixels."""
    picture = draw_matrix(modules(symbology), printing, shot)
    rows, columns = picture.modules.shape
    corners = tuple((float(round(x)), float(round(y))) for x, y in picture.corners)
    code = Decoded(
        payload=b"",
        text="",
        aim=AIM[symbology],
        symbology=symbology,
        decoder="drawn",
        variant="",
        corners=corners,
        modules=(columns, rows),
        ec_level="M" if symbology is Symbology.QR else None,
    )
    return picture, code


def graded(
    symbology: Symbology,
    printing: Printing = PERFECT,
    shot: Shot = SHOT,
    method: Method = OLD,
) -> PrintGrade:
    picture, code = drawn(symbology, printing, shot)
    found = Grader(method).grade(picture.image, code)
    assert isinstance(found, PrintGrade), found
    return found


def value(grade: PrintGrade, name: ParameterName) -> float:
    found = grade.value(name)
    assert found is not None
    return found


def part(grade: PrintGrade, name: ParameterName) -> float | None:
    return next(each.grade for each in grade.parameters if each.name is name)


@BOTH
@pytest.mark.parametrize("method", [OLD, NEW, DPM])
def test_a_perfect_print_is_an_a(symbology: Symbology, method: Method) -> None:
    found = graded(symbology, method=method)
    assert found.letter == "A"
    assert not found.is_calibrated
    assert found.method is method


@BOTH
@pytest.mark.parametrize("noise", [0.0, 4.0])
@pytest.mark.parametrize(
    ("dark", "light"),
    [(0.05, 0.95), (0.1, 0.79), (0.2, 0.74), (0.3, 0.69), (0.3, 0.48)],
)
def test_contrast_is_true(
    symbology: Symbology, dark: float, light: float, noise: float
) -> None:
    shot = replace(SHOT, noise_grey=noise)
    found = graded(symbology, Printing(dark=dark, light=light), shot)
    contrast = value(found, ParameterName.SYMBOL_CONTRAST)
    assert contrast == pytest.approx(light - dark, abs=0.03)
    direct = graded(symbology, Printing(dark=dark, light=light), shot, DPM)
    assert value(direct, ParameterName.CELL_CONTRAST) == pytest.approx(
        (light - dark) / light, abs=0.03
    )


@pytest.mark.parametrize(
    ("contrast", "grade"),
    [(0.71, 4), (0.69, 3), (0.56, 3), (0.54, 2), (0.41, 2), (0.39, 1), (0.21, 1)],
)
@BOTH
def test_contrast_steps_at_the_thresholds(
    symbology: Symbology, contrast: float, grade: float
) -> None:
    found = graded(symbology, Printing(dark=0.1, light=0.1 + contrast))
    assert part(found, ParameterName.SYMBOL_CONTRAST) == grade
    assert found.grade == grade


@BOTH
@pytest.mark.parametrize(
    ("stretch", "turn"), [(1.0, 31), (1.05, 0), (1.1, 31), (0.93, 8)]
)
def test_axial_nonuniformity_is_true(
    symbology: Symbology, stretch: float, turn: float
) -> None:
    shot = replace(SHOT, rotation_deg=turn, noise_grey=3)
    found = graded(symbology, Printing(stretch=stretch), shot)
    truth = 2 * abs(stretch - 1) / (stretch + 1)
    assert value(found, ParameterName.AXIAL_NONUNIFORMITY) == pytest.approx(
        truth, abs=0.01
    )


@pytest.mark.parametrize(
    ("axial", "grade"), [(0.055, 4), (0.065, 3), (0.085, 2), (0.105, 1), (0.125, 0)]
)
@BOTH
def test_axial_nonuniformity_steps_at_the_thresholds(
    symbology: Symbology, axial: float, grade: float
) -> None:
    found = graded(symbology, Printing(stretch=(2 + axial) / (2 - axial)))
    assert part(found, ParameterName.AXIAL_NONUNIFORMITY) == grade


@BOTH
@pytest.mark.parametrize("largest", [0.0, 0.15, 0.30, 0.45])
def test_grid_nonuniformity_is_true(symbology: Symbology, largest: float) -> None:
    shot = replace(SHOT, noise_grey=2)
    found = graded(symbology, Printing(distortion=largest), shot)
    assert value(found, ParameterName.GRID_NONUNIFORMITY) == pytest.approx(
        largest, abs=0.03
    )


@BOTH
@pytest.mark.parametrize(
    ("growth", "blur"),
    [
        ((0.0, 0.0), 1.2),
        ((0.12, 0.05), 1.2),
        ((0.25, 0.1), 0),
        ((-0.1, -0.2), 1),
        ((-0.15, 0.2), 0),
    ],
)
def test_print_growth_is_true(
    symbology: Symbology, growth: tuple[float, float], blur: float
) -> None:
    shot = replace(SHOT, blur_px=blur, noise_grey=2)
    found = graded(symbology, Printing(growth=growth), shot)
    assert value(found, ParameterName.PRINT_GROWTH) == pytest.approx(
        max(growth, key=abs), abs=0.03
    )
    assert part(found, ParameterName.PRINT_GROWTH) is None


def layout(symbology: Symbology) -> Layout:
    if symbology is Symbology.QR:
        return qr_placement(3, "M").layout
    return data_matrix_placement(*modules(symbology).shape).layout


def damaged_codewords(symbology: Symbology, count: int) -> list[tuple[int, int]]:
    """One module of each of `count` codewords that are no neighbours."""
    codeword = layout(symbology).codeword
    places = [np.argwhere(codeword == 2 * i)[4] for i in range(count)]
    return [(int(row), int(column)) for row, column in places]


# Both symbols correct with one block: 26 codewords (QR 3-M) and 20 (22 x 22).
CAPACITY = {Symbology.QR: 26, Symbology.GS1_DATA_MATRIX: 20}


@BOTH
@pytest.mark.parametrize("count", [1, 3, 5, 6, 7])
def test_unused_error_correction_is_true(symbology: Symbology, count: int) -> None:
    printing = Printing(flipped=damaged_codewords(symbology, count))
    found = graded(symbology, printing)
    truth = 1 - 2 * count / CAPACITY[symbology]
    assert value(found, ParameterName.UNUSED_ERROR_CORRECTION) == pytest.approx(truth)
    step = sum(truth >= limit for limit in (0.62, 0.50, 0.37, 0.25))
    assert part(found, ParameterName.UNUSED_ERROR_CORRECTION) == step
    assert part(found, ParameterName.REFLECTANCE_MARGIN) == step
    assert part(found, ParameterName.FIXED_PATTERN_DAMAGE) == 4


@BOTH
@pytest.mark.parametrize(
    ("weak", "grade"),
    [(0.93, 4), (0.53, 4), (0.47, 3), (0.43, 3), (0.37, 2), (0.27, 1)],
)
def test_modulation_is_true(symbology: Symbology, weak: float, grade: float) -> None:
    """All data modules print the same shade of grey, on their own side of half way."""
    inked = modules(symbology)
    ink = {
        (int(row), int(column)): 0.5 + (weak if inked[row, column] else -weak) / 2
        for row, column in np.argwhere(layout(symbology).codeword >= 0)
    }
    # Square modules, an aperture well inside them: the shade is seen as it is.
    found = graded(symbology, Printing(ink=ink), Shot(module_px=8, rotation_deg=0))
    assert value(found, ParameterName.MODULATION) == pytest.approx(weak, abs=0.03)
    assert part(found, ParameterName.MODULATION) == grade


@pytest.mark.parametrize(
    ("symbology", "flipped", "grade"),
    [
        (Symbology.GS1_DATA_MATRIX, [(5, 0)], 3),
        (Symbology.GS1_DATA_MATRIX, [(5, 0), (12, 0)], 2),
        (Symbology.GS1_DATA_MATRIX, [(5, 0), (12, 0), (17, 0), (9, 0)], 0),
        (Symbology.GS1_DATA_MATRIX, [(0, 6), (0, 12)], 4),  # 9 % of the clock track
        (Symbology.GS1_DATA_MATRIX, [(7, -1)], 3),  # a stain in the quiet zone
        (Symbology.QR, [(0, 2)], 3),
        (Symbology.QR, [(0, 2), (3, 3)], 2),
        (Symbology.QR, [(0, 2), (25, 3)], 3),  # of two finder patterns
        (Symbology.QR, [(-3, 3)], 3),
        (Symbology.QR, [(22, 22)], 0),  # the only alignment pattern
    ],
)
def test_damage_to_fixed_patterns_is_true(
    symbology: Symbology, flipped: list[tuple[int, int]], grade: float
) -> None:
    printing = Printing(flipped=flipped)
    found = graded(symbology, printing, replace(SHOT, noise_grey=3))
    assert part(found, ParameterName.FIXED_PATTERN_DAMAGE) == grade
    share = value(found, ParameterName.FIXED_PATTERN_DAMAGE)
    assert 0 < share < 0.03
    assert part(found, ParameterName.UNUSED_ERROR_CORRECTION) == 4


@BOTH
@pytest.mark.parametrize(
    "printing",
    [
        Printing(),
        Printing(
            dark=0.2, light=0.72, growth=(0.15, 0.1), stretch=1.05, distortion=0.15
        ),
    ],
)
def test_ten_noisy_shots_of_one_print_agree(
    symbology: Symbology, printing: Printing
) -> None:
    """Sensor noise, another sub-pixel place and a little turn each time."""
    random = np.random.default_rng(7)
    shots = []
    for seed in range(10):
        shot = Shot(
            module_px=5.4,
            rotation_deg=float(random.uniform(-3, 3)),
            blur_px=0.7,
            noise_grey=4,
            seed=seed,
            shift_px=tuple(random.uniform(-1, 1, 2).tolist()),
        )
        shots.append(drawn(symbology, printing, shot))
    for method in (OLD, NEW, DPM):
        grader = Grader(method)
        found = [grader.grade(picture.image, code) for picture, code in shots]
        grades = [each.grade for each in found if isinstance(each, PrintGrade)]
        assert len(grades) == 10
        assert np.abs(np.array(grades) - np.mean(grades)).max() <= 0.5


def test_a_direct_mark_has_the_better_grade_of_two_apertures() -> None:
    """Marks of less than half a module: a narrow aperture sees them alone."""
    printing = Printing(growth=(-0.6, -0.6))
    picture, code = drawn(Symbology.GS1_DATA_MATRIX, printing)
    wide = grade_direct_mark(sample(picture.image, code, aperture=0.8))
    narrow = grade_direct_mark(sample(picture.image, code, aperture=0.5))
    assert narrow.grade > wide.grade
    found = Grader(DPM).grade(picture.image, code)
    assert isinstance(found, PrintGrade)
    assert (found.grade, found.aperture_modules) == (narrow.grade, 0.5)


@BOTH
def test_a_light_print_on_a_dark_pack(symbology: Symbology) -> None:
    found = graded(symbology, Printing(dark=0.85, light=0.1, growth=(0.1, 0.0)))
    assert found.grade == 4
    assert value(found, ParameterName.SYMBOL_CONTRAST) == pytest.approx(0.75, abs=0.02)


def test_a_card_turns_grey_into_reflectance() -> None:
    """The same print under half the light: by the camera's scale a C, truly an A."""
    printing = Printing(dark=0.05, light=0.50)
    picture, code = drawn(Symbology.QR, printing)
    shown = np.full((60, 120), round(0.45 * 255), np.uint8)
    shown[:, 60:] = round(0.02 * 255)
    card = measure_card(
        shown,
        white=Region(x=5, y=5, width=40, height=40),
        black=Region(x=70, y=5, width=40, height=40),
        white_reflectance=0.90,
        black_reflectance=0.04,
    )
    plain = Grader().grade(picture.image, code)
    known = Grader(card=card).grade(picture.image, code)
    assert isinstance(plain, PrintGrade)
    assert isinstance(known, PrintGrade)
    assert part(plain, ParameterName.SYMBOL_CONTRAST) == 2
    assert part(known, ParameterName.SYMBOL_CONTRAST) == 4
    assert value(known, ParameterName.SYMBOL_CONTRAST) == pytest.approx(0.90, abs=0.02)
    assert known.is_calibrated
    assert not plain.is_calibrated


def test_a_bar_code_is_graded_beside_any_method() -> None:
    text = "6901234567892"
    picture = draw_linear(
        bar_widths(text, Symbology.EAN_13), 40, Printing(quiet=11), Shot(module_px=4)
    )
    code = Decoded(
        payload=text.encode(),
        text=text,
        aim="]E0",
        symbology=Symbology.EAN_13,
        decoder="drawn",
        variant="",
        corners=picture.corners,
    )
    found = Grader(DPM).grade(picture.image, code)
    assert isinstance(found, PrintGrade)
    assert found.method is Method.ISO_15416_2016
    assert found.grade >= 3.5


def test_a_symbol_too_small_is_not_graded_and_not_an_f() -> None:
    picture, code = drawn(Symbology.QR, shot=Shot(module_px=1.6))
    found = Grader().grade(picture.image, code)
    assert isinstance(found, NotGraded)
    assert "pixel" in found.reason


def test_a_symbol_cut_by_the_edge_is_not_graded() -> None:
    picture, code = drawn(Symbology.QR, shot=Shot(module_px=8))
    found = Grader().grade(picture.image[:, : picture.image.shape[1] - 60], code)
    assert isinstance(found, NotGraded)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"corners": ((np.nan, 1.0), (9.0, 1.0), (9.0, 9.0), (1.0, 9.0))}, "where"),
        ({"corners": ((1.0, 1.0),) * 4}, ""),
        ({"modules": (0, 0)}, "there is none"),
        ({"ec_level": "X"}, "level 'X'"),
        ({"modules": (22, 29)}, "modules"),
    ],
)
def test_what_a_decoder_cannot_mean_is_not_graded(
    told: dict[str, Any], words: str
) -> None:
    picture, code = drawn(Symbology.QR)
    for method in (OLD, DPM):
        found = Grader(method).grade(picture.image, replace(code, **told))
        assert isinstance(found, NotGraded)
        assert words in found.reason


@pytest.mark.parametrize("method", [Method.ISO_15416_2016])
def test_a_method_for_bar_codes_alone_is_refused(method: Method) -> None:
    with pytest.raises(ValueError, match="grades bar codes only"):
        Grader(method)


@pytest.mark.parametrize("aperture", [0.0, 0.1, 1.2])
def test_an_impossible_aperture_is_refused(aperture: float) -> None:
    with pytest.raises(ValueError, match="aperture"):
        Grader(aperture=aperture)
