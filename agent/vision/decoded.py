"""What was read out of a picture."""

from dataclasses import dataclass, replace
from typing import cast

from agent.vision.symbology import Symbology

Point = tuple[float, float]
Corners = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One code as it truly stands in the picture.

    `payload`: the raw bytes, GS (0x1D) inside, neither a leading FNC1 nor brackets.
    `text`: the same as characters, by the symbol's own character set where the decoder
    knows it. `aim`: the symbology identifier; it tells FNC1, so `symbology` is what was
    found, not what was asked for. `corners`: clockwise from the symbol's own top left,
    in pixels of the whole picture. `module_px`: measured, `modules`: columns and rows
    without quiet zone, `ec_level`: L, M, Q, H of a QR; None where not to be told.
    `paths`: how many separate parts of the print say this, each read on its own.
    """

    payload: bytes
    text: str
    aim: str
    symbology: Symbology
    decoder: str
    variant: str
    corners: Corners
    module_px: float | None = None
    modules: tuple[int, int] | None = None
    ec_level: str | None = None
    paths: int = 1


def moved(code: Decoded, factor: float, x: float, y: float) -> Decoded:
    """The same code with its place scaled, then shifted."""
    corners = tuple((cx * factor + x, cy * factor + y) for cx, cy in code.corners)
    module_px = None if code.module_px is None else code.module_px * factor
    return replace(code, corners=cast("Corners", corners), module_px=module_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionResult:
    """Outcome of one picture. More than one code: the caller calls it ambiguous.

    `codes` differ in payload or symbology; `tries` names the variants tried, in
    order; `timed_out` says that nothing was read and the budget kept variants from
    being tried. `conflict`: two looks or two decoders read different texts out of the
    same symbol, so none of them may pass. `unlike`: the second exposure showed
    something else and was left out.
    """

    codes: tuple[Decoded, ...]
    elapsed_ms: float
    tries: tuple[str, ...]
    timed_out: bool
    conflict: bool = False
    unlike: bool = False
