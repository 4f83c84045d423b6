"""A two-dimensional symbol taken apart: what grading needs to know of it."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.int32]


class Part(IntEnum):
    """What a module is for. Values of `Layout.part`."""

    DATA = 0  # data, error correction and padding
    FINDER = 1  # QR: finder patterns with separators; Data Matrix: the solid L
    CLOCK = 2  # QR: timing patterns; Data Matrix: the two alternating sides
    ALIGNMENT = 3  # QR: alignment patterns; Data Matrix: bars between regions
    FORMAT = 4
    VERSION = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An error correction block: its codewords by index, and what it corrects.

    `capacity` is the number of error correction codewords that correct (d of
    `e + 2t <= d - p`, misdecode protection p taken off).
    """

    codewords: tuple[int, ...]
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything stands in a symbol of one kind and size.

    Arrays have shape (rows, columns), without quiet zone. `codeword` is the index of
    the codeword a module belongs to, -1 for the rest. `is_dark` is what the fixed
    patterns must be (meaningless where `part` is DATA, FORMAT or VERSION).
    """

    is_qr: bool
    part: NDArray[np.int8]
    codeword: Numbers
    is_dark: Flags
    blocks: tuple[Block, ...]
    quiet_modules: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledSymbol:
    """A symbol of a picture, measured module by module.

    `reflectance`: 0 to 1 of the scale in use, the mean over the aperture at each
    module's centre, quiet zone included: shape (rows + 2q, columns + 2q) with q =
    `layout.quiet_modules`; NaN where the picture ends. `is_dark`: what each module was
    meant to be, after error correction, shape (rows, columns); None where the symbol
    could not be decoded. `wrong_codewords`: per block of the layout, how many codewords
    the correction changed. `points`: measured module centres in picture pixels,
    (rows, columns, 2) as x, y; `ideal_points`: those of the best regular grid under the
    same perspective. `pitch_px`: mean distance of modules along x and along y of the
    symbol. `growth`: how much wider dark elements are than they should be, in modules,
    along x and along y; negative is loss. `format_errors`, `version_errors`: wrong
    bits in the best copy of each, None where the symbol has none. `is_light_on_dark`:
    `reflectance` and `is_dark` are as printed, not turned over.
    """

    layout: Layout
    reflectance: Reals
    is_dark: Flags | None
    wrong_codewords: tuple[int, ...]
    points: Reals
    ideal_points: Reals
    pitch_px: tuple[float, float]
    growth: tuple[float, float]
    aperture_modules: float
    format_errors: tuple[int, ...] | None = None
    version_errors: tuple[int, ...] | None = None
    is_light_on_dark: bool = False
