"""Draws symbols whose every print fault is known exactly, to judge a grader by.

`rendered` draws what a line's camera sees; here nothing is left to chance: edges
stand where they are told to within 1/64 pixel, and the truth comes with the picture.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from agent.vision.decoded import Corners
from agent.vision.symbology import Symbology
from simulators.cameras.exact_print import Distortion, Ink, Spot, inked
from simulators.cameras.exact_view import View, placed, seen

Image = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Reals = NDArray[np.float64]

_WRITERS: Final = {
    Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.GS1_QR: zxingcpp.BarcodeFormat.QRCode,
    Symbology.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.GS1_DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.CODE_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.GS1_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
    Symbology.EAN_13: zxingcpp.BarcodeFormat.EAN13,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """How the symbol stands on the pack. Coordinates in modules from its top left.

    `dark`, `light`: reflectance 0 to 1 of full ink and of none; light below dark is a
    light print on a dark pack. `growth`: how much wider inked elements are along x and
    y. `stretch`: pitch along x over pitch along y. `distortion`: largest distance, in
    modules, of a module's centre from the best straight grid. `flipped`: modules (row,
    column) printed the wrong way round; `ink`: exact ink of a module, 0 to 1. Rows and
    columns below 0 or past the end are the quiet zone. `surround`: ink beyond it.
    """

    dark: float = 0.1
    light: float = 0.8
    growth: tuple[float, float] = (0.0, 0.0)
    stretch: float = 1.0
    distortion: float = 0.0
    flipped: Sequence[tuple[int, int]] = ()
    ink: Mapping[tuple[int, int], float] = field(default_factory=dict)
    spots: Sequence[Spot] = ()
    quiet: int = 4
    surround: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """How the camera sees it. `module_px` real; rotation clockwise on the screen.

    `size` (width, height), None: as large as needed. `shift_px` from its middle.
    `noise_grey`: one deviation in grey levels, drawn from `seed`.
    """

    module_px: float = 8.0
    rotation_deg: float = 0.0
    blur_px: float = 0.0
    noise_grey: float = 0.0
    seed: int = 0
    shift_px: tuple[float, float] = (0.0, 0.0)
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedPicture:
    """A picture and its truth. Whole numbers are the centres of pixels.

    `modules`: True where the symbol wants ink, as designed; `printed`: after `flipped`.
    `corners` clockwise from the symbol's own top left; `centres` (rows, columns, 2) of
    all modules as x, y.
    """

    image: Image
    corners: Corners
    modules: Flags
    printed: Flags
    centres: Reals
    printing: Printing
    shot: Shot

    @property
    def contrast(self) -> float:
        """Difference of the two reflectances."""
        return abs(self.printing.light - self.printing.dark)

    @property
    def axial_nonuniformity(self) -> float:
        """Difference of the two pitches over their mean."""
        return 2 * abs(self.printing.stretch - 1) / (self.printing.stretch + 1)


def matrix(
    text: str,
    symbology: Symbology,
    *,
    version: int | None = None,
    ec_level: str | None = None,
) -> Flags:
    """The modules of a symbol, True for ink. GS1 text in brackets: `[01]…[21]…`."""
    options: dict[str, object] = {"gs1": symbology.is_gs1}
    if version is not None:
        options["version"] = version
    if ec_level is not None:
        options["ec_level"] = ec_level
    symbol = zxingcpp.create_barcode(text, _WRITERS[symbology], **options)
    drawn = symbol.to_image(scale=1, add_quiet_zones=False)
    return np.asarray(np.asarray(drawn) == 0, dtype=np.bool_)


def bar_widths(text: str, symbology: Symbology) -> list[int]:
    """Widths in modules of the bars and spaces in turn, a bar first and last."""
    row = matrix(text, symbology)[0]
    turns = np.flatnonzero(row[1:] != row[:-1]) + 1
    return [int(each) for each in np.diff([0, *turns, row.size])]


def draw_matrix(
    modules: Flags, printing: Printing = Printing(), shot: Shot = Shot()
) -> GradedPicture:
    """A picture of a two-dimensional symbol.

    Raises ValueError where the picture's `size` cannot hold symbol and quiet zone.
    """
    rows, columns = modules.shape
    xs, ys = np.arange(columns + 1.0), np.arange(rows + 1.0)
    return _draw(modules, xs, ys, printing, shot)


def draw_linear(
    widths: Sequence[float],
    height: float,
    printing: Printing = Printing(quiet=10),
    shot: Shot = Shot(),
) -> GradedPicture:
    """A picture of bars and spaces in turn, a bar first; `height` in modules too.

    Elements take the place of modules: `flipped` and `ink` name them as (0, number),
    and so do `modules` and `centres` of what comes back.
    """
    modules = (np.arange(len(widths)) % 2 == 0)[None, :]
    xs = np.concatenate(([0.0], np.cumsum(widths)))
    return _draw(modules, xs, np.array([0.0, height]), printing, shot)


def _draw(
    modules: Flags, xs: Reals, ys: Reals, printing: Printing, shot: Shot
) -> GradedPicture:
    printed = modules.copy()
    for row, column in printing.flipped:
        if 0 <= row < modules.shape[0] and 0 <= column < modules.shape[1]:
            printed[row, column] ^= True
    bend = Distortion(xs, ys, printing.distortion)
    view = placed(
        (float(xs[-1]), float(ys[-1])),
        printing.quiet,
        stretch=printing.stretch,
        module_px=shot.module_px,
        rotation_deg=shot.rotation_deg,
        shift_px=shot.shift_px,
        size=shot.size,
    )
    ink = Ink(
        inked(printed, printing.quiet, printing.flipped, printing.ink),
        xs,
        ys,
        printing.growth,
        printing.spots,
        quiet=printing.quiet,
        surround=printing.surround,
    )
    middles = np.meshgrid((xs[:-1] + xs[1:]) / 2, (ys[:-1] + ys[1:]) / 2)
    return GradedPicture(
        image=_exposed(seen(ink, bend, view), printing, shot),
        corners=_corners(xs, ys, bend, view),
        modules=modules,
        printed=printed,
        centres=view.in_picture(*bend.moved(*middles)),
        printing=printing,
        shot=shot,
    )


def _exposed(ink: Reals, printing: Printing, shot: Shot) -> Image:
    grey = 255 * (printing.light + (printing.dark - printing.light) * ink)
    if shot.blur_px > 0:
        grey = np.asarray(
            cv2.GaussianBlur(
                grey, (0, 0), shot.blur_px, borderType=cv2.BORDER_REPLICATE
            ),
            dtype=np.float64,
        )
    if shot.noise_grey > 0:
        random = np.random.default_rng(shot.seed)
        grey = grey + random.normal(0, shot.noise_grey, size=grey.shape)
    return np.asarray(np.clip(np.rint(grey), 0, 255), dtype=np.uint8)


def _corners(xs: Reals, ys: Reals, bend: Distortion, view: View) -> Corners:
    right, bottom = float(xs[-1]), float(ys[-1])
    x, y = np.array([0, right, right, 0]), np.array([0, 0, bottom, bottom])
    points = view.in_picture(*bend.moved(x, y)).tolist()
    one, two, three, four = ((float(x), float(y)) for x, y in points)
    return one, two, three, four
