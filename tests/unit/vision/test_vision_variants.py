"""The cascade as data."""

import numpy as np
import pytest

from agent.vision.reading.variants import (
    RAW,
    Decoder,
    Variant,
    Wanted,
    cascade,
    prepare,
)

SMALL, LARGE = 300 * 300, 1280 * 1024
ALL = Wanted(matrix=True, qr=True, linear=True)
QR = Wanted(matrix=True, qr=True, linear=False)
DATA_MATRIX = Wanted(matrix=True, qr=False, linear=False)
LINEAR = Wanted(matrix=False, qr=False, linear=True)


@pytest.mark.parametrize("wanted", [ALL, QR, DATA_MATRIX, LINEAR])
@pytest.mark.parametrize("module_px", [None, 1.5, 4.0, 5.0, 30.0])
@pytest.mark.parametrize("pixels", [SMALL, LARGE])
def test_every_cascade_looks_plainly_first_and_never_twice_alike(
    wanted, module_px, pixels
):
    looks = list(cascade(wanted, module_px, pixels))
    assert RAW in looks[:2]
    assert all(look.blur == 0 and not look.equalise for look in looks[:2])
    assert len({look.name for look in looks}) == len(looks)
    assert all(1 / 8 <= look.scale <= 3 for look in looks)


@pytest.mark.parametrize(
    ("module_px", "pixels", "first"),
    [
        (None, SMALL, "raw"),
        (None, LARGE, "1/2 size"),
        (4.0, LARGE, "raw"),
        (5.0, SMALL, "1/2 size"),
        (10.0, SMALL, "1/4 size"),
    ],
)
def test_the_first_look_has_as_few_pixels_as_will_do(module_px, pixels, first):
    assert next(cascade(DATA_MATRIX, module_px, pixels)).name == first


def test_zbar_is_asked_only_for_what_it_knows():
    def asks_zbar(wanted):
        looks = cascade(wanted, 5.0, SMALL)
        return any(look.decoder is Decoder.ZBAR for look in looks)

    assert asks_zbar(QR)
    assert asks_zbar(LINEAR)
    assert not asks_zbar(DATA_MATRIX)


@pytest.mark.parametrize("from_px", [2.0, 4.0, 8.0, 24.0])
def test_a_prepared_picture_has_the_scale_it_says(from_px):
    picture = np.full((90, 120), 128, np.uint8)
    look = Variant(name="x", from_px=from_px, to_px=4.0, blur=0.25, equalise=True)
    prepared, scale = prepare(picture, look)
    assert scale == pytest.approx(4.0 / from_px)
    assert prepared.shape == pytest.approx((90 * scale, 120 * scale), abs=1)
    assert prepared.dtype == np.uint8


def test_a_sliver_is_not_shrunk_to_nothing():
    sliver = np.zeros((3, 300), np.uint8)
    prepared, scale = prepare(sliver, Variant(name="x", from_px=24.0))
    assert prepared.shape == (3, 300)
    assert scale == 1.0


def test_preparing_leaves_the_picture_alone():
    picture = np.random.default_rng(1).integers(0, 256, (60, 60), np.uint8)
    before = picture.copy()
    for look in cascade(ALL, 5.0, picture.size):
        prepare(picture, look)
    assert np.array_equal(picture, before)
