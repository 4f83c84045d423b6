"""Every figure of a two-dimensional symbol on modules whose reflectance is known."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.vision.grading import scale
from agent.vision.grading.direct_mark import (
    Brightness,
    brightness,
    grade_direct_mark,
)
from agent.vision.grading.fixed_patterns import judged
from agent.vision.grading.fixed_patterns_data_matrix import transition_ratio
from agent.vision.grading.grade import Method, ParameterName, PrintGrade
from agent.vision.grading.matrix import damage_in, grade_matrix
from agent.vision.grading.matrix_reflectance import extremes
from agent.vision.symbology import Symbology
from agent.vision.symbols.layout_data_matrix import SIZES, data_matrix_placement
from agent.vision.symbols.layout_qr import format_places, qr_placement
from agent.vision.symbols.not_gradable import NotGradable
from agent.vision.symbols.symbol import Layout, Part, SampledSymbol
from simulators.cameras.graded import matrix

OLD, NEW = Method.ISO_15415_2011, Method.ISO_15415_2024
DARK, LIGHT = 0.1, 0.9


def sampled(layout: Layout, modules: np.ndarray) -> SampledSymbol:
    """A perfect print, seen perfectly."""
    rows, columns = modules.shape
    quiet = layout.quiet_modules
    points = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1) * 8.0
    return SampledSymbol(
        layout=layout,
        reflectance=np.pad(
            np.where(modules, DARK, LIGHT), quiet, constant_values=LIGHT
        ),
        is_dark=modules,
        wrong_codewords=(0,) * len(layout.blocks),
        points=points,
        ideal_points=points.copy(),
        pitch_px=(8.0, 8.0),
        growth=(0.0, 0.0),
        aperture_modules=0.8,
    )


def qr(version: int = 2, level: str = "M") -> SampledSymbol:
    modules = matrix("https://x.cn/1", Symbology.QR, version=version, ec_level=level)
    return sampled(qr_placement(version, level).layout, modules)


def data_matrix(rows: int = 20) -> SampledSymbol:
    version = {20: 6, 32: 10}[rows]
    modules = matrix("https://x.cn/12", Symbology.DATA_MATRIX, version=version)
    assert modules.shape == (rows, rows)
    return sampled(data_matrix_placement(rows, rows).layout, modules)


def with_modules(
    symbol: SampledSymbol, places: Iterable[tuple[int, int]], modulation: float
) -> SampledSymbol:
    """Modules this far from the threshold on their own side; negative: the other."""
    quiet = symbol.layout.quiet_modules
    seen = symbol.reflectance.copy()
    for row, column in places:
        at = row + quiet, column + quiet
        side = 1 if symbol.reflectance[at] > 0.5 else -1
        seen[at] = 0.5 + side * modulation * (LIGHT - DARK) / 2
    return replace(symbol, reflectance=seen)


def wrong(symbol: SampledSymbol, places: Iterable[tuple[int, int]]) -> SampledSymbol:
    return with_modules(symbol, places, -1.0)


def codewords(symbol: SampledSymbol, count: int) -> list[tuple[int, int]]:
    """One module of each of the first codewords."""
    found = [np.argwhere(symbol.layout.codeword == i)[0] for i in range(count)]
    return [(int(row), int(column)) for row, column in found]


def of(grade: PrintGrade, name: ParameterName) -> tuple[float, float | None]:
    found = next(each for each in grade.parameters if each.name is name)
    return found.value, found.grade


def grade_for(grade: PrintGrade, name: ParameterName) -> float | None:
    return of(grade, name)[1]


# Thresholds of the standards, written down a second time.
STEPS = {
    "symbol contrast": (scale.SYMBOL_CONTRAST, (0.70, 0.55, 0.40, 0.20)),
    "modulation": (scale.MODULATION, (0.50, 0.40, 0.30, 0.20)),
    "axial": (scale.AXIAL_NONUNIFORMITY, (0.06, 0.08, 0.10, 0.12)),
    "grid": (scale.GRID_NONUNIFORMITY, (0.38, 0.50, 0.63, 0.75)),
    "error correction": (scale.UNUSED_ERROR_CORRECTION, (0.62, 0.50, 0.37, 0.25)),
    "cell contrast": (scale.CELL_CONTRAST, (0.30, 0.25, 0.20, 0.15)),
    "solid side": (scale.SOLID_SIDE, (0.0, 0.09, 0.13, 0.17)),
    "average": (scale.AVERAGE_GRADE, (4.0, 3.5, 3.0, 2.5)),
    "growth": (scale.PRINT_GROWTH, (0.15, 0.21, 0.255, 0.30)),
}


@pytest.mark.parametrize("name", STEPS)
def test_grades_step_at_the_thresholds(name: str) -> None:
    held, limits = STEPS[name]
    worse = -1e-6 if limits[0] > limits[1] else 1e-6
    for grade, limit in zip((4, 3, 2, 1), limits, strict=True):
        assert held.steps(np.array([limit, limit - worse, limit + worse])).tolist() == [
            grade,
            grade,
            grade - 1,
        ]


@pytest.mark.parametrize(
    ("held", "limits"),
    [
        (scale.CLOCK_SIDE, (0.10, 0.15, 0.20, 0.25)),
        (scale.TRANSITION_RATIO, (0.06, 0.08, 0.10, 0.12)),
    ],
)
def test_a_limit_that_must_stay_unreached(
    held: scale.Scale, limits: tuple[float, ...]
) -> None:
    for grade, limit in zip((4, 3, 2, 1), limits, strict=True):
        assert held.steps(np.array([limit - 1e-6, limit])).tolist() == [
            grade,
            grade - 1,
        ]


@pytest.mark.parametrize(
    ("held", "value", "grade"),
    [
        (scale.SYMBOL_CONTRAST, 0.70, 4.0),
        (scale.SYMBOL_CONTRAST, 0.699, 3.9),
        (scale.SYMBOL_CONTRAST, 0.69, 3.9),
        (scale.SYMBOL_CONTRAST, 0.55, 3.0),
        (scale.SYMBOL_CONTRAST, 0.30, 1.5),
        (scale.SYMBOL_CONTRAST, 0.199, 0.9),
        (scale.SYMBOL_CONTRAST, 0.175, 0.5),
        (scale.SYMBOL_CONTRAST, 0.15, 0.0),
        (scale.MODULATION, 0.15, 0.5),
        (scale.MODULATION, 0.09, 0.0),
        (scale.AXIAL_NONUNIFORMITY, 0.13, 0.5),
        (scale.AXIAL_NONUNIFORMITY, 0.30, 0.0),
        (scale.AXIAL_NONUNIFORMITY, 0.07, 3.5),
        (scale.AVERAGE_GRADE, 3.8, 3.6),
        (scale.QR_MODULES, 1.0, 3.0),
    ],
)
def test_tenths_run_straight_between_thresholds(
    held: scale.Scale, value: float, grade: float
) -> None:
    assert held.tenths(np.array(value)) == pytest.approx(grade)


@given(
    values=st.lists(st.floats(-1, 5, allow_nan=False), min_size=2, max_size=20),
    name=st.sampled_from(sorted(STEPS)),
)
def test_tenths_never_cross_a_step_and_keep_the_order(
    values: list[float], name: str
) -> None:
    held, limits = STEPS[name]
    ordered = np.array(sorted(values, reverse=limits[0] < limits[1]))
    tenths, steps = held.tenths(ordered), held.steps(ordered)
    assert np.array_equal(np.floor(tenths), steps)
    assert (np.diff(tenths) >= 0).all()
    assert np.allclose(np.rint(tenths * 10), tenths * 10)


@pytest.mark.parametrize("symbol", [qr(), qr(7, "Q"), data_matrix(), data_matrix(32)])
@pytest.mark.parametrize("method", [OLD, NEW])
def test_a_perfect_print_has_the_best_grade(
    symbol: SampledSymbol, method: Method
) -> None:
    grade = grade_matrix(symbol, method)
    assert grade.grade == 4.0
    assert grade.letter == "A"
    assert grade.method is method
    assert grade.profile is not None
    assert grade.value(ParameterName.SYMBOL_CONTRAST) == pytest.approx(0.8)
    assert grade.value(ParameterName.FIXED_PATTERN_DAMAGE) == 0


@pytest.mark.parametrize("size", sorted(SIZES))
def test_every_size_of_data_matrix_has_its_patterns(size: tuple[int, int]) -> None:
    layout = data_matrix_placement(*size).layout
    data = np.random.default_rng(1).random(size) < 0.5
    symbol = sampled(layout, np.where(layout.part == Part.DATA, data, layout.is_dark))
    assert grade_matrix(symbol, OLD).grade == 4
    fixed = np.argwhere(layout.part != Part.DATA)
    for row, column in fixed[:: max(1, len(fixed) // 12)]:
        # Whatever module of them is wrong, it is known and lowers no other figure.
        damaged = wrong(symbol, [(int(row), int(column))])
        grade = grade_matrix(damaged, OLD)
        assert grade.value(ParameterName.FIXED_PATTERN_DAMAGE) > 0
        assert grade_for(grade, ParameterName.REFLECTANCE_MARGIN) == 4


@pytest.mark.parametrize("version", [2, 7, 14, 22, 40])
def test_every_alignment_pattern_of_a_qr_is_known(version: int) -> None:
    layout = qr_placement(version, "M").layout
    symbol = sampled(layout, layout.is_dark)
    places = np.argwhere(layout.part == Part.ALIGNMENT)
    for row, column in places[:: max(1, len(places) // 40)]:
        damaged = wrong(symbol, [(int(row), int(column))])
        found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
        assert found.segments["C"] < 4
        assert {found.segments[name] for name in ("A1", "A2", "A3")} == {4}


@pytest.mark.parametrize(
    ("contrast", "grade"),
    [(0.70, 4), (0.69, 3), (0.55, 3), (0.54, 2), (0.40, 2), (0.39, 1), (0.19, 0)],
)
def test_symbol_contrast(contrast: float, grade: float) -> None:
    symbol = qr()
    seen = 0.1 + (symbol.reflectance - DARK) / (LIGHT - DARK) * contrast
    found = grade_matrix(replace(symbol, reflectance=seen), OLD)
    assert of(found, ParameterName.SYMBOL_CONTRAST) == (
        pytest.approx(contrast),
        grade,
    )
    assert found.grade == grade


def test_one_module_makes_the_contrast_of_2011_but_not_of_2024() -> None:
    symbol = qr()
    seen = symbol.reflectance.copy()
    seen[0, 0] = 1.0
    symbol = replace(symbol, reflectance=seen)
    old = grade_matrix(symbol, OLD).value(ParameterName.SYMBOL_CONTRAST)
    new = grade_matrix(symbol, NEW).value(ParameterName.SYMBOL_CONTRAST)
    few = round(seen.size / 100)
    assert old == pytest.approx(0.9)
    assert new == pytest.approx((1.0 + (few - 1) * LIGHT) / few - DARK)


def test_the_threshold_of_2024_follows_the_print() -> None:
    """Dark modules that all came out light: half way is too near to them."""
    symbol = qr()
    inked = np.where(symbol.reflectance < 0.5, 0.45, symbol.reflectance)
    inked[4, 4] = DARK
    faint = replace(symbol, reflectance=inked)
    old, new = grade_matrix(faint, OLD), grade_matrix(faint, NEW)
    assert of(old, ParameterName.MODULATION) == (pytest.approx(0.125), 0)
    _, better = of(new, ParameterName.MODULATION)
    assert better is not None
    assert better > 2


@pytest.mark.parametrize(
    ("count", "modulation", "grade"),
    [
        # Version 2-M corrects with 16 codewords: each weak one takes two of them.
        (3, 0.15, 4),  # 62.5 % left
        (4, 0.15, 3),  # 50 %
        (5, 0.15, 2),  # 37.5 %
        (6, 0.15, 1),  # 25 %
        (7, 0.15, 0),
        (7, 0.25, 1),  # level 1 forgives them all
        (7, 0.35, 2),
        (44, 0.45, 3),
        (44, 0.50, 4),
    ],
)
def test_modulation_spends_error_correction(
    count: int, modulation: float, grade: float
) -> None:
    symbol = qr()
    weak = with_modules(symbol, codewords(symbol, count), modulation)
    found = grade_matrix(weak, OLD)
    assert grade_for(found, ParameterName.MODULATION) == grade
    assert grade_for(found, ParameterName.REFLECTANCE_MARGIN) == grade
    assert grade_for(found, ParameterName.UNUSED_ERROR_CORRECTION) == 4


@given(modulation=st.floats(0.02, 0.98))
def test_an_even_print_has_the_modulation_of_its_modules(modulation: float) -> None:
    symbol = data_matrix()
    weak = with_modules(symbol, np.argwhere(symbol.layout.codeword >= 0), modulation)
    for method in (OLD, NEW):
        value, _ = of(grade_matrix(weak, method), ParameterName.MODULATION)
        assert value == pytest.approx(modulation, abs=0.02)


@pytest.mark.parametrize(("count", "grade"), [(3, 4), (4, 3), (6, 1), (7, 0)])
def test_a_strong_module_of_the_wrong_colour_is_margin_not_modulation(
    count: int, grade: float
) -> None:
    symbol = qr()
    damaged = replace(wrong(symbol, codewords(symbol, count)), wrong_codewords=(count,))
    old, new = grade_matrix(damaged, OLD), grade_matrix(damaged, NEW)
    assert grade_for(old, ParameterName.MODULATION) == 4
    assert grade_for(old, ParameterName.REFLECTANCE_MARGIN) == grade
    assert of(old, ParameterName.UNUSED_ERROR_CORRECTION) == (
        pytest.approx(1 - count / 8),
        grade,
    )
    assert new.value(ParameterName.REFLECTANCE_MARGIN) is None
    merged = grade_for(new, ParameterName.MODULATION)
    assert merged is not None
    assert int(merged) == grade


def test_the_worst_block_counts() -> None:
    symbol = qr(7, "Q")  # six blocks of 18 error correction codewords
    damaged = replace(symbol, wrong_codewords=(0, 1, 5, 2, 0, 0))
    assert of(grade_matrix(damaged, OLD), ParameterName.UNUSED_ERROR_CORRECTION) == (
        pytest.approx(1 - 10 / 18),
        2,
    )


def test_weak_modules_of_one_block_are_not_spread_over_all() -> None:
    symbol = qr(7, "Q")
    block = symbol.layout.blocks[0]
    held = [np.argwhere(symbol.layout.codeword == i)[0] for i in block.codewords[:5]]
    weak = with_modules(symbol, [(int(row), int(col)) for row, col in held], 0.15)
    assert grade_for(grade_matrix(weak, OLD), ParameterName.MODULATION) == 2


@pytest.mark.parametrize(
    ("stretch", "grade"),
    [(1.06, 4), (1.062, 3), (1.083, 3), (1.084, 2), (1.105, 2), (1.127, 1), (1.13, 0)],
)
def test_axial_nonuniformity(stretch: float, grade: float) -> None:
    symbol = replace(qr(), pitch_px=(8 * stretch, 8.0))
    assert of(grade_matrix(symbol, OLD), ParameterName.AXIAL_NONUNIFORMITY) == (
        pytest.approx(2 * (stretch - 1) / (stretch + 1)),
        grade,
    )


@pytest.mark.parametrize(
    ("away", "grade"),
    [(0.37, 4), (0.39, 3), (0.49, 3), (0.51, 2), (0.62, 2), (0.64, 1), (0.76, 0)],
)
@pytest.mark.parametrize("turn", [0.0, 0.6])
def test_grid_nonuniformity_in_modules_of_a_turned_and_stretched_symbol(
    away: float, grade: float, turn: float
) -> None:
    symbol = qr()
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    axes = np.diag([9.0, 7.0]) @ axes  # pixels of a module along x and along y
    ideal = symbol.points / 8.0 @ axes
    points = ideal.copy()
    points[5, 7] += np.array([0.6, 0.8]) * away @ axes
    moved = replace(symbol, points=points, ideal_points=ideal)
    assert of(grade_matrix(moved, OLD), ParameterName.GRID_NONUNIFORMITY) == (
        pytest.approx(away),
        grade,
    )


def test_print_growth_is_told_in_2011_and_graded_in_2024() -> None:
    loss = replace(qr(), growth=(0.10, -0.22))
    assert of(grade_matrix(loss, OLD), ParameterName.PRINT_GROWTH) == (-0.22, None)
    assert grade_matrix(loss, OLD).grade == 4
    value, grade = of(grade_matrix(loss, NEW), ParameterName.PRINT_GROWTH)
    assert value == -0.22
    assert grade == pytest.approx(2.7)


@pytest.mark.parametrize(("count", "grade"), [(0, 4), (1, 3), (2, 2), (3, 1), (4, 0)])
@pytest.mark.parametrize("side", ["L1", "L2"])
def test_damage_to_the_solid_sides(count: int, grade: float, side: str) -> None:
    symbol = data_matrix()  # of 20 modules: 5, 10, 15 and 20 %
    places = [(2 + 4 * i, 0) for i in range(count)]
    if side == "L2":
        places = [(19, column) for column, _ in places]
        places = [(19, 2 + 4 * i) for i in range(count)]
    damaged = wrong(symbol, places)
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments[side] == grade
    assert found.share == pytest.approx(count / 160, rel=0.02)
    assert grade_for(
        grade_matrix(damaged, OLD), ParameterName.FIXED_PATTERN_DAMAGE
    ) == (min(grade, 4 if count == 0 else 3))


@pytest.mark.parametrize(("count", "grade"), [(1, 3), (2, 2), (3, 1), (4, 0)])
def test_stains_in_the_quiet_zone_of_a_data_matrix(count: int, grade: float) -> None:
    symbol = data_matrix()  # of 21 modules: 4.8, 9.5, 14.3 and 19 %
    damaged = wrong(symbol, [(20, 2 + 4 * i) for i in range(count)])
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments["QZL2"] == grade
    assert found.segments["QZL1"] == 4


def test_a_weak_side_is_as_good_as_its_modulation() -> None:
    symbol = data_matrix()
    weak = with_modules(symbol, [(row, 0) for row in range(20)], 0.45)
    found = damage_in(weak, judged(weak, extremes(weak.reflectance), OLD))
    assert found.segments["L1"] == 3


@pytest.mark.parametrize(
    ("columns", "grade"),
    [
        ([5], 4),  # 5 %
        ([3, 10], 3),  # 10 % is not below 10 %
        ([3, 9, 15], 2),  # 15 %
        ([3, 8, 13, 18], 1),
        ([5, 6, 8], 0),  # three of five neighbours
    ],
)
def test_damage_to_the_clock_track(columns: list[int], grade: float) -> None:
    symbol = data_matrix()
    damaged = wrong(symbol, [(0, column) for column in columns])
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments["CLOCK"] == grade


def test_the_transition_ratio_lets_one_stain_beside_the_track_pass() -> None:
    symbol = data_matrix()
    for stains, grade in (([4], 4), ([4, 12], 0)):
        damaged = wrong(symbol, [(-1, column) for column in stains])
        found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
        assert found.segments["CLOCK"] == grade
    track = np.arange(20) % 2 == 0
    stained = np.zeros(20, dtype=np.bool_)
    stained[[4, 12]] = True
    assert transition_ratio(track, stained) == pytest.approx(3 / 19)
    assert transition_ratio(stained & False, stained) == np.inf


def test_bars_between_regions_and_parts_of_a_side_count_alone() -> None:
    symbol = data_matrix(32)  # two by two regions of 16
    bar = wrong(symbol, [(16, 4), (16, 5), (16, 7)])  # an inner clock track
    found = damage_in(bar, judged(bar, extremes(bar.reflectance), OLD))
    assert found.segments["CLOCK"] == 0
    side = wrong(symbol, [(20, 0), (24, 0)])  # 6 % of the side, 12.5 % of its part
    found = damage_in(side, judged(side, extremes(side.reflectance), OLD))
    assert found.segments["L1"] == 2


def test_the_average_of_the_segments_counts_too() -> None:
    symbol = data_matrix()
    damaged = wrong(symbol, [(4, 0), (19, 4), (4, -1), (20, 4)])  # 3, 3, 3, 3 and 4
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert sorted(found.segments.values()) == [3, 3, 3, 3, 4]
    assert found.grade == 2  # mean 3.2


@pytest.mark.parametrize(("count", "grade"), [(1, 3), (2, 2), (3, 1), (4, 0)])
@pytest.mark.parametrize(
    ("segment", "row", "column"), [("A1", 0, 0), ("A2", 3, 22), ("A3", 24, 3)]
)
def test_damage_to_finder_patterns(
    count: int, grade: float, segment: str, row: int, column: int
) -> None:
    symbol = qr()
    step = -1 if column > 20 else 1
    damaged = wrong(symbol, [(row, column + step * i) for i in range(count)])
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments[segment] == grade
    assert found.grade == grade
    assert sum(part < 4 for part in found.segments.values()) == 1


def test_a_stain_in_the_quiet_zone_beside_a_finder_pattern() -> None:
    damaged = wrong(qr(), [(-3, 2)])
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments["A1"] == 3


@pytest.mark.parametrize(
    ("columns", "grade"),
    [
        ([10], 3),  # of 29 modules: 3 %
        ([10, 15, 20], 2),  # 10 %
        ([10, 15, 20, 25], 1),  # 14 %
        ([10, 15, 20, 25, 30], 0),
        ([10, 11, 13], 0),  # three of five neighbours
    ],
)
def test_damage_to_a_timing_pattern(columns: list[int], grade: float) -> None:
    damaged = wrong(qr(7, "Q"), [(6, column) for column in columns])
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments["B1"] == grade
    assert found.segments["B2"] == 4


@pytest.mark.parametrize(
    ("centres", "grade"),
    [([], 4), ([(22, 22)], 2), ([(22, 22), (38, 38)], 0)],  # of six: 17 and 33 %
)
def test_damage_to_alignment_patterns(
    centres: list[tuple[int, int]], grade: float
) -> None:
    damaged = wrong(qr(7, "Q"), centres)
    found = damage_in(damaged, judged(damaged, extremes(damaged.reflectance), OLD))
    assert found.segments["C"] == grade


def test_version_one_has_no_alignment_pattern() -> None:
    symbol = qr(1, "L")
    found = damage_in(symbol, judged(symbol, extremes(symbol.reflectance), OLD))
    assert set(found.segments) == {"A1", "A2", "A3", "B1", "B2"}


def test_format_information_is_the_mean_of_its_copies() -> None:
    symbol = qr()
    first, second = format_places(25)
    one = wrong(symbol, [tuple(first[3])])
    assert grade_for(grade_matrix(one, OLD), ParameterName.FORMAT_INFORMATION) == 4
    assert of(grade_matrix(one, NEW), ParameterName.FORMAT_INFORMATION) == (0, 3.5)
    both = wrong(symbol, [*map(tuple, first[:4]), *map(tuple, second[:2])])
    assert of(grade_matrix(both, OLD), ParameterName.FORMAT_INFORMATION) == (2, 1)


def test_version_information_from_version_seven() -> None:
    damaged = wrong(qr(7, "Q"), [(0, 34), (34, 0)])
    assert of(grade_matrix(damaged, OLD), ParameterName.VERSION_INFORMATION) == (1, 3)
    assert grade_matrix(qr(), OLD).value(ParameterName.VERSION_INFORMATION) is None


def test_a_symbol_that_was_not_decoded_fails_and_still_tells_what_it_can() -> None:
    lost = replace(wrong(data_matrix(), [(4, 0)]), is_dark=None)
    grade = grade_matrix(lost, OLD)
    assert (grade.grade, grade.letter) == (0.0, "F")
    assert of(grade, ParameterName.DECODE) == (0.0, 0.0)
    assert grade_for(grade, ParameterName.FIXED_PATTERN_DAMAGE) == 3
    assert grade_for(grade, ParameterName.SYMBOL_CONTRAST) == 4
    assert grade.value(ParameterName.UNUSED_ERROR_CORRECTION) is None
    assert grade.value(ParameterName.REFLECTANCE_MARGIN) is None


def test_a_light_print_that_was_not_decoded_is_not_damaged_for_that() -> None:
    symbol = qr()
    turned = replace(
        symbol,
        reflectance=1 - symbol.reflectance,
        is_dark=None,
        is_light_on_dark=True,
    )
    assert of(grade_matrix(turned, OLD), ParameterName.FIXED_PATTERN_DAMAGE) == (0, 4)


def test_modules_outside_of_the_picture_cannot_be_graded() -> None:
    symbol = qr()
    seen = symbol.reflectance.copy()
    seen[:, -5:] = np.nan
    with pytest.raises(NotGradable, match=r"25 modules .* outside the picture"):
        grade_matrix(replace(symbol, reflectance=seen), OLD)


def test_a_quiet_zone_outside_of_the_picture_is_left_out() -> None:
    symbol = data_matrix()
    seen = symbol.reflectance.copy()
    seen[:, 0] = seen[0, :] = np.nan
    cut = replace(symbol, reflectance=seen)
    found = damage_in(cut, judged(cut, extremes(cut.reflectance), OLD))
    assert found.grade == 4
    assert grade_matrix(cut, OLD).grade == 4


@pytest.mark.parametrize("method", [OLD, NEW, Method.ISO_29158])
@pytest.mark.parametrize("made", [qr, data_matrix])
def test_light_print_on_dark_is_graded_as_its_mirror(method: Method, made) -> None:
    symbol = with_modules(made(), [(0, 1), (4, 4), (9, 9)], 0.35)
    turned = replace(
        symbol,
        reflectance=1 - symbol.reflectance,
        is_dark=~symbol.is_dark,
        is_light_on_dark=True,
    )

    def graded(each: SampledSymbol) -> PrintGrade:
        if method is Method.ISO_29158:
            return grade_direct_mark(each)
        return grade_matrix(each, method)

    for before, after in zip(
        graded(symbol).parameters, graded(turned).parameters, strict=True
    ):
        assert after.name is before.name
        assert after.grade == before.grade
        # These two are relative to the light modules, whoever is the print.
        if after.name not in {
            ParameterName.CELL_CONTRAST,
            ParameterName.MINIMUM_REFLECTANCE,
        }:
            assert after.value == pytest.approx(before.value)


@pytest.mark.parametrize(
    ("dark", "grade"), [(0.55, 4), (0.57, 3), (0.62, 2), (0.67, 1), (0.70, 0)]
)
def test_cell_contrast_of_a_direct_mark(dark: float, grade: float) -> None:
    symbol = data_matrix()
    seen = np.where(symbol.reflectance < 0.5, dark, 0.80)
    found = grade_direct_mark(replace(symbol, reflectance=seen))
    assert of(found, ParameterName.CELL_CONTRAST) == (
        pytest.approx((0.80 - dark) / 0.80),
        grade,
    )
    assert grade_for(found, ParameterName.MODULATION) == 4
    assert found.grade == grade


def test_a_direct_mark_is_measured_from_the_means_of_its_groups() -> None:
    symbol = data_matrix()
    seen = symbol.reflectance.copy()
    seen[0, 0] = 1.0  # one glint: the extremes of ISO/IEC 15415 follow it
    glint = replace(symbol, reflectance=seen)
    direct = grade_direct_mark(glint).value(ParameterName.CELL_CONTRAST)
    assert direct == pytest.approx((LIGHT - DARK) / LIGHT, abs=0.002)


def test_direct_marks_know_no_level_c_over_damage() -> None:
    symbol = data_matrix()
    weak = with_modules(symbol, [(row, 0) for row in range(20)], 0.42)
    assert grade_for(grade_matrix(weak, OLD), ParameterName.FIXED_PATTERN_DAMAGE) == 3
    # Half of the group's mean: 0.35 of the way for the rest of it.
    weaker = with_modules(symbol, [(row, 0) for row in range(20)], 0.33)
    old = damage_in(weaker, judged(weaker, extremes(weaker.reflectance), OLD))
    assert old.segments["L1"] == 2
    direct = damage_in(
        weaker, judged(weaker, extremes(weaker.reflectance), Method.ISO_29158)
    )
    assert direct.segments["L1"] == 1


def test_minimum_reflectance_needs_a_card() -> None:
    symbol = data_matrix()
    dim = replace(symbol, reflectance=symbol.reflectance * 0.05)
    name = ParameterName.MINIMUM_REFLECTANCE
    assert of(grade_direct_mark(dim), name) == (pytest.approx(0.045), None)
    assert of(grade_direct_mark(dim, is_calibrated=True), name)[1] == 0
    assert of(grade_direct_mark(symbol, is_calibrated=True), name)[1] == 4


def test_brightness_tells_by_how_much_to_expose() -> None:
    symbol = data_matrix()

    def seen(share: float, *, is_calibrated: bool = False) -> Brightness | None:
        dimmed = replace(symbol, reflectance=symbol.reflectance * share)
        return brightness(grade_direct_mark(dimmed, is_calibrated=is_calibrated))

    right, dark, bright = seen(0.85), seen(0.5), seen(1.1)
    assert right is not None
    assert dark is not None
    assert bright is not None
    assert (right.is_right, right.exposure) == (True, 1)
    assert (dark.is_right, bright.is_right) == (False, False)
    assert dark.light * dark.exposure == pytest.approx(0.78)
    assert bright.exposure < 1
    assert seen(0.5, is_calibrated=True) is None
    assert brightness(grade_matrix(symbol, OLD)) is None


def test_a_method_for_bar_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="does not grade two-dimensional"):
        grade_matrix(qr(), Method.ISO_15416_2016)
