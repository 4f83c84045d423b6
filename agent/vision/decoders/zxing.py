"""zxing-cpp: the first decoder of every variant."""

from collections.abc import Iterable
from math import dist
from typing import Final

import zxingcpp
from zxingcpp import Barcode, BarcodeFormat, BarcodeFormats, TextMode

from agent.vision.decoded import Corners, Decoded
from agent.vision.region import Image
from agent.vision.symbology import Symbology

NAME: Final = "zxing-cpp"

# Never plain QRCode: that includes Micro QR, whose smallest sizes hardly correct.
_QR: Final = (BarcodeFormat.QRCodeModel2, BarcodeFormat.QRCodeModel1)
# GS1 or not is told by FNC1 alone.
FORMATS: Final = {
    Symbology.QR: _QR,
    Symbology.GS1_QR: _QR,
    Symbology.MICRO_QR: (BarcodeFormat.MicroQRCode,),
    Symbology.DATA_MATRIX: (BarcodeFormat.DataMatrix,),
    Symbology.GS1_DATA_MATRIX: (BarcodeFormat.DataMatrix,),
    Symbology.CODE_128: (BarcodeFormat.Code128,),
    Symbology.GS1_128: (BarcodeFormat.Code128,),
    Symbology.ITF: (BarcodeFormat.ITF,),
    Symbology.EAN_13: (BarcodeFormat.EAN13,),
}


def formats_of(symbologies: Iterable[Symbology]) -> BarcodeFormats:
    """The formats to ask for: all of them would cost 10 to 15 times the time."""
    wanted = {each for symbology in symbologies for each in FORMATS[symbology]}
    return BarcodeFormats(sorted(wanted))


def decode(
    image: Image,
    formats: BarcodeFormats,
    variant: str,
    *,
    thorough: bool,
    single: bool = False,
) -> list[Decoded]:
    """Every code of one pass, corners in pixels of `image`; `single`: the first alone.

    A plain pass looks at dark on light at the size given and finds all its codes for
    the price of the first; `thorough` also inverts and shrinks, at about twice that.
    """
    if image.size == 0:
        return []
    if single:
        one = zxingcpp.read_barcode(
            image,
            formats=formats,
            try_downscale=thorough,
            try_invert=thorough,
            text_mode=TextMode.Plain,
        )
        found = [] if one is None else [one]
    else:
        found = zxingcpp.read_barcodes(
            image,
            formats=formats,
            try_downscale=thorough,
            try_invert=thorough,
            text_mode=TextMode.Plain,
        )
    read = (_decoded(barcode, variant) for barcode in found)
    return [each for each in read if each is not None]


def _decoded(barcode: Barcode, variant: str) -> Decoded | None:
    aim = barcode.symbology_identifier
    symbology = Symbology.from_aim(aim)
    if barcode.format == BarcodeFormat.MicroQRCode:
        symbology = Symbology.MICRO_QR
    if symbology is None:
        return None
    corners = _corners(barcode)
    modules = _modules(barcode, symbology)
    return Decoded(
        payload=barcode.bytes,
        text=barcode.text,
        aim=aim,
        symbology=symbology,
        decoder=NAME,
        variant=variant,
        corners=corners,
        module_px=None if modules is None else _module_px(corners, modules),
        modules=modules,
        ec_level=barcode.ec_level or None,
    )


def _corners(barcode: Barcode) -> Corners:
    at = barcode.position
    return (
        (at.top_left.x, at.top_left.y),
        (at.top_right.x, at.top_right.y),
        (at.bottom_right.x, at.bottom_right.y),
        (at.bottom_left.x, at.bottom_left.y),
    )


def _modules(barcode: Barcode, symbology: Symbology) -> tuple[int, int] | None:
    """Columns and rows, from the symbol's version."""
    extra = barcode.extra
    version = extra.get("Version", "") if isinstance(extra, dict) else ""
    match symbology:
        case Symbology.QR | Symbology.GS1_QR if version.isdecimal():
            side = 17 + 4 * int(version)
            return side, side
        case Symbology.MICRO_QR if version[1:].isdecimal():
            side = 9 + 2 * int(version[1:])
            return side, side
        case Symbology.DATA_MATRIX | Symbology.GS1_DATA_MATRIX if "x" in version:
            rows, columns = (int(part) for part in version.split("x"))
            return columns, rows
        case _:
            return None


def _module_px(corners: Corners, modules: tuple[int, int]) -> float | None:
    """Perimeter in pixels over perimeter in modules."""
    turned = corners[1:] + corners[:1]
    perimeter_px = sum(dist(a, b) for a, b in zip(corners, turned, strict=True))
    return perimeter_px / (2 * sum(modules)) or None
