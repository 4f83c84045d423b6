"""Draws the picture a line camera takes of a printed mark, faults included.

The mark is drawn from the text the printer really printed, dot by dot as an inkjet
lays it down, then seen as a camera would: rotated, tilted, lit, blurred and noisy.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
import zxingcpp
from biip import ParseError
from biip.gs1_messages import GS1Message
from numpy.typing import ArrayLike, NDArray
from zxingcpp import BarcodeFormat

from agent.vision.decoders.zxing import FORMATS
from agent.vision.symbology import Symbology
from simulators.cameras.defects import Defects

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

QR: Final = {Symbology.QR, Symbology.GS1_QR}
DATA_MATRIX: Final = {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}
BELT_GREY: Final = 45
NOISE_UNIT: Final = 64  # grey levels of one deviation in the stored noise
FILL: Final = 0.85  # of the picture's width or height a mark may take at most


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedMark:
    """What stands on the product. `text` None: the head fired nothing.

    GS1 text is an element string with GS (0x1D) between elements, or its bracket
    form `[01]…[21]…`. `version` fixes the size of a QR or Data Matrix symbol, which
    is square unless it says otherwise; `ec_level` (L, M, Q, H) is for QR alone.
    """

    symbology: Symbology
    text: str | None
    version: int | None = None
    ec_level: str = "M"


def render(
    mark: PrintedMark,
    rng: np.random.Generator,
    defects: Defects,
    size: tuple[int, int] = (640, 480),
) -> Image:
    """A grey picture of `size` (width, height) of the mark on its product.

    Raises ValueError if the text cannot be drawn in the symbology.
    """
    picture = _background(size, mark.symbology.is_linear, defects.cap_grey).copy()
    if mark.text is not None and defects.ink_share > 0:
        _print(picture, _modules(mark), rng, defects)
    if defects.glare > 0:
        _glare(picture, rng, defects.glare)
    if defects.blur_px > 0:
        cv2.GaussianBlur(picture, (0, 0), defects.blur_px, dst=picture)
    return noisy(picture, rng, defects.noise_grey)


def _modules(mark: PrintedMark) -> Image:
    """The symbol, one pixel a module, 255 where there is ink, without quiet zone."""
    text = mark.text or ""
    options: dict[str, object] = {"gs1": mark.symbology.is_gs1}
    if mark.symbology in QR:
        options["ec_level"] = mark.ec_level
    if mark.version is not None:
        options["version"] = mark.version
    elif mark.symbology in DATA_MATRIX:
        # The writer's smallest may be an extended rectangle (ISO 21471), which lines
        # do not print.
        options["force_square"] = True
    if mark.symbology.is_gs1:
        text = _bracketed(text)
    symbol = zxingcpp.create_barcode(text, _writer(mark.symbology), **options)
    drawn = symbol.to_image(scale=1, add_quiet_zones=False)
    return 255 - np.asarray(drawn, dtype=np.uint8)


def _writer(symbology: Symbology) -> BarcodeFormat:
    """The writer takes no FNC1 for a named QR model, only for QR at large."""
    return BarcodeFormat.QRCode if symbology in QR else FORMATS[symbology][0]


def _bracketed(text: str) -> str:
    """The form zxing-cpp's writer takes; a bracket is no character of GS1 data."""
    if text.startswith("["):
        return text
    try:
        message = GS1Message.parse(text)
    except ParseError as error:
        raise ValueError(f"cannot draw {text!r} as a GS1 symbol: {error}") from error
    return "".join(f"[{e.ai.ai}]{e.value}" for e in message.element_strings)


def _print(
    picture: Image, modules: Image, rng: np.random.Generator, defects: Defects
) -> None:
    """Lays the symbol's ink on the picture, in place."""
    ink = _dots(_with_faults(modules, rng, defects), defects)
    if defects.cylinder_deg > 0:
        ink = _bent(ink, np.radians(defects.cylinder_deg))
    quad = _quad(picture, modules, rng, defects)
    left, top = np.floor(quad.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 3
    left, top = max(left, 0), max(top, 0)
    patch = picture[top:bottom, left:right]
    height, width = ink.shape
    source = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    origin = np.array((left, top), np.float32)
    matrix = cv2.getPerspectiveTransform(source, quad - origin)
    share = cv2.warpPerspective(ink, matrix, (patch.shape[1], patch.shape[0]))
    amount = share.astype(np.float32) * np.float32(defects.ink_share / 255)
    patch[:] = patch + (defects.ink_grey - patch.astype(np.float32)) * amount


def _with_faults(modules: Image, rng: np.random.Generator, defects: Defects) -> Image:
    """The modules after a second print, misfiring nozzles and scratches."""
    if defects.mirrored:
        modules = np.ascontiguousarray(modules[:, ::-1])
    if defects.overprinted:
        modules = np.maximum(modules, np.roll(modules[:, ::-1], (1, 2), axis=(0, 1)))
    if defects.missing_dots > 0:
        fired = rng.random(modules.shape) >= defects.missing_dots
        modules = np.where(fired, modules, np.uint8(0))
    rows, columns = modules.shape
    for _ in range(defects.scratches):
        ends = rng.integers(0, (columns, rows), size=(2, 2)).tolist()
        modules = _pixels(cv2.line(modules, ends[0], ends[1], 0))
    return modules


def _dots(modules: Image, defects: Defects) -> Image:
    """The modules enlarged, each one drawn as a dot or as a full square."""
    scale = max(4, round(1.6 * defects.module_px))
    if defects.dot_share is None:
        ink = np.repeat(np.repeat(modules, scale, axis=0), scale, axis=1)
    else:
        ink = _pixels(np.kron(modules // 255, _dot(scale, defects.dot_share)))
    if defects.smear_modules > 0:
        reach = 1 + round(defects.smear_modules * scale)
        ink = _pixels(cv2.blur(ink, (reach, 1)))
    return ink


def _bent(ink: Image, edge_rad: float) -> Image:
    """The ink on a bottle: what stands `u` of the half width from the middle of the
    symbol is seen at `sin(u * edge_rad)`, so columns crowd towards both edges."""
    width = round(ink.shape[1] * np.sin(edge_rad) / edge_rad)
    seen = np.linspace(-1, 1, width) * np.sin(edge_rad)
    across = (np.arcsin(seen) / edge_rad + 1) / 2 * (ink.shape[1] - 1)
    columns = np.broadcast_to(across.astype(np.float32), (ink.shape[0], width))
    rows = np.arange(ink.shape[0], dtype=np.float32)[:, None]
    rows = np.broadcast_to(rows, columns.shape)
    return _pixels(cv2.remap(ink, columns.copy(), rows.copy(), cv2.INTER_LINEAR))


@lru_cache(maxsize=64)
def _dot(scale: int, share: float) -> Image:
    """A round dot on a square of `scale` pixels; `share` of the pitch is its width."""
    axis = np.arange(scale) - (scale - 1) / 2
    distance = np.hypot(axis[:, None], axis[None, :])
    edge = np.clip(scale * share / 2 - distance + 0.5, 0, 1)
    return _pixels(edge * 255)


def _quad(
    picture: Image, modules: Image, rng: np.random.Generator, defects: Defects
) -> Floats:
    """Corners of the symbol in the picture, clockwise from its top left."""
    rows, columns = modules.shape
    height, width = picture.shape
    module_px = min(defects.module_px, FILL * width / columns, FILL * height / rows)
    half = np.array((columns, rows)) * module_px / 2
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    corners += rng.uniform(-1, 1, size=(4, 2)) * defects.tilt * half.min()
    angle = np.radians(rng.uniform(-1, 1) * defects.rotation_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    centre = np.array((width, height)) / 2
    centre += rng.uniform(-1, 1, size=2) * defects.shift_px
    return np.asarray(corners @ turn + centre, dtype=np.float32)


@lru_cache(maxsize=32)
def _background(size: tuple[int, int], is_label: bool, cap_grey: int) -> Image:
    """An unprinted cap on the belt; a carton's label for linear codes."""
    width, height = size
    if is_label:
        return np.full((height, width), cap_grey, np.uint8)
    picture = np.full((height, width), BELT_GREY, np.uint8)
    centre, radius = (width // 2, height // 2), round(0.48 * height)
    cv2.circle(picture, centre, radius, cap_grey - 30, -1, cv2.LINE_AA)
    cv2.circle(picture, centre, round(0.93 * radius), cap_grey, -1, cv2.LINE_AA)
    return _pixels(cv2.GaussianBlur(picture, (0, 0), 1.5))


def _glare(picture: Image, rng: np.random.Generator, strength: float) -> None:
    """A soft bright spot of a lamp, in place; strength 1 burns out its middle."""
    height, width = picture.shape
    spot = _spot(height // 2)
    side = spot.shape[0]
    x = int(rng.integers(width // 4, 3 * width // 4)) - side // 2
    y = int(rng.integers(height // 4, 3 * height // 4)) - side // 2
    top, left = max(y, 0), max(x, 0)
    patch = picture[top : y + side, left : x + side]
    part = spot[top - y :, left - x :][: patch.shape[0], : patch.shape[1]]
    patch[:] = cv2.addWeighted(
        patch.astype(np.float32), 1, part, strength, 0, dtype=cv2.CV_8U
    )


@lru_cache(maxsize=8)
def _spot(side: int) -> Floats:
    axis = np.linspace(-2.5, 2.5, side, dtype=np.float32)
    spot = 255 * np.exp(-(axis[:, None] ** 2) - axis[None, :] ** 2)
    return np.asarray(spot, dtype=np.float32)


@lru_cache(maxsize=4)
def _noise_pool(height: int, width: int) -> NDArray[np.int16]:
    """One field of sensor noise, cut at random places: drawing it anew costs 5 ms."""
    field = np.random.default_rng(20_240_501).normal(
        0, NOISE_UNIT, size=(height + 128, width + 128)
    )
    return field.astype(np.int16)


def noisy(picture: Image, rng: np.random.Generator, noise_grey: float) -> Image:
    """`picture` with a sensor's noise, one standard deviation of `noise_grey`."""
    height, width = picture.shape
    y, x = rng.integers(0, 128, size=2).tolist()
    noise = _noise_pool(height, width)[y : y + height, x : x + width]
    share = noise_grey / NOISE_UNIT
    base = picture.astype(np.int16)
    return _pixels(cv2.addWeighted(base, 1, noise, share, 0, dtype=cv2.CV_8U))


def _pixels(values: ArrayLike) -> Image:
    return np.asarray(values, dtype=np.uint8)
