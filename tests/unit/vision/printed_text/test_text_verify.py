"""Printed lines against right and wrong expectations."""

from dataclasses import replace

import numpy as np
import pytest

from agent.vision.checks.printed_text.font import FontName, Style, dot_font
from agent.vision.checks.printed_text.verdict import Outcome
from agent.vision.checks.printed_text.verify import TextVerifier
from simulators.cameras.dot_text import FAINT, FAIR, GOOD, POOR, TYPICAL
from simulators.measure.eye.printed_text import drawn, exchanges

LINES = ("L2407-B8/063", "20260601:SHF")


@pytest.fixture(scope="module")
def verifier(style):
    return TextVerifier(style)


def passes(verifier, sample, lines=None):
    return all(
        v.passed for v in verifier(sample.image, lines or sample.lines, sample.place)
    )


@pytest.mark.parametrize("font", FontName)
@pytest.mark.parametrize(("look", "at_most"), [(GOOD, 0), (FAIR, 0), (TYPICAL, 1)])
def test_the_right_text_passes_on_usable_prints(font, look, at_most):
    style = Style(font=dot_font(font))
    verifier = TextVerifier(style)
    samples = [drawn(style, look, seed, style.font.characters) for seed in range(20)]
    assert sum(not passes(verifier, sample) for sample in samples) <= at_most


@pytest.mark.parametrize("font", FontName)
@pytest.mark.parametrize("look", [GOOD, TYPICAL, POOR, FAINT])
def test_no_exchanged_character_passes_and_the_true_one_is_named(font, look):
    style = Style(font=dot_font(font))
    verifier = TextVerifier(style)
    for seed in range(4):
        sample = drawn(style, look, 100 + seed, style.font.characters)
        for wrong in exchanges(style.font, sample.lines, seed, 6):
            verdicts = verifier(sample.image, wrong.lines, sample.place)
            assert not verdicts[wrong.line].passed
            if look in (GOOD, TYPICAL):
                found = verdicts[wrong.line].characters[wrong.index]
                assert found.outcome is Outcome.OTHER
                assert found.looks_like in style.font.twins(wrong.truth)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        "83",
        "86",
        "80",
        "30",
        "60",
        "17",
        "56",
        "B8",
        "S5",
        "1I",
        "2Z",
        "CG",
        "PR",
        "FP",
    ],
)
@pytest.mark.parametrize("font", FontName)
def test_pairs_much_alike_are_told_apart_both_ways(font, one, other):
    style = Style(font=dot_font(font))
    verifier = TextVerifier(style)
    for printed, expected in ((one, other), (other, one)):
        lines = (f"L24{printed}7",)
        sample = drawn(style, TYPICAL, 11, "", lines=lines)
        (verdict,) = verifier(sample.image, (f"L24{expected}7",), sample.place)
        assert [c.outcome for c in verdict.characters[:5]] == [
            Outcome.MATCHES,
            Outcome.MATCHES,
            Outcome.MATCHES,
            Outcome.OTHER,
            Outcome.MATCHES,
        ]
        assert verdict.fault == f"4th character looks like {printed}"


def test_a_lone_character_is_not_bent_into_another():
    """Prints that in part passed for the other text when each line was fitted alone."""
    for font, printed, wrong in (
        ("5x5", ("LMW", "H"), "V"),
        ("7x5", ("S:Q", "Y"), "X"),
        ("7x5", ("7ZEKYRUQ3M", "M"), "Y"),
        ("9x7", ("MC3", "8"), "B"),
        ("9x7", ("ZHFMX-BALN", "A"), "H"),
        ("9x7", ("5FJNQK1R/Q", "Y"), "T"),
        ("9x7", ("APFB2W:NHN", "Z"), "4"),
    ):
        style = Style(font=dot_font(FontName(font)))
        verifier = TextVerifier(style)
        for seed in range(12):
            sample = drawn(style, TYPICAL, seed, "", lines=printed)
            assert not passes(verifier, sample, (printed[0], wrong)), seed


def test_a_plain_zero_and_the_letter_pass_for_each_other_a_slashed_one_does_not():
    for slashed_zero in (False, True):
        style = Style(font=dot_font(FontName.DOTS_7X5, slashed_zero=slashed_zero))
        sample = drawn(style, GOOD, 1, "", lines=("L2407",))
        assert passes(TextVerifier(style), sample, ("L24O7",)) is not slashed_zero
        assert passes(TextVerifier(style), sample)


@pytest.mark.parametrize(
    ("printed", "expected", "fault"),
    [
        ("L2407", "L2401", "5th character looks like 7"),
        ("L24 7", "L2407", "4th character is missing"),
        ("L240 ", "L2407", "5th character is missing"),
        ("L2407", "L24 7", "4th character should be blank"),
        ("L24075", "L2407", "more is printed after it"),
        ("L2?07", "L2407", "3rd character is missing"),
    ],
)
def test_what_is_wrong_is_said(style, verifier, printed, expected, fault):
    sample = drawn(style, FAIR, 3, "", lines=(printed,))
    (verdict,) = verifier(sample.image, (expected,), sample.place)
    assert not verdict.passed
    assert verdict.fault == fault


def test_another_text_altogether_does_not_pass(style, verifier):
    rng = np.random.default_rng(1)
    for seed in range(20):
        sample = drawn(style, GOOD, seed, style.font.characters)
        other = tuple("".join(rng.choice([*style.font.characters], 12)) for _ in "ab")
        assert not passes(verifier, sample, other)


def test_a_character_of_any_kind_must_be_there(style, verifier):
    sample = drawn(style, FAIR, 3, "", lines=("12:45 A7",))
    assert passes(verifier, sample, ("12:?? A7",))
    sample = drawn(style, FAIR, 3, "", lines=("12:4  A7",))
    assert not passes(verifier, sample, ("12:?? A7",))


def test_fixed_words_are_passed_over(style, verifier):
    lines = ("生产日期20260601", "L2407 批号 8")
    sample = drawn(style, FAIR, 5, "", lines=lines)
    sample = replace(sample, place=replace(sample.place, columns=90))
    assert passes(verifier, sample)
    assert not passes(verifier, sample, ("生产日期20260801", lines[1]))
    for seed in range(6):
        sample = drawn(style, FAIR, seed, "", lines=("A生产日期批号日期Z4", "L2407"))
        sample = replace(sample, place=replace(sample.place, columns=110))
        assert passes(verifier, sample)


def test_nothing_printed_and_mere_noise_do_not_pass(style, verifier):
    for look in (replace(GOOD, ink_share=0), replace(POOR, ink_share=0)):
        sample = drawn(style, look, 2, "", lines=LINES)
        verdicts = verifier(sample.image, sample.lines, sample.place)
        assert not any(v.passed for v in verdicts)
        assert all(v.score == 0 for v in verdicts)
    flat = np.full_like(sample.image, 128)
    faults = [v.fault for v in verifier(flat, sample.lines, sample.place)]
    assert faults == ["nothing is printed"] * 2


def test_a_missing_line_is_named_and_the_other_passes(style, verifier):
    sample = drawn(style, GOOD, 4, "", lines=LINES[:1])
    first, second = verifier(sample.image, LINES, sample.place)
    assert first.passed
    assert not second.passed
    assert not second.is_found


def test_light_print_on_dark_needs_to_be_told(style, verifier):
    look = replace(GOOD, ink_grey=200, ground_grey=60)
    sample = drawn(style, look, 6, "", lines=LINES)
    assert not passes(verifier, sample)
    assert passes(TextVerifier(style, light_on_dark=True), sample)


@pytest.mark.parametrize(
    "look",
    [
        replace(FAIR, bow=1.6),
        replace(FAIR, bow=-1.6),
        replace(FAIR, slant=0.15),
        replace(FAIR, slant=-0.15),
        replace(FAIR, stretch=1.06),
        replace(FAIR, stretch=0.95),
    ],
)
def test_a_line_that_bows_leans_or_stretches_is_followed(style, verifier, look):
    for seed in range(6):
        sample = drawn(style, look, seed, style.font.characters)
        assert passes(verifier, sample)


def test_a_line_gap_one_dot_off_is_followed(verifier):
    wider = Style(font=dot_font(FontName.DOTS_7X5), line_gap=3)
    for seed in range(6):
        sample = drawn(wider, GOOD, seed, wider.font.characters)
        assert passes(verifier, sample)


@pytest.mark.parametrize("dot_px", [2.0, 2.5, 3.0, 6.0, 12.0, 25.0])
def test_the_scale_does_not_matter(style, verifier, dot_px):
    look = replace(GOOD, blur_px=0.15 * dot_px)
    for seed in range(3):
        sample = drawn(style, look, seed, style.font.characters, dot_px=dot_px)
        assert passes(verifier, sample)
        wrong = next(exchanges(style.font, sample.lines, seed, 1))
        assert not passes(verifier, sample, wrong.lines)


def test_a_lost_row_of_dots_is_never_passed_for_another_text(style, verifier):
    """A row that fails makes an 8 of a B's foot and such: refused or right."""
    for row in range(style.font.rows):
        look = replace(FAIR, lost_row=row)
        for seed in range(4):
            sample = drawn(style, look, seed, style.font.characters)
            for wrong in exchanges(style.font, sample.lines, seed, 4):
                assert not passes(verifier, sample, wrong.lines)


def test_the_same_picture_gives_the_same_verdict(style, verifier):
    sample = drawn(style, TYPICAL, 8, style.font.characters)
    again = drawn(style, TYPICAL, 8, style.font.characters)
    assert np.array_equal(sample.image, again.image)
    assert verifier(sample.image, sample.lines, sample.place) == TextVerifier(style)(
        again.image, again.lines, again.place
    )


def test_the_minimum_fit_is_kept(style):
    sample = drawn(style, POOR, 9, "", lines=LINES)
    strict = TextVerifier(style, minimum_fit=0.95)
    verdicts = strict(sample.image, sample.lines, sample.place)
    assert not any(v.passed for v in verdicts)
    assert {c.outcome for v in verdicts for c in v.characters if c.fit < 0.95} == {
        Outcome.ILLEGIBLE
    }


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "4 characters at least"),
        (("A7:",), "4 characters at least"),
        (("L2407a",), "has no a"),
        (("0123456789" * 3,), "dots wide, its place"),
    ],
)
def test_what_cannot_be_verified_is_told(style, verifier, lines, said):
    sample = drawn(style, GOOD, 1, "", lines=LINES)
    with pytest.raises(ValueError, match=said):
        verifier(sample.image, lines, sample.place)


@pytest.mark.parametrize("corner", [(-60, 0), (0, -60), (400, 0), (0, 300), (1e5, 1e5)])
def test_a_place_outside_the_picture_is_told(style, verifier, corner):
    sample = drawn(style, GOOD, 1, "", lines=LINES)
    place = replace(sample.place, pose=sample.place.pose.moved(*corner))
    with pytest.raises(ValueError, match="outside the picture"):
        verifier(sample.image, LINES, place)
