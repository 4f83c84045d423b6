"""The JET parser under every cut of its input, and what may not be sent."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.leibinger_jet.codec import (
    MAX_FRAME,
    FrameParser,
    decode_fifo_status,
    decode_run_status,
    encode_reply,
    escape,
    unescape,
)
from drivers.printers.leibinger_jet.messages import Frame

LINES = (
    b"^0=SM256\t0\t3\t0\t1\t21\r^0=RS2\t6\t0\t0\t80\t0\r\n^000015=RS2\t5\t0\t0\t200\r"
)
FRAMES = [
    Frame(kind="=", code="SM", body="256\t0\t3\t0\t1\t21"),
    Frame(kind="=", code="RS", body="2\t6\t0\t0\t80\t0"),
    Frame(kind="=", code="RS", body="2\t5\t0\t0\t200"),
]


@given(st.lists(st.integers(0, len(LINES)), max_size=12))
def test_pieces_do_not_matter(cuts):
    parser = FrameParser()
    edges = [0, *sorted(cuts), len(LINES)]
    pieces = [LINES[a:b] for a, b in pairwise(edges)]
    assert [frame for piece in pieces for frame in parser.feed(piece)] == FRAMES
    assert parser.foreign == 0


@given(st.binary(max_size=200).filter(lambda junk: b"\r" not in junk))
def test_junk_before_a_reply_costs_that_line_and_no_other(junk):
    parser = FrameParser()
    frames = parser.feed(junk + b"\r" + LINES)
    assert frames[-len(FRAMES) :] == FRAMES


def test_half_a_line_glued_to_a_reply_is_not_believed():
    (glued,) = FrameParser().feed(b"^0=SM256\t0^0=SM256\t7\t3\t0\t1\t21\r")
    with pytest.raises(ValueError, match="=SM wants 6 numbers"):
        decode_fifo_status(glued)


def test_an_endless_line_is_dropped_up_to_its_end():
    parser = FrameParser()
    for _ in range(3):
        assert parser.feed(b"x" * MAX_FRAME) == []
    assert parser.feed(b"^0=RS2\t6\t0\t0\t0\r") == []
    assert parser.feed(LINES) == FRAMES
    assert parser.foreign == 1


@pytest.mark.parametrize("line", [b"^000014=RS2\t5\t0\t0\t200", b"^099999=ET"])
def test_a_length_that_does_not_fit_refuses_the_line(line):
    parser = FrameParser()
    assert parser.feed(line + b"\r") == []
    assert parser.foreign == 1


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\t\r\n")))
def test_escaping_round_trips(text):
    escaped = escape(text).decode("latin-1")
    assert unescape(escaped) == text


@pytest.mark.parametrize("bad", ["\t", "\r", "\n", "码"])
def test_what_the_protocol_cannot_carry_is_named(bad):
    with pytest.raises(ValueError) as caught:
        escape(f"AB{bad}C")
    assert repr(bad) in str(caught.value)


@pytest.mark.parametrize(
    "body", ["", "2", "2\t6\t0\t0", "2\t6\tx\t0\t80", "2\t6\t-1\t0\t8"]
)
def test_a_status_that_is_not_numbers_is_refused(body):
    with pytest.raises(ValueError, match="=RS wants 5 numbers"):
        decode_run_status(Frame(kind="=", code="RS", body=body))


def test_a_fifo_status_needs_its_six_numbers():
    with pytest.raises(ValueError, match="=SM wants 6 numbers"):
        decode_fifo_status(Frame(kind="=", code="SM", body="256\t0\t3\t0\t1"))


def test_a_reply_is_what_the_parser_reads():
    (frame,) = FrameParser().feed(encode_reply("SM", 256, 12, 3, 0, 1, 15))
    status = decode_fifo_status(frame)
    assert (status.depth, status.entries, status.last_started) == (256, 12, 3)
    assert status.finished
    assert status.print_gos == 15
