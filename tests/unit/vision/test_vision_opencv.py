"""OpenCV as a further decoder of EAN-13."""

import numpy as np
import pytest

from agent.vision.decoders import opencv
from agent.vision.symbology import Symbology

TEXT = "6901234567892"


@pytest.fixture
def print_of(drawn):
    def draw(symbology, text):
        return np.pad(drawn(symbology, text, 2), 60, constant_values=255)

    return draw


def test_it_finds_an_ean_13_by_itself(print_of):
    (code,) = opencv.decode(print_of("ean_13", TEXT), "x")
    assert (code.text, code.symbology) == (TEXT, Symbology.EAN_13)
    assert (code.decoder, code.aim, code.variant) == (opencv.NAME, "]E0", "x")
    top_left, top_right, bottom_right, bottom_left = code.corners
    assert top_right[0] - top_left[0] == pytest.approx(190, abs=30)
    assert bottom_left[1] > top_left[1]
    assert bottom_right[1] > top_right[1]


def test_it_reads_a_few_rows_across_bars(print_of):
    picture = print_of("ean_13", TEXT)
    middle = picture.shape[0] // 2
    (code,) = opencv.decode_rows(picture[middle - 12 : middle + 12], "x")
    assert code.text == TEXT
    assert code.corners[2][1] == 23


def test_an_ean_13_that_begins_with_nought_has_all_its_digits(print_of):
    (code,) = opencv.decode(print_of("ean_13", "0012345678905"), "x")
    assert code.text == "0012345678905"


@pytest.mark.parametrize("side", [0, 1, 7, 63])
def test_pictures_too_small_give_nothing(side):
    picture = np.full((side, 200), 255, np.uint8)
    assert opencv.decode(picture, "x") == []
    assert opencv.decode_rows(picture, "x") == []


def test_where_there_are_no_bars_it_reads_nothing():
    noise = np.random.default_rng(2).integers(0, 256, (300, 400)).astype(np.uint8)
    for picture in (noise, np.full_like(noise, 200)):
        assert opencv.decode(picture, "x") == []
        assert opencv.decode_rows(picture[:24], "x") == []
