r"""JET3 text protocol, byte for byte.

Sources, quoted as found:
[NODE]   rizalgrandonk/node-coder, src/actions/leibinger.ts and its unit test
         src/utils/test/leibinger.test.ts: software in use with the printer
[SERIAL] jarrydjames-dev/leibinger, serialine.py: cites Interface Protocol v1.9.15
[API]    ViciousInstitute/LeibingerPrinter, LeibingerAPI: cites Interface Protocol 1.7.4
[LOG]    a public C++ driver's header that logs exchanges with a real printer which
         sends lengths; it shows TAB as a dot
[MANUAL] technician manual beside [SERIAL] (JET2neo, firmware V75.0.11.2): its
         connection test as it looks on a printer set up right
"""

import pytest

from drivers.base import PrintRecord
from drivers.printers.leibinger_jet.codec import (
    JOB_END,
    FrameParser,
    decode_counters,
    decode_fifo_status,
    decode_job_field,
    decode_run_status,
    decode_version,
    encode_action,
    encode_counter_reset,
    encode_query,
    encode_records,
    encode_reply,
    encode_select,
    job_line,
)
from drivers.printers.leibinger_jet.messages import (
    Counters,
    FifoStatus,
    Frame,
    JobField,
    RunStatus,
    Version,
)

KIND = "leibinger_jet"
SOURCES = {
    "NODE": "rizalgrandonk/node-coder, src/actions/leibinger.ts and its test",
    "SERIAL": "jarrydjames-dev/leibinger, serialine.py (Interface Protocol v1.9.15)",
    "API": "ViciousInstitute/LeibingerPrinter, LeibingerAPI (Interface Protocol 1.7.4)",
    "LOG": "a public C++ driver's log of a printer (firmware V60.0.26.00/T2)",
    "MANUAL": "jarrydjames-dev/leibinger, technician manual (JET2neo, V75.0.11.2)",
}


@pytest.mark.parametrize(
    ("code", "wire"),
    [
        ("RS", b"^0?RS\r"),  # [API] statusCMD
        ("JL", b"^0?JL\r"),  # [API] currentJobCMD
        ("SM", b"^0?SM\r"),  # [NODE] checkMailingStatus, with CR alone as [API]
        ("CC", b"^0?CC\r"),  # [LOG] ^0?CC
        ("VS", b"^0?VS\r"),  # [LOG] ^0?VS
        ("JB", b"^0?JB\r"),  # [LOG] ^0?JB
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
        ("PO", b"^0!PO\r"),  # [API] powerOnCMD
        ("PF", b"^0!PF\r"),  # [API] powerOffCMD
        ("NO", b"^0!NO\r"),  # [API] openNozzleCMD
        ("NC", b"^0!NC\r"),  # [API] closeNozzleCMD
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


def test_loading_a_job():
    # [API] jobLoadCMD: ^0=JL\\FFSDISK\\JOBS\\ and the name, backslashes as they are
    wire = b"^0=JL\\FFSDISK\\JOBS\\01_TYCKA_Z.job\r"
    assert encode_select("\\FFSDISK\\JOBS\\01_TYCKA_Z.job") == wire


@pytest.mark.parametrize("job", ["", "a\rb", "a\tb", "^0!PF", "啤酒.job"])
def test_a_job_that_cannot_be_named(job):
    with pytest.raises(ValueError, match="cannot be the path of a job"):
        encode_select(job)


def test_resetting_the_counter():
    # [NODE] resetCounter: ^0=CC0\t0\t0
    assert encode_counter_reset() == b"^0=CC0\t0\t0\r"


def test_counters():
    # [LOG] "^000017=CC349.0.1150641": product counter, stop, total print counter
    (frame,) = FrameParser().feed(b"^000017=CC349\t0\t1150641\r")
    assert decode_counters(frame) == Counters(product=349, stop_after=0, total=1150641)


@pytest.mark.parametrize(
    ("body", "version"),
    [
        # [LOG] "^000100=VSFPDATV120.0.0.1.134. … .V60.0.26.00/T2.LJ3.307252": the
        # dots are TABs; a length of 100 proves where
        (
            "FPDATV120\t0\t0\t1\t134\t0\t0\t67\t0\t0\t0\t125\t9\tV2.0.0.20\t"
            "Typ 1 Release\tCzech\t0\tV60.0.26.00/T2\tLJ3\t307252",
            Version(model="LJ3", firmware="V60.0.26.00/T2", serial="307252"),
        ),
        # [MANUAL] "[... 'V75.0.11.2', 'JET2neo', ...]"
        (
            "X\tV75.0.11.2\tJET2neo\t4711",
            Version(model="JET2neo", firmware="V75.0.11.2", serial="4711"),
        ),
        ("V75.0.11.2", Version(model="", firmware="V75.0.11.2", serial="")),
        # what nobody has seen is shown as it is
        ("A\tB", Version(model="", firmware="A B", serial="")),
    ],
)
def test_version(body, version):
    (frame,) = FrameParser().feed(f"^0=VS{body}\r".encode())
    assert decode_version(frame) == version


def test_the_logged_version_has_the_length_it_says():
    body = (
        "FPDATV120\t0\t0\t1\t134\t0\t0\t67\t0\t0\t0\t125\t9\tV2.0.0.20\t"
        "Typ 1 Release\tCzech\t0\tV60.0.26.00/T2\tLJ3\t307252"
    )
    assert len(FrameParser().feed(f"^000100=VS{body}\r".encode())) == 1


# [LOG] ?JB, from its first to its last line
JOB = (
    b"^000032*BEGINLJSCRIPT [(V01.06.00.16)]\r"
    b"^000049*JLPAR [65 1 0 0 200 0 1 10000 00:00 0 7000 0 0]\r"
    b"^000019*BEGINJOB [ 0 () ]\r"
    b"^000067*JOBPAR [ 95000 0 0 300 0 0 0 0 0 180000 -1 () 1 0 55000 1 0 0 0 ]\r"
    b"^000075*OBJ [1 0 25 0 (ISO1_7X5)  (VOLVO) 1 0 0 0 0 1 1 0 0 0 0 0 ()  () 0 0 () ]"
    b"\r"
    b"^000011*ENDJOB []\r"
    b"^000016*ENDLJSCRIPT []\r"
)


def test_a_job_description():
    lines = [job_line(frame) for frame in FrameParser().feed(JOB)]
    assert lines[0] == "BEGINLJSCRIPT [(V01.06.00.16)]"
    assert lines[4].startswith("OBJ [1 0 25 0 (ISO1_7X5)")
    assert lines[-1].startswith(JOB_END)
    assert len(lines) == 7
    assert [decode_job_field(line) for line in lines] == [None] * 7


@pytest.mark.parametrize(
    ("line", "field"),
    [
        # [MANUAL] "*EXTTXT [ 12 (X) 1 0 0 0 0 0]": length, then the field number
        ("EXTTXT [ 12 (X) 1 0 0 0 0 0]", JobField(length=12, number=1)),
        # [MANUAL] "A 0 in third place means Extern Text mode"
        ("EXTTXT [ 12 (X) 0 0 0 0 0 0]", JobField(length=12, number=0)),
        ("EXTTXT [12 () 2 0 0 0 0 0]", JobField(length=12, number=2)),
    ],
)
def test_the_mailing_field_of_a_job(line, field):
    (frame,) = FrameParser().feed(f"^0*{line}\r".encode())
    assert decode_job_field(job_line(frame)) == field


def test_a_reply_is_no_line_of_a_job():
    (frame,) = FrameParser().feed(b"^0=SM256\t0\t3\t0\t1\t21\r")
    assert job_line(frame) is None
