r"""ZPL II, byte for byte.

Sources, quoted as found:
[GUIDE] ZPL II Programming Guide 45541L-004 (volume one: ^BC p. 49-56, ^BX p. 100-103,
        ~HI p. 169, ~HS p. 171-173; volume two: stored formats, ^DF and ^XF)
[LADDER] Ladder99/ladder99, zebra-responses.txt: replies of a ZT410 and a ZE500
[STRANG] a public label of a parcel carrier: ^BX with FNC1 through ^FH
"""

import pytest

from drivers.printers.zebra_zpl.codec import (
    FrameParser,
    decode_error_status,
    decode_host_status,
    decode_identity,
    field_data,
)
from drivers.printers.zebra_zpl.formats import parse_format
from drivers.printers.zebra_zpl.messages import HostStatus, Identity, PrinterError
from drivers.printers.zebra_zpl.symbols import Symbol, symbol_data

ZT410_PAUSED = (  # [LADDER] out of media and ribbon, paused
    b"\x02030,1,1,1225,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02001,0,0,1,1,2,6,0,00000000,1,000\x03\r\n"
    b"\x021234,0\x03\r\n"
)
ZE500_QUEUED = (  # [LADDER] paused, head open, nine formats queued, RAM lost
    b"\x02014,0,1,1225,009,0,0,0,000,1,0,0\x03\r\n"
    b"\x02001,0,1,0,1,4,6,0,00000000,1,000\x03\r\n"
    b"\x021234,0\x03\r\n"
)
NOTHING = {
    "paper_out": False,
    "paused": False,
    "formats_waiting": 0,
    "buffer_full": False,
    "partial_format": False,
    "ram_lost": False,
    "under_temperature": False,
    "over_temperature": False,
    "head_open": False,
    "ribbon_out": False,
    "label_waiting": False,
    "labels_remaining": 0,
}


@pytest.mark.parametrize(
    ("wire", "flags"),
    [
        (ZT410_PAUSED, {"paper_out": True, "paused": True, "ribbon_out": True}),
        (
            ZE500_QUEUED,
            {"paused": True, "formats_waiting": 9, "ram_lost": True, "head_open": True},
        ),
    ],
)
def test_host_status(wire, flags):
    status = decode_host_status(FrameParser().feed(wire))
    assert status == HostStatus(**(NOTHING | flags))


def test_labels_remaining_and_the_rest_of_the_flags():
    # [GUIDE] p. 171-173: f, h, k, l of string 1; t and u of string 2
    first = "030,0,0,1225,002,1,0,1,000,0,1,1"
    second = "001,0,0,0,1,1,6,1,00000007,1,000"
    status = decode_host_status([first, second, "0000,0"])
    assert status.buffer_full
    assert status.partial_format
    assert status.under_temperature
    assert status.over_temperature
    assert status.label_waiting
    assert status.labels_remaining == 7
    assert not status.idle


def test_identity():
    # [LADDER]
    (frame,) = FrameParser().feed(b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03")
    assert decode_identity(frame) == Identity(
        model="ZT410-200dpi", firmware="V75.19.15Z", dots_per_mm=8, memory_kb=4096
    )


def test_identity_with_options():
    # [GUIDE] p. 169: XXXXXX,V1.0.0,dpm,000KB,X
    assert decode_identity("XXXXXX,V1.0.0,12,512KB,X").memory_kb == 512


def test_error_status_is_hexadecimal():
    # [LADDER] in the state of ZT410_PAUSED
    text = (
        "  PRINTER STATUS                            \r\n"
        "   ERRORS:         1 00000000 00010003      \r\n"
        "   WARNINGS:       0 00000000 00000000      "
    )
    status = decode_error_status(text)
    assert status.errors == (
        PrinterError.MEDIA_OUT,
        PrinterError.RIBBON_OUT,
        PrinterError.PAUSED,
    )
    assert status.warnings == ()


def test_every_reply_of_the_recorded_printer(transcript):
    records = {r["command"]: r for r in transcript("zebra_ZT410.jsonl")}
    status = bytes.fromhex(records["~HS"]["response_hex"])
    assert status == ZT410_PAUSED
    assert (
        decode_identity(records["~HI"]["response_text"].strip("\x02\x03")) is not None
    )
    assert decode_error_status(records["~HQES"]["response_text"]).errors


@pytest.mark.parametrize(
    ("symbol", "text", "data"),
    [
        # [GUIDE] p. 56, (00) 1 2345123 451234512 0: ^FD>;>80012345123451234512 and,
        # as the page says, "the correct check digit"
        (Symbol.GS1_128, "00123451234512345120", ">;>800123451234512345120"),
        # [GUIDE] table 6: start B is >:, FNC1 is >8; > ^ ~ have codes of their own
        (Symbol.GS1_128, "10AB\x1d21X", ">:>810AB>821X"),
        (Symbol.CODE128, "A>^~", ">:A>0><>="),
        (Symbol.CODE128, "1234", ">;1234"),
        # [GUIDE] p. 102: _1 is FNC1, __ is an underscore
        (Symbol.GS1_DATAMATRIX, "01123\x1d21A_B", "_101123_121A__B"),
        (Symbol.DATAMATRIX, "A_B", "A__B"),
        # [GUIDE] ^BQ: error correction letter, input mode, comma, data
        (Symbol.QR, "http://a/b", "QA,http://a/b"),
    ],
)
def test_symbol_data(symbol, text, data):
    assert symbol_data(symbol, text) == data


def test_another_escape_character_for_data_matrix():
    assert symbol_data(Symbol.GS1_DATAMATRIX, "21AB", escape="\\") == "\\121AB"


@pytest.mark.parametrize(
    ("text", "zpl"),
    [
        ("WATER 500 ml", "^FDWATER 500 ml^FS"),
        # [STRANG] ^FH^FD_5F101112345…: an underscore goes as hexadecimal under ^FH
        ("_1é", "^FH^FD_5F1_C3_A9^FS"),
        ("a^b~c", "^FH^FDa_5Eb_7Ec^FS"),
        ("啤酒", "^FH^FD_E5_95_A4_E9_85_92^FS"),
        ("_1 plain", "^FD_1 plain^FS"),
    ],
)
def test_field_data(text, zpl):
    assert field_data(text) == zpl


def test_store_and_recall():
    # [GUIDE] volume two: ^XA^DF…^FS … ^FN1 … ^XZ, then ^XA^XF…^FS^FN1^FD…^FS^XZ
    stored = parse_format(
        "case", '^XA^FO120,100^BY3^BCN,100,N,N,N^FN1"code:gs1"^FS^XZ', slot=3
    )
    assert stored.download() == (
        b"^XA^DFR:LABEL3.ZPL^FS^FO120,100^BY3^BCN,100,N,N,N^FN1^FS^XZ\r\n"
    )
    assert stored.fill({"code": "00061414112345678908"}) == (
        b"^XA^CI28^XFR:LABEL3.ZPL^FS^FN1^FD>;>800061414112345678908^FS^PQ1^XZ\r\n"
    )
