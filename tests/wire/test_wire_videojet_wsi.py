"""WSI, byte for byte.

Sources, quoted as found:
[MAN]  Videojet "1000 Line Series WSI Communications Protocol", P/N 462115-01 rev. AD,
       July 2013, by section
[TEST] GlenCashen/videojet-message-manager, test/wsi-status.test.js and
       test/wsi-response.test.js: unit tests of software in use with the device
[EMU]  the emulator of the same repository, as run: a plant user's, not the printer
"""

import pytest

from drivers.printers.videojet_wsi import codec
from drivers.printers.videojet_wsi.messages import Lamp, Packet, Verdict
from simulators.printers.videojet_wsi import WsiPrinter

KIND = "videojet_wsi"
SOURCES = {
    "MAN": "Videojet 1000 Line Series WSI Communications Protocol, 462115-01 rev. AD",
    "TEST": "GlenCashen/videojet-message-manager, test/wsi-status.test.js",
    "EMU": "GlenCashen/videojet-message-manager, emulator/, as run",
}


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (codec.PRINT_COUNT, b"\x02GA\x03"),  # MAN 3.15 example 1
        (codec.PRODUCT_COUNT, b"\x02GB\x03"),  # MAN 3.15 example 2
        (codec.PRINT_OFF, b"\x02O0\x03"),  # MAN 3.14
        (codec.PRINT_ON, b"\x02O1\x03"),
        (codec.MESSAGE, b"\x02Q\x03"),  # MAN 3.13; EMU
        (codec.ERRORS, b"\x02E\x03"),  # MAN 3.11; EMU
        (codec.PART_NUMBER, b"\x02H\x03"),  # MAN 3.10
        # EMU; MAN 3.1
        (codec.select_message("CAT CAN NOW A13FCD"), b"\x02MCAT CAN NOW A13FCD\x03"),
        # EMU; MAN 3.6: field, LF, data
        (codec.update_field("BATCH", "TEST-1"), b"\x02UBATCH\nTEST-1\x03"),
        (codec.clear_field("BATCH"), b"\x02DBATCH\x03"),  # MAN 3.5
    ],
)
def test_what_is_sent(content, wire):
    assert codec.encode(content) == wire


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        ("RA", b"$93"),  # MAN 3.16 example 1
        ("RB", b"$94"),  # MAN 3.16 example 2
        ("O0", b"$7F"),  # the rule of MAN 3
        ("O1", b"$80"),
        ("Q", b"!51"),  # TEST: "! suffix is interpreted as the command checksum"
        ("E", b"!45"),  # TEST
    ],
)
def test_the_checksum_of_an_answer_is_over_the_request(content, reply):
    (verdict,) = codec.AnswerParser().feed(reply)
    assert verdict == Verdict(reply[:1] == b"$", codec.checksum(content))


@pytest.mark.parametrize(
    ("wire", "count"),
    [
        (b"\x0200000678\x03", 678),  # MAN 3.15 example 1: eight digits
        (b"\x0200000679\x03", 679),
        (b"\x020000000678\x03", 678),  # MAN 3.15: ten digits
    ],
)
def test_counts(wire, count):
    (packet,) = codec.AnswerParser().feed(wire)
    assert codec.decode_count(packet) == count


def test_a_part_number():
    # MAN 3.10, in hexadecimal
    wire = bytes.fromhex("02 31 2E 30 2E 33 38 35 57 20 20 20 20 20 20 20 20 03")
    assert codec.AnswerParser().feed(wire) == [Packet("1.0.385W        ")]


@pytest.mark.parametrize(
    ("digits", "lamp", "faults"),
    [
        # TEST
        ("0000001", Lamp.GREEN, []),
        ("0000002", Lamp.AMBER, []),
        ("0000004", Lamp.RED, []),
        ("4000004", Lamp.RED, ["gutter fault"]),
        (
            "5100006",
            Lamp.RED | Lamp.AMBER,
            ["charge error", "gutter fault", "pump fault"],
        ),
        (
            "4100014",
            Lamp.RED,
            ["gutter fault", "pump fault", "date and time not set"],
        ),
        # MAN 3.11, one bit of each digit
        ("8000001", Lamp.GREEN, ["ink core empty"]),
        ("0400001", Lamp.GREEN, ["ink core service overdue"]),
        ("0080001", Lamp.GREEN, ["phasing threshold at minimum"]),
        ("0002001", Lamp.GREEN, ["automatic modulation failed"]),
        ("0000801", Lamp.GREEN, ["not enough ink to fill the core"]),
        ("0000041", Lamp.GREEN, ["EHT calibration required"]),
    ],
)
def test_error_status(digits, lamp, faults):
    (packet,) = codec.AnswerParser().feed(b"\x02" + digits.encode() + b"\x03")
    status = codec.decode_errors(packet)
    assert status.lamp == lamp
    assert [text.split(" ", 1)[1] for text in status.faults] == faults


def test_all_faults_at_once():
    # TEST: 24 of them
    status = codec.decode_errors(Packet("FFFFFFF"))
    assert len(status.faults) == len(set(status.faults)) == 24


@pytest.mark.parametrize("body", ["000001", "00000001", "ZZ00001", ""])
def test_malformed_error_status(body):
    # TEST: "rejects malformed status values safely"
    with pytest.raises(ValueError, match="seven hexadecimal digits"):
        codec.decode_errors(Packet(body))


@pytest.mark.parametrize(
    ("request_", "reply"),
    [
        (b"\x02GA\x03", b"\x0200000678\x03"),  # MAN 3.15
        (b"\x02RA\x03", b"$93"),  # MAN 3.16
        (b"\x02RB\x03", b"$94"),
        (b"\x02O0\x03", b"$7F"),
        (b"\x02O1\x03", b"$80"),
        (b"\x02H\x03", b"\x021.0.385W        \x03"),  # MAN 3.10
        (b"\x02E\x03", b"\x020000001\x03"),
        (b"\x02MNOSUCH\x03", b"!%02X" % (sum(b"MNOSUCH") % 256)),  # MAN 3
    ],
)
def test_the_simulated_printer_answers_as_the_manual_says(request_, reply):
    assert WsiPrinter().session().feed(request_, 0) == reply


def test_transcripts_that_follow_the_manual_and_those_that_do_not(transcript):
    """The emulator answers every command with the same two characters: not by rule."""
    lines = [r for r in transcript("ascii_protocols.jsonl") if r["protocol"] == "WSI"]
    assert len(lines) == 10
    by_rule = {}
    for line in lines:
        (answer,) = codec.AnswerParser().feed(line["response"].encode("latin-1"))
        content = line["request"][1:-1]
        assert codec.encode(content) == line["request"].encode("latin-1")
        if isinstance(answer, Verdict):
            by_rule[content] = answer.checksum == codec.checksum(content)
    assert by_rule == {
        "E": True,
        "MCAT CAN NOW A13FCD": False,
        "UBATCH\nTEST-1": False,
        "UNOSUCH\nX": False,
    }
