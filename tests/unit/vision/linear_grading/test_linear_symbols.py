"""Whole symbols: turned, seen at an angle, noisy, cut, too small, and real ones."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision.decoders import zbar, zxing
from agent.vision.evaluation.index import examples
from agent.vision.grading.grade import Method, ParameterName
from agent.vision.grading.linear.grading import grade_linear
from agent.vision.symbology import Symbology
from agent.vision.symbols.not_gradable import NotGradable
from simulators.cameras import graded
from simulators.measure.eye.real import images_dir

EVERY = (Symbology.CODE_128, Symbology.EAN_13, Symbology.ITF)
NAME = ParameterName


def parameter(grade, name):
    return next(each for each in grade.parameters if each.name is name)


@pytest.mark.parametrize("symbology", EVERY)
def test_a_perfect_print_is_perfect_in_everything(shoot, symbology):
    shot = shoot(symbology)
    grade = grade_linear(shot.image, shot.code)
    assert (grade.grade, grade.letter) == (4.0, "A")
    assert grade.method is Method.ISO_15416_2016
    assert grade.aperture_modules == pytest.approx(0.8, abs=0.01)
    assert [each.name for each in grade.parameters] == [
        NAME.DECODE,
        NAME.SYMBOL_CONTRAST,
        NAME.MINIMUM_REFLECTANCE,
        NAME.EDGE_DETERMINATION,
        NAME.EDGE_CONTRAST,
        NAME.MODULATION,
        NAME.DEFECTS,
        NAME.DECODABILITY,
        NAME.QUIET_ZONE,
        NAME.PRINT_GROWTH,
    ]


def test_the_grade_is_the_mean_of_ten_scans(shoot):
    # A void over the upper 45 % of the height: below the band's top tenth it crosses
    # four of ten lines, and they fall to grade 0 by their defects.
    shot = shoot(stripes=[(-6, -5, 0.4)], stripe_height=0.45, height=60)
    grade = grade_linear(shot.image, shot.code)
    assert grade.grade == pytest.approx(0.6 * 4)
    assert parameter(grade, NAME.DEFECTS).grade == pytest.approx(0.6 * 4)
    assert grade.value(NAME.DEFECTS) == pytest.approx(0.4 * 0.4, abs=0.01)


@pytest.mark.parametrize("turn_deg", [7, 90, 172, 270])
def test_a_turned_symbol_has_the_same_figures(turn_deg):
    text = "ABC-1234567"
    widths = graded.bar_widths(text, Symbology.CODE_128)
    printing = graded.Printing(dark=0.15, light=0.75, growth=(0.1, 0), quiet=12)
    picture = graded.draw_linear(
        widths, 30, printing, graded.Shot(module_px=3.7, rotation_deg=turn_deg)
    )
    formats = zxing.formats_of({Symbology.CODE_128})
    (code,) = zxing.decode(picture.image, formats, "plain", thorough=True)
    for known in (code, replace(code, corners=picture.corners)):
        grade = grade_linear(picture.image, known)
        assert grade.value(NAME.SYMBOL_CONTRAST) == pytest.approx(0.6, abs=0.02)
        assert grade.value(NAME.PRINT_GROWTH) == pytest.approx(0.1, abs=0.03)
        assert grade.value(NAME.DECODABILITY) == pytest.approx(0.83, abs=0.05)
        assert grade.value(NAME.QUIET_ZONE) == 1
        assert grade.grade == pytest.approx(3.3, abs=0.11)


@pytest.mark.parametrize("decoder", ["zxing", "zbar"])
def test_perspective_and_a_bent_label_do_not_lose_the_bars(shoot, decoder):
    shot = shoot(x_px=4, height=25)
    rows, columns = shot.image.shape
    image = cv2.copyMakeBorder(shot.image, 60, 60, 60, 60, 0, value=204)
    square = np.float32([[0, 0], [columns, 0], [columns, rows], [0, rows]]) + 60
    seen = square + np.float32([[-25, -5], [10, 20], [-15, -12], [0, 15]])
    image = cv2.warpPerspective(
        image,
        cv2.getPerspectiveTransform(square, seen),
        (image.shape[1], image.shape[0]),
        borderValue=204,
    )
    wanted = frozenset({Symbology.CODE_128})
    codes = (
        zbar.decode(image, wanted, "plain")
        if decoder == "zbar"
        else zxing.decode(image, zxing.formats_of(wanted), "plain", thorough=True)
    )
    grade = grade_linear(image, codes[0])
    assert grade.value(NAME.EDGE_DETERMINATION) == 1
    assert grade.value(NAME.DECODABILITY) > 0.7
    assert grade.grade >= 3.5


@pytest.mark.parametrize("symbology", EVERY)
def test_a_box_that_does_not_tell_up_from_down_will_do(shoot, symbology):
    # zbar gives the box around what it scanned, and now and then a part of it.
    shot = shoot(symbology, stripes=[(-10.5, -9.5, 1.0)])
    image = np.ascontiguousarray(shot.image[::-1, ::-1])
    bottom = image.shape[0] - 1
    for inset in (0, 0.45 * sum(shot.widths) * 4):
        (left, _), (right, _), *_ = shot.code.corners
        ends = image.shape[1] - 1 - right + inset, image.shape[1] - 1 - left - inset
        box = ((ends[0], 0), (ends[1], 0), (ends[1], bottom), (ends[0], bottom))
        grade = grade_linear(image, replace(shot.code, corners=box))
        assert grade.value(NAME.DECODE) == 1
        # The stain stands 9.5 X before the symbol's own left: EAN-13 alone needs
        # less than that on its right, all need more on their left.
        quiet = parameter(grade, NAME.QUIET_ZONE)
        assert quiet.grade == 0
        needed = 11 if symbology is Symbology.EAN_13 else 10
        assert quiet.value == pytest.approx(9.5 / needed, abs=0.02)


def test_bars_that_bend_are_followed(shoot):
    shot = shoot(height=30)
    rows = len(shot.image)
    bend = np.rint(6 * np.linspace(-1, 1, rows) ** 2).astype(int)
    image = np.stack(
        [np.roll(row, shift) for row, shift in zip(shot.image, bend, strict=True)]
    )
    grade = grade_linear(image, shot.code)
    assert grade.value(NAME.EDGE_DETERMINATION) == 1
    assert parameter(grade, NAME.QUIET_ZONE).grade == 4.0
    assert grade.grade >= 3.5


def test_text_right_under_the_bars_is_not_scanned(shoot):
    shot = shoot(height=30)
    image = np.pad(shot.image, ((0, 60), (0, 0)), mode="edge")
    rows = len(shot.image)
    image[rows:] = 204
    for at in range(8):
        where = (60 + 45 * at, rows + 30)
        cv2.putText(image, str(at), where, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 25, 3)
    grade = grade_linear(image, shot.code)
    assert (grade.grade, grade.value(NAME.EDGE_DETERMINATION)) == (4.0, 1)


def test_bars_that_go_on_at_one_end_do_not_tilt_the_scans(shoot):
    shot = shoot(height=30)
    rows, columns = shot.image.shape
    image = np.pad(shot.image, ((0, 240), (0, 0)), mode="edge")
    image[rows:, columns // 2 :] = 204
    grade = grade_linear(image, shot.code)
    assert (grade.grade, grade.value(NAME.EDGE_DETERMINATION)) == (4.0, 1)


def test_ten_noisy_shots_of_one_print_agree(shoot):
    for symbology in EVERY:
        for x_px, noise in ((2.5, 6.0), (4.0, 6.0)):
            grades = []
            for seed in range(10):
                shot = shoot(
                    symbology,
                    growth=0.1,
                    x_px=x_px,
                    blur_px=x_px / 5,
                    noise=noise,
                    seed=seed,
                    phase_px=seed / 10,
                    light=0.7,
                )
                grades.append(grade_linear(shot.image, shot.code).grade)
            assert np.ptp(grades) <= 0.5, (symbology, x_px, grades)


def test_light_bars_on_a_dark_ground_are_graded_turned_over(shoot):
    shot = shoot(dark=0.2, light=0.9)
    grade = grade_linear(cv2.bitwise_not(shot.image), shot.code)
    assert grade.value(NAME.DECODABILITY) > 0.95
    assert grade.profile is not None
    assert grade.profile.light == pytest.approx(0.8, abs=0.01)
    assert grade.profile.dark == pytest.approx(0.1, abs=0.01)
    # Reflectance as printed: the ground is 0.1, the bars 0.8.
    assert grade.value(NAME.MINIMUM_REFLECTANCE) == pytest.approx(0.125, abs=0.01)


def test_scale_turns_grey_into_reflectance(shoot):
    shot = shoot(dark=0.2, light=0.5)
    scale = (0.1 * 255, 0.6 * 255)
    grade = grade_linear(shot.image, shot.code, scale=scale, is_calibrated=True)
    assert grade.value(NAME.SYMBOL_CONTRAST) == pytest.approx(0.6, abs=0.01)
    assert grade.is_calibrated


def test_colour_is_taken_as_grey(shoot):
    shot = shoot()
    colour = cv2.cvtColor(shot.image, cv2.COLOR_GRAY2BGR)
    assert grade_linear(colour, shot.code) == grade_linear(shot.image, shot.code)


def test_what_cannot_be_graded_says_why(shoot):
    shot = shoot(x_px=1.47)
    with pytest.raises(NotGradable, match=r"1\.4\d pixels wide"):
        grade_linear(shot.image, shot.code)
    shot = shoot()
    with pytest.raises(NotGradable, match="no parallel bars"):
        grade_linear(np.full_like(shot.image, 90), shot.code)
    with pytest.raises(NotGradable, match="outside of the picture"):
        grade_linear(shot.image[:, :1], shot.code)
    with pytest.raises(NotGradable, match="out of the picture"):
        grade_linear(shot.image[:, round(shot.code.corners[0][0]) + 12 :], shot.code)
    with pytest.raises(NotGradable, match="pixels high"):
        grade_linear(shot.image[:3], shot.code)
    nowhere = replace(shot.code, corners=((np.nan, 0), (9, 0), (9, 9), (0, 9)))
    with pytest.raises(NotGradable, match="did not tell where"):
        grade_linear(shot.image, nowhere)
    matrix = replace(shot.code, symbology=Symbology.QR)
    with pytest.raises(ValueError, match="only bar codes"):
        grade_linear(shot.image, matrix)
    with pytest.raises(ValueError, match="only bar codes"):
        grade_linear(shot.image, shot.code, method=Method.ISO_29158)
    with pytest.raises(ValueError, match="white must be above black"):
        grade_linear(shot.image, shot.code, scale=(9, 9))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_wrong_corners_and_texts_end_in_a_grade_or_a_reason(data):
    symbology = data.draw(st.sampled_from(EVERY))
    text = {"code_128": "x1", "ean_13": "6901234567892", "itf": "123456"}[symbology]
    widths = graded.bar_widths(text, symbology)
    row = np.repeat(np.arange(len(widths)) % 2 * 200 + 20, np.multiply(widths, 3))
    image = np.repeat(np.pad(row, 20, constant_values=220)[None], 30, 0)
    image = image.astype(np.uint8)
    place = st.tuples(st.floats(-1e9, 1e9) | st.floats(-20, 400), st.floats(-20, 60))
    corners = data.draw(st.tuples(place, place, place, place))
    code = zxing.decode(image, zxing.formats_of({symbology}), "x", thorough=True)[0]
    payload = data.draw(st.sampled_from([code.payload, b"", b"12", b"1234567890123"]))
    try:
        grade = grade_linear(image, replace(code, corners=corners, payload=payload))
    except NotGradable:
        return
    assert 0 <= grade.grade <= 4
    assert all(np.isfinite(each.value) for each in grade.parameters)


@pytest.mark.skipif(
    not (images_dir() / "index.csv").exists(),
    reason=f"no pictures at {images_dir()}; set LINE_AGENT_SHARED_DATA",
)
def test_every_real_bar_code_that_is_read_gets_a_grade():
    linear = {each for each in Symbology if each.is_linear}
    grades = {}
    for sample in examples(images_dir()):
        wanted = sample.symbologies & linear
        if not wanted or sample.is_empty:
            continue
        picture = cv2.imread(str(sample.path), cv2.IMREAD_GRAYSCALE)
        read = zxing.decode(picture, zxing.formats_of(wanted), "plain", thorough=True)
        for code in read:
            grades[sample.path.name] = grade_linear(picture, code)
    decoded = [name for name, each in grades.items() if each.value(NAME.DECODE) > 0.8]
    assert len(grades) >= 14
    assert len(decoded) >= 10
    assert all(
        0.2 < grade.value(NAME.SYMBOL_CONTRAST) <= 1 for grade in grades.values()
    )
