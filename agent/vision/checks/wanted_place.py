"""Where a code should stand on its pack; no picture is needed to say it."""

from dataclasses import dataclass
from enum import StrEnum


class Against(StrEnum):
    """What a place is measured from."""

    PICTURE = "picture"  # its top left corner
    CAP = "cap"  # the middle of the round the code stands on
    LABEL = "label"  # the middle of the rectangle it stands on, along its edges


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Where the code's middle should be, x right and y down, and how far off it may be.

    Lengths are pixels, or millimetres where `px_per_mm` is set or `module_mm`: the
    true width of a module, which makes the code itself the measure. `skew_deg` is how
    far it may be turned from `turn_deg` (clockwise); None: as it likes. With
    `quarter_turns` any of the four directions is straight.
    """

    x: float = 0.0
    y: float = 0.0
    tolerance_x: float
    tolerance_y: float
    against: Against = Against.PICTURE
    px_per_mm: float | None = None
    module_mm: float | None = None
    turn_deg: float = 0.0
    skew_deg: float | None = None
    quarter_turns: bool = False

    def __post_init__(self) -> None:
        """ValueError for limits that let nothing pass and two scales at once."""
        if min(self.tolerance_x, self.tolerance_y) <= 0:
            raise ValueError("tolerances of a place must be above 0")
        if self.skew_deg is not None and self.skew_deg <= 0:
            raise ValueError(f"skew of {self.skew_deg} degrees: it must be above 0")
        scales = (self.px_per_mm, self.module_mm)
        if None not in scales:
            raise ValueError("px_per_mm and module_mm: one scale is enough")
        if any(scale is not None and scale <= 0 for scale in scales):
            raise ValueError("px_per_mm and module_mm must be above 0")

    @property
    def unit(self) -> str:
        """What lengths are in."""
        return "px" if self.px_per_mm is None and self.module_mm is None else "mm"
