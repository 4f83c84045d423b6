"""Which row and column a lattice's places are: where the frame of the case is.

A case whose outer row shows no code could as well stand one row higher. What decides:
codes in all rows and columns; the picture (or region), which shows the whole case; or
places taught from an earlier picture. What these leave open is said, not guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from agent.vision.cases.lattice import Flags, Lattice, lattice, snapped
from agent.vision.cases.layout import Cell, Layout, Reals
from agent.vision.cases.view import View, fitted
from agent.vision.region import Region

BEYOND: Final = 0.15  # a place's middle may be so far outside the region, in places
AS_TAUGHT: Final = 0.35  # a case pushed farther than this, in places, is not known
AS_TURNED: Final = 1.0  # places at the corners of a case that is turned as well
SCALES: Final = (1, 2, 3)  # every second or third row may be all there is to see


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """One way the case can stand: the view of its plan, and per point its cell.

    `cells` has None for points that stand on no place of it.
    """

    view: View
    cells: tuple[Cell | None, ...]

    @property
    def placed(self) -> int:
        """How many points stand on a place."""
        return sum(cell is not None for cell in self.cells)


def framings(
    points: Reals, layout: Layout, region: Region, taught: View | None = None
) -> list[Framing]:
    """Every way the case can stand so that most of `points` (n, 2) have a place.

    None: too few codes to tell. One: it is known. More: it is open which one. All
    places are within `region`; `taught` is the view of an earlier picture of a case
    that stood about there.
    """
    if len(points) == 0:
        # Where it stood is as good a guess as any; without a code nothing is misplaced.
        return [] if taught is None else [Framing(view=taught, cells=())]
    found = lattice(points, layout)
    if found is None:
        return [] if taught is None else _just_there(points, layout, taught)
    best = _most_placed(
        each for each in _all(found, layout) if _is_inside(each.view, layout, region)
    )
    if taught is not None:
        best = (
            _as_taught(_most_placed(_all(found, layout)), layout, taught)
            or _just_there(points, layout, taught)
            or best
        )
    if len(best) != 1:
        return best
    return [_refitted(best[0], points, layout)]


def _most_placed(possible: Iterable[Framing]) -> list[Framing]:
    kept = [each for each in possible if each.placed]
    most = max((each.placed for each in kept), default=0)
    return [each for each in kept if each.placed == most]


def _just_there(points: Reals, layout: Layout, taught: View) -> list[Framing]:
    """Few codes, each near a taught place: the case stands where it did, or nearly."""
    measured = taught.to_plan(points)
    plan = snapped(measured + _half(layout), layout) - _half(layout)
    if np.hypot(*(measured - plan).T).max() > AS_TAUGHT:
        return []
    cells = _cells(plan, np.ones(len(points), dtype=np.bool_), layout)
    if None in cells:
        return []
    moved = (measured - plan).mean(axis=0)
    return [Framing(view=taught.moved((1, 1), -moved), cells=cells)]


def _half(layout: Layout) -> Reals:
    """What brings row 1 to where an endless case has its first straight row."""
    return np.array([0.0, 1.0 if layout.shift(0) else 0.0])


def _all(found: Lattice, layout: Layout) -> Iterator[Framing]:
    on = found.plan[found.on]
    low, high = on.min(axis=0), on.max(axis=0)
    for scale in [(1, 1)] if layout.is_staggered else product(SCALES, SCALES):
        span = (high - low) * scale
        if (scale[0] > 1 and not 0 < span[0] <= layout.columns - 1) or (
            scale[1] > 1 and not 0 < span[1] <= layout.rows - 1
        ):
            continue
        for offset in _offsets(low * scale, span, layout):
            yield _framing(found, layout, scale, offset)


def _offsets(low: Reals, span: Reals, layout: Layout) -> Iterator[Reals]:
    """Shifts that put the lattice into the case, whole or as much as fits."""
    spare = np.array([layout.columns - 0.5, layout.rows - 1]) - span
    for row in range(int(min(spare[1], 0)), int(max(spare[1], 0)) + 1):
        first, last = min(spare[0], 0), max(spare[0], 0)
        for column in np.arange(np.floor(first), np.ceil(last) + 0.5, 0.5):
            yield np.array([column, row]) - low


def _framing(
    found: Lattice, layout: Layout, scale: tuple[int, int], offset: Reals
) -> Framing:
    plan = found.plan * scale + offset
    return Framing(
        view=found.view.moved(scale, offset), cells=_cells(plan, found.on, layout)
    )


def _cells(plan: Reals, on: Flags, layout: Layout) -> tuple[Cell | None, ...]:
    return tuple(
        _cell(x, y, layout) if is_on else None
        for (x, y), is_on in zip(plan.tolist(), on.tolist(), strict=True)
    )


def _cell(x: float, y: float, layout: Layout) -> Cell | None:
    """The cell with its middle exactly there, None if there is none."""
    row = round(y)
    if not 0 <= row < layout.rows:
        return None
    column = x - layout.shift(row)
    if not column.is_integer() or not 0 <= column < layout.columns:
        return None
    return row + 1, int(column) + 1


def _is_inside(view: View, layout: Layout, region: Region) -> bool:
    """Whether the middles of all places are in the region."""
    plan = layout.plan
    middles = view.to_pixels(plan)
    right, down = view.steps(plan.mean(axis=0))
    slack = BEYOND * min(np.hypot(*right), np.hypot(*down))
    low = np.array((region.x, region.y)) - slack
    high = np.array((region.x + region.width, region.y + region.height)) + slack
    return bool((middles >= low).all() and (middles <= high).all())


def _as_taught(
    possible: Iterable[Framing], layout: Layout, taught: View
) -> list[Framing]:
    """The ways within a third of a place of where the case stood when taught."""
    expected = taught.to_pixels(layout.plan)
    right, down = taught.steps(layout.plan.mean(axis=0))
    pitch = min(np.hypot(*right), np.hypot(*down))
    kept = []
    for each in possible:
        off = (each.view.to_pixels(layout.plan) - expected) / pitch
        is_pushed = np.hypot(*off.mean(axis=0)) > AS_TAUGHT
        if not is_pushed and np.hypot(*off.T).max() <= AS_TURNED:
            kept.append(each)
    return kept


def _refitted(one: Framing, points: Reals, layout: Layout) -> Framing:
    """Once more with the codes that count alone."""
    on = np.array([cell is not None for cell in one.cells])
    plan = np.array(
        [(c - 1 + layout.shift(r - 1), r - 1) for r, c in filter(None, one.cells)]
    )
    view = fitted(plan, points[on], one.view, max(layout.rows, layout.columns) / 2)
    return Framing(view=view, cells=one.cells)
