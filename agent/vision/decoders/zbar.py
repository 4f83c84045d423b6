"""zbar: a slow second opinion on QR and bar codes.

Called through pyzbar's wrapper rather than `pyzbar.decode`, because only the symbol's
modifiers tell FNC1, and without them a GS1 symbol would be reported as a plain one.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_uint, string_at
from typing import Any, Final

import numpy as np

try:
    from pyzbar import wrapper as zbar
except ImportError as error:
    raise ImportError(
        "the zbar library is missing: install it (Debian: apt install libzbar0)"
    ) from error

from agent.vision.check_digit import is_mod10
from agent.vision.decoded import Corners, Decoded
from agent.vision.region import Image
from agent.vision.symbology import Symbology

NAME: Final = "zbar"
# Lines from one scanned to the next: bars show in every second as well, for half of the
# time; a fifteenth more photographs of EAN-13 were read so than in every line.
LINEAR_DENSITY: Final = 2
GREY_FOURCC: Final = 0x30303859  # "Y800": one byte a pixel
MODIFIER_GS1: Final = 1

_modifiers = zbar.zbar_function(
    "zbar_symbol_get_modifiers", c_uint, POINTER(zbar.zbar_symbol)
)

# zbar has no Data Matrix; libdmtx aborts the process on some photographs.
SYMBOLS: Final = {
    Symbology.QR: zbar.ZBarSymbol.QRCODE,
    Symbology.GS1_QR: zbar.ZBarSymbol.QRCODE,
    Symbology.CODE_128: zbar.ZBarSymbol.CODE128,
    Symbology.GS1_128: zbar.ZBarSymbol.CODE128,
    Symbology.ITF: zbar.ZBarSymbol.I25,
    Symbology.EAN_13: zbar.ZBarSymbol.EAN13,
}
_AIMS: Final = {
    zbar.ZBarSymbol.QRCODE: ("]Q1", "]Q3"),
    zbar.ZBarSymbol.CODE128: ("]C0", "]C1"),
    zbar.ZBarSymbol.I25: ("]I0", "]I1"),
    zbar.ZBarSymbol.EAN13: ("]E0", "]E0"),
}


def decode(
    image: Image, symbologies: Iterable[Symbology], variant: str
) -> list[Decoded]:
    """Every code zbar reads whose bytes can be trusted, corners in `image` pixels."""
    height, width = image.shape
    wanted = {SYMBOLS[each] for each in symbologies if each in SYMBOLS}
    if image.size == 0 or not wanted:
        return []
    # Rows must follow each other; a whole picture is taken as it lies in memory.
    pixels = np.ascontiguousarray(image)
    with _scanner(wanted) as scanner, _picture() as picture:
        zbar.zbar_image_set_format(picture, GREY_FOURCC)
        zbar.zbar_image_set_size(picture, width, height)
        zbar.zbar_image_set_data(picture, pixels.ctypes.data, pixels.size, None)
        zbar.zbar_scan_image(scanner, picture)
        read = [_decoded(symbol, variant) for symbol in _symbols(picture)]
    return [each for each in read if each is not None]


def _decoded(symbol: Any, variant: str) -> Decoded | None:
    aims = _AIMS.get(symbol.contents.type)
    payload = string_at(
        zbar.zbar_symbol_get_data(symbol), zbar.zbar_symbol_get_data_length(symbol)
    )
    # zbar turns bytes above 127 into UTF-8 by guessing: those are not what is printed.
    if aims is None or not payload.isascii():
        return None
    # In the second: FNC1 first; for ITF (ISO/IEC 16390, annex C) a right check digit.
    is_second = bool(_modifiers(symbol) & MODIFIER_GS1)
    if symbol.contents.type == zbar.ZBarSymbol.I25:
        is_second = is_mod10(payload)
    aim = aims[is_second]
    symbology = Symbology.from_aim(aim)
    if symbology is None:
        return None
    return Decoded(
        payload=payload,
        text=payload.decode("ascii"),
        aim=aim,
        symbology=symbology,
        decoder=NAME,
        variant=variant,
        corners=_corners(symbol, symbology),
    )


def _corners(symbol: Any, symbology: Symbology) -> Corners:
    """A QR's four corners as zbar orders them; the box around a bar code's scans."""
    points = [
        (
            float(zbar.zbar_symbol_get_loc_x(symbol, index)),
            float(zbar.zbar_symbol_get_loc_y(symbol, index)),
        )
        for index in range(zbar.zbar_symbol_get_loc_size(symbol))
    ]
    if len(points) == 4 and not symbology.is_linear:
        top_left, bottom_left, bottom_right, top_right = points
        return (top_left, top_right, bottom_right, bottom_left)
    xs = [x for x, _ in points] or [0.0]
    ys = [y for _, y in points] or [0.0]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _symbols(picture: Any) -> Iterator[Any]:
    symbol = zbar.zbar_image_first_symbol(picture)
    while symbol:
        yield symbol
        symbol = zbar.zbar_symbol_next(symbol)


@contextmanager
def _scanner(wanted: Collection[zbar.ZBarSymbol]) -> Iterator[Any]:
    scanner = zbar.zbar_image_scanner_create()
    try:
        every = zbar.ZBarSymbol.NONE  # zbar's word for "all symbologies"
        enable = zbar.ZBarConfig.CFG_ENABLE
        zbar.zbar_image_scanner_set_config(scanner, every, enable, 0)
        for each in wanted:
            zbar.zbar_image_scanner_set_config(scanner, each, enable, 1)
        if zbar.ZBarSymbol.QRCODE not in wanted:
            for density in (
                zbar.ZBarConfig.CFG_X_DENSITY,
                zbar.ZBarConfig.CFG_Y_DENSITY,
            ):
                zbar.zbar_image_scanner_set_config(
                    scanner, every, density, LINEAR_DENSITY
                )
        yield scanner
    finally:
        zbar.zbar_image_scanner_destroy(scanner)


@contextmanager
def _picture() -> Iterator[Any]:
    picture = zbar.zbar_image_create()
    try:
        yield picture
    finally:
        zbar.zbar_image_destroy(picture)
