"""One picture through the reader: places, several codes, rescue, rubbish."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from agent.vision.decoders import zbar, zxing
from agent.vision.reading.looking import Looking
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

EVERY = frozenset(Symbology)
QR = frozenset({Symbology.QR})
DATA_MATRIX = frozenset({Symbology.DATA_MATRIX})


def payloads(vision, picture):
    return {code.payload for code in vision.read(picture).codes}


def test_two_codes_are_both_reported_by_the_first_look(drawn, placed):
    first, second = drawn("qr", "one"), drawn("qr", "two")
    picture = placed((400, 300), (first, 10, 20), (second, 220, 120))
    result = CodeVision(QR, budget_ms=60_000).read(picture)
    assert {code.payload for code in result.codes} == {b"one", b"two"}
    assert len(result.tries) == 1


def test_two_data_matrix_codes_are_both_reported_at_the_learned_size(drawn, placed):
    vision = CodeVision(DATA_MATRIX, budget_ms=60_000)
    one, two = drawn("data_matrix", "one", 6), drawn("data_matrix", "two", 6)
    vision.read(placed((400, 300), (one, 40, 40)))
    result = vision.read(placed((400, 300), (one, 40, 40), (two, 240, 140)))
    assert {code.payload for code in result.codes} == {b"one", b"two"}
    assert len(result.tries) == 1


def test_the_same_code_twice_is_one_code(drawn, placed):
    code = drawn("qr", "same")
    picture = placed((400, 300), (code, 10, 20), (code, 220, 120))
    assert len(CodeVision(QR, budget_ms=60_000).read(picture).codes) == 1


def test_two_bar_codes_are_both_reported(drawn, placed):
    one, two = drawn("code_128", "ONE-1", 2), drawn("code_128", "TWO-2", 2)
    picture = placed((400, 300), (one, 20, 20), (two, 20, 180))
    vision = CodeVision(frozenset({Symbology.CODE_128}), budget_ms=60_000)
    assert payloads(vision, picture) == {b"ONE-1", b"TWO-2"}


def test_the_region_hides_what_is_outside_and_corners_are_of_the_picture(drawn, placed):
    inside, outside = drawn("qr", "inside"), drawn("qr", "outside")
    picture = placed((600, 300), (outside, 10, 20), (inside, 320, 120))
    region = Region(x=300, y=100, width=200, height=200)
    (code,) = CodeVision(QR, region, budget_ms=60_000).read(picture).codes
    assert code.payload == b"inside"
    # Four modules of quiet zone at four pixels each, then 21 modules.
    assert code.corners[0] == pytest.approx((336, 136), abs=2)
    assert code.corners[2] == pytest.approx((336 + 84, 136 + 84), abs=2)
    assert code.module_px == pytest.approx(4, abs=0.1)


def test_corners_of_a_later_look_are_of_the_picture_too(drawn, placed):
    picture = placed((400, 400), (drawn("qr", "A", 12), 20, 10))
    vision = CodeVision(QR, budget_ms=60_000, module_px=12)
    (code,) = vision.read(picture).codes
    assert code.variant == "expected: 2.5px"
    assert code.corners[0] == pytest.approx((20 + 48, 10 + 48), abs=5)
    assert code.module_px == pytest.approx(12, abs=0.3)


def test_a_region_beyond_the_picture_gives_no_read(drawn):
    region = Region(x=5000, y=0, width=10, height=10)
    result = CodeVision(QR, region, budget_ms=60_000).read(drawn("qr", "A"))
    assert (result.codes, result.tries, result.timed_out) == ((), (), False)


@pytest.mark.parametrize("numbers", [(-1, 0, 5, 5), (0, 0, 0, 5)])
def test_an_impossible_region_is_refused(numbers):
    x, y, width, height = numbers
    with pytest.raises(ValueError, match="region"):
        Region(x=x, y=y, width=width, height=height)


def test_the_module_size_is_learned_and_steers_the_first_look(drawn):
    vision = CodeVision(QR, budget_ms=60_000)
    assert vision.module_px is None
    assert vision.read(drawn("qr", "A", 8)).tries == ("raw",)
    assert vision.module_px == pytest.approx(8, abs=0.2)
    assert vision.read(drawn("qr", "B", 8)).tries == ("expected: 2.5px",)


def test_a_set_module_size_is_not_overruled(drawn):
    vision = CodeVision(QR, budget_ms=60_000, module_px=3)
    vision.read(drawn("qr", "A", 8))
    assert vision.module_px == 3


def test_light_print_on_dark_ground(drawn):
    negative = 255 - drawn("data_matrix", "LASER")
    told = CodeVision(DATA_MATRIX, budget_ms=60_000, light_on_dark=True).read(negative)
    assert told.codes[0].payload == b"LASER"
    assert told.tries == ("raw",)
    untold = CodeVision(DATA_MATRIX, budget_ms=60_000).read(negative)
    assert untold.codes[0].payload == b"LASER"
    assert len(untold.tries) > 1


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_colour_is_converted(drawn, channels):
    picture = np.repeat(drawn("qr", "A")[:, :, None], channels, axis=2)
    assert payloads(CodeVision(QR, budget_ms=60_000), picture) == {b"A"}


def test_mirrored_and_thinned_views_are_read_like_copies(drawn):
    picture = drawn("qr", "A")
    vision = CodeVision(QR, budget_ms=60_000)
    assert payloads(vision, picture[::-1, ::-1]) == {b"A"}
    assert payloads(vision, picture[::2, ::2]) == {b"A"}
    assert payloads(vision, np.asfortranarray(picture)) == {b"A"}


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((5, 5), np.float64),
        np.zeros((5, 5), np.uint16),
        np.zeros(5, np.uint8),
        np.zeros((5, 5, 2), np.uint8),
        np.zeros((2, 5, 5, 3), np.uint8),
    ],
)
def test_what_is_no_picture_gets_a_clear_error(picture):
    with pytest.raises(ValueError, match="picture of"):
        CodeVision(QR, budget_ms=60_000).read(picture)


def test_nothing_to_look_for_and_no_time_are_refused():
    with pytest.raises(ValueError, match="symbology"):
        CodeVision(frozenset(), budget_ms=10)
    with pytest.raises(ValueError, match="budget"):
        CodeVision(QR, budget_ms=0)


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        np.uint8,
        array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=24)
        | st.sampled_from([(0, 0), (1, 400), (400, 1), (3, 5, 3), (0, 7, 4)]),
    )
)
def test_no_picture_makes_it_fail(picture):
    assert CodeVision(EVERY, budget_ms=60).read(picture).codes == ()


def test_noise_reads_as_nothing():
    rng = np.random.default_rng(3)
    bars = np.repeat(rng.integers(0, 2, (1, 160), np.uint8) * 255, 120, axis=0)
    noise = rng.integers(0, 256, (120, 160), np.uint8)
    vision = CodeVision(EVERY, budget_ms=60_000)
    assert vision.read(noise).codes == ()
    assert vision.read(bars).codes == ()
    assert vision.read(cv2.GaussianBlur(noise, (0, 0), 2)).codes == ()


def is_ours(payload, aim):
    return payload.startswith(b"ours") and aim.startswith("]")


def test_what_the_format_refuses_does_not_end_the_looking(drawn, placed):
    """A clean price code beside ours, whose ink is too faint for the first look."""
    faint = 200 - (255 - drawn("qr", "ours 1", 3)) // 22
    faint = np.where(faint > 0, faint, 0).astype(np.uint8)
    noise = np.random.default_rng(1).normal(0, 3, (500, 700))
    picture = placed((700, 500), (drawn("qr", "price", 6), 20, 20))
    picture[picture > 200] = 200
    picture[300 : 300 + faint.shape[0], 450 : 450 + faint.shape[1]] = faint
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    plain = CodeVision(QR, budget_ms=60_000).read(picture)
    told = CodeVision(QR, budget_ms=60_000, accept=is_ours).read(picture)
    assert [code.payload for code in plain.codes] == [b"price"]
    assert {code.payload for code in told.codes} == {b"price", b"ours 1"}
    assert len(told.tries) > len(plain.tries)


def test_what_the_format_refuses_is_still_reported(drawn):
    result = CodeVision(QR, budget_ms=60_000, accept=is_ours).read(drawn("qr", "other"))
    assert [code.payload for code in result.codes] == [b"other"]
    assert len(result.tries) > 1


def test_a_refused_code_found_again_is_one_code(drawn, placed):
    picture = placed((500, 400), (drawn("qr", "other"), 200, 150))
    result = CodeVision(QR, budget_ms=60_000, accept=is_ours).read(picture)
    assert len(result.codes) == 1
    assert not result.conflict


def test_two_texts_at_one_place_are_a_conflict_and_none_of_them_counts(
    drawn, monkeypatch
):
    """Made up: error correction lets no drawn picture read as two texts."""
    texts = iter(["one", "two"])
    true_look = Looking.look

    def look(self, part, step, origin):
        made = true_look(self, part, step, origin)
        other = next(texts, None)
        return [replace(each, payload=other.encode()) for each in made if other]

    monkeypatch.setattr(Looking, "look", look)
    vision = CodeVision(QR, budget_ms=60_000, accept=is_ours)
    result = vision.read(drawn("qr", "true"))
    assert result.conflict
    assert result.codes == ()


def wallpaper(height, width):
    """Nothing but finder patterns of a QR."""
    finder = np.zeros((9, 9), np.uint8)
    finder[1:8, 1:8] = 255
    finder[2:7, 2:7] = 0
    finder[3:6, 3:6] = 255
    tile = 255 - np.kron(finder, np.ones((4, 4), np.uint8))
    tiled = np.tile(tile, (height // 36 + 1, width // 36 + 1))
    return np.ascontiguousarray(tiled[:height, :width])


def looked(picture, budget_ms):
    """The looks at it as if time stood still."""
    return CodeVision(QR, budget_ms=budget_ms, perf=lambda: 0.0).read(picture).tries


def test_a_huge_picture_that_is_rough_all_over_gets_a_smaller_first_look():
    assert looked(np.full((2048, 2448), 180, np.uint8), 25)[0] == "1/2 size"
    assert looked(wallpaper(2048, 2448), 25)[0] == "1/7 size"


def test_zbar_does_not_look_at_a_picture_that_is_rough_all_over():
    def asks_zbar(picture):
        names = looked(picture, budget_ms=60_000)
        return any(name.startswith("zbar") for name in names)

    assert asks_zbar(np.full((480, 640), 180, np.uint8))
    assert not asks_zbar(wallpaper(480, 640))


@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.EAN_13])
def test_a_whole_picture_is_not_copied_to_be_looked_at(symbology, monkeypatch):
    """What a decoder is handed lies in the picture's own memory, or is smaller."""
    rng = np.random.default_rng(1)
    picture = np.asarray(rng.integers(100, 156, (480, 640)), np.uint8)
    handed = []

    def noting(decode):
        def noted(image, *args, **kwargs):
            handed.append(image)
            return decode(image, *args, **kwargs)

        return noted

    monkeypatch.setattr(zxing, "decode", noting(zxing.decode))
    monkeypatch.setattr(zbar, "decode", noting(zbar.decode))
    CodeVision(frozenset({symbology}), budget_ms=60_000).read(picture)
    whole = [each for each in handed if each.shape == picture.shape]
    assert whole
    plain = [each for each in whole if np.array_equal(each, picture)]
    assert plain
    assert all(np.shares_memory(each, picture) for each in plain)
