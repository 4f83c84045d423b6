"""Bar codes whose every element is known: the ink of a pixel is its exact share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from agent.vision.decoded import Decoded
from agent.vision.symbology import Symbology
from simulators.cameras.graded import bar_widths

TEXTS = {
    Symbology.CODE_128: "ABC-1234567",
    Symbology.EAN_13: "6901234567892",
    Symbology.ITF: "06901234567892",
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`ink`: of an element by its number. `stripes`: (from, to, ink) in X from the
    first bar, whatever was printed there, over `stripe_height` of the height."""

    dark: float = 0.1
    light: float = 0.8
    growth: float = 0.0
    ink: Mapping[int, float] = field(default_factory=dict)
    stripes: Sequence[tuple[float, float, float]] = ()
    stripe_height: float = 1.0
    quiet: float = 12.0
    surround: float = 0.0
    height: float = 20.0
    x_px: float = 4.0
    phase_px: float = 0.3
    blur_px: float = 0.0
    noise: float = 0.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Shot:
    image: NDArray[np.uint8]
    code: Decoded
    widths: list[int]


@pytest.fixture
def shoot() -> Callable[..., Shot]:
    def draw(symbology: Symbology = Symbology.CODE_128, **options) -> Shot:
        scene = Scene(**options)
        text = TEXTS[symbology]
        widths = bar_widths(text, symbology)
        ink = _ink(widths, scene, scene.stripes)
        rows = round(scene.height * scene.x_px)
        picture = np.repeat(ink[None], rows, axis=0)
        if scene.stripe_height < 1:
            clean = _ink(widths, scene, ())
            picture[round(rows * scene.stripe_height) :] = clean
        grey = 255 * (scene.light + (scene.dark - scene.light) * picture)
        if scene.blur_px:
            grey = cv2.GaussianBlur(grey, (0, 0), scene.blur_px)
        noise = np.random.default_rng(scene.seed).normal(0, 1, grey.shape)
        grey += scene.noise * noise
        left = scene.quiet * scene.x_px + scene.phase_px - 0.5
        right = left + sum(widths) * scene.x_px
        code = Decoded(
            payload=text.encode(),
            text=text,
            aim="",
            symbology=symbology,
            decoder="zxing-cpp",
            variant="plain",
            corners=((left, 0), (right, 0), (right, rows - 1), (left, rows - 1)),
        )
        image = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        return Shot(image=image, code=code, widths=widths)

    return draw


def _ink(widths, scene, stripes):
    """Ink of a row of pixels."""
    edges = scene.quiet + np.concatenate(([0.0], np.cumsum(widths)))
    total = edges[-1] + scene.quiet
    at = np.arange(np.ceil(total * scene.x_px) + 2) - scene.phase_px

    def share(first, last):
        return np.diff(np.clip(at, first * scene.x_px, last * scene.x_px))

    parts = []
    for number in range(len(widths)):
        grown = scene.growth / 2 * (1 if number % 2 == 0 else -1)
        amount = scene.ink.get(number, 1.0 if number % 2 == 0 else 0.0)
        parts.append((edges[number] - grown, edges[number + 1] + grown, amount))
    row = sum(amount * share(first, last) for first, last, amount in parts)
    for first, last, amount in stripes:
        low, high = first + scene.quiet, last + scene.quiet
        row += amount * share(low, high)
        for other, end, under in parts:
            if min(end, high) > max(other, low):
                row -= under * share(max(other, low), min(end, high))
    return row + scene.surround * (share(-9, 0) + share(total, total + 9))
