"""What is reported is what is printed: bytes, FNC1 and identifier."""

import pytest

from agent.vision.decoders import zbar
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

GS1 = "[01]06901234567892[10]L2407[21]AB12cd"
GS1_BYTES = b"010690123456789210L2407\x1d21AB12cd"


def vision(*symbologies: Symbology) -> CodeVision:
    return CodeVision(frozenset(symbologies), budget_ms=500)


@pytest.mark.parametrize(
    ("symbology", "content", "payload", "aim"),
    [
        ("qr", "https://h.cn/x?c=AB12", b"https://h.cn/x?c=AB12", "]Q1"),
        ("gs1_qr", GS1, GS1_BYTES, "]Q3"),
        ("data_matrix", "HTTPS://H.CN/X/1", b"HTTPS://H.CN/X/1", "]d1"),
        ("gs1_data_matrix", GS1, GS1_BYTES, "]d2"),
        ("code_128", "CASE-000123", b"CASE-000123", "]C0"),
        ("gs1_128", GS1, GS1_BYTES, "]C1"),
        ("gs1_128", "[00]069012340000000016", b"00069012340000000016", "]C1"),
        ("itf", "16901234567899", b"16901234567899", "]I1"),
        ("ean_13", "6901234567892", b"6901234567892", "]E0"),
    ],
)
def test_bytes_and_identifier(drawn, symbology, content, payload, aim):
    result = vision(Symbology(symbology)).read(drawn(symbology, content))
    (code,) = result.codes
    assert (code.payload, code.aim, code.symbology) == (payload, aim, symbology)
    assert code.symbology.matches(aim)


def test_fnc1_and_ascii_29_are_told_apart(drawn):
    """The same bytes with FNC1, with a plain GS inside, and with a leading GS."""
    wanted = vision(Symbology.GS1_DATA_MATRIX)
    with_fnc1 = wanted.read(drawn("gs1_data_matrix", GS1)).codes[0]
    plain = wanted.read(drawn("data_matrix", GS1_BYTES.decode())).codes[0]
    leading = wanted.read(drawn("data_matrix", "\x1d" + GS1_BYTES.decode())).codes[0]
    assert with_fnc1.payload == plain.payload == GS1_BYTES
    assert (with_fnc1.aim, with_fnc1.symbology) == ("]d2", Symbology.GS1_DATA_MATRIX)
    assert (plain.aim, plain.symbology) == ("]d1", Symbology.DATA_MATRIX)
    assert leading.aim == "]d1"
    assert leading.payload == b"\x1d" + GS1_BYTES


def test_a_gs1_symbol_is_reported_truly_where_a_plain_one_is_wanted(drawn):
    (code,) = vision(Symbology.QR).read(drawn("gs1_qr", GS1)).codes
    assert (code.aim, code.symbology) == ("]Q3", Symbology.GS1_QR)


def test_bytes_beyond_ascii_come_as_printed(drawn):
    printed = b"\xff\xfe\x80 caf\xe9"
    (code,) = vision(Symbology.QR).read(drawn("qr", printed)).codes
    assert code.payload == printed


def test_only_what_was_asked_for_is_read(drawn):
    picture = drawn("data_matrix", "A1")
    assert vision(Symbology.QR, Symbology.CODE_128).read(picture).codes == ()


def test_micro_qr_is_never_read(drawn):
    """Size M1 has no error correction: blurred full-size symbols read as one."""
    import numpy as np
    import zxingcpp

    micro = zxingcpp.create_barcode("123", zxingcpp.BarcodeFormat.MicroQRCode)
    picture = np.array(micro.to_image(scale=6), dtype=np.uint8)
    assert zxingcpp.read_barcode(picture) is not None
    assert vision(Symbology.QR).read(picture).codes == ()


@pytest.mark.parametrize(
    ("symbology", "content", "payload", "aim"),
    [
        ("qr", "plain", b"plain", "]Q1"),
        ("gs1_qr", GS1, GS1_BYTES, "]Q3"),
        ("code_128", "plain", b"plain", "]C0"),
        ("gs1_128", GS1, GS1_BYTES, "]C1"),
    ],
)
def test_zbar_tells_fnc1_too(drawn, symbology, content, payload, aim):
    (code,) = zbar.decode(drawn(symbology, content), [Symbology(symbology)], "zbar")
    assert (code.payload, code.aim, code.decoder) == (payload, aim, "zbar")


def test_zbar_is_not_believed_beyond_ascii(drawn):
    """It turns such bytes into UTF-8 by guessing at their character set."""
    assert zbar.decode(drawn("qr", b"\xff\xfe abc"), [Symbology.QR], "zbar") == []


def test_zbar_reads_only_what_is_asked_for(drawn):
    assert zbar.decode(drawn("qr", "plain"), [Symbology.CODE_128], "zbar") == []


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [
        ("]Q4", Symbology.GS1_QR),
        ("]Q2", Symbology.QR),
        ("]d5", Symbology.GS1_DATA_MATRIX),
        ("]d7", Symbology.DATA_MATRIX),  # zxing-cpp's word for a macro 05/06 symbol
        ("]C2", Symbology.CODE_128),
        ("]A0", None),
        ("", None),
    ],
)
def test_identifiers(aim, symbology):
    assert Symbology.from_aim(aim) is symbology
