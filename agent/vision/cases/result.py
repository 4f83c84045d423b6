"""What was read of a whole case."""

from dataclasses import dataclass
from enum import StrEnum

from agent.vision.cases.layout import Cell, Layout
from agent.vision.decoded import Corners, Decoded, Point


class PlaceState(StrEnum):
    """What a place without a read code shows."""

    UNREAD = "unread"  # a cap with print that could not be read
    BLANK = "blank"  # a cap without visible print
    EMPTY = "empty"  # no cap
    MISSING = "missing"  # no code; the picture does not tell why


class Doubt(StrEnum):
    """What is not known of the frame of the case."""

    NO_GRID = "no_grid"  # too few codes to tell rows and columns
    ROWS = "rows"  # an outer row shows no code: top or bottom?
    COLUMNS = "columns"
    ROWS_AND_COLUMNS = "rows_and_columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCode:
    """A code and its place, from 1; None where that is in doubt."""

    code: Decoded
    row: int | None
    column: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingPlace:
    """A place without a read code; `centre` in pixels, where its code would be."""

    row: int
    column: int
    state: PlaceState
    centre: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """Outcome of one picture of a case.

    `codes` row by row; `strangers` are codes that stand on no place; `duplicates`
    groups of codes with the same payload; `crowded` places that show two payloads.
    `missing` is empty while the frame is in `doubt`: `missing_count` holds always.
    `outline`: the corners of the rows and columns, half a place outside the outer
    middles, clockwise from the top left; teaches later pictures. `looks` names what
    was tried on the whole picture; `timed_out`: the budget ended the search.
    """

    layout: Layout
    codes: tuple[PlacedCode, ...]
    strangers: tuple[Decoded, ...]
    missing: tuple[MissingPlace, ...]
    duplicates: tuple[tuple[PlacedCode, ...], ...]
    crowded: tuple[Cell, ...]
    doubt: Doubt | None
    outline: Corners | None
    looks: tuple[str, ...]
    elapsed_ms: float
    timed_out: bool

    @property
    def is_complete(self) -> bool:
        """Every place has its own code, and there is nothing else."""
        return self.doubt is None and not (
            self.missing or self.duplicates or self.crowded or self.strangers
        )

    @property
    def missing_count(self) -> int:
        """How many places show no code, also where it is not known which."""
        if self.doubt is None:
            return len(self.missing)
        return max(0, self.layout.places - len(self.codes))
