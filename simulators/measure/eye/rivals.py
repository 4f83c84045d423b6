"""The libraries alone, as one would call them: the measure of what we add."""

from collections.abc import Callable
from typing import Final

import cv2
import zxingcpp
from pyzbar import pyzbar
from zxingcpp import TextMode

from agent.vision.decoders.zxing import formats_of
from agent.vision.region import Image
from agent.vision.symbology import Symbology

Texts = set[str]
QR: Final = {Symbology.QR, Symbology.GS1_QR}


def zxing_default(image: Image, _wanted: frozenset[Symbology]) -> Texts:
    """zxing-cpp as it comes: every format, every symbol."""
    found = zxingcpp.read_barcodes(image, text_mode=TextMode.Plain)
    return {each.text for each in found}


def zbar_default(image: Image, _wanted: frozenset[Symbology]) -> Texts:
    """pyzbar as it comes."""
    return {_text(each.data) for each in pyzbar.decode(image)}


def opencv(image: Image, wanted: frozenset[Symbology]) -> Texts:
    """OpenCV's detectors for QR (both kinds) and for EAN."""
    texts: Texts = set()
    try:
        if wanted & QR:
            for detector in (cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()):
                texts.add(detector.detectAndDecode(image)[0])
        if Symbology.EAN_13 in wanted:
            texts.update(cv2.barcode.BarcodeDetector().detectAndDecodeMulti(image)[1])
    except (cv2.error, UnicodeDecodeError):
        pass  # it raises on some pictures: nothing read
    return texts - {""}


RIVALS: Final[dict[str, Callable[[Image, frozenset[Symbology]], Texts]]] = {
    "zxing-cpp": zxing_default,
    "pyzbar": zbar_default,
    "OpenCV": opencv,
}


def zxing_restricted(image: Image, wanted: frozenset[Symbology]) -> bytes | None:
    """zxing-cpp told what to look for, one symbol, otherwise as it comes."""
    found = zxingcpp.read_barcode(image, formats=formats_of(wanted))
    return None if found is None else bytes(found.bytes)


def zxing_every(image: Image, wanted: frozenset[Symbology]) -> list[bytes]:
    """zxing-cpp told what to look for, every symbol, otherwise as it comes."""
    found = zxingcpp.read_barcodes(image, formats=formats_of(wanted))
    return [bytes(each.bytes) for each in found]


def zxing_places(image: Image, wanted: frozenset[Symbology]) -> list[tuple[int, int]]:
    """Where it sees the corners of all symbols, in pixels."""
    found = zxingcpp.read_barcodes(image, formats=formats_of(wanted))
    places = [each.position for each in found]
    return [
        (corner.x, corner.y)
        for at in places
        for corner in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    ]


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="backslashreplace")
