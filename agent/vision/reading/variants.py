"""The looks at a picture that are tried in turn, and how each is prepared.

Orders and numbers come from greedy search over rendered prints (dot gaps, contrast,
blur, noise, glare, damage; 2.5 to 9 pixels a module) and public photographs: each
line is the look that reads most of what all earlier ones left. Blur joins the dots
of an inkjet, contrast equalisation lifts faint ink; either harms other prints, so
they are alternatives, not a fixed filter.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import cv2
import numpy as np

from agent.vision.region import Image

MAX_SCALE: Final = 3.0
MIN_SCALE: Final = 1 / 8
SAME_SCALE: Final = 0.05  # closer to 1 than this, resampling only costs
SMALL_SCALE: Final = 0.4  # below it blurring before resampling costs too much
MIN_SIDE_PX: Final = 8
ENOUGH_PX: Final = 2.4  # pixels a module below which clean prints begin to fail
MANY_PIXELS: Final = 500 * 500  # a bigger crop is likely to have big modules


class Decoder(StrEnum):
    """Which decoder looks at a variant, and how hard."""

    ZXING = "zxing"
    ZXING_THOROUGH = "zxing thorough"
    ZBAR = "zbar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One look: resample from `from_px` to `to_px` a module, blur, equalise.

    `from_px` None leaves the size alone; `blur` is in modules; `cost` is the time
    against a plain try on as many pixels, as measured.
    """

    name: str
    from_px: float | None = None
    to_px: float = 4.0
    blur: float = 0.0
    equalise: bool = False
    decoder: Decoder = Decoder.ZXING
    cost: float = 1.0

    @property
    def scale(self) -> float:
        """Pixels out per pixel in, along one side."""
        if self.from_px is None:
            return 1.0
        wanted = min(max(self.to_px / self.from_px, MIN_SCALE), MAX_SCALE)
        return 1.0 if abs(wanted - 1) < SAME_SCALE else wanted

    @property
    def weight(self) -> float:
        """Expected time against a plain try on the untouched picture."""
        return self.cost * self.scale**2


RAW: Final = Variant(name="raw")
THOROUGH: Final = Variant(name="thorough", decoder=Decoder.ZXING_THOROUGH, cost=2.2)
ZBAR: Final = Variant(name="zbar", decoder=Decoder.ZBAR, cost=12.0)

# (to_px, blur, equalise) once the size of a module is known.
_KNOWN: Final = (
    (4.0, 0.25, False),
    (5.0, 0.15, False),
    (3.0, 0.25, True),
    (8.0, 0.40, False),
    (6.0, 0.25, False),
    (4.0, 0.40, True),
)
# (from_px, to_px, blur, equalise) while it is not: every row is a guess.
_GUESSES: Final = (
    (6.0, 4.0, 0.25, False),
    (12.0, 4.0, 0.25, False),
    (24.0, 4.0, 0.25, False),
    (2.0, 4.0, 0.25, False),
    (4.0, 4.0, 0.40, True),
    (8.0, 4.0, 0.40, False),
    (3.0, 4.0, 0.40, False),
    (4.0, 4.0, 0.25, False),
    (3.0, 4.0, 0.25, True),
    (2.0, 3.0, 0.0, False),
)
# Bars are as narrow as one or two pixels, and their modules are not measured.
_LINEAR_GUESSES: Final = (
    (4.0, 4.0, 0.25, True),
    (3.0, 4.0, 0.40, True),
    (4.0, 4.0, 0.25, False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the looks are to find: matrix codes, QR among them, bar codes."""

    matrix: bool
    qr: bool
    linear: bool


def cascade(wanted: Wanted, module_px: float | None, pixels: int) -> Iterator[Variant]:
    """The looks to try in order, cheapest and likeliest first, none twice.

    `pixels` is the size of the crop, `module_px` of a module where it is known.
    """
    yield from _plain(module_px, pixels)
    guesses = list(_LINEAR_GUESSES if wanted.linear else ())
    yield from (_variant("guess", *row) for row in guesses)
    if wanted.matrix:
        if module_px is not None:
            yield from _known(module_px, wanted)
        more = (row for row in _GUESSES if row not in guesses)
        yield from (_variant("guess", *row) for row in more)
    yield THOROUGH
    if wanted.qr and module_px is None:
        yield from (_second_opinion("guess", px, 4.0, 0.25) for px in (5.0, 3.0, 9.0))
    if wanted.qr or wanted.linear:
        yield ZBAR


def _known(module_px: float, wanted: Wanted) -> Iterator[Variant]:
    first, *others = _KNOWN
    yield _variant("module", module_px, *first)
    if wanted.qr:
        yield _second_opinion("module", module_px, 4.0, 0.25)
    yield from (_variant("module", module_px, *row) for row in others)
    if wanted.qr:
        yield _second_opinion("module", module_px, 3.0, 0.2)
        yield _second_opinion("module", module_px, 5.0, 0.25)


def _second_opinion(kind: str, from_px: float, to_px: float, blur: float) -> Variant:
    """zbar finds a QR whose finder patterns miss dots, where zxing-cpp does not.

    Of 106 such prints at 5 pixels a module it read 104 at 4 pixels and blur 0.25, in
    1.5 ms on a crop; at other sizes it reads some of the rest.
    """
    look = _variant(kind, from_px, to_px, blur, equalise=False)
    return replace(look, name=f"zbar {look.name}", decoder=Decoder.ZBAR, cost=ZBAR.cost)


def _plain(module_px: float | None, pixels: int) -> tuple[Variant, Variant]:
    """The untouched crop and a smaller one, the likelier and cheaper first.

    At 5 pixels a module half the size reads as well for a quarter of the time; at 8
    and more the crop itself shows the gaps between dots and reads far worse.
    """
    if module_px is None:
        small = _shrunk(2)
        return (small, RAW) if pixels > MANY_PIXELS else (RAW, small)
    fits = int(module_px / ENOUGH_PX)
    return (_shrunk(fits), RAW) if fits >= 2 else (RAW, _shrunk(2))


def _shrunk(factor: int) -> Variant:
    return Variant(name=f"1/{factor} size", from_px=factor, to_px=1)


def _variant(
    kind: str, from_px: float, to_px: float, blur: float, equalise: bool
) -> Variant:
    parts = [f"{kind} {from_px:.3g}px as {to_px:g}px"]
    parts += [f"blur {blur:g}"] * (blur > 0) + ["equalised"] * equalise
    return Variant(
        name=", ".join(parts),
        from_px=from_px,
        to_px=to_px,
        blur=blur,
        equalise=equalise,
        cost=2.5 if equalise else 1.5,
    )


def prepare(image: Image, variant: Variant) -> tuple[Image, float]:
    """The picture as `variant` shows it, and its scale against `image`."""
    scale = variant.scale
    sigma = variant.blur * (variant.from_px or 0)
    first = scale > SMALL_SCALE
    if sigma > 0 and first:
        image = _blurred(image, sigma)
    if scale != 1.0:
        image, scale = _resampled(image, scale)
    if sigma > 0 and not first:
        image = _blurred(image, sigma * scale)
    if variant.equalise:
        # A CLAHE object keeps buffers of its own: one per call is safe in threads.
        image = _image(cv2.createCLAHE(2.0, (4, 4)).apply(image))
    return image, scale


def _resampled(image: Image, scale: float) -> tuple[Image, float]:
    if round(min(image.shape) * scale) < MIN_SIDE_PX:
        return image, 1.0
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    out = cv2.resize(image, None, fx=scale, fy=scale, interpolation=method)
    return _image(out), scale


def _blurred(image: Image, sigma_px: float) -> Image:
    return _image(cv2.GaussianBlur(image, (0, 0), sigma_px))


def _image(pixels: cv2.typing.MatLike) -> Image:
    return np.asarray(pixels, dtype=np.uint8)
