"""When a reading counts."""

import pytest

from agent.vision.decoded import Decoded
from agent.vision.reading.evidence import Evidence
from agent.vision.symbology import Symbology

HERE = ((0.0, 0.0), (100.0, 0.0), (100.0, 40.0), (0.0, 40.0))
ELSEWHERE = ((0.0, 200.0), (100.0, 200.0), (100.0, 240.0), (0.0, 240.0))


def reading(payload, symbology=Symbology.CODE_128, corners=HERE, decoder="zxing-cpp"):
    return Decoded(
        payload=payload,
        text=payload.decode(),
        aim="",
        symbology=symbology,
        decoder=decoder,
        variant="raw",
        corners=corners,
    )


def counted(*looks):
    evidence = Evidence(frozenset({14}))
    for look in looks:
        evidence.add(look)
    return [code.payload for code in evidence.codes], evidence.is_settled


def test_one_reading_of_a_matrix_code_counts():
    assert counted([reading(b"A", Symbology.QR)]) == ([b"A"], True)


def test_one_reading_of_a_bar_code_does_not():
    assert counted([reading(b"A")]) == ([], False)


def test_one_look_is_one_vote_however_often_it_saw_the_text():
    assert counted([reading(b"A"), reading(b"A")]) == ([], False)


@pytest.mark.parametrize("second", ["zxing-cpp", "zbar"])
def test_two_looks_that_agree_count(second):
    assert counted([reading(b"A")], [reading(b"A", decoder=second)]) == ([b"A"], True)


def test_a_rival_at_the_same_place_must_be_outvoted_by_two():
    looks = [[reading(b"A")], [reading(b"B")], [reading(b"A")]]
    assert counted(*looks) == ([], False)
    assert counted(*looks, [reading(b"A")]) == ([b"A"], True)


def test_two_places_do_not_rival_but_both_must_be_settled():
    one, two = reading(b"A"), reading(b"B", corners=ELSEWHERE)
    assert counted([one, two], [one]) == ([b"A"], False)
    assert counted([one, two], [one], [two]) == ([b"A", b"B"], True)


@pytest.mark.parametrize(
    ("payload", "symbology", "counts"),
    [
        (b"00069012340000000016", Symbology.GS1_128, True),
        (b"00069012340000000017", Symbology.GS1_128, False),
        (b"0106901234567892", Symbology.GS1_128, True),
        (b"010690123456789210LOT", Symbology.GS1_128, True),
        (b"0106901234567891", Symbology.GS1_128, False),
        (b"010690123", Symbology.GS1_128, False),
        (b"01AB901234567892", Symbology.GS1_128, False),
        (b"0106901234567892", Symbology.CODE_128, False),
        (b"16901234567899", Symbology.ITF, True),
        (b"16901234567898", Symbology.ITF, False),
        (b"6901234567892", Symbology.EAN_13, False),  # the symbology's own, not more
    ],
)
def test_a_check_digit_in_the_data_stands_for_the_second_look(
    payload, symbology, counts
):
    assert counted([reading(payload, symbology)]) == ([payload] * counts, counts)


def test_zbar_alone_counts_for_a_bar_code_only_with_a_check_digit():
    sscc = reading(b"00069012340000000016", Symbology.GS1_128, decoder="zbar")
    assert counted([sscc]) == ([sscc.payload], True)
    assert counted([reading(b"A", decoder="zbar")]) == ([], False)


def test_an_itf_text_of_another_length_never_counts():
    """Part of a longer symbol reads as a shorter one, in look after look."""
    part = reading(b"901234567899", Symbology.ITF)
    assert counted(*[[part]] * 5) == ([], False)
