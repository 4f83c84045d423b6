"""Place and skew of a code on its pack, from pictures whose truth is drawn."""

import re

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision.checks.finding import CheckName
from agent.vision.checks.placement import Placement
from agent.vision.checks.wanted_place import Against, Wanted
from agent.vision.decoded import Decoded
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.defects import TYPICAL
from simulators.cameras.rendered import PrintedMark, render

SIZE = (640, 480)
MIDDLE = (320, 240)


@pytest.fixture
def pack(drawn):
    """A code printed on a cap or label, seen turned around the picture's middle."""

    def make(*, shape, offset=(0, 0), turn_deg=0.0, code_turn_deg=0.0, noise=3.0):
        code = drawn("qr", "https://h.cn/1", 4)
        side = code.shape[0]
        sheet = np.full((480, 640), 60, np.uint8)
        if shape == "cap":
            cv2.circle(sheet, MIDDLE, 160, 190, -1, cv2.LINE_AA)
            cv2.circle(sheet, MIDDLE, 150, 200, -1, cv2.LINE_AA)
        if shape == "label":
            cv2.rectangle(sheet, (160, 130), (480, 350), 210, -1)
        x, y = (m + o for m, o in zip(MIDDLE, offset, strict=True))
        about = cv2.getRotationMatrix2D((side / 2 - 0.5,) * 2, -code_turn_deg, 1)
        about[:, 2] += np.array((x, y)) - side / 2 + 0.5
        ink = cv2.warpAffine(255 - code, about, SIZE)
        sheet = np.where(ink > 0, sheet * (1 - ink / 255 * 0.8), sheet)
        view = cv2.getRotationMatrix2D(MIDDLE, -turn_deg, 1)
        seen = cv2.warpAffine(sheet.astype(np.uint8), view, SIZE, borderValue=60)
        rng = np.random.default_rng(1)
        grain = rng.normal(0, noise, seen.shape)
        image = np.clip(seen + grain, 0, 255).astype(np.uint8)
        (found,) = CodeVision(
            frozenset({Symbology.QR}), budget_ms=60_000
        ).read(image).codes  # fmt: skip
        return image, found

    return make


def wanted(**options):
    return Wanted(**({"tolerance_x": 10, "tolerance_y": 10} | options))


def check(pack, **options):
    image, code = pack
    return Placement(wanted(**options))(image, code, [code])


def figures(finding):
    return [float(n) for n in re.findall(r"-?\d+\.\d", finding.detail)]


def test_a_code_in_its_place_passes_with_its_figures(pack):
    finding = check(pack(shape="sheet", offset=(30, -20)), x=345, y=222)
    assert finding.check is CheckName.PLACEMENT
    assert finding.passed
    assert figures(finding) == pytest.approx([350, 220], abs=1)


@pytest.mark.parametrize(("x", "y", "axis"), [(330, 220, "x"), (350, 240, "y")])
def test_a_code_beside_its_place_is_told_with_figures(pack, x, y, axis):
    finding = check(pack(shape="sheet", offset=(30, -20)), x=x, y=y)
    assert not finding.passed
    assert finding.detail.startswith(axis)
    assert "expected" in finding.detail
    assert finding.detail.count("expected") == 1


@pytest.mark.parametrize("turn", [-12.0, -3.0, 0.0, 7.0, 20.0, 90.0, 180.0])
def test_skew_is_measured_clockwise(pack, turn):
    shot = pack(shape="sheet", code_turn_deg=turn)
    finding = check(shot, x=320, y=240, skew_deg=1, turn_deg=turn)
    assert finding.passed, finding.detail
    off = check(shot, x=320, y=240, skew_deg=1, turn_deg=turn - 5)
    assert not off.passed
    assert figures(off)[0] == pytest.approx(5, abs=0.6)


def test_upside_down_is_straight_only_where_any_direction_is(pack):
    shot = pack(shape="sheet", code_turn_deg=180)
    assert not check(shot, x=320, y=240, skew_deg=2).passed
    assert check(shot, x=320, y=240, skew_deg=2, quarter_turns=True).passed


@pytest.mark.parametrize("offset", [(0, 0), (25, -15), (-60, 40)])
def test_the_round_of_the_cap_is_where_it_is_measured_from(pack, offset):
    shot = pack(shape="cap", offset=offset)
    finding = check(shot, against=Against.CAP, x=offset[0], y=offset[1])
    assert finding.passed
    assert figures(finding) == pytest.approx(offset, abs=1)
    assert not check(shot, against=Against.CAP, x=offset[0] + 15, y=offset[1]).passed


def test_a_drawn_cap_with_glare_dots_and_noise_is_found():
    vision = CodeVision(frozenset({Symbology.QR}), budget_ms=60_000)
    for seed in range(12):
        mark = PrintedMark(symbology=Symbology.QR, text=f"https://h.cn/{seed}")
        image = render(mark, np.random.default_rng(seed), TYPICAL)
        (code,) = vision.read(image).codes
        wide = {"tolerance_x": 900, "tolerance_y": 900}
        by_cap, by_picture = (
            figures(Placement(wanted(against=against, **wide))(image, code, [code]))
            for against in (Against.CAP, Against.PICTURE)
        )
        # The drawn cap's middle is the picture's.
        assert np.subtract(by_picture, by_cap) == pytest.approx(MIDDLE, abs=1)


def test_a_round_through_three_edges_almost_on_a_line_is_no_cap():
    # Here such a round, as good as straight, once met every ray.
    mark = PrintedMark(symbology=Symbology.QR, text="https://h.cn/3")
    image = render(mark, np.random.default_rng(3), TYPICAL)
    code = code_at(
        (
            (251.16092475694697, 213.87922498833765),
            (353.1950504394567, 190.3328882923739),
            (380.6657765847478, 290.40481925021993),
            (274.70726145291076, 315.91335067084736),
        )
    )
    place = Placement(wanted(against=Against.CAP, tolerance_x=900, tolerance_y=900))
    assert figures(place(image, code, [code])) == pytest.approx([-5.1, 12.6], abs=1)


@pytest.mark.parametrize("turn", [0.0, 8.0, -15.0])
def test_the_edges_of_the_label_turn_with_it(pack, turn):
    shot = pack(shape="label", offset=(-70, 20), turn_deg=turn)
    finding = check(shot, against=Against.LABEL, x=-70, y=20, skew_deg=1.5)
    assert finding.passed, finding.detail
    askew = pack(shape="label", offset=(-70, 20), turn_deg=turn, code_turn_deg=6)
    finding = check(askew, against=Against.LABEL, x=-70, y=20, skew_deg=1.5)
    assert not finding.passed
    assert figures(finding)[0] == pytest.approx(6, abs=1)


@pytest.mark.parametrize(
    ("against", "words"),
    [(Against.CAP, "cap not found"), (Against.LABEL, "label not found")],
)
def test_a_pack_whose_outline_is_not_seen_has_not_passed(pack, against, words):
    finding = check(pack(shape="sheet"), against=against, tolerance_x=1e6)
    assert not finding.passed
    assert words in finding.detail


def test_the_code_itself_is_the_measure_in_millimetres(pack):
    shot = pack(shape="cap", offset=(40, -20))  # modules of 4 px
    finding = check(shot, against=Against.CAP, x=5, y=-2.5, module_mm=0.5)
    assert figures(finding) == pytest.approx([5, -2.5], abs=0.2)
    assert " mm" in finding.detail
    scaled = check(shot, against=Against.CAP, x=5, y=-2.5, px_per_mm=8)
    assert figures(scaled) == pytest.approx([5, -2.5], abs=0.2)


def code_at(corners, **options):
    given_ = {"symbology": Symbology.QR, "decoder": "zxing-cpp"} | options
    return Decoded(
        payload=b"1", text="1", aim="]Q1", variant="raw", corners=corners, **given_
    )


SQUARE = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))


@pytest.mark.parametrize(
    ("code", "options", "words"),
    [
        (code_at(SQUARE), {"module_mm": 0.3}, "size of a module"),
        (
            code_at(SQUARE, symbology=Symbology.CODE_128, decoder="zbar"),
            {"skew_deg": 3},
            "skew not measured",
        ),
        (code_at(((5.0, 5.0),) * 4), {"skew_deg": 3}, "skew not measured"),
    ],
)
def test_what_cannot_be_measured_has_not_passed(code, options, words):
    place = Placement(wanted(x=20, y=20, tolerance_x=500, tolerance_y=500, **options))
    finding = place(np.zeros((50, 50), np.uint8), code, [code])
    assert not finding.passed
    assert words in finding.detail


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(0, 0), (1, 1), (1, 60), (40, 3), (50, 50), (9, 9, 3)]),
    st.lists(st.floats(-80, 80), min_size=8, max_size=8),
    st.sampled_from(list(Against)),
)
def test_no_picture_and_no_corners_make_it_fail(shape, numbers, against):
    code = code_at(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    finding = Placement(wanted(against=against, skew_deg=5))(
        np.zeros(shape, np.uint8), code, [code]
    )
    assert finding.detail


@pytest.mark.parametrize(
    "options",
    [
        {"tolerance_x": 0},
        {"skew_deg": 0},
        {"px_per_mm": 8, "module_mm": 0.3},
        {"px_per_mm": -1},
    ],
)
def test_limits_without_sense_are_refused(options):
    with pytest.raises(ValueError, match=r"above 0|one scale"):
        wanted(**options)
