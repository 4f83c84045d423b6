r"""The built-in tables, byte for byte.

Sources, quoted as found:
[KEY-1] RWatsonAssoc/Keyence.Printer.MKG1000 (MIT or Apache-2.0), src/Commands.cs,
        Command.cs, SystemStatuses.cs: commands end in CR, `ER,CMD,nn` is a refusal,
        the answer to UZ is `UZ,message,code,text`
[KEY-2] ecctechs/inkjet-keyence, Client.cs and ucCSVmarking.cs (plant use): "SB\r" is
        answered "SB,01\r"; the third part of KH's answer is the count, the second of
        FR's the program
[PAN]   Panasonic "LP-GS Series Serial Communication Command Manual, LP-400/V
        compatible mode" ME-LP-GS-SR-COMP-3, pages 33, 34, 56, 62, 64, 87
[EX]    the example tables themselves: no device, but the bytes their comments promise
"""

import pytest

from drivers.printers.text_printer.codec import Dialect, FrameParser, checksum
from drivers.printers.text_printer.messages import Unasked, Verdict
from drivers.printers.text_printer.table import Frame, builtin_names, load
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan

KIND = "text_printer"
SOURCES = {
    "KEY-1": "RWatsonAssoc/Keyence.Printer.MKG1000 (MIT or Apache-2.0)",
    "KEY-2": "ecctechs/inkjet-keyence, Client.cs, ucCSVmarking.cs (plant use)",
    "PAN": "Panasonic LP-GS serial command manual ME-LP-GS-SR-COMP-3",
    "EX": "the example tables of this program",
}


def dialect(name, **parameters):
    return Dialect(load(f"builtin:{name}"), parameters)


def step(name, command, at=-1):
    return load(f"builtin:{name}").commands.given()[command][at]


SENT = [
    ("keyence_mkg", "status", -1, {}, b"SB\r"),  # [KEY-2] GetBytes("SB\r")
    ("keyence_mkg", "read_job", -1, {}, b"FR\r"),  # [KEY-2] GetBytes("FR\r")
    ("keyence_mkg", "faults", -1, {}, b"EV\r"),  # [KEY-2] GetBytes("EV\r")
    ("keyence_mkg", "count", -1, {}, b"KH,3\r"),  # [KEY-2] GetBytes("KH,3\r")
    # [KEY-2] "FW," + programs_name + "\r"
    ("keyence_mkg", "select_job", -1, {"job": "12"}, b"FW,12\r"),
    ("keyence_mkg", "start", -1, {}, b"SQ\r"),  # [KEY-2] On_Off_printer(…, "SQ")
    ("keyence_mkg", "stop", -1, {}, b"SR\r"),  # [KEY-2] On_Off_printer(…, "SR")
    ("keyence_mkg", "setup", -1, {}, b"KV,0\r"),  # [KEY-1] "KV" + ",0": buffer off
    ("keyence_mkg", "reset_faults", -1, {}, b"EZ\r"),  # [KEY-1] "EZ"
    # [KEY-1] "BK" + $",{messageNumber},{(int)characterCode},{characterStringData}"
    ("keyence_mkg", "send", -1, {"text": "ABC-1"}, b"BK,1,0,ABC-1\r"),
    # [KEY-1] "UZ" + $",{messageNumber}" + $",{(int)characterCode}"
    ("keyence_mkg", "last_text", -1, {}, b"UZ,1,0\r"),
    # [PAN] page 33: 02 46 4E 4F 53 32 30 34 37 … 0D, without its check sum
    (
        "panasonic_lp_gs",
        "select_job",
        -1,
        {"job": "2047"},
        bytes.fromhex("02 46 4E 4F 53 32 30 34 37 0D"),
    ),
    ("panasonic_lp_gs", "select_job", -1, {"job": "7"}, b"\x02FNOS0007\r"),
    ("panasonic_lp_gs", "read_job", -1, {}, b"\x02FNOR\r"),  # [PAN] page 71
    ("panasonic_lp_gs", "stop", -1, {}, b"\x02MKMS0\r"),  # [PAN] page 56 example
    ("panasonic_lp_gs", "start", -1, {}, b"\x02MKMS1\r"),  # [PAN] page 56
    ("panasonic_lp_gs", "status", -1, {}, b"\x02STSR\r"),  # [PAN] page 62
    ("panasonic_lp_gs", "setup", -1, {}, b"\x02MSTS1\r"),  # [PAN] page 64 example
    ("panasonic_lp_gs", "send", 0, {"text": "A"}, b"\x02MKMS0\r"),
    # [PAN] page 87: object, string, data; page 88: GS stands for FNC1
    (
        "panasonic_lp_gs",
        "send",
        1,
        {"text": "0106901234567892211234567890\x1d10AB"},
        b"\x02BCSS010106901234567892211234567890\x1d1\r",
    ),
    (
        "panasonic_lp_gs",
        "send",
        2,
        {"text": "0106901234567892211234567890\x1d10AB"},
        b"\x02BCSS020AB\r",
    ),
    ("panasonic_lp_gs", "send", 2, {"text": "A"}, b"\x02BCSS02\r"),
    ("panasonic_lp_gs", "send", 3, {"text": "A"}, b"\x02MKMS1\r"),
    ("example_counter", "send", -1, {"text": "A\\,B"}, b"TEXT=A\\,B\r\n"),  # [EX]
    ("example_event", "send", -1, {"text": "A"}, b"ADD=A\r\n"),  # [EX]
    (
        "example_numbered",
        "send",
        -1,
        {"text": "A", "number": "7"},
        b"PUT=000007,A\r\n",
    ),
    # [EX] checksum of "TA" is 54 + 41 = 95
    ("example_handshake", "send", -1, {"text": "A"}, b"\x02TA95\x03"),
    ("example_handshake", "ready", -1, {}, b"\x05"),
    ("example_handshake", "clear", -1, {}, b"\x12"),
]


@pytest.mark.parametrize(("table", "command", "at", "filled", "wire"), SENT)
def test_what_is_sent(table, command, at, filled, wire):
    assert dialect(table).encode(step(table, command, at), **filled) == wire


ANSWERS = [
    # [KEY-2] respone_status == "SB,01\r"
    ("keyence_mkg", "status", b"SB,01\r", Verdict.OK, {"state": "01"}),
    ("keyence_mkg", "status", b"SB,04\r", Verdict.OK, {"state": "04"}),
    # [KEY-2] split(',')[1] of FR is the program
    ("keyence_mkg", "read_job", b"FR,7\r", Verdict.OK, {"job": "7"}),
    # [KEY-2] split(',')[2] of KH,3 is the quantity
    ("keyence_mkg", "count", b"KH,3,1234\r", Verdict.OK, {"count": "1234"}),
    # [KEY-1] split[1] message, split[2] code, split[3] text
    ("keyence_mkg", "last_text", b"UZ,1,0,ABC-1\r", Verdict.OK, {"text": "ABC-1"}),
    ("keyence_mkg", "last_text", b"UZ,1,0,\r", Verdict.OK, {"text": ""}),
    ("keyence_mkg", "send", b"BK\r", Verdict.OK, {}),
    # [KEY-1] StartsWith("ER"), split[2] is the error
    ("keyence_mkg", "send", b"ER,BK,03\r", Verdict.ERROR, {"error": "03"}),
    # [KEY-2] codes from the second part on; none when all is well
    ("keyence_mkg", "faults", b"EV,102,5\r", Verdict.OK, {"error": "102"}),
    ("keyence_mkg", "faults", b"EV\r", Verdict.OK, {}),
    # [PAN] page 33: 06 30 30 … 0D; page 34: NAK and two digits
    ("panasonic_lp_gs", "start", bytes.fromhex("06 30 30 0D"), Verdict.OK, {}),
    ("panasonic_lp_gs", "start", b"\x1503\r", Verdict.ERROR, {"error": "03"}),
    # [PAN] page 33: 02 46 4E 4F 41 32 30 34 37 … 0D
    (
        "panasonic_lp_gs",
        "read_job",
        bytes.fromhex("02 46 4E 4F 41 32 30 34 37 0D"),
        Verdict.OK,
        {"job": "2047"},
    ),
    # [PAN] page 62: "02110" is ready for the trigger
    (
        "panasonic_lp_gs",
        "status",
        b"\x02STSA02110\r",
        Verdict.OK,
        {"state": "02110"},
    ),
    ("example_numbered", "last_number", b"LAST 12\r\n", Verdict.OK, {"number": "12"}),
    ("example_event", "send", b"ERR 7\r\n", Verdict.ERROR, {"error": "7"}),
    ("example_handshake", "ready", b"\x06", Verdict.OK, {}),
    ("example_handshake", "ready", b"\x15", Verdict.BUSY, {}),
    ("example_handshake", "count", b"\x02C127\x03", None, {}),  # checksum of C1 is 74
    ("example_handshake", "count", b"\x02C174\x03", Verdict.OK, {"count": "1"}),
]


@pytest.mark.parametrize(("table", "command", "wire", "verdict", "groups"), ANSWERS)
def test_what_an_answer_says(table, command, wire, verdict, groups):
    said = dialect(table)
    messages = said.parser().feed(wire)
    if verdict is None:
        assert messages == []
        return
    (message,) = messages
    answer = said.answer(step(table, command), message)
    assert (answer.verdict, answer.groups) == (verdict, groups)


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        # [PAN] page 64: normal end, and the alarm E400 at the marking
        (b"\x02MSTA0000\r", (Unasked.PRINTED, "")),
        (b"\x02MSTAE400\r", (Unasked.FAULT, "400")),
        # [PAN] page 64: the answer to a readout of the setting is neither
        (b"\x02MSTA1\r", None),
    ],
)
def test_what_the_marker_says_unasked(wire, said):
    marker = dialect("panasonic_lp_gs")
    (message,) = marker.parser().feed(wire)
    assert marker.unasked(message) == said


@pytest.mark.parametrize(
    ("kind", "body", "told"),
    [
        # [PAN] page 33: sums from the start code, "05", "66" and "F3"
        ("sum8", bytes.fromhex("02 46 4E 4F 53 32 30 34 37"), b"05"),
        ("sum8", bytes.fromhex("06 30 30"), b"66"),
        ("sum8", bytes.fromhex("02 46 4E 4F 41 32 30 34 37"), b"F3"),
        ("xor8", b"\x01\x02\x04", b"07"),
        ("none", b"ABC", b""),
    ],
)
def test_checksums(kind, body, told):
    assert checksum(kind, body) == told


def test_a_frame_with_the_manuals_checksum():
    # [PAN] page 33, as a table with checksum = "sum8" would take it
    parser = FrameParser(Frame(end="\r", checksum="sum8"), "ascii")
    good = bytes.fromhex("06 30 30 36 36 0D")
    bad = bytes.fromhex("06 30 30 36 37 0D")
    assert parser.feed(good + bad) == ["\x0600"]
    assert parser.foreign == 1


@pytest.mark.parametrize(
    ("name", "plan", "asked", "answered"),
    [
        ("KEY-2", {"dialect": "keyence"}, b"SB\r", b"SB,04\r"),
        ("KEY-2", {"dialect": "keyence"}, b"SQ\rSB\r", b"SQ\rSB,01\r"),
        ("KEY-2", {"dialect": "keyence"}, b"KH,3\r", b"KH,3,0\r"),
        ("KEY-2", {"dialect": "keyence"}, b"FW,2\rFR\r", b"FW\rFR,2\r"),
        ("KEY-1", {"dialect": "keyence"}, b"BK,1,0,A\r", b"BK\r"),
        ("KEY-1", {"dialect": "keyence"}, b"UZ,1,0\r", b"UZ,1,0,\r"),
        ("KEY-1", {"dialect": "keyence"}, b"XX\r", b"ER,XX,00\r"),
        ("KEY-1", {"dialect": "keyence"}, b"FW,900\r", b"ER,FW,22\r"),
        ("PAN", {"dialect": "panasonic"}, b"\x02STSR\r", b"\x02STSA02000\r"),
        ("PAN", {"dialect": "panasonic"}, b"\x02MKMS1\r", b"\x0600\r"),
        (
            "PAN",
            {"dialect": "panasonic"},
            b"\x02MKMS1\r\x02STSR\r\x02BCSS01A\r",
            b"\x0600\r\x02STSA02110\r\x1503\r",
        ),
        ("PAN", {"dialect": "panasonic"}, b"\x02FNOR\r", b"\x02FNOA0001\r"),
        ("PAN", {"dialect": "panasonic"}, b"FNOR\r", b"\x1501\r"),
        ("EX", {"dialect": "enq"}, b"\x05", b"\x06"),
        ("EX", {"dialect": "enq"}, b"\x02TA95\x03\x05", b"\x06\x15"),
        ("EX", {"dialect": "enq"}, b"\x02TA00\x03", b"\x15"),
        ("EX", {"queues": True}, b"ADD=A\\,B\r\n?LEFT\r\n", b"OK\r\nLEFT 1\r\n"),
    ],
)
def test_the_printers_side(name, plan, asked, answered):
    assert name in SOURCES
    printer = TextPrinter(TextPrinterPlan(**plan))
    assert printer.session().feed(asked, 0.0) == answered


def test_every_builtin_table_is_refereed():
    assert {table for table, *_ in SENT} == set(builtin_names())
