"""Places of a case in the picture: which are taken, which are not, and where."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from agent.vision.cases.appearance import Caps, Place
from agent.vision.cases.closer import Suspect
from agent.vision.cases.framing import Framing
from agent.vision.cases.layout import Cell, Layout
from agent.vision.cases.looks import diagonal_of
from agent.vision.cases.result import PlaceState
from agent.vision.decoded import Decoded
from agent.vision.region import Image

SAME_PLACE: Final = 0.3  # middles of two ways to stand, nearer than this, are one
CAPPED: Final = {PlaceState.UNREAD, PlaceState.BLANK}
LEAD: Final = 2  # one cap alone may be something else that is round
TAUGHT_BY: Final = 16  # caps that show how a cap looks


def code_radius(codes: Sequence[Decoded]) -> float:
    """Half a usual diagonal, pixels; 0 without codes."""
    return float(np.median([diagonal_of(c) for c in codes])) / 2 if codes else 0.0


def place_of(way: Framing, cell: Cell, layout: Layout, radius: float) -> Place:
    """Where the cell's middle is if the case stands that way."""
    row, column = cell[0] - 1, cell[1] - 1
    plan = np.array([column + layout.shift(row), row], dtype=np.float64)
    right, down = way.view.steps(plan)
    x, y = way.view.to_pixels(plan[None])[0].tolist()
    ways_on = [right, down]
    if layout.is_staggered:
        ways_on = [right, down + right / 2, down - right / 2]
    pitch = float(min(np.hypot(*step) for step in ways_on))
    return Place(x=x, y=y, pitch=pitch, code_radius=radius)


def caps_of(
    picture: Image, codes: Sequence[Decoded], way: Framing, layout: Layout
) -> Caps:
    """How caps look, from some that have a read code."""
    radius = code_radius(codes)
    taken = sorted({cell for cell in way.cells if cell is not None})
    step = max(1, len(taken) // TAUGHT_BY)
    return Caps(
        picture, [place_of(way, cell, layout, radius) for cell in taken[::step]]
    )


def free_cells(way: Framing, layout: Layout) -> list[Cell]:
    """The cells no code stands on."""
    taken = set(way.cells)
    return [cell for cell in layout.cells if cell not in taken]


def suspects_of(
    ways: Sequence[Framing], caps: Caps, layout: Layout, radius: float
) -> list[Suspect]:
    """Every place that misses its code, in whichever way the case stands."""
    found: list[Suspect] = []
    for way in ways:
        for cell in free_cells(way, layout):
            place = place_of(way, cell, layout, radius)
            if not any(_is_same(place, other.place) for other in found):
                found.append(Suspect(place=place, state=caps.state(place)))
    return found


def with_caps(
    ways: Sequence[Framing], caps: Caps, layout: Layout, radius: float
) -> list[Framing]:
    """Of the ways the case can stand those with most caps on places without a code.

    A cap stands in the case: an outer row that shows caps, though no code, belongs to
    it. All ways where none leads by enough.
    """
    counts = [
        sum(
            caps.state(place_of(way, cell, layout, radius)) in CAPPED
            for cell in free_cells(way, layout)
        )
        for way in ways
    ]
    most = max(counts, default=0)
    left = [way for way, count in zip(ways, counts, strict=True) if count == most]
    others = [count for count in counts if count < most]
    return left if most - max(others, default=most) >= LEAD else list(ways)


def _is_same(one: Place, other: Place) -> bool:
    off = np.hypot(one.x - other.x, one.y - other.y)
    return bool(off < SAME_PLACE * other.pitch)
