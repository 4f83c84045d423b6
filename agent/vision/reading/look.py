"""One way of looking at a part of a picture."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_SCALE: Final = 3.0
MIN_SCALE: Final = 1 / 16
SAME_SCALE: Final = 0.05  # closer to 1 than this, resampling only costs


class Decoder(StrEnum):
    """Which decoder looks, and how hard."""

    ZXING = "zxing"
    ZXING_LEVEL = "zxing level"
    ZXING_THOROUGH = "zxing thorough"
    ZBAR = "zbar"


class Axis(StrEnum):
    """Along which side of the picture a round body bends away."""

    X = "x"
    Y = "y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """A print around a bottle: `half_deg` from its middle to its edge as seen."""

    axis: Axis
    half_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Resample, unbend, join dots, blur, equalise, threshold, turn over; then decode.

    `to_px`: pixels a module after resampling, None for the size as it is; `from_px`:
    before, None where the place tells. `open_px`: dark dots grow together over so many
    pixels of the resampled picture, `blur_px`: one deviation in the same pixels.
    `threshold`: one level for the whole (Otsu), for marks that a local one tears.
    """

    name: str
    to_px: float | None = None
    from_px: float | None = None
    bend: Bend | None = None
    open_px: int = 0
    blur_px: float = 0.0
    equalise: bool = False
    threshold: bool = False
    invert: bool = False
    mirror: bool = False
    decoder: Decoder = Decoder.ZXING

    def scale(self, module_px: float) -> float:
        """Pixels out per pixel in along one side, of a place of such modules."""
        if self.to_px is None:
            return 1.0
        wanted = self.to_px / (self.from_px or module_px)
        wanted = min(max(wanted, MIN_SCALE), MAX_SCALE)
        return 1.0 if abs(wanted - 1) < SAME_SCALE else wanted
