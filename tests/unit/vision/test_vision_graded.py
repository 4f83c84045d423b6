"""The exactly known prints are what they say, measured without a grader."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp

from agent.vision.symbology import Symbology
from simulators.cameras.exact_print import Spot
from simulators.cameras.graded import (
    Printing,
    Shot,
    bar_widths,
    draw_linear,
    draw_matrix,
    matrix,
)

LONE = np.zeros((5, 5), dtype=np.bool_)
LONE[2, 2] = True
BLACK_ON_WHITE = Printing(dark=0.0, light=1.0)


def ink_area(image: np.ndarray, module_px: float) -> float:
    """Ink of a black on white picture, in modules."""
    return float((255.0 - image).sum()) / 255 / module_px**2


@pytest.mark.parametrize("module_px", [3.7, 5.37, 8.0])
@pytest.mark.parametrize("growth", [(0.0, 0.0), (0.2, 0.0), (-0.15, 0.1), (0.3, -0.2)])
@pytest.mark.parametrize("turn", [0.0, 7.0])
def test_growth_is_exact(
    module_px: float, growth: tuple[float, float], turn: float
) -> None:
    picture = draw_matrix(
        LONE,
        replace(BLACK_ON_WHITE, growth=growth),
        Shot(module_px=module_px, rotation_deg=turn, shift_px=(0.31, -0.17)),
    )
    area = (1 + growth[0]) * (1 + growth[1])
    assert ink_area(picture.image, module_px) == pytest.approx(area, abs=0.02)


def test_corners_and_centres_are_where_the_ink_is() -> None:
    shot = Shot(module_px=7.3, rotation_deg=33, shift_px=(2.4, 1.3))
    picture = draw_matrix(LONE, replace(BLACK_ON_WHITE, stretch=1.2), shot)
    y, x = np.indices(picture.image.shape)
    ink = 255.0 - picture.image
    seen = ((x * ink).sum() / ink.sum(), (y * ink).sum() / ink.sum())
    assert seen == pytest.approx(tuple(picture.centres[2, 2]), abs=0.02)
    assert np.mean(picture.corners, axis=0) == pytest.approx(seen, abs=0.02)
    sides = np.diff(np.array(picture.corners), axis=0)
    across, down = np.hypot(*sides[0]), np.hypot(*sides[1])
    assert across / down == pytest.approx(1.2)
    assert picture.axial_nonuniformity == pytest.approx(0.2 / 1.1)


@pytest.mark.parametrize("largest", [0.2, 0.75])
def test_distortion_is_the_largest_distance_from_the_best_straight_grid(
    largest: float,
) -> None:
    modules = matrix("https://x.cn/1", Symbology.QR, ec_level="M")
    shot = Shot(module_px=6.0, rotation_deg=10)
    picture = draw_matrix(modules, Printing(distortion=largest), shot)
    rows, columns = modules.shape
    ideal = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1)
    fit, _ = cv2.findHomography(
        ideal.reshape(-1, 2).astype(np.float64), picture.centres.reshape(-1, 2), 0
    )
    straight = cv2.perspectiveTransform(
        ideal.reshape(-1, 1, 2).astype(np.float64), fit
    ).reshape(rows, columns, 2)
    away = np.linalg.norm(picture.centres - straight, axis=-1) / 6.0
    assert away.max() == pytest.approx(largest, abs=0.01)


def test_distorted_modules_are_drawn_where_truth_says() -> None:
    dots = np.zeros((9, 9), dtype=np.bool_)
    dots[1::3, 1::3] = True
    picture = draw_matrix(dots, replace(BLACK_ON_WHITE, distortion=0.6))
    for row, column in np.argwhere(dots):
        x, y = picture.centres[row, column]
        cut = picture.image[round(y) - 8 : round(y) + 9, round(x) - 8 : round(x) + 9]
        ink, (ys, xs) = 255.0 - cut, np.indices(cut.shape)
        assert (xs * ink).sum() / ink.sum() + round(x) - 8 == pytest.approx(x, abs=0.15)
        assert (ys * ink).sum() / ink.sum() + round(y) - 8 == pytest.approx(y, abs=0.15)


def test_reflectance_flips_ink_spots_and_surround_are_as_told() -> None:
    picture = draw_matrix(
        LONE,
        Printing(
            dark=0.2,
            light=0.9,
            flipped=[(2, 2), (0, 1), (-1, 0)],
            ink={(4, 4): 0.5},
            spots=[Spot(x=4.5, y=0.5, radius=0.4, ink=1.0)],
            quiet=2,
            surround=1.0,
        ),
        Shot(module_px=9.0, size=(200, 150)),
    )
    assert picture.contrast == pytest.approx(0.7)

    def at(row: int, column: int) -> float:
        x, y = picture.corners[0]
        place = (round(y + 9 * (row + 0.5)), round(x + 9 * (column + 0.5)))
        return float(picture.image[place]) / 255

    assert at(2, 2) == pytest.approx(0.9, abs=0.003)
    assert at(0, 1) == pytest.approx(0.2, abs=0.003)
    assert at(-1, 0) == pytest.approx(0.2, abs=0.003)
    assert at(4, 4) == pytest.approx(0.55, abs=0.003)
    assert at(0, 4) == pytest.approx(0.2, abs=0.003)
    assert at(-2, -2) == pytest.approx(0.9, abs=0.003)
    assert at(-4, 2) == pytest.approx(0.2, abs=0.003)
    assert picture.printed[0, 1]
    assert not picture.printed[2, 2]


def test_noise_repeats_with_its_seed_and_has_its_deviation() -> None:
    shots = [Shot(noise_grey=4, seed=seed) for seed in (1, 1, 2)]
    first, again, other = (
        draw_matrix(LONE, Printing(light=0.5), shot).image for shot in shots
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first[:20].std() == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize(
    ("symbology", "text", "identifier"),
    [
        (Symbology.QR, "https://x.cn/1", "]Q1"),
        (Symbology.GS1_QR, "[01]06901234567892[21]AB", "]Q3"),
        (Symbology.DATA_MATRIX, "https://x.cn/1", "]d1"),
        (Symbology.GS1_DATA_MATRIX, "[01]06901234567892[21]AB", "]d2"),
    ],
)
def test_a_drawn_matrix_reads(symbology: Symbology, text: str, identifier: str) -> None:
    picture = draw_matrix(matrix(text, symbology), shot=Shot(rotation_deg=20))
    read = zxingcpp.read_barcode(picture.image)
    assert read is not None
    assert read.symbology_identifier == identifier


def test_a_drawn_bar_code_reads_and_its_bars_are_exact() -> None:
    widths = bar_widths("6901234567892", Symbology.EAN_13)
    assert sum(widths) == 95
    picture = draw_linear(
        widths, 30, Printing(dark=0, light=1, growth=(0.2, 0), quiet=11)
    )
    read = zxingcpp.read_barcode(picture.image)
    assert read is not None
    assert read.text == "6901234567892"
    bars = widths[::2]
    expected = (sum(bars) + 0.2 * len(bars)) * 30
    assert ink_area(picture.image, 8.0) == pytest.approx(expected, rel=0.003)


def test_a_picture_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="need 104 x 104"):
        draw_matrix(LONE, shot=Shot(size=(100, 200)))
