"""The check beside a code that a decoder really read."""

from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from agent.vision.checks.finding import CheckName
from agent.vision.checks.printed_text.check import PrintedText, TextBox
from agent.vision.checks.printed_text.pose import code_pose
from agent.vision.decoded import Decoded
from agent.vision.decoders.zxing import decode, formats_of
from agent.vision.symbology import Symbology
from simulators.cameras.dot_text import FAIR, GOOD, TYPICAL, Pose, text_picture

LINES = ("L2407-B8", "EXP 20270531")
SIZE = (1000, 1000)
ORIGIN = (500, 500)
# Its dots are as large as the code's modules.
BOX = TextBox(x=20, y=1, width=80)


def modules():
    symbol = zxingcpp.create_barcode(
        "0106901234567892", zxingcpp.BarcodeFormat.DataMatrix, force_square=True
    )
    return np.asarray(symbol.to_image(scale=1, add_quiet_zones=False)) == 0


MODULES = modules()
SIDE = MODULES.shape[0]


def picture(style, lines, look, seed, angle_deg, *, at=(SIDE + 2, 1), turn=0):
    """A Data Matrix with `lines` beside it, by default two modules right of it."""
    rng = np.random.default_rng(seed)
    code = Pose(origin=ORIGIN, dot_px=5, angle_deg=angle_deg)
    x, y = code.points(np.array([at], np.float64), GOOD)[0]
    text = Pose(origin=(x, y), dot_px=5, angle_deg=angle_deg + turn)
    return text_picture(lines, style, text, look, rng, size=SIZE, code=(MODULES, code))


def read(image):
    formats = formats_of([Symbology.DATA_MATRIX])
    (code,) = decode(image, formats, "raw", thorough=True)
    return code


def check(style, lines=LINES, box=None, **options):
    box = box or replace(BOX, x=SIDE + 2)
    return PrintedText(lambda code, codes: lines, box, style, **options)


@pytest.mark.parametrize("angle_deg", [0, 7, -12, 45, 90, 170, 260])
@pytest.mark.parametrize("look", [GOOD, FAIR])
def test_the_text_follows_the_code_however_it_lies(style, look, angle_deg):
    image = picture(style, LINES, look, 1, angle_deg)
    code = read(image)
    finding = check(style)(image, code, [code])
    assert finding.passed, finding.detail
    assert finding.check is CheckName.TEXT
    assert finding.detail.startswith("L2407-B8 / EXP 20270531, score 0.")
    wrong = check(style, ("L2401-B8", LINES[1]))(image, code, [code])
    assert not wrong.passed
    assert wrong.detail == "line 1: expected L2401-B8, 5th character looks like 7"


def test_typical_prints_beside_read_codes(style):
    wrong_of = {"0": "8", "7": "1", "5": "6", "3": "8"}
    passed = 0
    for seed in range(4):
        image = picture(style, LINES, TYPICAL, seed, 40.0 * seed)
        code = read(image)
        passed += check(style)(image, code, [code]).passed
        for old, new in wrong_of.items():
            lines = (LINES[0], LINES[1].replace(old, new, 1))
            assert not check(style, lines)(image, code, [code]).passed
    assert passed >= 3


@pytest.mark.parametrize(
    ("turn", "at"), [(90, (SIDE + 20, 0)), (180, (SIDE, -3)), (270, (SIDE + 2, 0))]
)
def test_text_turned_against_its_code(style, turn, at):
    image = picture(style, LINES, FAIR, 3, 10, at=at, turn=turn)
    code = read(image)
    box = replace(BOX, x=at[0], y=at[1])
    assert not check(style, box=box)(image, code, [code]).passed
    turned = replace(box, turn=turn // 90)
    assert check(style, box=turned)(image, code, [code]).passed


def test_a_place_fixed_in_the_picture(style):
    image = picture(style, LINES, FAIR, 4, 0)
    code = read(image)
    x, y = ORIGIN[0] + 5 * (SIDE + 2), ORIGIN[1] + 5
    box = TextBox(x=x, y=y, width=400, dot=5, tolerance=10, in_picture=True)
    assert check(style, box=box)(image, code, [code]).passed
    moved = replace(box, y=y + 60)
    assert not check(style, box=moved)(image, code, [code]).passed


def test_the_expected_text_is_asked_for_that_code(style):
    image = picture(style, LINES, FAIR, 5, 0)
    code = read(image)
    asked = []

    def expected(one, codes):
        asked.append((one, tuple(codes)))
        return LINES

    assert PrintedText(expected, replace(BOX, x=SIDE + 2), style)(
        image, code, [code]
    ).passed
    assert asked == [(code, (code,))]


def test_an_order_without_its_dates_is_a_failed_check_with_the_reason(style):
    def expected(code, codes):
        raise ValueError("printed text '{expiry}': the order has no expiry")

    image = picture(style, LINES, FAIR, 5, 0)
    finding = PrintedText(expected, BOX, style)(image, read(image), [])
    assert not finding.passed
    assert "has no expiry" in finding.detail


def test_a_colour_picture_will_do(style):
    image = picture(style, LINES, FAIR, 5, 0)
    code = read(image)
    colour = np.repeat(image[:, :, None], 3, axis=2)
    assert check(style)(colour, code, [code]).passed


CODE = Decoded(
    payload=b"1",
    text="1",
    aim="]d1",
    symbology=Symbology.DATA_MATRIX,
    decoder="zxing",
    variant="raw",
    corners=((10, 10), (50, 10), (50, 50), (10, 50)),
)


def test_a_code_of_unknown_module_size_cannot_say_where_the_text_is(style):
    finding = check(style)(np.zeros((400, 900), np.uint8), CODE, [CODE])
    assert not finding.passed
    assert "size of a module" in finding.detail


@pytest.mark.parametrize(
    "corners",
    [
        ((5, 5),) * 4,
        ((float("nan"), 1),) * 4,
        ((0, 0), (float("inf"), 0), (9, 9), (0, 9)),
    ],
)
def test_senseless_corners_are_told(style, corners):
    code = replace(CODE, corners=corners, modules=(18, 18))
    finding = check(style)(np.zeros((400, 900), np.uint8), code, [code])
    assert not finding.passed
    assert "enclose nothing" in finding.detail


def test_a_pose_by_modules_and_by_module_size_agree():
    by_count = code_pose(replace(CODE, modules=(20, 20)))
    by_size = code_pose(replace(CODE, module_px=2.0))
    for pose in (by_count, by_size):
        assert np.allclose(pose.origin, (10, 10))
        assert np.allclose(pose.across, (2, 0))
        assert np.allclose(pose.down, (0, 2))


def test_a_linear_code_has_square_modules():
    bar = replace(
        CODE,
        symbology=Symbology.CODE_128,
        corners=((10, 10), (110, 10), (110, 30), (10, 30)),
        module_px=1.0,
    )
    pose = code_pose(bar)
    assert np.allclose(pose.across, (1, 0))
    assert np.allclose(pose.down, (0, 1))
