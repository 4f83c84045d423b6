"""What plain decoding does not read and the cascade does: one fault at a time."""

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from agent.vision.decoders.zxing import formats_of
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.bench_set import CLASSES, DOT_GAPS, shots
from simulators.cameras.defects import TYPICAL
from simulators.cameras.rendered import PrintedMark, render

MATRIX = (Symbology.QR, Symbology.GS1_DATA_MATRIX)
SIZE = (800, 640)
SEED = 4711
PICTURES = 5
# How many of a class must be read; of the others all. At 3 pixels a module these are
# at the limit of what can be read.
LEAST = {
    "contrast 25": 3,
    "contrast 15": 2,
    "defocus 2 px": 2,
    "noise 20": 3,
    "noise 35": 1,
    "3 % dots missing": 1,
    "3 scratches": 1,
    "tilt 0.2": 4,
    "any rotation": 4,
    "motion 1 module": 4,
    "cylinder 35°": 4,
    "cylinder 50°": 4,
    "glare 0.5": 4,
}


def fresh(symbology):
    return CodeVision(frozenset({symbology}), budget_ms=60_000)


@pytest.fixture(scope="module", params=MATRIX)
def counted(request):
    """Per class: pictures, read by us, wrong, read by zxing-cpp alone."""
    symbology = request.param
    counts = {kind: [0, 0, 0, 0] for kind in CLASSES}
    for shot in shots(symbology, PICTURES, seed=SEED):
        texts = {c.payload for c in fresh(symbology).read(shot.image).codes}
        alone = zxingcpp.read_barcode(shot.image, formats=formats_of({symbology}))
        count = counts[shot.kind]
        count[0] += 1
        count[1] += texts == {shot.payload}
        count[2] += bool(texts - {shot.payload})
        count[3] += alone is not None and alone.bytes == shot.payload
    return counts


def test_nothing_is_read_wrong(counted):
    assert {kind: count[2] for kind, count in counted.items() if count[2]} == {}


def test_every_kind_of_fault_is_read_as_often_as_it_was(counted):
    least = {kind: LEAST.get(kind, PICTURES) for kind in counted}
    short = {k: (n[1], least[k]) for k, n in counted.items() if n[1] < least[k]}
    assert short == {}


def test_it_reads_far_more_than_the_library_alone(counted):
    ours, alone = (sum(count[i] for count in counted.values()) for i in (1, 3))
    pictures = sum(count[0] for count in counted.values())
    assert (ours - alone) / pictures >= 0.08
    assert all(counted[kind][1] == PICTURES for kind in DOT_GAPS)


@pytest.mark.parametrize("symbology", MATRIX)
@pytest.mark.parametrize("share", [0.6, 0.7, 0.85])
@pytest.mark.parametrize("module_px", [4.0, 7.0])
def test_ink_dots_that_do_not_touch(symbology, share, module_px):
    defects = replace(
        TYPICAL, dot_share=share, module_px=module_px, missing_dots=0, glare=0
    )
    text = "https://h.cn/x?c=DOTS"
    if symbology.is_gs1:
        text = "010690123456789210L2407\x1d21DOTS"
    mark = PrintedMark(symbology=symbology, text=text)
    read = 0
    for seed in range(4):
        picture = render(mark, np.random.default_rng(seed), defects, SIZE)
        read += [c.text for c in fresh(symbology).read(picture).codes] == [text]
    assert read == 4


@pytest.mark.parametrize("symbology", MATRIX)
def test_bottles_whose_axis_lies_either_way(symbology):
    text = (
        "010690123456789210L2407\x1d21BENT" if symbology.is_gs1 else "https://h.cn/BENT"
    )
    mark = PrintedMark(symbology=symbology, text=text)
    defects = replace(TYPICAL, dot_share=1.15, missing_dots=0, glare=0, cylinder_deg=45)
    for turns in (0, 1):
        read = 0
        for seed in range(4):
            picture = render(mark, np.random.default_rng(seed), defects, SIZE)
            seen = np.ascontiguousarray(np.rot90(picture, turns))
            read += [c.text for c in fresh(symbology).read(seen).codes] == [text]
        assert read == 4
