r"""SICK CoLa-A, byte for byte.

Sources, quoted as found:
[LMS]   SICK telegram manuals (LMS4000, LMS511, TiM781): `02` text `03`, sMN → sAN,
        sRN → sRA, sFA code hexadecimal; a public client's note of a real answer:
        `sRA DeviceIdent 10 LMS10x_FieldEval 10 V1.36-21.10.2010`
[RFID]  a client in use at port 2112: `\2sMN mTCgateon\3`, `\2sAN mTCgateon 1\3`,
        "ACK failed" `\2sAN mTCgateon 0\3`
[LUA]   a client of a Lector: transmits `sMN mTCgateon`, `sMN mTCgateoff`; receives
        `sAN mTCgateon 1`, `sAN mTCgateoff 1`, `NoRead` or the code
"""

import pytest

from drivers.readers.sick_cola.codec import decode_answer, encode, framer, texts_of
from drivers.readers.sick_cola.messages import ERROR_TEXTS, Answer
from simulators.readers.sick_cola import SickReader

KIND = "sick_cola"
SOURCES = {
    "LMS": "SICK telegram manuals, and a public client's note of an answer",
    "RFID": "a public client in use at port 2112",
    "LUA": "a public client of a Lector reader",
}


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("sMN mTCgateon", b"\x02sMN mTCgateon\x03"),  # [RFID]
        ("sMN mTCgateoff", b"\x02sMN mTCgateoff\x03"),  # [LUA]
        ("sRN DeviceIdent", b"\x02sRN DeviceIdent\x03"),  # [LMS]
    ],
)
def test_commands(text, wire):
    assert encode(text) == wire


@pytest.mark.parametrize(
    ("wire", "answer"),
    [
        (
            b"\x02sAN mTCgateon 1\x03",  # [RFID]
            Answer(verb="sAN", name="mTCgateon", words=("1",)),
        ),
        (
            b"\x02sAN mTCgateon 0\x03",  # [RFID]
            Answer(verb="sAN", name="mTCgateon", words=("0",)),
        ),
        (
            b"\x02sAN mTCgateoff 1\x03",  # [LUA]
            Answer(verb="sAN", name="mTCgateoff", words=("1",)),
        ),
        (b"\x02sFA 14\x03", Answer(verb="sFA", error=0x14)),  # [LMS] hexadecimal
        (b"\x02sFA B\x03", Answer(verb="sFA", error=11)),  # [LMS]
    ],
)
@pytest.mark.parametrize("results_framed", [True, False])
def test_answers(wire, answer, results_framed):
    taker = framer(results_framed=results_framed, max_frame=100, gap_s=0)
    (frame,) = taker.feed(wire, at_s=0)
    assert decode_answer(frame) == answer


def test_the_texts_of_an_answer():  # [LMS]
    words = ("10", "LMS10x_FieldEval", "10", "V1.36-21.10.2010")
    assert texts_of(words) == ["LMS10x_FieldEval", "V1.36-21.10.2010"]
    assert texts_of(("7", "CLV65x", "", "6", "V5.300")) == ["CLV65x ", "V5.300"]
    assert texts_of(("no", "lengths")) == ["no lengths"]
    assert texts_of(("FF", "short")) == ["FF short"]


@pytest.mark.parametrize(
    "wire",
    [b"NoRead\r\n", b"0106141411234567\r", b"sAN\r", b"\xff\xfe\r"],  # [LUA]
)
def test_what_is_no_answer(wire):
    taker = framer(results_framed=False, max_frame=100, gap_s=0)
    (frame,) = taker.feed(wire, at_s=0)
    assert decode_answer(frame) is None


def test_an_error_without_a_number_is_none():
    with pytest.raises(ValueError, match="invalid literal"):
        decode_answer(b"sFA what")


def test_the_error_numbers_eight_copies_agree_on():
    assert sorted(ERROR_TEXTS) == [*range(1, 0xE), 0x10, 0x11, 0x14, 0x19]


@pytest.mark.parametrize(
    ("scene", "heard", "said"),
    [
        (
            "0106",
            b"\x02sMN mTCgateon\x03\x02sMN mTCgateoff\x03",  # [LUA]
            b"\x02sAN mTCgateon 1\x030106\r\n\x02sAN mTCgateoff 0\x03",
        ),
        (
            None,
            b"\x02sMN mTCgateon\x03\x02sMN mTCgateoff\x03",  # [LUA]
            b"\x02sAN mTCgateon 1\x03\x02sAN mTCgateoff 1\x03NoRead\r\n",
        ),
        (None, b"\x02sMN mNothing\x03", b"\x02sFA 2\x03"),  # [LMS]
        (None, b"\x02sRN Nothing\x03", b"\x02sFA 3\x03"),  # [LMS]
    ],
)
def test_the_simulated_reader(scene, heard, said):
    reader = SickReader()
    reader.scene = scene
    session = reader.open_session()
    pushed = bytearray()
    session.push = pushed.extend
    for byte in heard:
        session.feed(bytes([byte]), 0)
    assert bytes(pushed) == said
