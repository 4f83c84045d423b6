"""F27: whatever the pieces and the dirt, a code is delivered whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter, Kind, Reading

CODES = st.text("ABC0123456789", min_size=1, max_size=20).map(str.encode)
GS_CODE = b"]d20106141411234567\x1d21ABC"


def fed(framer, data, *, piece=None, at_s=0.0):
    size = piece or max(1, len(data))
    return [
        frame
        for start in range(0, len(data), size)
        for frame in framer.feed(data[start : start + size], at_s=at_s)
    ]


@given(st.lists(CODES), st.integers(1, 7), st.sampled_from([b"\r", b"\n", b"\r\n"]))
def test_frames_do_not_depend_on_pieces(codes, piece, end):
    framer = Framer()
    assert fed(framer, end.join([*codes, b""]), piece=piece) == codes
    assert framer.broken == 0


@given(st.lists(CODES), st.integers(1, 7))
def test_a_terminator_of_several_bytes(codes, piece):
    framer = Framer(terminators=[b"\x03\r\n"])
    assert fed(framer, b"".join(c + b"\x03\r\n" for c in codes), piece=piece) == codes


def test_control_characters_in_a_code_are_kept():
    assert fed(Framer(), GS_CODE + b"\r\n", piece=1) == [GS_CODE]


@given(st.integers(11, 3000), st.integers(1, 50), st.binary(max_size=2))
def test_an_overlong_frame_is_dropped_whole(length, piece, end):
    framer = Framer(max_frame=10)
    frames = fed(framer, b"x" * length + b"\rGOOD\r", piece=piece)
    assert frames == [b"GOOD"]
    assert framer.broken == 1


def test_the_longest_allowed_frame_passes():
    framer = Framer(max_frame=10, start=b"\x02", terminators=[b"\x03\r\n"])
    assert fed(framer, b"\x02" + b"x" * 10 + b"\x03\r\n", piece=1) == [b"x" * 10]


@given(st.binary(max_size=5).filter(lambda b: not set(b) & set(b"\x02\r\n")))
def test_with_start_bytes_what_does_not_start_is_refused(junk):
    framer = Framer(start=b"\x02", terminators=[b"\r"])
    assert fed(framer, junk + b"\r\x02GOOD\r") == [b"GOOD"]
    assert framer.broken == bool(junk)


def test_a_second_start_means_the_first_frame_was_cut():
    framer = Framer(start=b"\x02", terminators=[b"\r"])
    assert fed(framer, b"\x02HALF\x02WHOLE\r") == [b"WHOLE"]
    assert framer.broken == 1


def test_a_pause_inside_a_frame_discards_it_to_its_end():
    framer = Framer(gap_s=0.5)
    assert framer.feed(b"0106", at_s=1.0) == []
    assert framer.feed(b"1414\rNEXT\r", at_s=1.6) == [b"NEXT"]
    assert framer.broken == 1


def test_a_pause_between_frames_is_nothing():
    framer = Framer(gap_s=0.5)
    assert framer.feed(b"ONE\r", at_s=1.0) == [b"ONE"]
    assert framer.feed(b"\nTWO\r", at_s=9.0) == [b"TWO"]
    assert framer.broken == 0


def test_a_new_connection_never_completes_the_old_ones_frame():
    framer = Framer()
    framer.feed(b"HALF", at_s=0.0)
    framer.restart()
    assert framer.feed(b"WHOLE\r", at_s=0.1) == [b"WHOLE"]
    assert framer.broken == 1


def test_resync_discards_up_to_the_first_terminator_of_each_connection():
    framer = Framer(resync=True)
    assert framer.feed(b"LF\rONE\r", at_s=0.0) == [b"ONE"]
    framer.restart()
    assert framer.feed(b"\rTWO\r", at_s=0.0) == [b"TWO"]
    assert framer.broken == 0


@pytest.mark.parametrize("terminators", [[], [b""], [b"\r", b""]])
def test_a_terminator_must_be_something(terminators):
    with pytest.raises(ValueError, match="terminator"):
        Framer(terminators=terminators)


ITEMS = r"(?P<item>\d+);(?P<code>.*)"


@pytest.mark.parametrize(
    ("settings", "frame", "reading"),
    [
        ({}, b"ABC", Reading(kind=Kind.READ, text="ABC")),
        ({}, b"NOREAD", Reading(kind=Kind.NO_READ)),
        ({}, b"]d201\x1d21", Reading(kind=Kind.READ, text="01\x1d21", aim="]d2")),
        ({"split_aim": False}, b"]d201", Reading(kind=Kind.READ, text="]d201")),
        ({}, b"]dx", Reading(kind=Kind.REFUSED)),
        ({}, b"]Q1", Reading(kind=Kind.REFUSED)),
        ({}, b"\xff", Reading(kind=Kind.REFUSED)),
        ({"encoding": "latin-1"}, b"\xe9", Reading(kind=Kind.READ, text="é")),
        ({"ignore": ["OK,LON"]}, b"OK,LON", Reading(kind=Kind.IGNORED)),
        ({"heartbeat": "HB"}, b"HB", Reading(kind=Kind.HEARTBEAT)),
        (
            {"pattern": ITEMS},
            b"17;]Q1http://a",
            Reading(kind=Kind.READ, text="http://a", aim="]Q1", item=17),
        ),
        ({"pattern": ITEMS}, b"17;NOREAD", Reading(kind=Kind.NO_READ, item=17)),
        ({"pattern": ITEMS}, b"17;", Reading(kind=Kind.REFUSED)),
        ({"pattern": ITEMS}, b"x17;ABC", Reading(kind=Kind.REFUSED)),
        (
            {"pattern": r"(?P<item>\w+);(?P<code>\w+)"},
            b"x;A",
            Reading(kind=Kind.REFUSED),
        ),
    ],
)
def test_what_frames_say(settings, frame, reading):
    assert Interpreter(no_read="NOREAD", **settings).read(frame) == reading


@given(st.binary(max_size=60))
def test_any_frame_is_one_reading(frame):
    reading = Interpreter(no_read="NOREAD", pattern=ITEMS).read(frame)
    assert (reading.text is not None) == (reading.kind is Kind.READ)


@given(st.lists(CODES), st.integers(1, 7), st.sampled_from([b"", b"\r", b"\r\n"]))
def test_line_ends_between_started_frames_are_nothing(codes, piece, between):
    framer = Framer(start=b"\x02", terminators=[b"\x03"])
    wire = b"".join(between + b"\x02" + code + b"\x03" for code in codes) + between
    assert fed(framer, wire, piece=piece) == codes
    assert framer.broken == 0


def test_silence_ends_a_frame_without_terminator_once():
    framer = Framer(terminators=[], by_silence=True, max_frame=10)
    assert fed(framer, b"0106" + GS_CODE[:3], piece=1) == []
    assert framer.is_inside
    assert framer.flush() == [b"0106]d2"]
    assert not framer.is_inside
    assert fed(framer, b"x" * 40, piece=3) == []
    assert framer.flush() == []
    assert (framer.broken, framer.is_inside) == (1, False)


def test_the_sent_separator_becomes_gs():
    interpreter = Interpreter(separator="{GS}")
    assert interpreter.read(b"0106{GS}21AB").text == "0106\x1d21AB"


def test_without_its_aim_identifier_a_scan_is_refused_where_it_is_required():
    interpreter = Interpreter(require_aim=True)
    assert interpreter.read(b"0106").kind is Kind.REFUSED
    assert interpreter.read(b"]d20106").text == "0106"
