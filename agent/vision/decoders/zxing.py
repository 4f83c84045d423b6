"""zxing-cpp: the first decoder of every variant."""

from collections.abc import Iterable
from functools import lru_cache
from math import dist
from typing import Final, NamedTuple

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


class Placing(NamedTuple):
    """Where a picture lies in a larger one: begun at (x, y), a pixel `factor` wide."""

    factor: float = 1.0
    x: float = 0.0
    y: float = 0.0


AS_IS: Final = Placing()


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
    level: bool = False,
    placing: Placing = AS_IS,
) -> list[Decoded]:
    """Every code of one pass; `single`: the first alone; `level`: along rows only.

    Corners and sizes are in pixels of the picture that `placing` says `image` lies in.
    A plain pass looks at dark on light at the size given and finds all its codes for
    the price of the first; `thorough` also inverts and shrinks, at about twice that.
    """
    if image.size == 0:
        return []
    if single:
        one = zxingcpp.read_barcode(
            image,
            formats=formats,
            try_rotate=not level,
            try_downscale=thorough,
            try_invert=thorough,
            text_mode=TextMode.Plain,
        )
        found = [] if one is None else [one]
    else:
        found = zxingcpp.read_barcodes(
            image,
            formats=formats,
            try_rotate=not level,
            try_downscale=thorough,
            try_invert=thorough,
            text_mode=TextMode.Plain,
        )
    return [
        code
        for barcode in found
        if (code := _decoded(barcode, variant, placing)) is not None
    ]


def _decoded(barcode: Barcode, variant: str, placing: Placing) -> Decoded | None:
    aim = barcode.symbology_identifier
    symbology = Symbology.from_aim(aim)
    if symbology is None:
        return None
    if symbology is Symbology.QR and barcode.format == BarcodeFormat.MicroQRCode:
        symbology = Symbology.MICRO_QR
    corners = _corners(barcode, placing)
    modules = _modules(symbology, _version(barcode))
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


def _corners(barcode: Barcode, placing: Placing) -> Corners:
    factor, x, y = placing
    at = barcode.position
    one, two, three, four = at.top_left, at.top_right, at.bottom_right, at.bottom_left
    return (
        (one.x * factor + x, one.y * factor + y),
        (two.x * factor + x, two.y * factor + y),
        (three.x * factor + x, three.y * factor + y),
        (four.x * factor + x, four.y * factor + y),
    )


def _version(barcode: Barcode) -> str:
    extra = barcode.extra
    return extra.get("Version", "") if isinstance(extra, dict) else ""


@lru_cache(maxsize=64)
def _modules(symbology: Symbology, version: str) -> tuple[int, int] | None:
    """Columns and rows."""
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
    one, two, three, four = corners
    perimeter_px = (
        dist(one, two) + dist(two, three) + dist(three, four) + dist(four, one)
    )
    return perimeter_px / (2 * sum(modules)) or None
