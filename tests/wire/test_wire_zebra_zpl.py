r"""ZPL II, byte for byte.

Sources, quoted as found:
[GUIDE] ZPL II Programming Guide 45541L-004 (volume one: ^BC p. 49-56, ^BX p. 100-103,
        ~HI p. 169, ~HS p. 171-173; volume two: stored formats, ^DF and ^XF)
[LADDER] Ladder99/ladder99, zebra-responses.txt: replies of a ZT410 and a ZE500
[STRANG] a public label of a parcel carrier: ^BX with FNC1 through ^FH
[GS1]    Zebra support, "Creating GS1 Barcodes with Zebra Printers for Data Matrix and
         Code 128 using ZPL"
[SX]     docs.zebra.com, zpl-pg, r-zpl-sx: letters, destinations, examples; r-zpl-wq:
         flags of ~HQES
[SGD]    Zebra programming guide, SGD commands: odometer.total_label_count
[ALERT]  shimauma-giken, notes on ^SX and alerts.add with what a printer sent by serial,
         TCP and UDP; and a public alert server's log of an older printer (no date)
"""

import pytest

from drivers.printers.zebra_zpl.alerts import decode_alert, encode_alerts
from drivers.printers.zebra_zpl.codec import (
    FrameParser,
    decode_error_status,
    decode_host_status,
    decode_identity,
    decode_serial_number,
    decode_value,
    encode_get,
    encode_set,
    field_data,
)
from drivers.printers.zebra_zpl.formats import parse_format
from drivers.printers.zebra_zpl.messages import (
    HostStatus,
    Identity,
    PrinterError,
    PrinterWarning,
)
from drivers.printers.zebra_zpl.symbols import Symbol, symbol_data
from drivers.transports.addresses import TcpAddress

KIND = "zebra_zpl"
SOURCES = {
    "GUIDE": "ZPL II Programming Guide 45541L-004",
    "LADDER": "Ladder99/ladder99, zebra-responses.txt (ZT410, ZE500)",
    "STRANG": "a public label of a parcel carrier",
    "GS1": "Zebra support: Creating GS1 Barcodes with Zebra Printers",
    "SX": "docs.zebra.com, zpl-pg: r-zpl-sx, r-zpl-wq",
    "SGD": "Zebra programming guide, SGD printer commands",
    "ALERT": "shimauma-giken notes on ^SX; log of a public alert server",
}

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
        # [GS1] GTIN, serial number and batch: pairs in subset C, then >6 for subset B
        (
            Symbol.GS1_128,
            "011234567890123421123456\x1d10ABC123",
            ">;>8011234567890123421123456>810>6ABC123",
        ),
        (Symbol.GS1_128, "0112345678901234", ">;>80112345678901234"),
        (Symbol.CODE128, "12345", ">;1234>65"),
        # [GUIDE] table 6: start B is >:, FNC1 is >8; > ^ ~ have codes of their own
        (Symbol.GS1_128, "10AB\x1d21X", ">:>810AB>821X"),
        (Symbol.CODE128, "A>^~", ">:A>0><>="),
        (Symbol.CODE128, "1234", ">;1234"),
        # [GUIDE] p. 102: _1 is FNC1, __ is an underscore
        (Symbol.GS1_DATAMATRIX, "01123\x1d21A_B", "_101123_121A__B"),
        (Symbol.DATAMATRIX, "A_B", "A__B"),
        # [GUIDE] ^BQ: error correction letter, input mode, comma, data
        (Symbol.QR, "http://a/b", "QA,http://a/b"),
        # [GUIDE] ^BE: 12 digits; the printer works out the last. ^B2: as given
        (Symbol.EAN13, "4006381333931", "400638133393"),
        (Symbol.ITF, "10614141112345", "10614141112345"),
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


@pytest.mark.parametrize(
    ("flags", "errors", "warnings"),
    [
        # [SX] the table of flags: group 1 holds nibbles 8 to 1
        ("1 00000000 00000008", (PrinterError.CUTTER_FAULT,), ()),
        ("1 00000000 00000010", (PrinterError.HEAD_OVER_TEMPERATURE,), ()),
        ("1 00000000 00004000", (PrinterError.PAPER_FEED,), ()),
        ("1 00000000 00080000", (PrinterError.BLACK_MARK_NOT_FOUND,), ()),
        # [LADDER] a hexadecimal digit of two flags
        (
            "1 00000000 00000003",
            (PrinterError.MEDIA_OUT, PrinterError.RIBBON_OUT),
            (PrinterWarning.CLEAN_HEAD, PrinterWarning.PAPER_NEAR_END),
        ),
    ],
)
def test_error_and_warning_flags(flags, errors, warnings):
    warned = "1 00000000 0000000A" if warnings else "0 00000000 00000000"
    status = decode_error_status(
        f"\r\n  PRINTER STATUS\r\n   ERRORS:         {flags}      \r\n"
        f"   WARNINGS:       {warned}      \r\n"
    )
    assert (status.errors, status.warnings) == (errors, warnings)


def test_the_serial_number_of_the_recorded_printer(transcript):
    (record,) = [r for r in transcript("zebra_ZT410.jsonl") if r["command"] == "~HQSN"]
    assert decode_serial_number(record["response_text"]) == "18J161604846"


@pytest.mark.parametrize(
    ("name", "wire", "reply", "value"),
    [
        # [LADDER]
        (
            "device.friendly_name",
            b'! U1 getvar "device.friendly_name"\r\n',
            b'"18J161604846"',
            "18J161604846",
        ),
        ("media.speed", b'! U1 getvar "media.speed"\r\n', b'"6.0"', "6.0"),
        (
            "odometer.headnew",
            b'! U1 getvar "odometer.headnew"\r\n',
            b'"313247 INCHES, 795649 CENTIMETERS"',
            "313247 INCHES, 795649 CENTIMETERS",
        ),
        # [SGD] the sample of the page; other programs see CR LF after it
        (
            "odometer.total_label_count",
            b'! U1 getvar "odometer.total_label_count"\r\n',
            b'"31084"\r\n',
            "31084",
        ),
        # [LADDER] what it says to a name it does not know
        ("no.such", b'! U1 getvar "no.such"\r\n', b'"?"', None),
    ],
)
def test_variables(name, wire, reply, value):
    assert encode_get(name) == wire
    parser = FrameParser()
    assert parser.feed(reply) == []
    (text,) = parser.texts()
    assert decode_value(text) == value


def test_every_recorded_variable(transcript):
    records = [
        record
        for record in transcript("zebra_ZT410.jsonl")
        if record["command"].startswith("! U1 getvar")
    ]
    assert len(records) == 6
    for record in records:
        name = record["command"].split('"')[1]
        assert encode_get(name).decode().strip() == record["command"]
        assert decode_value(record["response_text"])


def test_setting_a_variable():
    # [SGD] ! U1 setvar "print.tone" "4.0"
    assert encode_set("print.tone", "4.0") == b'! U1 setvar "print.tone" "4.0"\r\n'


@pytest.mark.parametrize(
    ("conditions", "reached_at", "wire"),
    [
        # [SX] serial: ^SXA,A,Y,Y; TCP: ^SXA,D,Y,Y,123.45.67.89,1234
        ("A", None, b"^XA^SXA,A,Y,Y^XZ\r\n"),
        (
            "A",
            TcpAddress(host="123.45.67.89", port=1234),
            b"^XA^SXA,D,Y,Y,123.45.67.89,1234^XZ\r\n",
        ),
        ("AK", None, b"^XA^SXA,A,Y,Y^SXK,A,Y,Y^XZ\r\n"),
        ("*", None, b"^XA^SX*,A,Y,Y^XZ\r\n"),
    ],
)
def test_arming_alerts(conditions, reached_at, wire):
    assert encode_alerts(conditions, reached_at) == wire


@pytest.mark.parametrize(
    ("line", "condition", "is_set"),
    [
        # [ALERT] serial port
        (
            "ERROR CONDITION: PAPER OUT [2024-08-06 06:51:26] [D7J203700352 (????)]",
            "PAPER OUT",
            True,
        ),
        (
            "ERROR CLEARED: HEAD OPEN [2024-07-17 14:37:48] [XXZKJ181100602]",
            "HEAD OPEN",
            False,
        ),
        (
            "ALERT: PQ JOB COMPLETED [2024-07-17 14:36:30] [XXZKJ181100602]",
            "PQ JOB COMPLETED",
            True,
        ),
        (
            "LABEL READY:  [2024-07-17 14:36:17] [XXZKJ181100602]",
            "LABEL READY",
            None,
        ),
        # [ALERT] TCP, from a printer whose panel is Japanese
        (
            "アラート: ジョブ完了 [2024-08-06 05:58:28] [D7J203700352 (????????)]",
            "ジョブ完了",
            None,
        ),
        # [ALERT] the log of the server: no date
        ("ALERT CLEARED: PRINTER PAUSED [ZBR3913909]", "PRINTER PAUSED", False),
    ],
)
def test_alerts(line, condition, is_set):
    parser = FrameParser()
    assert parser.feed(f"{line}\r\n".encode()) == []
    (text,) = parser.texts()
    alert = decode_alert(text)
    assert (alert.condition, alert.is_set) == (condition, is_set)
    assert alert.text == line


@pytest.mark.parametrize("line", ["HS", "", "[]", "[a]", "PAPER OUT", "a [b] c"])
def test_what_is_no_alert(line):
    assert decode_alert(line) is None
