"""Numbers of our own for records in a printer that reports the last one printed.

Pure. After a clear many printers go on reporting the number of before. So each load is
numbered above it, and no old number can be taken for a new record.
"""

from dataclasses import dataclass

# Public drivers use up to nine digits; we stay far below and start over in time.
TURNOVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Numbering:
    """`stale` is the number the printer reported when it was empty."""

    stale: int

    @property
    def base(self) -> int:
        """The number before the first record of the load."""
        return self.stale if 0 <= self.stale < TURNOVER else 0

    def printed(self, reported: int) -> int | None:
        """How many records of the load are printed; None: no number of ours."""
        if reported == self.stale:
            return 0
        printed = reported - self.base
        return printed if printed > 0 else None


class CrossCheck:
    """Two counts of the same prints, asked for one after the other while running.

    They may differ for a moment, because a print falls between two questions or one of
    them is counted at its start and the other at its end. Only a difference at each of
    `LOOKS` looks and for `HOLDS_S` is news.
    """

    LOOKS = 8
    HOLDS_S = 2.0

    def __init__(self) -> None:
        self._differing = 0
        self._since_s = 0.0

    def differs(self, one: int, other: int, *, now_s: float) -> bool:
        """Whether the two have differed for so long."""
        if one == other:
            self._differing = 0
            return False
        if not self._differing:
            self._since_s = now_s
        self._differing += 1
        held_s = now_s - self._since_s
        return self._differing >= self.LOOKS and held_s >= self.HOLDS_S
