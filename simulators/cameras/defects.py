"""How badly a mark is printed and seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Defects:
    """Severities of one picture. Grey values run 0 (black) to 255 (white).

    `module_px` pixels a module in the picture; `rotation_deg`, `tilt` (share of half
    the symbol) and `shift_px` bound what is drawn at random; `cylinder_deg` how far
    round a bottle the symbol's left and right edge stand, seen from before its middle;
    `dot_share` the width of an ink dot as a share of the pitch, None for solid modules;
    `ink_share` how much of the ink arrived; `missing_dots` a share of all modules;
    `smear_modules` along the print; `overprinted` a second symbol on top; `mirrored`
    as seen through the glass; `glare` 1 burns out the middle of its spot;
    `noise_grey` one standard deviation.
    """

    module_px: float = 5.0
    rotation_deg: float = 0.0
    tilt: float = 0.0
    cylinder_deg: float = 0.0
    shift_px: float = 0.0
    dot_share: float | None = None
    ink_share: float = 1.0
    ink_grey: int = 40
    cap_grey: int = 190
    missing_dots: float = 0.0
    scratches: int = 0
    smear_modules: float = 0.0
    overprinted: bool = False
    mirrored: bool = False
    blur_px: float = 0.0
    glare: float = 0.0
    noise_grey: float = 2.0


GOOD: Final = Defects(
    rotation_deg=5, shift_px=8, dot_share=1.25, blur_px=0.6, noise_grey=3
)
TYPICAL: Final = Defects(
    rotation_deg=15,
    tilt=0.04,
    shift_px=20,
    dot_share=1.0,
    ink_grey=60,
    cap_grey=180,
    missing_dots=0.001,
    blur_px=1.0,
    glare=0.15,
    noise_grey=6,
)

# Ruinous: nothing of the code is left to be read, whatever is tried.
SMEARED: Final = Defects(
    rotation_deg=15, shift_px=20, smear_modules=9, blur_px=2.5, noise_grey=6
)
BLANK: Final = Defects(rotation_deg=15, shift_px=20, ink_share=0, noise_grey=6)
FAINT: Final = Defects(
    rotation_deg=15, shift_px=20, dot_share=0.8, ink_share=0.015, noise_grey=8
)
OVERPRINTED: Final = Defects(
    rotation_deg=15, shift_px=20, dot_share=1.1, overprinted=True, noise_grey=6
)

RUINOUS: Final[Mapping[str, Defects]] = {
    "smeared": SMEARED,
    "blank": BLANK,
    "faint": FAINT,
    "overprinted": OVERPRINTED,
}
