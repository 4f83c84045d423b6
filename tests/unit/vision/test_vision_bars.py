"""Bar codes: our own decoder, and no wrong text however a print is damaged."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.vision.check_digit import is_mod10
from agent.vision.decoders import bars, zxing
from agent.vision.reading.evidence import Evidence
from agent.vision.reading.linear import linear_looks
from agent.vision.symbology import Symbology
from agent.vision.symbols import bar_patterns as patterns
from agent.vision.symbols.code_128_text import text_of
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

EAN, ITF = Symbology.EAN_13, Symbology.ITF
CODE_128, GS1_128 = Symbology.CODE_128, Symbology.GS1_128
LATIN_1 = st.characters(max_codepoint=127) | st.characters(
    min_codepoint=160, max_codepoint=255
)
ANY_LENGTH = frozenset(range(4, 32, 2))
FAIR = Defects(module_px=2.2, rotation_deg=3, shift_px=15, ink_grey=60, noise_grey=4)


def with_check_digit(digits):
    return next(digits + n for n in "0123456789" if is_mod10((digits + n).encode()))


def text_for(symbology, rng):
    def digits(count):
        return "".join(map(str, rng.integers(0, 10, count)))

    match symbology:
        case Symbology.EAN_13:
            return with_check_digit(digits(12))
        case Symbology.ITF:
            return with_check_digit(digits(13))
        case Symbology.GS1_128:
            return f"01{with_check_digit(digits(13))}10L{digits(5)}"
        case _:
            return f"Case-{digits(4)}/x"


def seen(symbology, text, rng, defects):
    """As a camera sees it: drawn three times as fine, then averaged over pixels."""
    fine = replace(
        defects,
        module_px=3 * defects.module_px,
        blur_px=3 * defects.blur_px,
        noise_grey=3 * defects.noise_grey,
        shift_px=3 * defects.shift_px,
    )
    picture = render(
        PrintedMark(symbology=symbology, text=text), rng, fine, (1500, 720)
    )
    small = cv2.resize(picture, (500, 240), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def evidence_of(picture, symbologies, itf_digits=ANY_LENGTH):
    evidence = Evidence(itf_digits)
    formats = zxing.formats_of(symbologies)
    evidence.add(zxing.decode(picture, formats, "raw", thorough=False))
    if not evidence.is_settled:
        for look in linear_looks(picture, symbologies, lambda: evidence.waiting):
            evidence.add(look.read())
            if evidence.is_settled:
                break
    return evidence


def damaged(rng, symbology):
    """One to three faults at once, from hardly seen to ruinous."""
    defects = replace(FAIR, module_px=float(rng.uniform(1.4, 2.3)))
    module_px = defects.module_px
    for fault in rng.choice(9, int(rng.integers(1, 4)), replace=False):
        one = [
            {"tilt": float(rng.uniform(0.05, 0.2))},
            {"cylinder_deg": float(rng.uniform(20, 60))},
            {"dot_share": float(rng.uniform(0.8, 1.3))},
            {"ink_grey": int(rng.integers(100, 170))},
            {"missing_dots": float(rng.uniform(0.01, 0.06))},
            {"scratches": int(rng.integers(2, 25))},
            {"smear_modules": float(rng.uniform(0.4, 1.8))},
            {"blur_px": float(module_px * rng.uniform(0.4, 1.0))},
            {"rotation_deg": 45.0, "glare": float(rng.uniform(0, 0.9))},
        ][int(fault)]
        defects = replace(defects, **one)
    text = text_for(symbology, rng)
    return text.encode(), seen(symbology, text, rng, defects)


@pytest.mark.parametrize("symbology", [EAN, ITF, CODE_128, GS1_128])
def test_no_damage_makes_a_wrong_text(symbology):
    """Edge decoders alone gave wrong texts on this set; here parts of ITF count too."""
    rng = np.random.default_rng(20_261_128)
    right = 0
    for _ in range(40):
        truth, picture = damaged(rng, symbology)
        wanted = {symbology, GS1_128} if symbology is CODE_128 else {symbology}
        read = {code.payload for code in evidence_of(picture, wanted).codes}
        assert read <= {truth}
        right += read == {truth}
    assert right >= 15


@pytest.mark.parametrize(
    "fault",
    [
        {"noise_grey": 25},
        {"ink_grey": 165},
        {"scratches": 12},
        {"missing_dots": 0.04},
        {"blur_px": 1.2},
        {"rotation_deg": 45},
        {"cylinder_deg": 20},
    ],
    ids=lambda fault: next(iter(fault)),
)
@pytest.mark.parametrize("symbology", [EAN, CODE_128, GS1_128])
def test_our_own_decoder_reads_through_a_fault(symbology, fault):
    rng = np.random.default_rng(5)
    defects = replace(FAIR, **fault)
    hits = 0
    for _ in range(4):
        text = text_for(symbology, rng)
        picture = seen(symbology, text, rng, defects)
        found = bars.decode(picture, [symbology], "bars")
        assert {code.payload for code in found} <= {text.encode()}
        hits += bool(found)
    assert hits >= 3


def test_it_tells_place_module_and_separate_paths():
    rng = np.random.default_rng(1)
    defects = replace(FAIR, rotation_deg=0, shift_px=0, module_px=2.5)
    picture = seen(EAN, "6901234567892", rng, defects)
    (code,) = bars.decode(picture, [EAN], "bars")
    left, right = 250 - 95 * 1.25, 250 + 95 * 1.25
    assert code.corners[0][0] == pytest.approx(left, abs=2.5)
    assert code.corners[1][0] == pytest.approx(right, abs=2.5)
    assert code.module_px == pytest.approx(2.5, abs=0.08)
    assert code.paths >= 2


def ean_picture(digits):
    """An EAN-13 with these digits whatever the last should be; 2 pixels a module."""
    first, *rest = map(int, digits)
    widths = "111"
    for digit, of in zip(rest[:6], patterns.EAN_SETS[first], strict=True):
        widths += patterns.EAN_A[digit][:: -1 if of == "B" else 1]
    widths += "11111" + "".join(patterns.EAN_A[digit] for digit in rest[6:]) + "111"
    runs = [
        np.full(2 * int(n), 40 if i % 2 == 0 else 200) for i, n in enumerate(widths)
    ]
    row = np.pad(np.concatenate(runs), 30, constant_values=200)
    return np.repeat(row[None].astype(np.uint8), 80, axis=0)


@pytest.mark.parametrize(
    ("digits", "found"), [("6901234567892", 1), ("6901234567891", 0)]
)
def test_a_wrong_check_digit_is_no_text(digits, found):
    assert len(bars.decode(ean_picture(digits), [EAN], "bars")) == found


def test_bars_that_are_no_code_are_no_text():
    """By chance one of sixty has a valid parity and check digit: none fits well."""
    rng = np.random.default_rng(8)
    for _ in range(150):
        row = np.repeat(rng.integers(0, 2, 95), 2) * 160 + 40
        row = np.pad(row, 30, constant_values=200)
        picture = np.repeat(row[None].astype(np.uint8), 60, axis=0)
        assert bars.decode(picture, [EAN, CODE_128, GS1_128], "bars") == []


@pytest.mark.parametrize("symbology", [EAN, CODE_128])
def test_it_reads_from_either_side(drawn, symbology):
    text = {EAN: "6901234567892", CODE_128: "CASE-000123"}[symbology]
    picture = np.pad(drawn(symbology, text, 2), 20, constant_values=255)
    for turned in (picture, picture[::-1, ::-1], picture.T):
        found = bars.decode(turned, [symbology], "bars")
        assert [code.payload for code in found] == [text.encode()]


def test_a_mirrored_bar_code_is_read_as_what_it_is_from_the_other_side(drawn):
    """Bars have no other side: mirrored is turned over."""
    picture = np.pad(drawn("ean_13", "6901234567892", 2), 20, constant_values=255)
    found = bars.decode(picture[:, ::-1], [EAN], "bars")
    assert [code.payload for code in found] == [b"6901234567892"]


def test_confirming_takes_the_place_and_not_the_text(drawn):
    picture = np.pad(drawn("ean_13", "6901234567892", 2), 20, constant_values=255)
    (code,) = zxing.decode(picture, zxing.formats_of([EAN]), "raw", thorough=False)
    lie = replace(code, payload=b"4006381333931")
    (witness,) = bars.confirm(picture, [lie], "confirm")
    assert (witness.payload, witness.decoder) == (b"6901234567892", "bars")


def test_part_of_an_itf_symbol_counts_for_nothing():
    """A line that leaves the bars sideways reads a shorter, valid symbol."""
    rng = np.random.default_rng(3)
    defects = replace(FAIR, module_px=2.6, noise_grey=3)
    partial = 0
    for angle in range(12, 48, 3):
        text = text_for(ITF, rng)
        picture = seen(ITF, text, rng, replace(defects, rotation_deg=0))
        turn = cv2.getRotationMatrix2D((250, 120), angle, 1)
        turned = np.asarray(
            cv2.warpAffine(picture, turn, (500, 400), borderValue=190), np.uint8
        )
        found = zxing.decode(turned, zxing.formats_of([ITF]), "raw", thorough=False)
        partial += any(code.payload != text.encode() for code in found)
        codes = evidence_of(turned, {ITF}).codes
        assert {code.payload for code in codes} <= {text.encode()}
    assert partial > 0


@pytest.mark.parametrize("text", ["1515", "070429", "0829220875", "123456789012"])
def test_an_itf_of_any_length_counts_from_end_to_end(drawn, text):
    picture = np.pad(drawn("itf", text, 3), 30, constant_values=255)
    assert [c.payload for c in evidence_of(picture, {ITF}).codes] == [text.encode()]


@settings(max_examples=60, deadline=None)
@given(st.text(LATIN_1, min_size=1, max_size=14))
def test_code_128_characters_mean_what_the_writer_meant(text):
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    assert text_of(values_of(drawn)) == (text.encode("latin-1"), "]C0")


@pytest.mark.parametrize("gs1", ["[00]069012340000000016", "[10]AB[21]x"])
def test_fnc1_is_told_and_becomes_gs(gs1):
    drawn = zxingcpp.create_barcode(gs1, zxingcpp.BarcodeFormat.Code128, gs1=True)
    payload = gs1.replace("]", "").replace("[", "\x1d").lstrip("\x1d").encode()
    assert text_of(values_of(drawn)) == (payload, "]C1")


def test_a_wrong_check_character_is_no_text():
    drawn = zxingcpp.create_barcode("AB12", zxingcpp.BarcodeFormat.Code128)
    *values, check = values_of(drawn)
    assert text_of([*values, (check + 1) % 103]) is None


def values_of(drawn):
    """Symbol characters of a clean drawing, by its runs of dark and light."""
    row = np.array(drawn.to_image(scale=1, add_quiet_zones=False))[5] < 128
    edges = np.flatnonzero(np.diff(row.astype(int))) + 1
    runs = "".join(map(str, np.diff([0, *edges, len(row)])))
    assert runs.endswith(patterns.CODE_128_STOP)
    body = runs[: -len(patterns.CODE_128_STOP)]
    return [patterns.CODE_128.index(body[at : at + 6]) for at in range(0, len(body), 6)]
