"""The drawn set: the same pictures from the same seed, every class as it says."""

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES, DOT_GAPS, SIZE, shots
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

WIDTH, HEIGHT = SIZE


def test_the_same_seed_draws_the_same_pictures():
    first = list(shots(Symbology.QR, 1, seed=3))
    again = list(shots(Symbology.QR, 1, seed=3))
    other = list(shots(Symbology.QR, 1, seed=4))
    assert [s.payload for s in first] == [s.payload for s in again]
    assert all(
        np.array_equal(a.image, b.image) for a, b in zip(first, again, strict=True)
    )
    assert [s.payload for s in first] != [s.payload for s in other]


def test_every_class_is_drawn_at_the_size_of_a_line_camera():
    drawn = list(shots(Symbology.GS1_DATA_MATRIX, 2))
    assert [s.kind for s in drawn] == [kind for kind in CLASSES for _ in range(2)]
    assert {s.image.shape for s in drawn} == {(HEIGHT, WIDTH)}
    assert set(DOT_GAPS) <= set(CLASSES)


@pytest.mark.parametrize("symbology", list(Symbology))
def test_a_fair_print_holds_the_payload_it_is_said_to_hold(symbology):
    fair = [s for s in shots(symbology, 4) if s.kind == "fair"]
    read = [zxingcpp.read_barcode(shot.image) for shot in fair]
    assert any(
        each is not None and each.bytes == shot.payload
        for each, shot in zip(read, fair, strict=True)
    )


def test_columns_crowd_towards_the_edges_of_a_bottle():
    flat = Defects(module_px=8, noise_grey=0)
    mark = PrintedMark(symbology=Symbology.QR, text="https://h.cn/x", version=2)
    runs: list[int] = []
    for defects in (flat, replace(flat, cylinder_deg=50)):
        picture = render(mark, np.random.default_rng(0), defects)
        dark = picture[120:360, 200:440] < 110  # inside the cap: ink alone
        top, left = (np.flatnonzero(dark.any(axis=axis))[0] for axis in (1, 0))
        timing = dark[top + 6 * 8 + 4, left:]
        runs.append(int(np.argmin(timing)))  # the finder pattern: 7 modules
    straight, bent = runs
    assert straight == 56
    assert bent == pytest.approx(51, abs=1)  # 100 - 100 sin 22° / sin 50°
