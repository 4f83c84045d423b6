"""A row of the symbol that keeps missing ink: a nozzle that does not fire.

An inkjet nozzle prints the same row of every symbol, so what it misses stands at one
place whatever the code says. A scratch or a dirty cap is somewhere else each time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from agent.vision.grading.profile import PrintProfile

WEIGHT: Final = 0.05
ENOUGH_SYMBOLS: Final = 50
# A row this much emptier than the others is no chance: damage elsewhere is spread out.
LEAST_EXCESS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakRow:
    """`index` counts from 1 at the symbol's top left; `missing` is a share."""

    is_row: bool
    index: int
    missing: float


@dataclass(slots=True)
class RowWatch:
    """Remembers of each row, or each column, what share of its ink is missing."""

    is_row: bool
    symbols: int = 0
    _means: list[float] = field(default_factory=list)

    def add(self, missing: Sequence[float]) -> None:
        """Take one symbol. Another size of symbol begins anew."""
        if len(missing) != len(self._means):
            self._means = [0.0] * len(missing)
            self.symbols = 0
        self.symbols += 1
        for index, share in enumerate(missing):
            if not math.isnan(share):
                self._means[index] += WEIGHT * (share - self._means[index])

    def weak(self) -> WeakRow | None:
        """The row that misses far more ink than the others do, if there is one."""
        if self.symbols < ENOUGH_SYMBOLS or not self._means:
            return None
        worst = max(range(len(self._means)), key=self._means.__getitem__)
        share = self._means[worst]
        if share - median(self._means) < LEAST_EXCESS:
            return None
        return WeakRow(is_row=self.is_row, index=worst + 1, missing=share)


@dataclass(slots=True)
class NozzleWatch:
    """Rows and columns: which of the two the nozzles are depends on the head."""

    rows: RowWatch = field(default_factory=lambda: RowWatch(is_row=True))
    columns: RowWatch = field(default_factory=lambda: RowWatch(is_row=False))

    def add(self, profile: PrintProfile) -> None:
        """Take one symbol."""
        self.rows.add(profile.missing_rows)
        self.columns.add(profile.missing_columns)

    def weak(self) -> WeakRow | None:
        """The weakest row or column, if one stands out."""
        found = [each for each in (self.rows.weak(), self.columns.weak()) if each]
        return max(found, key=lambda each: each.missing, default=None)
