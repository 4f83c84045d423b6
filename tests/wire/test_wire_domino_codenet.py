"""Codenet, byte for byte.

Sources, quoted as found:
[PROBE] Data-Analyst4/domino-printer-middleware, DOMINO_COMMAND_PROBE_LOG.md: bytes
        sent to and received from a real Ax printer over TCP 7000, one command at a time
[STUDY] same, DOMINO_STUDY_AND_TEST_LOG.md and its unit test tests/test_codenet.py
[A200]  wankechina2022/InkPrinterCodeEnglish, Docs/ProtocolNotes.md (read off captured
        traffic of an A200+) and InkPrinterCode/Common/CodeNetProtocol.cs (in use)
"""

import pytest

from drivers.printers.domino_codenet import codec
from drivers.printers.domino_codenet.messages import (
    Ack,
    BasicStatus,
    Done,
    ExtendedStatus,
    Liquids,
    Nak,
    Reply,
)
from drivers.printers.domino_codenet.parser import ReplyParser
from simulators.printers.domino_codenet import A200, CodenetPrinter

KIND = "domino_codenet"
SOURCES = {
    "PROBE": "Data-Analyst4/domino-printer-middleware, DOMINO_COMMAND_PROBE_LOG.md",
    "STUDY": "Data-Analyst4/domino-printer-middleware, DOMINO_STUDY_AND_TEST_LOG.md",
    "A200": "wankechina2022/InkPrinterCodeEnglish, Docs/ProtocolNotes.md",
}
FIELDS = "11/08/2026,10/05/2027,KFBNIKHIL7,158.00/0.79"


@pytest.mark.parametrize(
    ("sent", "wire"),
    [
        (codec.IDENTIFY, "1B413F04"),  # PROBE step 1
        (codec.EXTENDED_STATUS, "1B4F313F04"),  # PROBE step 2
        (codec.BASIC_STATUS, "1B31433F04"),  # PROBE step 3
        (codec.LIQUIDS, "1B793F04"),  # PROBE step 5
        (codec.HEAD, "1B51313F04"),  # PROBE step 6
        (codec.CONTINUOUS, "1B5B3F04"),  # PROBE step 7
        (codec.COUNT, "1B54313F04"),  # PROBE step 8
        (codec.LABEL, "1B50313F04"),  # PROBE step 11
        (codec.HEAD_OFF, "1B51314E04"),  # PROBE step 12
        (codec.HEAD_ON, "1B51315904"),  # PROBE step 13
        (codec.ARM_DONE, "1B49313204"),  # A200 section 3
        (codec.CONTINUOUS_OFF, "1B5B314E343030303004"),  # STUDY B, 2026-08-12: ACK
        (codec.encode_clear("0"), "1B4F45303030303004"),  # PROBE step 14, "alternate"
        (codec.encode_clear("1"), "1B4F45303030303104"),  # A200 BuildClearQueueFrame
        (codec.encode_clear("2"), "1B4F45303030303204"),
        # PROBE step 10
        (
            codec.encode_label("NOICE KM 200ML"),
            "1B4F4E3131344E4F494345204B4D203230304D4C04",
        ),
        (codec.encode_label("9"), "1B503130303904"),  # STUDY A4, slot 009
        (codec.encode_record("ABCD"), "1B4F45303030344142434404"),  # STUDY A4
        (codec.encode_record("AB12345"), "1B4F45303030374142313233343504"),  # A200 1.2
        # PROBE step 15
        (
            codec.encode_record(FIELDS),
            "1B4F453030343431312F30382F323032362C31302F30352F323032372C4B46424E494B48"
            "494C372C3135382E30302F302E373904",
        ),
    ],
)
def test_what_is_sent(sent, wire):
    assert sent == bytes.fromhex(wire)


@pytest.mark.parametrize(
    ("wire", "decode", "value"),
    [
        # PROBE step 2
        (
            "1B4F31303031303104",
            codec.decode_extended_status,
            ExtendedStatus(state=1, lamp="01"),
        ),
        # PROBE step 3
        (
            "1B3143303030313136313904",
            codec.decode_basic_status,
            BasicStatus(code=0, head="1", since="1619"),
        ),
        # PROBE step 5
        ("1B7930303730303604", codec.decode_liquids, Liquids(ink=7, make_up=6)),
        ("1B51315904", codec.decode_switch, True),  # PROBE step 6
        ("1B51314E04", codec.decode_switch, False),  # PROBE step 12
        ("1B5B314E303030303004", codec.decode_switch, False),  # PROBE step 7
        ("1B54313033303436343133323704", codec.decode_count, 304641327),  # step 8
        ("1B50314E4F4904", codec.decode_label, "NOI"),  # PROBE step 11
    ],
)
def test_what_is_answered(wire, decode, value):
    (reply,) = ReplyParser().feed(bytes.fromhex(wire))
    assert decode(reply) == value


@pytest.mark.parametrize(
    ("wire", "heard"),
    [
        ("06", [Ack()]),  # PROBE step 10
        ("06303030", [Ack()]),  # STUDY A1, fixed response length
        ("15303033", [Nak("003")]),  # PROBE step 4
        ("32", [Done()]),  # A200 section 4
        ("1B41303135363036373036303004", [Reply("A01560670600")]),  # PROBE step 1
        ("0632", [Ack(), Done()]),  # A200 section 4: right behind an answer
        ("063030303206", [Ack(), Done(), Ack()]),
        ("321B51315904", [Done(), Reply("Q1Y")]),  # A200 section 5.1
        ("1532", [Nak(), Done()]),  # A200 section 2: NAK is one byte
        ("1506", [Nak(), Ack()]),
        ("1530323032", [Nak("020"), Done()]),  # a 2 within a code is no print
        ("15303030323232", [Nak("000"), Done(), Done(), Done()]),
        # a 2 within a count is no print
        ("1B5431303030303030303232323204", [Reply("T10000000222" + "2")]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_shapes_tell_what_is_heard_however_it_is_cut(wire, heard, size):
    data = bytes.fromhex(wire)
    parser = ReplyParser()
    found = []
    for start in range(0, len(data), size):
        found += parser.feed(data[start : start + size])
    assert found == heard
    assert parser.foreign == 0


def test_a_bare_nak_is_known_once_nothing_follows():
    # A200 section 2
    parser = ReplyParser()
    assert parser.feed(b"\x15") == []
    assert parser.is_open
    assert parser.close() == [Nak()]
    assert parser.feed(b"2") == [Done()]


def test_digits_that_come_too_late_are_no_prints():
    parser = ReplyParser()
    assert parser.feed(b"\x15") + parser.close() == [Nak()]
    assert parser.feed(b"020") == []
    assert parser.feed(b"2") == [Done()]


@pytest.mark.parametrize(
    "sent",
    [
        "1B413F04",
        "1B4F313F04",
        "1B31433F04",
        "1B793F04",
        "1B51313F04",
        "1B5B3F04",
        "1B54313F04",
        "1B50313F04",
        "1B7D443F04",
        "1B7D4A3104",
    ],
)
def test_the_simulated_ax_answers_as_the_real_one_did(sent):
    # PROBE steps 1 to 8, 11, 4 and 14
    answers = {
        "1B413F04": "1B41303135363036373036303004",
        "1B4F313F04": "1B4F31303031303104",
        "1B31433F04": "1B3143303030313136313904",
        "1B793F04": "1B7930303730303604",
        "1B51313F04": "1B51315904",
        "1B5B3F04": "1B5B314E303030303004",
        "1B54313F04": "1B54313033303436343133323704",
        "1B50313F04": "1B50314E4F4904",
        "1B7D443F04": "15303033",
        "1B7D4A3104": "15303033",
    }
    session = CodenetPrinter().session()
    assert session.feed(bytes.fromhex(sent), 0).hex().upper() == answers[sent]


def test_the_simulated_printers_refuse_what_the_real_ones_refused():
    # STUDY B: an Ax takes one record, the next is NAK 000
    ax = CodenetPrinter().session()
    record = codec.encode_record("PROBE")
    answers = [ax.feed(record, 0).hex() for _ in range(3)]
    assert answers == ["06", "15303030", "15303030"]
    # A200 section 3: three are taken, the fourth gets 15h
    a200 = CodenetPrinter(A200).session()
    assert [a200.feed(record, 0).hex() for _ in range(4)] == ["06", "06", "06", "15"]
