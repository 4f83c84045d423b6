"""Contrast and modulation of a two-dimensional symbol: ISO/IEC 15415, 7.8.

Arrays of reflectance have the shape of `SampledSymbol.reflectance`, quiet zone
included; NaN is outside the picture.
"""

from dataclasses import dataclass

import numpy as np

from agent.vision.symbols.symbol import Flags, Reals, SampledSymbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflectances:
    """Between what the modules stand. `dark` and `light` are modulation 1."""

    dark: float
    light: float
    threshold: float

    @property
    def contrast(self) -> float:
        """Light less dark."""
        return self.light - self.dark

    def modulation(self, reflectance: Reals) -> Reals:
        """How far each module stands from the threshold, 1 where it is extreme.

        With the threshold half way this is 2 |R - GT| / SC.
        """
        above = (reflectance - self.threshold) / _span(self.light - self.threshold)
        below = (self.threshold - reflectance) / _span(self.threshold - self.dark)
        return np.asarray(np.where(reflectance >= self.threshold, above, below))


def extremes(reflectance: Reals) -> Reflectances:
    """The darkest and the lightest module, the threshold half way (edition 2011).

    Source: Cognex DataMan 475 manual, "SC (Symbol Contrast)"; Omron V440-F manual.
    """
    dark, light = float(np.nanmin(reflectance)), float(np.nanmax(reflectance))
    return Reflectances(dark=dark, light=light, threshold=(dark + light) / 2)


def ends(symbol: SampledSymbol) -> Reflectances:
    """Means of the darkest and the lightest hundredth, best threshold (edition 2024).

    Source: ibetter.com, "ISO/IEC 15415:2024". How the standard finds the threshold is
    not published. Here it leaves the fewest modules on the wrong side and stands in the
    middle of the widest gap where that is so; by the histogram alone where the symbol
    could not be decoded.
    """
    is_seen = ~np.isnan(symbol.reflectance)
    seen = symbol.reflectance[is_seen]
    order = np.argsort(seen)
    values = seen[order]
    few = max(1, round(values.size / 100))
    wanted = whole_symbol(symbol)
    return Reflectances(
        dark=float(values[:few].mean()),
        light=float(values[-few:].mean()),
        threshold=best_threshold(values)
        if wanted is None
        else _least_wrong(values, wanted[is_seen][order]),
    )


def _least_wrong(values: Reals, is_dark: Flags) -> float:
    """`values` rise; `is_dark` is what each should be."""
    light_below = np.cumsum(~is_dark)[:-1]
    dark_above = np.count_nonzero(is_dark) - np.cumsum(is_dark)[:-1]
    wrong = light_below + dark_above
    gaps = np.where(wrong == wrong.min(), np.diff(values), -1.0)
    cut = int(np.argmax(gaps))
    return float(values[cut] + values[cut + 1]) / 2


def best_threshold(reflectance: Reals) -> float:
    """Half way between the two groups of modules that vary least within themselves.

    Source: Cognex, "ISO 29158 (AIM-DPM) Grading Parameters": the threshold comes from
    the statistics of the histogram, not from its ends. No public page tells which
    statistics; this is Otsu's criterion. NaN is left out.
    """
    seen = np.sort(reflectance[~np.isnan(reflectance)])
    if seen.size < 2:
        return float(seen.mean()) if seen.size else np.nan
    count = np.arange(1, seen.size)
    total = np.cumsum(seen)
    low = total[:-1] / count
    high = (total[-1] - total[:-1]) / (seen.size - count)
    cut = int(np.argmax(count * (seen.size - count) * (high - low) ** 2))
    return float(seen[cut] + seen[cut + 1]) / 2


def whole_symbol(symbol: SampledSymbol) -> Flags | None:
    """What every module must be, quiet zone included; None where nothing was decoded.

    Shape as `SampledSymbol.reflectance`.
    """
    if symbol.is_dark is None:
        return None
    return np.pad(
        symbol.is_dark,
        symbol.layout.quiet_modules,
        constant_values=symbol.is_light_on_dark,
    )


def _span(difference: float) -> float:
    """A span to divide by; a symbol without any contrast has no modulation at all."""
    return difference if difference > 0 else np.inf
