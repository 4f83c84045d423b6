"""Bars that are not straight, sharp or large: what is made of where they stand."""

import cv2
import numpy as np
import pytest
import zxingcpp

from agent.vision.decoders import bars, zbar
from agent.vision.decoders.bars import averaged, ean13, rows
from agent.vision.decoders.bars.strip import Strip
from agent.vision.decoders.bars.upright import upright
from agent.vision.reading.bar_fields import BarFields
from agent.vision.reading.linear import linear_looks
from agent.vision.symbology import Symbology

EAN = Symbology.EAN_13
TEXT = "6901234567892"


@pytest.fixture
def flat():
    """Three pixels a module, 140 along the bars, 60 around."""
    symbol = zxingcpp.create_barcode(TEXT, zxingcpp.BarcodeFormat.EAN13)
    row = np.array(symbol.to_image(scale=1, add_quiet_zones=False))[5]
    picture = np.repeat(np.repeat(row[None], 140, axis=0), 3, axis=1) * 0.7 + 40
    return np.pad(picture, 60, constant_values=218).astype(np.uint8)


def wound(picture, across):
    """`across(x, y)`: by how many pixels each place is moved."""
    ys, xs = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    moved = cv2.remap(
        picture,
        (xs + across(xs, ys)).astype(np.float32),
        ys,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8)


def texts(found):
    return {code.text for code in found}


@pytest.mark.parametrize("phase", [0.0, 1.5, 3.0, 4.5])
def test_wrinkled_bars_are_made_upright(flat, phase):
    found = BarFields(wound(flat, lambda x, y: 6 * np.sin(y / 25 + x / 90 + phase)))
    assert texts(bars.decode_strip(found.plain(0), [EAN], "bars")) != {TEXT}
    (code,) = bars.decode_strip(found.upright(0), [EAN], "bars")
    assert code.text == TEXT
    assert code.paths >= 2


def test_upright_rows_are_those_that_show_bars(flat):
    found = BarFields(flat).plain(0)
    digits = np.random.default_rng(4).uniform(40, 218, (8, found.rows.shape[1]))
    lettered = Strip(np.vstack([found.rows, digits]).astype(np.float32), found.quad, 2)
    kept = upright(lettered).rows
    assert len(found.rows) - 1 <= len(kept) <= len(found.rows) + 1
    assert np.corrcoef(kept.mean(axis=0), found.rows.mean(axis=0))[0, 1] > 0.98


def test_a_strip_of_few_rows_stays_as_it_is(flat):
    found = BarFields(flat).plain(0)
    low = Strip(found.rows[:4], found.quad, found.per_px)
    assert upright(low) is low


@pytest.mark.parametrize("turn", [1, -1])
def test_modules_that_grow_narrower_along_the_print_are_evened(flat, turn):
    """From 3.5 pixels to 2.5, as round a bottle seen from one side."""
    middle = flat.shape[1] / 2
    bent = wound(flat, lambda x, _: turn * 12 * ((x - middle) / 142) ** 2)
    assert texts(bars.decode(bent, [EAN], "bars")) == {TEXT}


def test_blur_of_an_ean_13_is_taken_back(flat):
    found = BarFields(cv2.GaussianBlur(flat, (0, 0), 1.8))
    assert rows.decode(found.plain(0), [EAN], "rows") == []
    read = rows.decode(found.sharp(0), [EAN], "sharp")
    assert texts(read) == {TEXT}
    assert {code.decoder for code in read} >= {"zxing-cpp", "zbar"}


def test_places_are_told_in_the_whole_picture(flat):
    large = np.full((700, 900), 235, np.uint8)
    large[300 : 300 + flat.shape[0], 400 : 400 + flat.shape[1]] = flat
    found = BarFields(large)
    for code in (
        *rows.decode(found.plain(0), [EAN], "rows"),
        *averaged.decode(found.upright(0), [EAN], "averaged"),
        *bars.decode_strip(found.upright(0), [EAN], "bars"),
    ):
        left, right = code.corners[0], code.corners[1]
        if code.decoder != "opencv":  # it is not asked where
            assert left[0] == pytest.approx(460, abs=8)
            assert right[0] == pytest.approx(745, abs=8)
        assert 300 < left[1] < code.corners[2][1] < 300 + flat.shape[0]


def test_small_bars_in_a_large_picture_are_read_at_its_own_size(drawn):
    """Two pixels a module, twelve megapixels: any whole look at less misses them."""
    picture = np.full((3000, 4000), 200, np.uint8)
    part = np.pad(drawn("ean_13", TEXT, 2), 40, constant_values=255)
    picture[1700 : 1700 + part.shape[0], 2300 : 2300 + part.shape[1]] = part
    first, *_ = linear_looks(picture, {EAN}, list)
    found = first.read()
    assert texts(found) == {TEXT}
    assert len({code.decoder for code in found}) >= 2


def test_two_fields_are_looked_at_and_no_more(flat):
    found = BarFields(np.vstack([flat, np.full((200, flat.shape[1]), 235, np.uint8)]))
    assert found.plain(0) is not None
    assert found.plain(1) is None
    assert found.upright(1) is None
    assert found.sharp(1) is None
    assert BarFields(np.full((50, 60), 9, np.uint8)).sharp(0) is None


def test_a_print_seen_from_the_other_side_is_told_by_its_digits(flat):
    turned = np.ascontiguousarray(flat[::-1, ::-1])
    assert texts(bars.decode(turned, [EAN], "bars")) == {TEXT}
    profile = turned[130].astype(np.float32)
    right = len(profile) - 60.0
    assert ean13.read(profile, 60.0, right)[1] is None


def test_zbar_still_reads_bars_along_either_side(flat):
    for picture in (flat, np.ascontiguousarray(flat.T)):
        assert texts(zbar.decode(picture, [EAN], "x")) == {TEXT}
