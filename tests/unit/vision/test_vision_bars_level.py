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
    return CodeVision(wanted, budget_ms=60_000, **how)


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


def test_a_shaded_one_is_confirmed_closely_before_it_is_looked_for_anew(picture):
    vision = reader()
    vision.read(picture([TEXT]))
    shaded = picture([OTHER])
    shaded[:, 120:] //= 2
    result = vision.read(shaded)
    assert result.tries == (LEVEL, CONFIRM, "confirm bars closely")
    assert texts(result) == {OTHER}


@pytest.mark.parametrize("follow", [True, False])
def test_no_look_is_made_twice(picture, follow):
    accept = {TEXT.encode()}
    vision = reader(accept=lambda payload, aim: payload in accept, follow=follow)
    vision.read(picture([TEXT]))
    result = vision.read(picture([OTHER]))
    assert {FULL, "bars"} <= {*result.tries}
    assert len(result.tries) == len({*result.tries})


def test_a_wide_picture_begins_with_what_read_the_last_one(drawn, placed):
    """More pixels than are looked at untouched by a reader that knows nothing."""
    vision = reader(wanted=frozenset({CODE_128}))
    code = drawn("code_128", "ABC123DEF456", 2)
    wide = placed((1200, 500), (code, 50, 50))
    assert vision.read(wide).tries[0] == "1/2 size"
    names = [vision.read(wide).tries for _ in range(3)]
    assert len({*names}) == 1
    assert len(names[0]) == 2


def test_a_wide_region_of_bar_codes_is_looked_at_untouched(drawn, placed):
    """Its modules are small however many pixels it has."""
    wide = placed((1500, 250), (drawn("code_128", "ABC123DEF456", 2), 50, 50))
    assert reader(wanted=frozenset({CODE_128})).read(wide).tries[0] == FULL
    assert reader(wanted=frozenset({CODE_128, QR})).read(wide).tries[0] != FULL


def test_what_would_endanger_the_budget_does_not_come_first(drawn, placed):
    vision = CodeVision(frozenset({CODE_128}), budget_ms=3)
    small = placed((400, 200), (drawn("code_128", "ABC", 2), 50, 50))
    assert vision.read(small).tries[0] == FULL
    assert vision.read(np.tile(small, (8, 6))).tries[0] not in (FULL, LEVEL)
