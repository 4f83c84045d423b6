"""Reference decoders against another library's writer: what they read, what is left."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agent.vision.grading.linear import code_128, ean_13, itf
from agent.vision.symbology import Symbology
from simulators.cameras.graded import bar_widths

TEXT = st.text(
    st.one_of(
        st.integers(1, 127).map(chr),
        st.integers(160, 255).map(chr),
        st.sampled_from("0123456789"),
    ),
    min_size=1,
    max_size=20,
)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=12, max_size=12)


def widths_of(text, symbology):
    return np.array(bar_widths(text, symbology), dtype=np.float64)


def gtin_13(digits):
    total = sum(int(d) * (3 if at % 2 else 1) for at, d in enumerate(digits))
    return digits + str(-total % 10)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_code_128_reads_any_text_in_any_unit(text):
    widths = widths_of(text, Symbology.CODE_128)
    reading = code_128.read(3.7 * widths)
    assert reading is not None
    assert reading.payload == text.encode("latin-1")
    assert reading.decodability == pytest.approx(1)
    assert reading.ideal.tolist() == widths.tolist()
    assert code_128.length(np.append(widths, [9.0, 1.0, 1.0])) == len(widths)


def test_fnc1_is_gs_inside_and_left_out_in_front():
    widths = widths_of("[01]06901234567892[10]AB[21]7", Symbology.GS1_128)
    reading = code_128.read(widths)
    assert reading is not None
    assert reading.payload == b"010690123456789210AB\x1d217"


@settings(max_examples=60, deadline=None)
@given(DIGITS.map(gtin_13))
def test_ean_13_reads_any_number(text):
    widths = widths_of(text, Symbology.EAN_13)
    reading = ean_13.read(2.3 * widths)
    assert reading is not None
    assert (reading.payload, reading.modules) == (text.encode(), 95)
    assert reading.decodability == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(DIGITS, st.integers(3, 6))
def test_itf_reads_any_even_number_of_digits(digits, pairs):
    text = digits[: 2 * pairs]
    reading = itf.read(1.9 * widths_of(text, Symbology.ITF))
    assert reading is not None
    assert reading.payload == text.encode()
    assert reading.decodability == pytest.approx(1)


@settings(max_examples=100, deadline=None)
@given(TEXT, st.data())
def test_one_edge_a_whole_module_out_of_place_is_never_another_text(text, data):
    # GS1 General Specifications: what the sum of the bars is for.
    widths = widths_of(text, Symbology.CODE_128)
    at = data.draw(st.integers(0, len(widths) - 2))
    assume(widths[at + 1] > 1)
    widths[at] += 1
    widths[at + 1] -= 1
    reading = code_128.read(widths)
    assert reading is None or reading.payload == text.encode("latin-1")


@pytest.mark.parametrize(
    ("symbology", "read"),
    [
        (Symbology.CODE_128, code_128.read),
        (Symbology.EAN_13, ean_13.read),
        (Symbology.ITF, itf.read),
    ],
)
def test_what_is_no_whole_symbol_is_not_read(symbology, read):
    widths = widths_of(
        "690123456789" + "2" * (symbology is Symbology.EAN_13), symbology
    )
    assert read(widths) is not None
    for wrong in (widths[::-1][:-1], widths[:-2], widths[2:], widths[:0], widths[:7]):
        assert read(wrong) is None
    assert read(np.ones(len(widths))) is None


def test_a_character_in_another_place_fails_the_check():
    widths = widths_of("ABC-1234567", Symbology.CODE_128)
    swapped = np.concatenate([widths[:6], widths[12:18], widths[6:12], widths[18:]])
    assert code_128.read(swapped) is None
    widths = widths_of("6901234567892", Symbology.EAN_13)
    swapped = np.concatenate([widths[:32], widths[36:40], widths[32:36], widths[40:]])
    assert ean_13.read(swapped) is None


def test_three_wide_elements_are_no_digit():
    widths = widths_of("123456", Symbology.ITF)
    narrow = [at for at in range(4, 14, 2) if widths[at] == 1]
    widths[narrow[0]] = 3
    assert itf.read(widths) is None


def test_bars_that_grew_past_the_tolerance_of_their_sum_are_not_read():
    widths = widths_of("ABC-1234567", Symbology.CODE_128)
    for growth, is_read in ((0.55, True), (0.62, False)):
        grown = widths.copy()
        grown[::2] += growth
        grown[1::2] -= growth
        assert (code_128.read(grown) is not None) is is_read


@pytest.mark.parametrize("growth", [-0.4, -0.2, 0.1, 0.3])
def test_growth_eats_decodability_as_the_formula_says(growth):
    grown = widths_of("ABC-1234567", Symbology.CODE_128)
    grown[::2] += growth
    grown[1::2] -= growth
    reading = code_128.read(grown)
    assert reading is not None
    # Similar edges do not feel growth; the sum of three bars does.
    expected = (1.75 - 3 * abs(growth)) / 1.75
    assert reading.decodability == pytest.approx(expected, abs=0.02)


def test_one_edge_out_of_place_eats_decodability_by_its_distance_to_the_threshold():
    widths = widths_of("ABC-1234567", Symbology.CODE_128)
    widths[8] += 0.2
    widths[9] -= 0.2
    reading = code_128.read(widths)
    assert reading is not None
    assert reading.decodability == pytest.approx(1 - 2 * 0.2)
