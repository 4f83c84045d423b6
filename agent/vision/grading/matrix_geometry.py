"""Shape of a two-dimensional symbol: pitches, grid and print growth."""

import numpy as np

from agent.vision.symbols.symbol import SampledSymbol


def axial_nonuniformity(pitch_px: tuple[float, float]) -> float:
    """Difference of the mean pitches along x and y over their mean.

    ISO/IEC 15415, 7.8: AN = |X - Y| / ((X + Y) / 2). Source: Omron Microscan QX Hawk
    manual, "Axial Non-Uniformity".
    """
    x, y = pitch_px
    return abs(x - y) / ((x + y) / 2)


def grid_nonuniformity(symbol: SampledSymbol) -> float:
    """Largest distance of a module's centre from the ideal grid, in modules.

    ISO/IEC 15415, 7.8: "the largest deviation of the grid intersections from their
    ideal theoretical position" (Cognex VisionPro metrics). Distances are taken along
    the grid's own axes, so that neither a stretch nor a perspective changes a module.
    """
    ideal = symbol.ideal_points
    down = np.asarray(np.gradient(ideal, axis=0))
    across = np.asarray(np.gradient(ideal, axis=1))
    away = symbol.points - ideal
    area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    x = (away[..., 0] * down[..., 1] - away[..., 1] * down[..., 0]) / area
    y = (across[..., 0] * away[..., 1] - across[..., 1] * away[..., 0]) / area
    return float(np.hypot(x, y).max())


def print_growth(growth: tuple[float, float]) -> float:
    """The worse of the two, in modules; positive is gain, negative is loss.

    ISO/IEC 15415, 7.8; the worse one counts since 2024 (ibetter.com).
    """
    return max(growth, key=abs)
