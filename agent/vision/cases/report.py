"""From codes and the ways the case can stand to what is said of it."""

from collections import defaultdict
from collections.abc import Sequence

from agent.vision.cases.appearance import Caps
from agent.vision.cases.framing import Framing
from agent.vision.cases.layout import Cell, Layout
from agent.vision.cases.places import code_radius, free_cells, place_of
from agent.vision.cases.result import (
    CaseResult,
    Doubt,
    MissingPlace,
    PlacedCode,
    PlaceState,
)
from agent.vision.decoded import Decoded

Placed = tuple[PlacedCode, ...]


def report(
    codes: Sequence[Decoded],
    ways: Sequence[Framing],
    layout: Layout,
    caps: Caps | None,
) -> CaseResult:
    """All that `codes` tell; times and looks are the reader's to add.

    `caps` tells what places without a code show.
    """
    placed = _placed(codes, ways)
    doubt = _doubt(ways)
    return CaseResult(
        layout=layout,
        codes=placed,
        strangers=_strangers(codes, ways),
        missing=() if doubt else _missing(codes, ways[0], layout, caps),
        duplicates=_duplicates(placed),
        crowded=_crowded(placed),
        doubt=doubt,
        outline=None if doubt else ways[0].view.outline(layout),
        looks=(),
        elapsed_ms=0.0,
        timed_out=False,
    )


def _placed(codes: Sequence[Decoded], ways: Sequence[Framing]) -> Placed:
    """Codes row by row, with what all ways agree on; those on no place left out."""
    placed = []
    for index, code in enumerate(codes):
        cells = [way.cells[index] for way in ways]
        if ways and None in cells:
            continue
        rows = {cell[0] for cell in cells if cell}
        columns = {cell[1] for cell in cells if cell}
        placed.append(
            PlacedCode(
                code=code,
                row=rows.pop() if len(rows) == 1 else None,
                column=columns.pop() if len(columns) == 1 else None,
            )
        )
    return tuple(sorted(placed, key=lambda each: (each.row or 0, each.column or 0)))


def _strangers(
    codes: Sequence[Decoded], ways: Sequence[Framing]
) -> tuple[Decoded, ...]:
    """Codes that stand on no place, in one way at least."""
    return tuple(
        code
        for index, code in enumerate(codes)
        if any(way.cells[index] is None for way in ways)
    )


def _doubt(ways: Sequence[Framing]) -> Doubt | None:
    """What is not known of the frame."""
    if not ways:
        return Doubt.NO_GRID
    firsts = [[cell for cell in way.cells if cell is not None] for way in ways]
    rows = len({tuple(cell[0] for cell in cells) for cells in firsts}) > 1
    columns = len({tuple(cell[1] for cell in cells) for cells in firsts}) > 1
    if rows and columns:
        return Doubt.ROWS_AND_COLUMNS
    if rows:
        return Doubt.ROWS
    return Doubt.COLUMNS if columns else None


def _missing(
    codes: Sequence[Decoded], way: Framing, layout: Layout, caps: Caps | None
) -> tuple[MissingPlace, ...]:
    """The places without a code, and what each shows."""
    radius = code_radius(codes)
    missing = []
    for row, column in free_cells(way, layout):
        place = place_of(way, (row, column), layout, radius)
        missing.append(
            MissingPlace(
                row=row,
                column=column,
                state=caps.state(place) if caps else PlaceState.MISSING,
                centre=(place.x, place.y),
            )
        )
    return tuple(missing)


def _duplicates(codes: Placed) -> tuple[Placed, ...]:
    """Groups of codes with the same payload."""
    groups: dict[bytes, list[PlacedCode]] = defaultdict(list)
    for each in codes:
        groups[each.code.payload].append(each)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _crowded(codes: Placed) -> tuple[Cell, ...]:
    """Places with two different payloads."""
    payloads: dict[Cell, set[bytes]] = defaultdict(set)
    for each in codes:
        if each.row is not None and each.column is not None:
            payloads[each.row, each.column].add(each.code.payload)
    return tuple(cell for cell, seen in payloads.items() if len(seen) > 1)
