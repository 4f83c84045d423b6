"""What read the last bar codes comes first, along the rows only where they lie so."""

import numpy as np
import pytest

from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

EAN, CODE_128, QR = Symbology.EAN_13, Symbology.CODE_128, Symbology.QR
FULL, LEVEL, CONFIRM = "raw", "raw, level", "confirm bars"
TEXT, OTHER = "6901234567892", "4006381333931"


@pytest.fixture
def picture(drawn, placed):
    """Codes of these texts below each other, and upright ones beside them."""

    def draw(level=(), upright=()):
        parts = []
        for at, text in enumerate(level):
            parts.append((drawn("ean_13", text, 2), 20, 20 + 150 * at))
        for at, text in enumerate(upright):
            code = np.ascontiguousarray(drawn("ean_13", text, 2).T)
            parts.append((code, 280 + 120 * at, 20))
        return placed((600, 400), *parts)

    return draw


def reader(**how):
    wanted = how.pop("wanted", frozenset({EAN}))
    return CodeVision(wanted, budget_ms=1000, **how)


def texts(result):
    return {code.text for code in result.codes}


def test_the_look_that_read_a_level_code_leaves_out_the_columns_next_time(picture):
    vision = reader()
    assert vision.read(picture([TEXT])).tries == (FULL, CONFIRM)
    for _ in range(2):
        result = vision.read(picture([OTHER]))
        assert (result.tries, texts(result)) == ((LEVEL, CONFIRM), {OTHER})


def test_two_level_codes_are_noticed_by_it(picture):
    vision = reader()
    vision.read(picture([TEXT]))
    result = vision.read(picture([TEXT, OTHER]))
    assert result.tries[0] == LEVEL
    assert texts(result) == {TEXT, OTHER}


def test_a_code_that_stands_upright_is_read_in_the_same_picture(picture):
    vision = reader()
    vision.read(picture([TEXT]))
    result = vision.read(picture(upright=[OTHER]))
    assert texts(result) == {OTHER}
    assert result.tries == (LEVEL, FULL, CONFIRM)
    assert vision.read(picture(upright=[TEXT])).tries == (FULL, CONFIRM)


def test_without_following_a_second_code_is_noticed_however_it_stands(picture):
    vision = reader(follow=False)
    for _ in range(3):
        vision.read(picture([TEXT]))
    result = vision.read(picture([TEXT], [OTHER]))
    assert LEVEL not in result.tries
    assert texts(result) == {TEXT, OTHER}


def test_where_matrix_codes_are_wanted_too_all_are_looked_for(picture):
    vision = reader(wanted=frozenset({EAN, QR}))
    vision.read(picture([TEXT]))
    assert vision.read(picture([TEXT])).tries[0] == FULL


def test_a_code_that_is_level_and_unclear_ends_the_looks_as_any_other(picture):
    vision = reader()
    vision.read(picture([TEXT]))
    blurred = picture([OTHER]).copy()
    blurred[::2] = 255 - blurred[::2] // 4
    result = vision.read(blurred)
    assert texts(result) <= {OTHER}


def test_a_wide_picture_begins_with_what_read_the_last_one(drawn, placed):
    """More pixels than are looked at untouched by a reader that knows nothing."""
    vision = reader(wanted=frozenset({CODE_128}))
    code = drawn("code_128", "ABC123DEF456", 2)
    wide = placed((1200, 500), (code, 50, 50))
    assert vision.read(wide).tries[0] == "1/2 size"
    names = [vision.read(wide).tries for _ in range(3)]
    assert len({*names}) == 1
    assert len(names[0]) == 2
