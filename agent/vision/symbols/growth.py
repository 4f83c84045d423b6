"""How much wider dark elements are than they should be (print growth)."""

from typing import Final

from agent.vision.symbols.edges import Edges, Expected, find_long_edges
from agent.vision.symbols.fit import average
from agent.vision.symbols.grid import Grey, Grid

_WINDOW: Final = 0.7  # modules
_FEWEST: Final = 4  # edges of either kind that a mean is taken of
_SEEN: Final = 0.7  # share of long edges that must be found
_DOTS: Final = 0.12  # modules a print is narrower where modules meet, if it is of dots


def measure_growth(
    picture: Grey, grid: Grid, expected: Expected, of_modules: tuple[float, float]
) -> tuple[float, float]:
    """Along x and along y, in modules; negative is loss.

    How far edges from dark to light stand farther on than those from light to dark.
    Measured at edges two modules long, where these meet: at shorter ones blur lets the
    next light or dark in from the side. Dots do not meet, or in a waist: then
    `of_modules` tells, growth at the middle half of modules.
    """
    long = find_long_edges(picture, grid, expected, _WINDOW)
    x, y = (
        _growth(edges, single) for edges, single in zip(long, of_modules, strict=True)
    )
    return x, y


def _growth(edges: Edges, of_modules: float) -> float:
    beyond, seen = edges.offset - edges.shift, edges.found
    out, back = (beyond[seen & (edges.sign == sign)] for sign in (1, -1))
    if min(len(out), len(back)) < _FEWEST or seen.mean() < _SEEN:
        return of_modules
    growth = average(out) - average(back)
    return of_modules if growth < of_modules - _DOTS else growth
