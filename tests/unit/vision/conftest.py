from collections.abc import Callable

import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray
from zxingcpp import BarcodeFormat

Image = NDArray[np.uint8]

FORMATS = {
    "qr": BarcodeFormat.QRCode,
    "gs1_qr": BarcodeFormat.QRCode,
    "data_matrix": BarcodeFormat.DataMatrix,
    "gs1_data_matrix": BarcodeFormat.DataMatrix,
    "code_128": BarcodeFormat.Code128,
    "gs1_128": BarcodeFormat.Code128,
    "itf": BarcodeFormat.ITF,
    "ean_13": BarcodeFormat.EAN13,
}


@pytest.fixture
def drawn() -> Callable[..., Image]:
    """Clean symbols from the library's writer; GS1 content in bracket form."""

    def draw(symbology: str, content: str | bytes, scale: int = 4) -> Image:
        is_gs1 = symbology.startswith("gs1")
        symbol = zxingcpp.create_barcode(content, FORMATS[symbology], gs1=is_gs1)
        return np.array(symbol.to_image(scale=scale), dtype=np.uint8)

    return draw


@pytest.fixture
def placed() -> Callable[..., Image]:
    """A white picture with smaller ones at (x, y)."""

    def place(size: tuple[int, int], *parts: tuple[Image, int, int]) -> Image:
        width, height = size
        picture = np.full((height, width), 255, np.uint8)
        for part, x, y in parts:
            rows, columns = part.shape
            picture[y : y + rows, x : x + columns] = part
        return picture

    return place
