"""The drawn pictures that readers are compared on: one fault at a time, seeded.

1280 × 1024 as of a line camera, the mark anywhere near the middle of a cap, its
modules between 3 and 8 pixels. Same seed, same pictures, on every machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from agent.vision.symbology import Symbology
from simulators.cameras.defects import TYPICAL, Defects
from simulators.cameras.rendered import Image, PrintedMark, render

SIZE: Final = (1280, 1024)
MODULES_PX: Final = (3.0, 4.0, 5.0, 6.0, 8.0)
_FAIR: Final = replace(
    TYPICAL, dot_share=1.15, missing_dots=0.0, glare=0.0, shift_px=120
)

CLASSES: Final[Mapping[str, Defects]] = {
    "fair": _FAIR,
    "typical": replace(TYPICAL, shift_px=120),
    "dot gaps 0.85": replace(_FAIR, dot_share=0.85),
    "dot gaps 0.70": replace(_FAIR, dot_share=0.7),
    "contrast 25": replace(_FAIR, ink_grey=130, cap_grey=155),
    "contrast 15": replace(_FAIR, ink_grey=135, cap_grey=150),
    "defocus 2 px": replace(_FAIR, blur_px=2.0),
    "motion 1 module": replace(_FAIR, smear_modules=1.0),
    "noise 20": replace(_FAIR, noise_grey=20),
    "noise 35": replace(_FAIR, noise_grey=35),
    "cylinder 35°": replace(_FAIR, cylinder_deg=35),
    "cylinder 50°": replace(_FAIR, cylinder_deg=50),
    "tilt 0.2": replace(_FAIR, tilt=0.2),
    "any rotation": replace(_FAIR, rotation_deg=180),
    "glare 0.5": replace(_FAIR, glare=0.5),
    "3 % dots missing": replace(_FAIR, missing_dots=0.03),
    "3 scratches": replace(_FAIR, scratches=3),
    "light on dark": replace(_FAIR, ink_grey=200, cap_grey=70),
    "mirrored": replace(_FAIR, mirrored=True),
}
DOT_GAPS: Final = ("dot gaps 0.85", "dot gaps 0.70")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a class, and the bytes that stand in it."""

    kind: str
    payload: bytes
    image: Image


def shots(symbology: Symbology, count: int, seed: int = 0) -> Iterator[Shot]:
    """`count` pictures of every class, drawn one by one."""
    for place, (kind, defects) in enumerate(CLASSES.items()):
        for number in range(count):
            rng = np.random.default_rng((seed, place, number))
            text = _text(symbology, rng)
            module_px = float(rng.choice(MODULES_PX))
            seen = replace(defects, module_px=module_px)
            if symbology.is_linear:
                seen = _on_label(seen)
            mark = PrintedMark(symbology=symbology, text=text)
            image = render(mark, rng, seen, SIZE)
            yield Shot(kind=kind, payload=text.encode(), image=image)


def _on_label(defects: Defects) -> Defects:
    """A bar code is as wide as its label: it lies straight and in the middle."""
    turned = min(defects.rotation_deg, 5)
    return replace(defects, rotation_deg=turned, shift_px=20)


def _text(symbology: Symbology, rng: np.random.Generator) -> str:
    """What a bottle carries: a link for QR, GTIN, batch and serial for GS1."""
    serial = "".join(rng.choice(list("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"), 12))
    if symbology.is_gs1:
        return f"010690123456789210L2407\x1d21{serial}"
    if symbology is Symbology.MICRO_QR:
        return serial  # the largest holds 15 bytes
    if symbology is Symbology.EAN_13:
        return "6901234567892"
    if symbology is Symbology.ITF:
        return "16901234567899"
    if symbology.is_linear:
        return f"L2407{serial}"
    return f"https://h.cn/x?c={serial}"
