"""Two exposures against glare."""

import numpy as np
import pytest

from agent.vision.reading.aligning import shift_of
from agent.vision.reading.exposures import BURNT, fuse
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from simulators.cameras.rendered import PrintedMark
from simulators.cameras.two_exposures import Lamp, ShortExposure, two_exposures

QR = frozenset({Symbology.QR})
TEXT = "GLARE-0123456789"


def shot(text=TEXT, *, seed=1, lamp=None, share=0.2, moved_px=(0.0, 0.0), size=None):
    """The long and the short exposure of a QR code under a lamp."""
    return two_exposures(
        PrintedMark(symbology=Symbology.QR, text=text),
        np.random.default_rng(seed),
        lamp=lamp or Lamp(),
        short=ShortExposure(share=share, moved_px=moved_px),
        size=size or (400, 300),
    )


def read(*pictures, region=None):
    result = CodeVision(QR, region, budget_ms=60_000).read(*pictures)
    return [code.payload.decode() for code in result.codes]


@pytest.mark.parametrize("moved_px", [(0.0, 0.0), (17.3, -9.6), (-40.0, 5.0)])
@pytest.mark.parametrize("share", [0.15, 0.4])
def test_a_second_exposure_reads_what_glare_burnt_out(moved_px, share):
    """The product may have moved meanwhile; the lamp has not."""
    long, short = shot(moved_px=moved_px, share=share, lamp=Lamp(strength=1.2))
    assert read(long) == []
    assert read(long, short) == [TEXT]


def test_a_lamp_thrice_as_bright_as_paper_leaves_the_code_its_contrast():
    """Were all of it brought within 255, a quarter of the contrast would be left."""
    long, short = shot(lamp=Lamp(strength=3.0), share=0.2)
    assert read(long) == []
    assert read(long, short) == [TEXT]


def test_the_place_of_a_code_is_that_in_the_first_picture():
    (plain,) = (
        CodeVision(QR, budget_ms=60_000).read(shot(lamp=Lamp(strength=0))[0]).codes
    )
    pictures = shot(moved_px=(17.3, -9.6), lamp=Lamp(strength=1.2))
    (code,) = CodeVision(QR, budget_ms=60_000).read(*pictures).codes
    assert np.abs(np.subtract(code.corners, plain.corners)).max() < 2.5


def test_the_region_holds_for_both_exposures():
    region = Region(x=100, y=60, width=200, height=180)
    assert read(*shot(lamp=Lamp(strength=1.2)), region=region) == [TEXT]


@pytest.mark.parametrize("size", [(300, 300), (640, 480), (1280, 1024)])
@pytest.mark.parametrize("moved_px", [(0.0, 0.0), (11.3, -4.6), (-30.0, 21.0)])
def test_a_movement_is_found_to_half_a_pixel(size, moved_px):
    for seed in range(5):
        long, short = shot(seed=seed, moved_px=moved_px, size=size, share=0.5)
        brought = np.clip(short * 2.0, 0, 255).astype(np.uint8)
        assert shift_of(long, brought, BURNT) == pytest.approx(moved_px, abs=0.5)


@pytest.mark.parametrize("moved_px", [(0.0, 0.0), (60.0, 0.0)])
def test_a_second_picture_of_another_print_is_left_out(moved_px):
    """Either another text at the same place, or the same beyond an eighth."""
    lamp = Lamp(strength=3.0, radius_px=15, at=(180.0, 130.0))
    text = "ANOTHER-98765432" if moved_px == (0.0, 0.0) else TEXT
    region = Region(x=120, y=70, width=160, height=160)
    vision = CodeVision(QR, region, budget_ms=60_000)
    long, _ = shot(lamp=lamp)
    _, other = shot(text, seed=9, lamp=lamp, moved_px=moved_px)
    result = vision.read(long, other)
    assert result.unlike
    assert [c.payload.decode() for c in result.codes] == read(long, region=region)
    assert not vision.read(*shot(lamp=lamp)).unlike


def test_what_is_wholly_burnt_out_is_read_from_the_second_alone():
    long, short = shot(lamp=Lamp(strength=2.0, radius_px=400))
    assert long.min() > BURNT
    assert read(long, short) == [TEXT]


def test_a_picture_without_burnt_places_is_left_as_it_is():
    long = np.random.default_rng(1).integers(0, 200, (40, 40), np.uint8)
    assert fuse(long, long // 3) is long


def test_what_lies_away_from_the_glare_is_left_as_it_is():
    long, short = shot(lamp=Lamp(strength=3.0, radius_px=15, at=(40.0, 40.0)))
    dark = np.minimum(long, 140)
    dark[:100, :100] = long[:100, :100]
    fused = fuse(dark, short)
    assert fused is not None
    assert np.array_equal(fused[120:, 120:], dark[120:, 120:])


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("size", [1, 3, 9, 20])
def test_pictures_without_any_detail_are_no_trouble(level, size):
    flat = np.full((size, size), level, np.uint8)
    fused = fuse(flat, flat)
    assert fused is not None
    assert fused.shape == flat.shape
    assert fuse(flat[:0], flat[:0]) is not None


def test_pictures_of_different_sizes_do_not_show_the_same():
    burnt = np.full((4, 4), 255, np.uint8)
    assert fuse(burnt, np.zeros((4, 5), np.uint8)) is None
