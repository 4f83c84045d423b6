r"""Keyence SR commands and replies, byte for byte.

Sources, quoted as found:
[SR750] SR-750 user manual p. 71, 72: header none, terminator CR, or STX and ETX,
        "Responses are sent with the same header and terminator"; `LON` → `OK,LON`;
        `LOFF` → `OK,LOFF` or `ER,LOFF,ee`; "If 10 seconds or more elapse, …delete"
[SITE]  programs in use with SR-1000 and SR-X readers (shared transcripts):
        `ER,BADCMD,00\r`, `ER,LON,02\r`, `OK,NUM,` and five counters
[PTC]   a tester's query `'KEYENCE'0d`, answered `OK,KEYENCE,SR-700,1.12`
[QR]    tests of a program for an SR-X300: `OK,KEYENCE,SR-X300,1.73,7.244\r`,
        `ER,LON,23\r`
"""

import pytest

from drivers.readers.keyence_sr.codec import Framing, decode_reply
from drivers.readers.keyence_sr.messages import ERROR_TEXTS, Counters, Reply
from simulators.readers.keyence_sr import KeyenceReader

KIND = "keyence_sr"
SOURCES = {
    "SR750": "Keyence SR-750 user manual, chapter 8",
    "SITE": "programs in use with SR-1000 and SR-X readers",
    "PTC": "a production tester's command list for an SR-700",
    "QR": "test suite of a program in use with an SR-X300",
}


@pytest.mark.parametrize(
    ("framing", "command", "wire"),
    [
        (Framing.CR, "LON", b"LON\r"),  # [SITE]
        (Framing.CR, "KEYENCE", b"KEYENCE\r"),  # [PTC]
        (Framing.CR, "NUM", b"NUM\r"),  # [SITE]
        (Framing.STX_ETX, "LOFF", b"\x02LOFF\x03"),  # [SR750]
    ],
)
def test_commands(framing, command, wire):
    assert framing.frame(command) == wire


@pytest.mark.parametrize(
    ("framing", "wire", "reply"),
    [
        (Framing.CR, b"OK,LON\r", Reply(command="LON")),  # [SR750]
        (Framing.STX_ETX, b"\x02OK,LON\x03", Reply(command="LON")),  # [SR750]
        (Framing.CR, b"ER,LOFF,20\r", Reply(command="LOFF", error=20)),  # [SR750]
        (Framing.CR, b"ER,BADCMD,00\r", Reply(command="BADCMD", error=0)),  # [SITE]
        (Framing.CR, b"ER,LON,02\r", Reply(command="LON", error=2)),  # [SITE]
        (Framing.CR, b"ER,LON,23\r", Reply(command="LON", error=23)),  # [QR]
        (
            Framing.CR,
            b"OK,KEYENCE,SR-700,1.12\r",  # [PTC]
            Reply(command="KEYENCE", fields=("SR-700", "1.12")),
        ),
        (
            Framing.CR,
            b"OK,KEYENCE,SR-X300,1.73,7.244\r",  # [QR]
            Reply(command="KEYENCE", fields=("SR-X300", "1.73", "7.244")),
        ),
        (
            Framing.CR,
            b"OK,NUM,12,0,3,12,15\r",  # [SITE] its form
            Reply(command="NUM", fields=("12", "0", "3", "12", "15")),
        ),
    ],
)
def test_replies(framing, wire, reply):
    (frame,) = framing.framer(max_frame=100, gap_s=0).feed(wire, at_s=0)
    assert decode_reply(frame) == reply


@pytest.mark.parametrize("frame", [b"ERROR", b"0106141411234567", b"ER,LON,xx", b"OK"])
def test_what_is_no_reply(frame):
    assert decode_reply(frame) is None


def test_counters():
    counters = Counters.from_fields(("12", "1", "3", "12", "15"))
    assert (counters.ok, counters.error, counters.triggers) == (12, 3, 15)
    assert counters.results == 16
    for fields in [
        ("1", "2"),
        ("1", "2", "3", "4", "x"),
        ("1", "2", "3", "4", "65536"),
    ]:
        with pytest.raises(ValueError, match=r"counters|invalid"):
            Counters.from_fields(fields)


def test_error_numbers_are_those_two_code_bases_agree_on():
    assert sorted(ERROR_TEXTS) == [
        *range(6), 10, 11, 12, 13, 14, 20, 21, 22, 23, 99,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        (b"LON\r", b"OK,LON\r"),  # [SR750]
        (b"\x02LON\x03", b"\x02OK,LON\x03"),  # [SR750]
        (b"LON\r\nLOFF\r\n", b"OK,LON\rOK,LOFF\rERROR\r"),  # [SR750] LF is nothing
        (b"LON\rLON\r", b"OK,LON\rER,LON,20\r"),  # [SR750] again during the reading
        (b"LOFF\r", b"ER,LOFF,20\r"),  # [SR750] nothing to end
        (b"LON17\r", b"ER,LON,02\r"),  # [SITE]
        (b"BADCMD\r", b"ER,BADCMD,00\r"),  # [SITE]
        (b"junk\x1bNUM\r", b"OK,NUM,0,0,0,0,0\r"),  # [SR750] buffer cleared
        (b"KEYENCE\r", b"OK,KEYENCE,SR-X300,1.73,7.244\r"),  # [QR]
    ],
)
def test_the_simulated_reader(heard, said):
    reader = KeyenceReader(replies=True)
    session = reader.open_session()
    pushed = bytearray()
    session.push = pushed.extend
    for byte in heard:
        session.feed(bytes([byte]), 0.0)
    assert bytes(pushed) == said


def test_ten_seconds_between_characters_drop_a_command():  # [SR750]
    reader = KeyenceReader()
    session = reader.open_session()
    pushed = []
    session.push = pushed.append
    session.feed(b"NU", 0.0)
    session.feed(b"M\rNUM\r", 10.5)
    assert pushed == [b"ER,M,00\r", b"OK,NUM,0,0,0,0,0\r"]


def test_a_look_begun_at_the_terminal_is_not_ended_by_loff():  # [SR750]
    reader = KeyenceReader(replies=True)
    session = reader.open_session()
    pushed = []
    session.push = pushed.append
    reader.terminal_on()
    session.feed(b"LOFF\r", 0.0)
    reader.read("CODE")
    assert pushed == [b"ER,LOFF,20\r", b"CODE\r"]
