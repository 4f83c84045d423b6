"""The Hitachi serial protocol, byte for byte.

Sources, quoted as found:
[RX]   Hitachi "RX Technical Manual" rev. D, 2015, section 5, by page
[RX2]  Hitachi RX2 Technical Manual, the same table of codes on p. 5-38
[OSS]  INNOVATIVE-PROBLEM-SOLVERS-LLC/HitachiEtherNetIP, HitachiProtocol/HP.cs: a
       program in use with PH to UX printers on this port
"""

import pytest

from drivers.printers.hitachi_serial import codec
from drivers.printers.hitachi_serial.messages import Control, Operation, Text
from simulators.printers.hitachi_serial import (
    HitachiSerialPlan,
    HitachiSerialPrinter,
    Mode,
)

KIND = "hitachi_serial"
SOURCES = {
    "RX": "Hitachi RX Technical Manual rev. D, section 5 (communication)",
    "RX2": "Hitachi RX2 Technical Manual, section 5 (communication)",
    "OSS": "INNOVATIVE-PROBLEM-SOLVERS-LLC/HitachiEtherNetIP, HitachiProtocol/HP.cs",
}


def of(spaced):
    return bytes.fromhex(spaced)


@pytest.mark.parametrize(
    ("said", "wire"),
    [
        (codec.ENQ, "05"),  # RX 5-6 (1)
        (codec.DC2, "12"),  # RX 5-6 (2), code table 5-33
        (codec.ONLINE, "1F 73"),  # RX 5-29: "ENQ, STX and ETX are not required"; OSS
        (codec.CLOCK, "1F 75"),  # RX 5-31 (2), 5-43: "No STX/ETX; Inquiry"; OSS
        (codec.ACK, "06"),  # RX 5-31 (2): the host's, after the clock's answer
        # RX 5-8, example (1), its first item
        (codec.encode_text(1, "ABC"), "02 10 31 41 42 43 03"),
        # RX 5-50, the monitor's lines, an item each
        (codec.encode_text(1, "ABCDE"), "02 10 31 41 42 43 44 45 03"),
        (codec.encode_text(2, "12345"), "02 10 32 31 32 33 34 35 03"),
        # RX 5-9, example (1)
        (codec.encode_recall(12), "02 1F 20 31 30 30 31 32 03"),
        (codec.encode_recall(2000), "02 1F 20 31 32 30 30 30 03"),
        # RX 5-30 for the bytes; OSS for STX and ETX around them, which RX 5-43 takes
        # away from 73h to 75h only
        (codec.encode_operation(Operation.DEFLECTION_ON), "02 1F 72 32 03"),
        (codec.encode_operation(Operation.DEFLECTION_OFF), "02 1F 72 33 03"),
    ],
)
def test_what_is_sent(said, wire):
    assert said == of(wire)


@pytest.mark.parametrize(
    ("item", "code"),
    # RX 5-7, the table of items
    [
        (1, 0x31),
        (10, 0x3A),
        (11, 0x3B),
        (50, 0x62),
        (79, 0x7F),
        (80, 0x80),
        (100, 0x94),
    ],
)
def test_items(item, code):
    assert codec.item_code(item) == bytes([code])


@pytest.mark.parametrize("item", [0, 101, -1])
def test_no_such_item(item):
    with pytest.raises(ValueError, match="items 1 to 100"):
        codec.encode_text(item, "A")


@pytest.mark.parametrize("message", [0, 2001])
def test_no_such_message(message):
    with pytest.raises(ValueError, match="stores 1 to 2000"):
        codec.encode_recall(message)


def test_the_longest_text_fills_the_longest_frame():
    # RX 5-6 (8): "Up to 3000 bytes … including STX and ETX"
    longest = codec.encode_text(1, "X" * 2996)
    assert len(longest) == 3000
    with pytest.raises(ValueError, match="2997 characters, of 1 to 2996"):
        codec.encode_text(1, "X" * 2997)


# RX 5-34, RX2 5-38, "ASCII codes": the standard characters, column by column.
STANDARD = (
    " !\"#$%&'()*+,-./0123456789:;<=>?"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz"
)
UNUSABLE = [0x60, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F]


def test_every_standard_character_is_sent_as_it_is():
    said = codec.encode_text(1, STANDARD)
    assert said == b"\x02\x101" + STANDARD.encode("ascii") + b"\x03"
    assert HitachiSerialPrinter().session().feed(said, 0.0) == b"\x06"


@pytest.mark.parametrize("code", UNUSABLE)
def test_an_unusable_code_is_not_sent(code):
    # RX 5-34: "Unusable"; the printer's own refusal is error 001, 5-51
    with pytest.raises(ValueError, match="at position 1"):
        codec.encode_text(1, f"A{chr(code)}")
    said = bytes([0x02, 0x10, 0x31, 0x41, code, 0x03])
    assert HitachiSerialPrinter().session().feed(said, 0.0) == b"\x15"


@pytest.mark.parametrize(
    ("character", "printed"), [("@", "■"), ("\\", "¥"), ("^", "×")]
)
def test_a_code_that_stands_for_another_character_is_not_sent(character, printed):
    # RX 5-34: 40h, 5Ch, 5Eh
    with pytest.raises(ValueError, match=f"the printer prints {printed} for it"):
        codec.encode_text(1, character)


@pytest.mark.parametrize(
    ("wire", "messages"),
    [
        ("06", [Control.ACK]),  # RX 5-6
        ("15", [Control.NAK]),
        # RX 5-31 (2), with the time of 5-31's example for setting it
        (
            "02 1F 7F 32 30 31 35 30 37 30 37 31 32 34 35 30 30 03",
            [Text(b"\x1f\x7f20150707124500")],
        ),
        ("06 15 06", [Control.ACK, Control.NAK, Control.ACK]),
    ],
)
def test_what_is_heard(wire, messages):
    whole = codec.AnswerParser()
    assert whole.feed(of(wire)) == messages
    assert whole.foreign == 0
    slow = codec.AnswerParser()
    assert [m for byte in of(wire) for m in slow.feed(bytes([byte]))] == messages


def test_the_clock():
    # RX 5-31 (2): year, month, day, hour, minute, second, 14 digits
    told = codec.decode_clock(b"\x1f\x7f20150707124500")
    assert told == "2015-07-07 12:45:00"
    assert codec.decode_clock(b"\x1f\x2e120150707124500") is None


@pytest.mark.parametrize(
    "digits", [b"2015070712450", b"201507071245000", b"2015x7071245AB"]
)
def test_a_clock_that_is_none(digits):
    with pytest.raises(ValueError, match="14 digits"):
        codec.decode_clock(b"\x1f\x7f" + digits)


def test_a_clock_that_was_never_set_is_one():
    assert codec.decode_clock(b"\x1f\x7f" + b"0" * 14) == "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("wire", "messages", "foreign"),
    [
        (b"hello\x06", [Control.ACK], 5),
        (b"\x02half\x06", [Control.ACK], 1),
        (b"\x02half\x02\x1f\x7f1\x03", [Text(b"\x1f\x7f1")], 1),
        (b"\x02" + b"9" * 3000, [], 0),
        (b"\x02" + b"9" * 3001 + b"\x15", [Control.NAK], 1),
        (b"\xff\x00\x03", [], 3),
    ],
)
def test_what_is_no_answer_is_counted(wire, messages, foreign):
    parser = codec.AnswerParser()
    assert parser.feed(wire) == messages
    assert parser.foreign == foreign


# What the manual shows, said to the simulated printer: (said, answered) in turn.
TALKS = {
    "RX 5-6 (1): ENQ, text": [("05", "06"), ("02 10 31 41 42 43 03", "06")],
    "RX 5-6 (1): ENQ omitted": [("02 10 31 41 42 43 03", "06")],
    "RX 5-44 (c): not ready": [("02 10 31 41 42 43 03", "06"), ("05", "15")],
    "RX 5-6 (2): DC2": [
        ("02 10 31 41 42 43 03", "06"),
        ("05", "15"),
        ("12", "06"),
        ("05", "06"),
        ("02 10 31 44 45 46 03", "06"),
    ],
    "RX 5-6 (4): an error in the text": [
        ("05", "06"),
        ("02 10 31 41 1D 42 03", "15"),
        ("05", "06"),
    ],
    "RX 5-50: 7Fh is no character": [
        ("05", "06"),
        ("02 10 31 41 42 43 44 45 10 32 31 32 33 34 35 03", "06"),
        ("12", "06"),
        ("02 10 31 41 42 43 44 45 10 32 31 32 33 34 7F 03", "15"),
    ],
    "RX 5-9: recall": [("02 1F 20 31 30 30 31 32 03", "06"), ("05", "06")],
    "RX 5-52 (020): not stored": [("02 1F 20 31 30 30 39 39 03", "15")],
    "RX 5-51 (004): no such item": [("02 10 30 41 03", "15")],
    "RX 5-51 (005): no such header": [("02 1F 70 03", "15")],
    "RX 5-44 (a): offline": [("1F 74", "06"), ("05", "15"), ("12", "15")],
    "RX 5-44 (3): offline and online again": [
        ("02 10 31 41 42 43 03", "06"),
        ("1F 74", "06"),
        ("1F 73", "06"),
        ("05", "06"),
    ],
    "RX 5-30: remote operation": [("02 1F 72 33 03", "06"), ("02 1F 72 32 03", "06")],
    "RX 5-31: clock": [
        ("1F 75", "02 1F 7F 32 30 31 35 30 37 30 37 31 32 34 35 30 30 03"),
        ("06", ""),
    ],
    "RX 5-45 (e): half a text, then DC2": [
        ("02 10 31 41", ""),
        ("1F 75", ""),
        ("12", "06"),
        ("05", "06"),
    ],
}


@pytest.mark.parametrize("talk", TALKS.values(), ids=list(TALKS))
def test_the_simulated_printer_answers_as_the_manual_says(talk):
    session = HitachiSerialPrinter().session()
    for said, answered in talk:
        assert session.feed(of(said), 0.0) == of(answered), said


def test_the_simulated_buffer_is_as_the_manual_says():
    # RX 5-56: 100 records; 5-58: cleared and restarted alone; 5-59: NAK when full
    session = HitachiSerialPrinter(HitachiSerialPlan(mode=Mode.BUFFER)).session()
    for _ in range(100):
        assert session.feed(of("02 10 31 41 42 43 03"), 0.0) == b"\x06"
    assert session.feed(of("02 10 31 41 42 43 03"), 0.0) == b"\x15"
    assert session.feed(of("02 1F 76 03"), 0.0) == b"\x06"
    assert session.feed(of("02 1F 77 03"), 0.0) == b"\x06"
    assert session.feed(of("02 10 31 41 42 43 03"), 0.0) == b"\x06"
