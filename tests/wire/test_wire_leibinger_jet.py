r"""JET3 text protocol, byte for byte.

Sources, quoted as found:
[NODE]   rizalgrandonk/node-coder, src/actions/leibinger.ts and its unit test
         src/utils/test/leibinger.test.ts: software in use with the printer
[SERIAL] jarrydjames-dev/leibinger, serialine.py: cites Interface Protocol v1.9.15
[API]    ViciousInstitute/LeibingerPrinter, LeibingerAPI: cites Interface Protocol 1.7.4
[LOG]    a public C++ driver's header that logs exchanges with a real printer which
         sends lengths; it shows TAB as a dot
"""

import pytest

from drivers.base import PrintRecord
from drivers.printers.leibinger_jet.codec import (
    FrameParser,
    decode_fifo_status,
    decode_run_status,
    encode_action,
    encode_query,
    encode_records,
    encode_reply,
)
from drivers.printers.leibinger_jet.messages import FifoStatus, Frame, RunStatus


@pytest.mark.parametrize(
    ("code", "wire"),
    [
        ("RS", b"^0?RS\r"),  # [API] statusCMD
        ("JL", b"^0?JL\r"),  # [API] currentJobCMD
        ("SM", b"^0?SM\r"),  # [NODE] checkMailingStatus, with CR alone as [API]
    ],
)
def test_queries(code, wire):
    assert encode_query(code) == wire


@pytest.mark.parametrize(
    ("code", "wire"),
    [
        ("GO", b"^0!GO\r"),  # [API] printReadyCMD
        ("ST", b"^0!ST\r"),  # [API] stopPrintReadyCMD
        ("EQ", b"^0!EQ\r"),  # [API] clearErrorCMD
        ("FF", b"^0!FF\r"),  # [API] flushBufferCMD
    ],
)
def test_actions(code, wire):
    assert encode_action(code) == wire


def test_a_record():
    # [NODE] appendFifo: `^0=MR${counter}\t${uniquecode}`
    record = PrintRecord(number=17, text="01069123456789012119ABC")
    assert encode_records([record]) == b"^0=MR17\t01069123456789012119ABC\r"


def test_escapes_in_data():
    # [SERIAL] escape_field: ^ and \ get a \ before them
    record = PrintRecord(number=1, text="A^B\\C")
    assert encode_records([record]) == b"^0=MR1\tA\\^B\\\\C\r"


def test_records_in_a_row_end_with_cr_each():
    # [NODE] sends several, each ended
    records = [PrintRecord(number=n, text=f"C{n}") for n in (1, 2)]
    assert encode_records(records) == b"^0=MR1\tC1\r^0=MR2\tC2\r"


def test_status_reply():
    # [NODE] unit test; also in shared transcripts
    (frame,) = FrameParser().feed(b"^0=RS200\t6\t0\t0\t80\t0\r")
    assert decode_run_status(frame) == RunStatus(
        nozzle=200, machine=6, error=0, cover_open=False, speed=80
    )


def test_mailing_status_reply():
    # [NODE] unit test: depth 256, none queued, 3 is the last started and finished
    (frame,) = FrameParser().feed(b"^0=SM256\t0\t3\t0\t1\t21\r")
    assert decode_fifo_status(frame) == FifoStatus(
        depth=256, entries=0, last_started=3, stop_at=0, finished=True, print_gos=21
    )


def test_an_unfinished_print():
    # [NODE] printerThread test
    (frame,) = FrameParser().feed(b"^0=SM256\t10\t50\t0\t0\t0\r")
    status = decode_fifo_status(frame)
    assert (status.entries, status.last_started, status.finished) == (10, 50, False)


def test_error_flags_are_not_the_error():
    # [SERIAL] error_code: bits 25-31 are flags
    (frame,) = FrameParser().feed(b"^0=RS2\t5\t33559475\t0\t0\t0\r")
    assert decode_run_status(frame).error == 33559475 - (1 << 25) == 5043


@pytest.mark.parametrize(
    ("wire", "frame"),
    [
        # [LOG] "^000015=RS2.5.0.0.200", "^000017=CC349.0.1150641", "^000004=ET"
        (b"^000015=RS2\t5\t0\t0\t200\r", ("RS", "2\t5\t0\t0\t200")),
        (b"^000017=CC349\t0\t1150641\r", ("CC", "349\t0\t1150641")),
        (b"^000004=ET\r", ("ET", "")),
        # [LOG] the path has backslashes that are no escapes
        (
            b"^000032=JL\\FFSDISK\\JOBS\\01_TYCKA_Z.job\r",
            ("JL", "\\FFSDISK\\JOBS\\01_TYCKA_Z.job"),
        ),
    ],
)
def test_replies_with_a_length(wire, frame):
    code, body = frame
    assert FrameParser().feed(wire) == [Frame(kind="=", code=code, body=body)]


def test_the_printers_side_writes_what_printers_write():
    assert encode_reply("SM", 256, 0, 3, 0, 1, 21) == b"^0=SM256\t0\t3\t0\t1\t21\r"


def test_transcripts_of_the_device_parse(transcript):
    replies = [
        record["response"]
        for record in transcript("ascii_protocols.jsonl")
        if record["device"] == "Leibinger JET"
    ]
    assert len(replies) == 2
    for reply in replies:
        (frame,) = FrameParser().feed(reply.encode("latin-1"))
        assert decode_run_status(frame).machine == 6
