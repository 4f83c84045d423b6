r"""Zipher text communications, byte for byte.

Sources, quoted as found:
[ZIP-1] VolkovVik/Videojet6330App, Printer/VideoJetPrinter.cs: a program for a Dataflex
        6330 that cites the protocol's edition 1.28; it sends `"\r" + query`, queries
        end in `|\r`, and it names each reply's form
[ZIP-3] pocketbeast-hash1/caesar_zipher, lib/printer_client.dart and
        lib/listeners/printer_listeners.dart: notifications in use
[LOG]   request and reply pairs of software in use with the printer (shared
        transcripts; rmagee/quartet_conductor and caesar_zipher)
"""

import pytest

from drivers.printers.videojet_zipher.codec import (
    LineParser,
    decode_faults,
    decode_number,
    decode_report,
    encode,
    encode_record,
)
from drivers.printers.videojet_zipher.messages import Fault, Message, PrinterReport
from simulators.printers.videojet_zipher import PrinterFault, ZipherPrinter

KIND = "videojet_zipher"
SOURCES = {
    "ZIP-1": "VolkovVik/Videojet6330App, VideoJetPrinter.cs (protocol 1.28)",
    "ZIP-3": "pocketbeast-hash1/caesar_zipher, printer_client.dart and listeners",
    "LOG": "rmagee/quartet_conductor and caesar_zipher, in use with the printer",
}

COMMANDS = [
    (("GST",), b"\rGST\r"),  # [ZIP-1] "GST\r"
    (("GJN",), b"\rGJN\r"),  # [ZIP-1] "GJN\r"
    (("GFT",), b"\rGFT\r"),  # [ZIP-1] "GFT\r"
    (("CAF",), b"\rCAF\r"),  # [ZIP-1] "CAF\r"
    (("DAN",), b"\rDAN\r"),  # [ZIP-1] "DAN\r"
    (("SRC",), b"\rSRC\r"),  # [ZIP-1] ExecuteRequestInt("SRC\r")
    (("SLR",), b"\rSLR\r"),  # [ZIP-1] ExecuteRequestInt("SLR\r")
    (("SCB",), b"\rSCB\r"),  # [ZIP-1] "SCB\r"
    (("SST", 3), b"\rSST|3|\r"),  # [ZIP-1] $"SST|{(int) desiredState}|\r"
    (("SMR", 150), b"\rSMR|150|\r"),  # [ZIP-1] $"SMR|{count}|\r", count 150
    (("SEL", "LINE"), b"\rSEL|LINE|\r"),  # [ZIP-1] $"SEL|{template}|" + "\r"
    (("SHO", "Varfield00"), b"\rSHO|Varfield00|\r"),  # [ZIP-1] SetHeaderOnlyCommand
    (("SNO", "PRC", 1), b"\rSNO|PRC|1|\r"),  # [LOG] SNO|PRC|1|
    (("JDA", "LOT=L42"), b"\rJDA|LOT=L42|\r"),  # [LOG] JDA|LOT=L42|…
]


@pytest.mark.parametrize(("command", "wire"), COMMANDS)
def test_commands(command, wire):
    assert encode(*command) == wire


@pytest.mark.parametrize(
    ("index", "text", "wire"),
    [
        # [ZIP-1] $"SID|{recordIndex}|" + item + "|" + "\r"
        (7, "0104600000000000215abc", b"\rSID|7|0104600000000000215abc|\r"),
        # [ZIP-1] sample data has GS in a value (its run used X in its place)
        (8, "010460\x1d91EE", b"\rSID|8|010460\x1d91EE|\r"),
    ],
)
def test_records(index, text, wire):
    assert encode_record(index, text) == wire


REPLIES = [
    (b"ACK\r", Message(keyword="ACK")),  # [ZIP-1] DefaultSuccessResponse
    (b"ERR\r", Message(keyword="ERR")),  # [ZIP-1] DefaultFailureResponse
    (b"ACK\r\n", Message(keyword="ACK")),  # [ZIP-3] strips CR and LF
    (b"PRC\r\n", Message(keyword="PRC")),  # [ZIP-3] the bare word
    (b"STS|3|\r\n", Message(keyword="STS", fields=("3",))),  # [ZIP-3] ^STS\|\d\|$
    # [ZIP-1] ^JOB\|.+\|.+\|\r$, line "-" when not in line-select mode
    (b"JOB|LINE|-|\r", Message(keyword="JOB", fields=("LINE", "-"))),
]


@pytest.mark.parametrize(("wire", "message"), REPLIES)
def test_replies(wire, message):
    assert LineParser().feed(wire) == [message]


def test_the_state_reply():
    # [ZIP-1] ^STS\|[0-4]{1}\|[0-2]{1}\|.*\|\d+\|\d+\|\r$
    (message,) = LineParser().feed(b"STS|3|0|LINE|12|3456|\r")
    assert decode_report(message) == PrinterReport(
        state=3, error=0, job="LINE", batch=12, total=3456
    )


def test_no_job_is_selected():
    # [ZIP-1] "This will be empty if no job is selected"
    (message,) = LineParser().feed(b"STS|4|1||0|3456|\r")
    assert decode_report(message).job == ""


@pytest.mark.parametrize(
    ("wire", "number"),
    [
        (b"SRC|17|\r", 17),  # [ZIP-1] "SRC|<c/>|<CR/>"
        (b"SLR|42|\r", 42),  # [ZIP-1] "SLR|<i/>|<CR/>"
        (b"SNI|43|\r", 43),  # [ZIP-1] "SNI|<i/>|<CR/>"
    ],
)
def test_numbers(wire, number):
    (message,) = LineParser().feed(wire)
    assert decode_number(message) == number


@pytest.mark.parametrize(
    ("wire", "faults"),
    [
        (b"FLT|0|\r", []),  # [ZIP-1] ^FLT\|\d+\|.*\r$, three values a fault
        (
            b"FLT|2|6001|0|Ribbon out|6004|1|Head open|\r",
            [
                Fault(number="6001", clearable=False, text="Ribbon out"),
                Fault(number="6004", clearable=True, text="Head open"),
            ],
        ),
    ],
)
def test_faults(wire, faults):
    (message,) = LineParser().feed(wire)
    assert decode_faults(message) == faults


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"\rGST\r", b"STS|4|0|LINE|0|0|\r"),
        (b"GST\r\n", b"STS|4|0|LINE|0|0|\r"),
        (b"\rGJN\r", b"JOB|LINE|-|\r"),
        (b"\rSRC\r", b"SRC|0|\r"),
        (b"\rSLR\r", b"SLR|0|\r"),
        (b"\rSCB\r", b"ACK\r"),
        (b"\rSST|3|\r", b"ACK\r"),
        (b"\rSST|1|\r", b"ERR\r"),
        (b"\rSNO|PRC|1|\r\n", b"ACK\r"),
        (b"\rNOS\r", b"ERR\r"),
        (b"\r\r\n\r", b""),
        (b"\rSHO|CODE|\r\rSID|1|A|\r\rSRC\r", b"ACK\rACK\rSRC|1|\r"),
    ],
)
def test_the_printers_side(asked, answered):
    assert ZipherPrinter().session().feed(asked, 0.0) == answered


def test_the_printers_list_of_faults():
    printer = ZipherPrinter()
    printer.fail(PrinterFault(number=6001, text="Ribbon out", clearable=False))
    session = printer.session()
    assert session.feed(b"\rGFT\r", 0.0) == b"FLT|1|6001|0|Ribbon out|\r"
    assert session.feed(b"\rGST\r", 0.0) == b"STS|4|2|LINE|0|0|\r"


def test_transcripts_of_the_device_parse(transcript):
    records = [
        record
        for record in transcript("ascii_protocols.jsonl")
        if record["device"].startswith("Videojet / Zipher")
    ]
    assert len(records) == 3
    for record in records:
        (message,) = LineParser().feed(record["response"].encode() + b"\r")
        assert message.keyword in ("JDL", "ACK")
