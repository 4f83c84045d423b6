"""Whether the code stands where it should on the pack, and straight."""

from collections.abc import Sequence
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Final

from agent.vision.checks.cap_outline import cap_around
from agent.vision.checks.finding import CheckName, Finding
from agent.vision.checks.outline import Outline, label_around
from agent.vision.checks.wanted_place import Against, Wanted
from agent.vision.decoded import Decoded, Point
from agent.vision.decoders import zbar
from agent.vision.region import Image, to_grey

MISSED: Final = {
    Against.CAP: "outline of the cap not found 未找到瓶盖轮廓",
    Against.LABEL: "edges of the label not found 未找到标签边缘",
}


class Placement:
    """The check: place and skew of the code in the picture, the cap or the label."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def __call__(
        self, image: Image, code: Decoded, codes: Sequence[Decoded]
    ) -> Finding:
        """Passed within all limits. What cannot be measured has not passed."""
        del codes
        try:
            faults, figures = self._measured(image, code)
        except ValueError as error:
            return _finding(str(error), passed=False)
        return _finding("; ".join(faults) or figures, passed=not faults)

    def _measured(self, image: Image, code: Decoded) -> tuple[list[str], str]:
        """What is out of its limits, and the figures."""
        wanted = self._wanted
        outline = self._outline(image, code)
        px_per_unit = _px_per_unit(wanted, code)
        x, y = _from(outline, _middle(code), px_per_unit)
        unit = wanted.unit
        faults = [
            f"{name} {value:.1f} {unit}, expected {want:.1f} ± {limit:.1f} {unit}"
            for name, value, want, limit in (
                ("x", x, wanted.x, wanted.tolerance_x),
                ("y", y, wanted.y, wanted.tolerance_y),
            )
            if abs(value - want) > limit
        ]
        figures = f"x {x:.1f}, y {y:.1f} {unit}"
        if wanted.skew_deg is not None:
            skew = _skew(code, wanted, outline.turn_deg or 0.0)
            figures += f", skew {skew:.1f}°"
            if abs(skew) > wanted.skew_deg:
                limit = f"{wanted.skew_deg:g}°"
                faults.append(f"skew {skew:.1f}°, expected within ± {limit} 歪斜")
        return faults, figures

    def _outline(self, image: Image, code: Decoded) -> Outline:
        """What is measured from; ValueError if the picture does not show it."""
        match self._wanted.against:
            case Against.PICTURE:
                return Outline(centre=(0.0, 0.0), turn_deg=None)
            case Against.CAP:
                found = cap_around(to_grey(image), code)
            case Against.LABEL:
                found = label_around(to_grey(image), code)
        if found is None:
            raise ValueError(MISSED[self._wanted.against])
        return found


def _finding(detail: str, *, passed: bool) -> Finding:
    return Finding(check=CheckName.PLACEMENT, passed=passed, detail=detail)


def _px_per_unit(wanted: Wanted, code: Decoded) -> float:
    if wanted.module_mm is None:
        return wanted.px_per_mm or 1.0
    if code.module_px is None:
        raise ValueError("size of a module not measured: place in mm unknown 尺寸未知")
    return code.module_px / wanted.module_mm


def _from(outline: Outline, at: Point, px_per_unit: float) -> Point:
    """`at` from the outline's middle, along its edges."""
    x, y = at[0] - outline.centre[0], at[1] - outline.centre[1]
    turn = radians(outline.turn_deg or 0.0)
    along = x * cos(turn) + y * sin(turn)
    across = y * cos(turn) - x * sin(turn)
    return along / px_per_unit, across / px_per_unit


def _middle(code: Decoded) -> Point:
    """Where the diagonals cross: the symbol's true middle, seen at a slant or not."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = code.corners
    ux, uy, vx, vy = cx - ax, cy - ay, dx - bx, dy - by
    cross = ux * vy - uy * vx
    if cross == 0:
        return (ax + bx + cx + dx) / 4, (ay + by + cy + dy) / 4
    share = ((bx - ax) * vy - (by - ay) * vx) / cross
    return ax + share * ux, ay + share * uy


def _skew(code: Decoded, wanted: Wanted, outline_deg: float) -> float:
    """Degrees clockwise from how it should stand, -180 to 180."""
    if code.symbology.is_linear and code.decoder == zbar.NAME:
        raise ValueError("skew not measured: this reading gives no direction 方向未知")
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = code.corners
    along_x, along_y = (bx - ax) + (cx - dx), (by - ay) + (cy - dy)
    if not code.symbology.is_linear:  # the sides too, a quarter turn back
        along_x, along_y = (
            along_x + (dy - ay) + (cy - by),
            along_y - (dx - ax) - (cx - bx),
        )
    if hypot(along_x, along_y) == 0:
        raise ValueError("skew not measured: the code has no extent 方向未知")
    full = 90.0 if wanted.quarter_turns else 360.0
    skew = degrees(atan2(along_y, along_x)) - wanted.turn_deg - outline_deg
    return (skew + full / 2) % full - full / 2
