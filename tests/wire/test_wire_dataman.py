r"""DMCC, byte for byte.

Sources, quoted as found:
[GUIDE]  Cognex, DataMan Communications and Programming Guide, "Command Syntax" and
         "Reader Response" (docs.cognex.com, dmst_2310; manualslib 2077577 p. 19):
         `||>trigger on\CR\LF`; `||0:123>` "Header indicating no-checksum and ID of
         123"; `||checksum:command-id[status]`
[YUMPU]  Cognex DM100/200 Control Commands 3.5: `||>GET SYMBOL.DATAMATRIX` answered
         `||[0]ON\r\n`, `||>SET SYMBOL.DATAMATRIX ON` answered `||[0]\r\n`
[NOTES]  notes of a program in use with a DM475V, firmware 6.1.16: `||:::2[0]\r\n`
[SITE]   programs in use with DataMan readers (shared transcripts): `||[0]\r\n`,
         `||[101]\r\n`, `||[104]\r\n`, "Telnet negotiation bytes" at connecting
"""

import pytest

from drivers.readers.dataman.codec import decode_line, encode_command
from drivers.readers.dataman.messages import STATUS_TEXTS, Reply, Unmarked
from simulators.readers.dataman import DataManReader

KIND = "dataman"
SOURCES = {
    "GUIDE": "Cognex DataMan Communications and Programming Guide, command syntax",
    "YUMPU": "Cognex DM100/200 Control Commands 3.5",
    "NOTES": "notes of a program in use with a DM475V, firmware 6.1.16",
    "SITE": "programs in use with DataMan readers",
}


@pytest.mark.parametrize(
    ("command", "number", "wire"),
    [
        ("TRIGGER ON", 123, b"||0:123>TRIGGER ON\r\n"),  # [GUIDE]
        ("GET DEVICE.TYPE", 1, b"||0:1>GET DEVICE.TYPE\r\n"),  # [GUIDE]
        ("SET COM.DMCC-RESPONSE 2", 7, b"||0:7>SET COM.DMCC-RESPONSE 2\r\n"),  # [NOTES]
    ],
)
def test_commands(command, number, wire):
    assert encode_command(command, number) == wire


@pytest.mark.parametrize("command", ["TRIGGER ON\r\n||>REBOOT", "", "名"])
def test_what_is_no_command_is_refused(command):
    with pytest.raises(ValueError, match="one line"):
        encode_command(command, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"||[0]ON", Reply(status=0, data=b"ON")),  # [YUMPU]
        (b"||[0]", Reply(status=0, data=b"")),  # [YUMPU]
        (b"||0:123[0]", Reply(status=0, data=b"", number=123)),  # [GUIDE]
        (b"||:123[0]ON", Reply(status=0, data=b"ON", number=123)),  # [GUIDE]
        (b"||[1]]d20106\x1d21", Reply(status=1, data=b"]d20106\x1d21")),  # [GUIDE]
        (b"||:::2[0]", Reply(status=0, data=b"")),  # [NOTES]
        (b"||[101]", Reply(status=101, data=b"")),  # [SITE]
        (b"||[104]", Reply(status=104, data=b"")),  # [SITE]
        (b"\xff\xfb\x03\xff\xfb\x01||[0]", Reply(status=0, data=b"")),  # [SITE]
        (b"ON", Unmarked(data=b"ON")),  # [YUMPU] silent mode
        (b"]d20106", Unmarked(data=b"]d20106")),  # [GUIDE] silent mode
    ],
)
def test_lines(line, said):
    assert decode_line(line) == said


def test_a_reply_with_checksum_is_not_believed():
    with pytest.raises(ValueError, match="checksum"):
        decode_line(b"||1:5[0]ON\x01")


def test_statuses_are_those_of_the_guide():
    assert set(STATUS_TEXTS) == {100, 101, 102, 103, 104, 105}


@pytest.mark.parametrize(
    ("mode", "heard", "said"),
    [
        (0, b"||>SET SYMBOL.NOSUCH ON\r\n", b""),  # [GUIDE] ignored without feedback
        (0, b"||>get device.type\r\n", b"DM475V\r\n"),  # [GUIDE] no header
        (0, b"TRIGGER ON\r\n", b""),  # [GUIDE] no header, no command
        (1, b"||>GET DEVICE.TYPE\r\n", b"||[0]DM475V\r\n"),  # [YUMPU] its form
        (1, b"||0:123>GET DEVICE.TYPE\r\n", b"||0:123[0]DM475V\r\n"),  # [GUIDE]
        (1, b"||>NOSUCH\r\n", b"||[101]\r\n"),  # [SITE]
    ],
)
def test_the_simulated_reader(mode, heard, said):
    reader = DataManReader()
    reader.mode = mode
    session = reader.open_session()
    assert b"".join(session.feed(bytes([b]), 0.0) for b in heard) == said


def test_the_trigger_of_the_guide_yields_only_the_text_in_silent_mode():
    reader = DataManReader()
    reader.scene = "0106141411234567"
    session = reader.open_session()
    pushed = []
    session.push = pushed.append
    # 7C 7C 3E 54 52 49 47 47 45 52 20 4F 4E 0D 0A
    heard = bytes.fromhex("7C7C3E54524947474552204F4E0D0A")
    assert session.feed(heard, 0.0) == b""
    assert pushed == [b"0106141411234567\r\n"]
