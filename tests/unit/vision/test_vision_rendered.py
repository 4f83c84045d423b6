"""Drawn marks: typical ones are read, ruined ones are not."""

import numpy as np
import pytest

from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology
from simulators.cameras.defects import FAINT, GOOD, RUINOUS, TYPICAL
from simulators.cameras.rendered import PrintedMark, render

CAP = Region(x=160, y=80, width=320, height=320)
TEXTS = {
    Symbology.QR: "https://h.cn/x?c=AB12CD34EF56{:04d}",
    Symbology.GS1_DATA_MATRIX: "010690123456789210L2407\x1d21AB12cd{:04d}",
    Symbology.CODE_128: "CASE{:06d}",
}


def drawn(symbology, seed, defects):
    text = TEXTS[symbology].format(seed)
    mark = PrintedMark(symbology=symbology, text=text)
    return text, render(mark, np.random.default_rng(seed), defects)


def counts(vision, symbology, defects, count):
    """How many were read right, and how many read as anything else."""
    right = wrong = 0
    for seed in range(count):
        text, picture = drawn(symbology, seed, defects)
        read = [code.payload.decode() for code in vision.read(picture).codes]
        right += read == [text]
        wrong += read not in ([], [text])
    return right, wrong


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.GS1_DATA_MATRIX])
def test_a_typical_print_is_read(symbology):
    vision = CodeVision(frozenset({symbology}), CAP, budget_ms=60_000)
    right, wrong = counts(vision, symbology, TYPICAL, 500)
    assert right >= 498
    assert wrong == 0


def test_a_typical_bar_code_is_read():
    vision = CodeVision(frozenset({Symbology.CODE_128}), budget_ms=60_000)
    assert counts(vision, Symbology.CODE_128, TYPICAL, 50) == (50, 0)


@pytest.mark.parametrize("name", RUINOUS)
@pytest.mark.parametrize("symbology", TEXTS)
def test_a_ruined_print_is_not_read_whatever_is_tried(name, symbology):
    region = None if symbology.is_linear else CAP
    vision = CodeVision(frozenset({symbology}), region, budget_ms=60_000, module_px=5)
    assert counts(vision, symbology, RUINOUS[name], 12) == (0, 0)


def test_the_same_seed_draws_the_same_picture():
    one, two, other = (drawn(Symbology.QR, seed, TYPICAL)[1] for seed in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_blank_head_leaves_a_bare_cap():
    bare = PrintedMark(symbology=Symbology.QR, text=None)
    picture = render(bare, np.random.default_rng(1), GOOD, (320, 240))
    assert picture.shape == (240, 320)
    assert picture[90:150, 130:190].min() > 150


def test_gs1_text_is_drawn_with_fnc1_in_either_form():
    vision = CodeVision(frozenset({Symbology.GS1_QR}), budget_ms=60_000)
    for text in ("[01]06901234567892[10]A[21]B", "010690123456789210A\x1d21B"):
        mark = PrintedMark(symbology=Symbology.GS1_QR, text=text)
        (code,) = vision.read(render(mark, np.random.default_rng(1), GOOD)).codes
        assert (code.payload, code.aim) == (b"010690123456789210A\x1d21B", "]Q3")


def test_the_version_of_a_symbol_can_be_fixed():
    sizes = []
    for version in (3, 8):
        mark = PrintedMark(symbology=Symbology.QR, text="A", version=version)
        picture = render(mark, np.random.default_rng(1), GOOD)
        (code,) = (
            CodeVision(frozenset({Symbology.QR}), budget_ms=60_000).read(picture).codes
        )
        sizes.append(code.corners[1][0] - code.corners[0][0])
    assert sizes[1] / sizes[0] == pytest.approx(49 / 29, abs=0.1)


@pytest.mark.parametrize(
    "mark",
    [
        PrintedMark(symbology=Symbology.GS1_DATA_MATRIX, text="no element string"),
        PrintedMark(symbology=Symbology.EAN_13, text="letters"),
        PrintedMark(symbology=Symbology.QR, text="x" * 400, version=2),
    ],
)
def test_a_text_that_cannot_be_drawn_is_refused(mark):
    with pytest.raises(ValueError, match=r".+"):
        render(mark, np.random.default_rng(1), FAINT)
