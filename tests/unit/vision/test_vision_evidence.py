"""When a reading counts."""

import pytest

from agent.vision.decoded import Decoded
from agent.vision.reading.evidence import Evidence
from agent.vision.symbology import Symbology

HERE = ((0.0, 0.0), (100.0, 0.0), (100.0, 40.0), (0.0, 40.0))
ELSEWHERE = ((0.0, 200.0), (100.0, 200.0), (100.0, 240.0), (0.0, 240.0))
ZXING, ZBAR, BARS, OPENCV = "zxing-cpp", "zbar", "bars", "opencv"


def reading(payload, symbology=Symbology.CODE_128, corners=HERE, decoder=ZXING, **more):
    return Decoded(
        payload=payload,
        text=payload.decode(),
        aim="",
        symbology=symbology,
        decoder=decoder,
        variant=more.pop("variant", "raw"),
        corners=corners,
        **more,
    )


def evidence_of(*looks):
    evidence = Evidence(frozenset({6, 10, 14}))
    for look in looks:
        evidence.add(look)
    return evidence


def counted(*looks):
    evidence = evidence_of(*looks)
    return [code.payload for code in evidence.codes], evidence.is_settled


def test_one_reading_of_a_matrix_code_counts():
    assert counted([reading(b"A", Symbology.QR)]) == ([b"A"], True)


@pytest.mark.parametrize("symbology", [each for each in Symbology if each.is_linear])
def test_one_decoder_is_one_witness_however_often_it_looks(symbology):
    """A misprint misleads one decoder in look after look."""
    looks = [[reading(b"123456", symbology, variant=name)] for name in "abcde"]
    assert counted(*looks) == ([], False)


@pytest.mark.parametrize("pair", [(ZXING, ZBAR), (ZXING, BARS), (ZBAR, BARS)])
def test_two_decoders_that_agree_count(pair):
    one, other = (reading(b"A", decoder=name) for name in pair)
    assert counted([one], [other]) == ([b"A"], True)
    assert counted([one, other]) == ([b"A"], True)


def test_two_bands_of_the_print_read_apart_count():
    assert counted([reading(b"A", decoder=BARS, paths=1)]) == ([], False)
    assert counted([reading(b"A", decoder=BARS, paths=2)]) == ([b"A"], True)


@pytest.mark.parametrize("other", [ZXING, ZBAR, BARS])
def test_opencv_is_a_witness_beside_others(other):
    text = reading(b"A", decoder=other)
    assert counted([reading(b"A", decoder=OPENCV)], [text]) == ([b"A"], True)
    assert counted([text], [reading(b"A", decoder=OPENCV)]) == ([b"A"], True)


def test_what_opencv_alone_reads_is_nothing_and_rivals_nothing():
    """It takes other bars for an EAN-13."""
    odd = reading(b"B", decoder=OPENCV)
    evidence = evidence_of([odd, odd])
    assert (evidence.codes, evidence.waiting, evidence.is_settled) == ((), (), False)
    right = [reading(b"A"), reading(b"A", decoder=ZBAR)]
    assert counted([odd], right) == ([b"A"], True)


@pytest.mark.parametrize("decoder", [ZXING, BARS])
def test_a_single_line_of_a_print_is_no_witness(decoder):
    """A screened print said there what was not printed, to two decoders alike."""
    line = ((0.0, 9.0), (100.0, 9.0), (100.0, 12.0), (0.0, 12.0))
    other = reading(b"A", decoder=ZBAR)
    assert counted([reading(b"A", corners=line, decoder=decoder)], [other])[0] == []
    assert counted([reading(b"A", decoder=decoder)], [other])[0] == [b"A"]


def test_what_waits_for_a_witness_is_told():
    weak, strong = reading(b"A"), reading(b"B", Symbology.QR, ELSEWHERE)
    assert evidence_of([weak, strong]).waiting == (weak,)
    assert evidence_of([strong]).waiting == ()


def test_a_rival_at_the_same_place_must_be_outdone_by_two():
    right = [reading(b"A"), reading(b"A", decoder=ZBAR)]
    wrong = reading(b"B", decoder=BARS)
    evidence = evidence_of(right, [wrong])
    assert evidence.codes == ()
    assert [each.payload for each in evidence.conflicts] == [b"A"]
    evidence.add([reading(b"A", decoder=BARS, paths=2)])
    assert [each.payload for each in evidence.codes] == [b"A"]
    assert evidence.conflicts == ()


def test_texts_with_two_witnesses_each_at_one_place_are_a_conflict():
    looks = [
        [reading(text, decoder=name) for text in (b"A", b"B")] for name in (ZXING, ZBAR)
    ]
    evidence = evidence_of(*looks)
    assert evidence.codes == ()
    assert {each.payload for each in evidence.conflicts} == {b"A", b"B"}
    assert not evidence.is_settled


def test_two_weak_texts_are_no_conflict_but_no_read():
    evidence = evidence_of([reading(b"A"), reading(b"B", decoder=ZBAR)])
    assert (evidence.codes, evidence.conflicts) == ((), ())


def test_matrix_codes_that_disagree_about_one_symbol_are_a_conflict():
    one, other = reading(b"A", Symbology.QR), reading(b"B", Symbology.QR, decoder=ZBAR)
    evidence = evidence_of([one], [other])
    assert evidence.codes == ()
    assert evidence.conflicts == (one, other)


def test_matrix_codes_side_by_side_are_two():
    """Their boxes touch, as turned neighbours' do; the middle of neither is in both."""
    beside = tuple((x + 99, y) for x, y in HERE)
    evidence = evidence_of(
        [reading(b"A", Symbology.QR), reading(b"B", Symbology.QR, beside)]
    )
    assert len(evidence.codes) == 2
    assert evidence.conflicts == ()


def test_bars_read_inside_a_matrix_code_are_its_modules():
    square = ((0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0))
    line = ((10.0, 50.0), (90.0, 50.0), (90.0, 50.0), (10.0, 50.0))
    inside = [
        reading(b"123456", Symbology.ITF, line, decoder=name) for name in (ZXING, ZBAR)
    ]
    matrix = reading(b"A", Symbology.DATA_MATRIX, square)
    assert counted([*inside, matrix]) == ([b"A"], True)


def test_two_places_do_not_rival_but_both_must_be_settled():
    one, two = reading(b"A"), reading(b"B", corners=ELSEWHERE)
    again = reading(b"A", decoder=ZBAR), reading(b"B", corners=ELSEWHERE, decoder=ZBAR)
    assert counted([one, two], [again[0]]) == ([b"A"], False)
    assert counted([one, two], again) == ([b"A", b"B"], True)


def test_two_lines_across_the_same_bars_are_one_place():
    line = ((0.0, 20.0), (100.0, 20.0), (100.0, 20.0), (0.0, 20.0))
    lower = ((0.0, 30.0), (100.0, 30.0), (100.0, 30.0), (0.0, 30.0))
    looks = [
        [reading(b"A", corners=line, decoder=name), reading(b"B", corners=lower)]
        for name in (ZXING, ZBAR)
    ]
    assert counted(*looks) == ([], False)


@pytest.mark.parametrize(
    ("payload", "symbology", "counts"),
    [
        (b"00069012340000000016", Symbology.GS1_128, True),
        (b"00069012340000000017", Symbology.GS1_128, False),
        (b"0106901234567892", Symbology.GS1_128, True),
        (b"0106901234567891", Symbology.GS1_128, False),
        (b"010690123456789210LOT", Symbology.GS1_128, False),  # LOT has no check
        (b"010690123", Symbology.GS1_128, False),
        (b"01AB901234567892", Symbology.GS1_128, False),
        (b"0106901234567892", Symbology.CODE_128, False),
        (b"16901234567899", Symbology.ITF, True),
        (b"16901234567898", Symbology.ITF, False),
        (b"6901234567892", Symbology.EAN_13, False),  # the symbology's own, not more
    ],
)
def test_a_check_digit_over_all_of_the_data_is_a_witness(payload, symbology, counts):
    assert counted([reading(payload, symbology)]) == ([payload] * counts, counts)


def test_zbar_alone_does_not_count_for_gs1_128_whatever_its_check_digit():
    sscc = reading(b"00069012340000000016", Symbology.GS1_128, decoder=ZBAR)
    assert counted([sscc]) == ([], False)


def test_an_itf_text_of_another_length_never_counts():
    part = reading(b"901234567899", Symbology.ITF)
    other = reading(b"901234567899", Symbology.ITF, decoder=ZBAR)
    assert counted([part], [other]) == ([], False)


def test_short_itf_needs_its_ends_however_many_decoders_agree():
    """All of them read the same part of a longer symbol."""
    part = [reading(b"0829220875", Symbology.ITF, decoder=d) for d in (ZXING, ZBAR)]
    assert counted(part) == ([], False)
    ends = reading(b"0829220875", Symbology.ITF, decoder="end to end")
    assert counted(part, [ends]) == ([b"0829220875"], True)


@pytest.mark.parametrize(("modules", "looks"), [(11, 2), (13, 2), (15, 1), (17, 1)])
def test_the_smallest_micro_qr_must_be_read_twice(modules, looks):
    readings = [
        [reading(b"12", Symbology.MICRO_QR, modules=(modules,) * 2, variant=name)]
        for name in ("raw", "1/2 size")
    ]
    assert counted(*readings[:looks]) == ([b"12"], True)
    if looks > 1:
        assert counted(readings[0], readings[0]) == ([], False)
