"""One picture, and what every decoder makes of it."""

import base64
import time
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.api.trial_models import DecoderAnswer
from agent.vision.decoded import Decoded
from agent.vision.decoders import zbar, zxing
from agent.vision.symbology import Symbology

Decode = Callable[[NDArray[np.uint8]], list[Decoded]]
ALL = frozenset(Symbology)


def _zxing(image: NDArray[np.uint8]) -> list[Decoded]:
    return zxing.decode(image, zxing.formats_of(ALL), "diagnostics", thorough=True)


def _zbar(image: NDArray[np.uint8]) -> list[Decoded]:
    return zbar.decode(image, ALL, "diagnostics")


DECODERS: dict[str, Decode] = {"zxing-cpp": _zxing, "zbar": _zbar}


def ask_all(image: NDArray[np.uint8]) -> tuple[DecoderAnswer, ...]:
    """Every decoder, every symbology, no time budget: slow, and nobody waits."""
    return tuple(_ask(name, decode, image) for name, decode in DECODERS.items())


def _ask(name: str, decode: Decode, image: NDArray[np.uint8]) -> DecoderAnswer:
    began_s = time.perf_counter()
    found = decode(image)
    return DecoderAnswer(
        decoder=name,
        codes=tuple(each.payload.decode("utf-8", "replace") for each in found),
        symbologies=tuple(each.symbology for each in found),
        took_ms=(time.perf_counter() - began_s) * 1000,
    )


def as_png(image: NDArray[np.uint8]) -> str:
    """Base64 of a PNG."""
    _, png = cv2.imencode(".png", image)
    return base64.b64encode(png.tobytes()).decode("ascii")
