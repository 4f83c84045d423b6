"""What is reported is what is printed: bytes, FNC1 and identifier."""

import numpy as np
import pytest
import zxingcpp

from agent.vision.decoders import bars, zbar, zxing
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

GS1 = "[01]06901234567892[10]L2407[21]AB12cd"
GS1_BYTES = b"010690123456789210L2407\x1d21AB12cd"
RECTANGLES = {(8, 18): 25, (8, 32): 26, (12, 26): 27, (12, 36): 28, (16, 48): 30}


def vision(*symbologies: Symbology) -> CodeVision:
    return CodeVision(frozenset(symbologies), budget_ms=60_000)


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


@pytest.mark.parametrize(
    ("symbology", "content", "payload", "text"),
    [
        ("qr", "中文标识", "中文标识".encode(), "中文标识"),
        ("qr", "誠テスト", b"\x90\xbd\x83e\x83X\x83g", "誠テスト"),
        ("data_matrix", "é", b"\xe9", "é"),
        ("data_matrix", "中文", "中文".encode(), "中文"),
        ("code_128", "é1", b"\xe91", "é1"),
        ("gs1_qr", GS1, GS1_BYTES, GS1_BYTES.decode()),
        ("gs1_data_matrix", GS1, GS1_BYTES, GS1_BYTES.decode()),
        ("gs1_128", GS1, GS1_BYTES, GS1_BYTES.decode()),
    ],
)
def test_text_is_by_the_symbols_characters(drawn, symbology, content, payload, text):
    """No leading FNC1, GS inside; Kanji mode is Shift-JIS, an ECI says UTF-8."""
    (code,) = vision(Symbology(symbology)).read(drawn(symbology, content)).codes
    assert (code.payload, code.text) == (payload, text)


@pytest.mark.parametrize("size", [(8, 18), (8, 32), (12, 26), (12, 36), (16, 48)])
def test_rectangles_tell_their_modules(size):
    rows, columns = size
    symbol = zxingcpp.create_barcode(
        "AB", zxingcpp.BarcodeFormat.DataMatrix, version=RECTANGLES[size]
    )
    picture = np.array(symbol.to_image(scale=6), dtype=np.uint8)
    (code,) = vision(Symbology.DATA_MATRIX).read(picture).codes
    assert code.modules == (columns, rows)
    assert code.module_px == pytest.approx(6, abs=0.3)


@pytest.mark.parametrize(
    ("symbology", "content", "payload", "aim"),
    [
        ("qr", "plain", b"plain", "]Q1"),
        ("gs1_qr", GS1, GS1_BYTES, "]Q3"),
        ("code_128", "plain", b"plain", "]C0"),
        ("gs1_128", GS1, GS1_BYTES, "]C1"),
        ("itf", "16901234567899", b"16901234567899", "]I1"),
        ("itf", "16901234567898", b"16901234567898", "]I0"),
        ("ean_13", "6901234567892", b"6901234567892", "]E0"),
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


@pytest.mark.parametrize(
    ("symbology", "content", "payload", "aim"),
    [
        ("code_128", "plain é 12345678", b"plain \xe9 12345678", "]C0"),
        ("gs1_128", GS1, GS1_BYTES, "]C1"),
        ("ean_13", "6901234567892", b"6901234567892", "]E0"),
    ],
)
def test_our_own_decoder_tells_the_same(drawn, symbology, content, payload, aim):
    picture = np.pad(drawn(symbology, content, 2), 20, constant_values=255)
    (code,) = bars.decode(picture, [Symbology(symbology)], "bars")
    assert (code.payload, code.aim, code.decoder) == (payload, aim, "bars")


@pytest.mark.parametrize(("last", "aim"), [("9", "]I1"), ("8", "]I0")])
def test_the_check_digit_of_an_itf_is_in_its_identifier(drawn, last, aim):
    picture = drawn("itf", "1690123456789" + last)
    formats = zxing.formats_of([Symbology.ITF])
    (code,) = zxing.decode(picture, formats, "raw", thorough=False)
    assert code.aim == aim


ODD_PICTURES = [
    np.zeros(size, np.uint8)
    for size in [(0, 0), (0, 5), (5, 0), (1, 1), (2, 3), (1, 30_000), (30_000, 1)]
]
NOISE = np.random.default_rng(4).integers(0, 256, (700, 900), np.uint8)
ODD_PICTURES += [NOISE[::-3, ::5], NOISE.T[:90], np.asfortranarray(NOISE[:80, :70])]


@pytest.mark.parametrize("picture", ODD_PICTURES, ids=lambda p: str(p.shape))
def test_no_decoder_minds_an_odd_picture(picture):
    picture.flags.writeable = False
    every = list(Symbology)
    formats = zxing.formats_of(every)
    assert zxing.decode(picture, formats, "x", thorough=True) == []
    assert zbar.decode(picture, every, "x") == []
    assert bars.decode(picture, every, "x") == []
