"""Micro QR: read by name, told from QR by its shape, doubted where small."""

import cv2
import numpy as np
import pytest
import zxingcpp

from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

MICRO = frozenset({Symbology.MICRO_QR})


def micro(content, version, scale=6):
    symbol = zxingcpp.create_barcode(
        content, zxingcpp.BarcodeFormat.MicroQRCode, version=version
    )
    return np.array(symbol.to_image(scale=scale), dtype=np.uint8)


@pytest.mark.parametrize(
    ("version", "content", "side"),
    [(1, "12345", 11), (2, "AB12", 13), (3, "AB12CD", 15), (4, "https://h.cn", 17)],
)
def test_every_version_is_read_by_name(version, content, side):
    (code,) = CodeVision(MICRO, budget_ms=60_000).read(micro(content, version)).codes
    assert code.payload == content.encode()
    assert (code.symbology, code.aim) == (Symbology.MICRO_QR, "]Q1")
    assert code.modules == (side, side)
    assert code.module_px == pytest.approx(6, abs=0.4)
    assert code.symbology.matches(code.aim)


@pytest.mark.parametrize(("version", "is_enough"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_one_look_is_enough_but_for_the_smallest(version, is_enough):
    result = CodeVision(MICRO, budget_ms=60_000).read(micro("123", version))
    assert [code.payload for code in result.codes] == [b"123"]
    assert (len(result.tries) == 1) == is_enough


def test_it_is_not_read_as_a_qr_nor_a_qr_as_one(drawn):
    picture = micro("AB12CD", 3)
    assert (
        CodeVision(frozenset({Symbology.QR}), budget_ms=60_000).read(picture).codes
        == ()
    )
    blurred = np.asarray(cv2.GaussianBlur(drawn("qr", "AB12CD"), (0, 0), 3), np.uint8)
    assert CodeVision(MICRO, budget_ms=60_000).read(blurred).codes == ()


def test_characters_come_by_the_symbol_and_bytes_as_printed():
    (code,) = CodeVision(MICRO, budget_ms=60_000).read(micro("誠", 3)).codes
    assert (code.payload, code.text) == (b"\x90\xbd", "誠")
