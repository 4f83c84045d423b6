"""Which found codes stand beside which: a lattice through points, without its frame.

Neighbours show up as a step that many pairs of codes have in common. From one code
to its nearest neighbour each gets whole numbers of steps, then one view is fitted to
all, and codes far from every place of the lattice are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agent.vision.cases.layout import Layout, Reals
from agent.vision.cases.view import View, affine, fitted

Flags = NDArray[np.bool_]

TURN_DEG: Final = 25.0  # a row's direction against the picture's, perspective included
SAME_STEP: Final = 0.2  # two steps are one when they differ by less, of their length
LONGEST: Final = 1.6  # a place is at most so many times longer than wide
CROOKED_DEG: Final = 20.0  # rows against columns, off the right angle
OFF_PLACE: Final = 0.35  # a code farther off, in places, stands on none
FAR: Final = 2.5  # places; within it perspective changes no step by much
TRIED: Final = 4  # steps along a row, and down, that are tried
GROUPS: Final = 40  # of steps, short first; those of a few strangers come before
ENOUGH_PAIRS: Final = 2  # one pair of codes alone shows no step
STRANGERS: Final = (
    0.3  # of the codes, but the first five, may have no place of their own
)
CERTAIN: Final = 0.9  # of many: no other steps need a try
MANY: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """Relative places: `plan` (n, 2) in places from an unknown origin; `on` which of
    the points stand on it."""

    plan: Reals
    on: Flags
    view: View

    @property
    def taken(self) -> int:
        """How many of its places have a code."""
        return len(np.unique(self.plan[self.on], axis=0))


def lattice(points: Reals, layout: Layout) -> Lattice | None:
    """The lattice most of `points` (n, 2) stand on; None where too few tell it."""
    best: Lattice | None = None
    spare = STRANGERS * (len(points) - 5)
    for right, down in _steps(points, layout):
        found = _grown(points, layout, right, down)
        if found is None or len(points) - found.taken > max(0, spare):
            continue
        if best is None or _is_better(found, best):
            best = found
        if best.taken >= max(MANY, CERTAIN * len(points)):
            break
    return best


def _is_better(one: Lattice, other: Lattice) -> bool:
    """More places taken; of two with as many the coarser, which claims less."""
    if one.taken != other.taken:
        return one.taken > other.taken
    return _area(one) > _area(other) * (1 + SAME_STEP)


def _area(found: Lattice) -> float:
    right, down = found.view.steps(found.plan[found.on].mean(axis=0))
    return float(abs(right[0] * down[1] - right[1] * down[0]))


def _steps(points: Reals, layout: Layout) -> Iterator[tuple[Reals, Reals]]:
    """Steps along a row and from row to row worth a try."""
    apart = (points[None] - points[:, None]).reshape(-1, 2)
    apart = apart[np.hypot(*apart.T) > 1]
    rights = _common(apart, 0.0) if layout.columns > 1 else []
    if not layout.is_staggered:
        downs = _common(apart, 90.0) if layout.rows > 1 else []
    else:
        downs = _common(apart, 60.0) + _common(apart, 120.0)
    if layout.rows == 1:
        yield from ((right, _turned(right)) for right in rights)
    elif layout.columns == 1:
        yield from ((-_turned(down), down) for down in downs)
    for right, down in product(rights, downs):
        straight = down
        if layout.is_staggered:
            straight = down - right / 2 if down @ right > 0 else down + right / 2
        if _is_likely(right, straight):
            yield right, straight


def _common(apart: Reals, toward_deg: float) -> list[Reals]:
    """Steps toward an angle (0: right, 90: down) that several pairs have, short first.

    A step of a sixth of the pairs that the commonest has may still be the true one.
    """
    angles = np.degrees(np.arctan2(apart[:, 1], apart[:, 0]))
    left = apart[np.abs(angles - toward_deg) < TURN_DEG]
    left = left[np.argsort(np.hypot(*left.T), kind="stable")]
    groups: list[tuple[int, Reals]] = []
    while len(left) and len(groups) < GROUPS:
        middle = left[0]
        for _ in range(2):
            near = np.hypot(*(left - middle).T) < SAME_STEP * np.hypot(*middle)
            near[0] = True
            middle = np.median(left[near], axis=0)
        groups.append((int(near.sum()), middle))
        left = left[~near]
    most = max((count for count, _ in groups), default=0)
    enough = max(ENOUGH_PAIRS, most / 6)
    return [step for count, step in groups if count >= enough][:TRIED]


def _turned(step: Reals) -> Reals:
    """A quarter turn from right to down."""
    return np.array([-step[1], step[0]])


def _is_likely(right: Reals, down: Reals) -> bool:
    """Places are about as long as wide, and rows about square to columns."""
    along, across = np.hypot(*right), np.hypot(*down)
    if not 1 / LONGEST <= across / along <= LONGEST:
        return False
    crooked = abs(right @ down) / (along * across)
    return bool(crooked < np.sin(np.radians(CROOKED_DEG)))


def snapped(plan: Reals, layout: Layout) -> Reals:
    """The nearest places of an endless case to `plan` (n, 2)."""
    row = np.round(plan[:, 1])
    half = np.zeros_like(row)
    if layout.is_staggered:
        half = 0.5 * (row % 2)
    return np.column_stack([np.round(plan[:, 0] - half) + half, row])


def _grown(points: Reals, layout: Layout, right: Reals, down: Reals) -> Lattice | None:
    """Whole steps from one code to the nearest others, on and on; None if none fits."""
    start = affine(np.zeros(2), right, down)
    plan, on = _walked(points, layout, start)
    reach = max(layout.rows, layout.columns) / 2
    view = start
    for _ in range(3):
        view = fitted(plan[on], points[on], start, reach)
        measured = view.to_plan(points)
        plan = snapped(measured, layout)
        on = _off(measured, plan) < OFF_PLACE
        if not on.any():
            return None
    return Lattice(plan=plan, on=on, view=view)


def _walked(points: Reals, layout: Layout, start: View) -> tuple[Reals, Flags]:
    """Prim's walk: always the shortest way from a placed code to another one."""
    steps = start.to_plan(points)
    ways_between = steps[None] - steps[:, None]
    apart = np.hypot(*ways_between.transpose(2, 0, 1))
    flat = ways_between.reshape(-1, 2)
    is_step = (_off(flat, snapped(flat, layout)) < OFF_PLACE / 2).reshape(apart.shape)
    is_near = (apart > 0.5) & (apart < FAR)
    plan = np.zeros_like(points)
    on = np.zeros(len(points), dtype=np.bool_)
    on[(is_step & is_near).sum(axis=1).argmax()] = True
    open_ways = ~np.eye(len(points), dtype=np.bool_)
    while True:
        ways = np.where(open_ways & on[:, None] & ~on[None], apart, np.inf)
        near, far = np.unravel_index(int(ways.argmin()), ways.shape)
        if not np.isfinite(ways[near, far]):
            return plan, on
        open_ways[near, far] = False
        to_go = (plan[near] + steps[far] - steps[near])[None]
        there = snapped(to_go, layout)
        if _off(to_go, there)[0] < OFF_PLACE and not (there[0] == plan[near]).all():
            plan[far], on[far] = there[0], True


def _off(measured: Reals, plan: Reals) -> Reals:
    return np.asarray(np.hypot(*(measured - plan).T), dtype=np.float64)
