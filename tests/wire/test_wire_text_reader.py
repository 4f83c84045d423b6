"""Text readers: outputs as their makers and users write them.

Sources: AIM identifiers: ISO/IEC 15424 as listed in the reference (`]d2` GS1 Data
Matrix, `]Q3` GS1 QR, `]C1` GS1-128); Keyence lines: brianteachman/
mqtt_serial_scanner_nodes (`OK,LON`-like echoes, CR ended), in the shared transcripts.
"""

import pytest

from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter, Kind, Reading


@pytest.mark.parametrize(
    ("wire", "text", "aim"),
    [
        (b"]d20106141411234567\x1d21ABC\r\n", "0106141411234567\x1d21ABC", "]d2"),
        (b"]C100061414112345678908\r", "00061414112345678908", "]C1"),
        (b"]Q1https://example.com/01/0614\n", "https://example.com/01/0614", "]Q1"),
    ],
)
def test_reads(wire, text, aim):
    (frame,) = Framer().feed(wire, at_s=0)
    assert Interpreter(no_read="NOREAD").read(frame) == Reading(
        kind=Kind.READ, text=text, aim=aim
    )


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
