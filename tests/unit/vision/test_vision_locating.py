"""Places that could hold a matrix code."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from agent.vision.reading.locating import is_light_on_dark, places
from agent.vision.symbology import Symbology
from simulators.cameras.defects import TYPICAL
from simulators.cameras.rendered import PrintedMark, render

FAIR = replace(TYPICAL, dot_share=1.15, glare=0.0, shift_px=0, tilt=0.0)


def holds(region, picture, side_px):
    """Whether it holds the middle square and is no more than a window of it."""
    rows, columns = picture.shape
    left, top = (columns - side_px) / 2, (rows - side_px) / 2
    return (
        region.x <= left
        and region.y <= top
        and region.x + region.width >= left + side_px
        and region.y + region.height >= top + side_px
        and max(region.width, region.height) <= 2.5 * side_px
    )


@pytest.mark.parametrize("size", [(640, 480), (1280, 1024), (2448, 2048)])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ink_grey": 140, "cap_grey": 155},
        {"dot_share": 0.7},
        {"noise_grey": 30},
        {"ink_grey": 200, "cap_grey": 70},
        {"rotation_deg": 180},
    ],
)
def test_a_code_on_a_cap_is_the_first_place(size, change):
    mark = PrintedMark(symbology=Symbology.QR, text="https://h.cn/x?c=AB12CD34EF56")
    defects = replace(FAIR, module_px=5, **change)
    picture = render(mark, np.random.default_rng(1), defects, size)
    first = places(picture)[0]
    assert holds(first, picture, 25 * 5)


def test_two_codes_are_two_places(drawn, placed):
    code = drawn("qr", "A", 4)
    picture = placed((900, 500), (code, 50, 60), (code, 650, 300))
    found = places(picture)
    assert len(found) == 2
    assert abs(found[0].x - found[1].x) > 400


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (300, 7), (64, 64), (500, 800)])
def test_nothing_is_found_where_nothing_is(shape):
    assert places(np.full(shape, 120, np.uint8)) == []


def test_places_are_inside_the_picture_whatever_is_in_it():
    rng = np.random.default_rng(2)
    for _ in range(20):
        rows, columns = rng.integers(8, 700, 2)
        rough = rng.integers(0, 256, (rows // 6 + 1, columns // 6 + 1), np.uint8)
        picture = cv2.resize(rough, (int(columns), int(rows)))
        for region in places(picture):
            assert region.x + region.width <= columns
            assert region.y + region.height <= rows


@pytest.mark.parametrize(("ink", "cap"), [(60, 180), (165, 180), (200, 70), (85, 70)])
def test_which_way_round_a_print_is(ink, cap):
    mark = PrintedMark(symbology=Symbology.QR, text="https://h.cn/x?c=AB12CD34EF56")
    defects = replace(FAIR, ink_grey=ink, cap_grey=cap, dot_share=0.85)
    picture = render(mark, np.random.default_rng(1), defects, (1280, 1024))
    assert is_light_on_dark(places(picture)[0].crop(picture)) == (ink > cap)


@pytest.mark.parametrize("shape", [(1, 1), (2, 90), (90, 2)])
def test_a_sliver_is_taken_as_dark_on_light(shape):
    assert not is_light_on_dark(np.full(shape, 9, np.uint8))
