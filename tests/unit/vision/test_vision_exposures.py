"""Two exposures against glare."""

import numpy as np
import pytest

from agent.vision.reading.exposures import fuse
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

QR = frozenset({Symbology.QR})


def exposures(scene, lamp, short_share=0.4):
    """What a camera makes of `scene` under a lamp: long, then short; 255 is the end."""
    light = scene * 0.7 + lamp
    long = np.clip(light, 0, 255).astype(np.uint8)
    return long, np.clip(light * short_share, 0, 255).astype(np.uint8)


def under_a_lamp(drawn):
    scene = drawn("qr", "GLARE").astype(np.float64)
    rows, columns = scene.shape
    away = np.hypot(*(np.indices(scene.shape).T - (rows / 2, columns / 2)).T)
    return exposures(scene, 420 * np.exp(-((away / 40) ** 2)))


def test_a_second_exposure_reads_what_glare_burnt_out(drawn):
    long, short = under_a_lamp(drawn)
    vision = CodeVision(QR, budget_ms=500)
    assert vision.read(long).codes == ()
    assert vision.read(long, short).codes[0].payload == b"GLARE"


def test_the_region_holds_for_both_exposures(drawn, placed):
    long, short = under_a_lamp(drawn)
    at = Region(x=60, y=30, width=long.shape[1], height=long.shape[0])
    pictures = [placed((300, 200), (part, 60, 30)) for part in (long, short)]
    assert CodeVision(QR, at, budget_ms=500).read(*pictures).codes


def test_a_picture_without_burnt_places_is_left_as_it_is():
    long = np.random.default_rng(1).integers(0, 200, (40, 40), np.uint8)
    assert fuse(long, long // 3) is long


def test_the_burnt_part_keeps_the_order_of_brightness():
    ramp = np.tile(np.linspace(0, 600, 240), (40, 1))
    long, short = exposures(ramp, 0)
    fused = fuse(long, short).mean(axis=0)
    assert np.all(np.diff(fused) >= -2)
    assert fused[200] - fused[150] > 15  # both burnt out in the long exposure


@pytest.mark.parametrize("level", [0, 255])
def test_pictures_without_any_detail_are_no_trouble(level):
    flat = np.full((20, 20), level, np.uint8)
    assert fuse(flat, flat).shape == (20, 20)
    assert fuse(flat[:0], flat[:0]).size == 0


def test_different_views_are_refused():
    with pytest.raises(ValueError, match="same view"):
        fuse(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8))
