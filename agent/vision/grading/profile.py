"""Where a print is weak, beyond its grade: what points to the cause of a drift."""

from dataclasses import dataclass

import numpy as np

from agent.vision.symbols.symbol import Flags, SampledSymbol


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintProfile:
    """`light` and `dark`: median reflectance of the modules that are light and dark,
    0 to 1 of the scale in use: unlike contrast they tell lamp from ink.

    `missing_rows`, `missing_columns`: of the modules of each row and column that
    should have ink, the share that shows none; NaN where none should.
    """

    light: float
    dark: float
    missing_rows: tuple[float, ...] = ()
    missing_columns: tuple[float, ...] = ()


def profile_of(symbol: SampledSymbol) -> PrintProfile | None:
    """The profile of a decoded symbol; None where it was not decoded or is cut off.

    A module counts as dark below the middle between the lightest and the darkest, the
    global threshold of ISO/IEC 15415:2011, 7.8.
    """
    if symbol.is_dark is None:
        return None
    rows, columns = symbol.is_dark.shape
    quiet = symbol.layout.quiet_modules
    inside = symbol.reflectance[quiet : quiet + rows, quiet : quiet + columns]
    if not np.isfinite(inside).all():
        return None
    threshold = (inside.max() + inside.min()) / 2
    seen_dark = inside < threshold
    if seen_dark.all() or not seen_dark.any():
        return None
    inked = symbol.is_dark ^ symbol.is_light_on_dark
    shows_ink = seen_dark ^ symbol.is_light_on_dark
    missing = inked & ~shows_ink
    return PrintProfile(
        light=float(np.median(inside[~seen_dark])),
        dark=float(np.median(inside[seen_dark])),
        missing_rows=_shares(missing, inked, axis=1),
        missing_columns=_shares(missing, inked, axis=0),
    )


def _shares(missing: Flags, inked: Flags, *, axis: int) -> tuple[float, ...]:
    wanted = inked.sum(axis=axis).astype(np.float64)
    wanted[wanted == 0] = np.nan
    return tuple((missing.sum(axis=axis) / wanted).tolist())
