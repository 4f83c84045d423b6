r"""Text readers: outputs as their makers and users write them.

Sources, quoted as found:
[AIM]   ISO/IEC 15424 tables: `]d2` GS1 Data Matrix, `]Q1` QR, `]C1` GS1-128
[KY]    brianteachman/mqtt_serial_scanner_nodes: `ER,…` lines, CR ended, in the shared
        transcripts
[YUMPU] Cognex DM100/200 Control Commands 3.5: in silent mode "decoded data or no-read
        response" alone
[LUA]   a client of a SICK Lector: `NoRead`
"""

import pytest

from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter, Kind, Reading

KIND = "text_reader"
SOURCES = {
    "AIM": "AIM identifier tables after ISO/IEC 15424",
    "KY": "program in use with Keyence SR readers",
    "YUMPU": "Cognex DM100/200 Control Commands 3.5",
    "LUA": "a public client of a SICK Lector",
}


@pytest.mark.parametrize(
    ("wire", "text", "aim"),
    [
        (
            b"]d20106141411234567\x1d21ABC\r\n",
            "0106141411234567\x1d21ABC",
            "]d2",
        ),  # [AIM]
        (b"]C100061414112345678908\r", "00061414112345678908", "]C1"),
        (
            b"]Q1https://example.com/01/0614\n",
            "https://example.com/01/0614",
            "]Q1",
        ),  # [AIM]
        (b"0106141411234567\r\n", "0106141411234567", None),  # [YUMPU]
    ],
)
def test_reads(wire, text, aim):
    (frame,) = Framer().feed(wire, at_s=0)
    assert Interpreter(no_read="NOREAD").read(frame) == Reading(
        kind=Kind.READ, text=text, aim=aim
    )


@pytest.mark.parametrize(
    ("wire", "no_read"),
    [
        (b"NoRead", "NoRead"),  # [LUA]
        (b"ERROR", "ERROR"),  # [KY] the default error string
    ],
)
def test_no_reads(wire, no_read):
    (frame,) = Framer().feed(wire + b"\r\n", at_s=0)
    assert Interpreter(no_read=no_read).read(frame).kind is Kind.NO_READ


def test_recorded_command_replies_are_ignored_when_listed(transcript):
    replies = [
        record["response"]
        for record in transcript("ascii_protocols.jsonl")
        if record["protocol"].startswith("SR command port")
        and record["response"].startswith("ER,")
        and "<" not in record["response"]
    ]
    assert replies
    for reply in replies:
        (frame,) = Framer().feed(reply.encode(), at_s=0)
        ignoring = Interpreter(no_read="ERROR", ignore=[reply.strip()])
        assert ignoring.read(frame).kind is Kind.IGNORED
