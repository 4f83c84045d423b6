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
    them is counted at its start and the other at its end. Only a difference that never
    goes away is news.
    """

    LOOKS = 8
    """At four looks a second, two seconds."""

    def __init__(self) -> None:
        self._differing = 0

    def differs(self, one: int, other: int) -> bool:
        """Whether the two have differed at each of the last looks."""
        self._differing = 0 if one == other else self._differing + 1
        return self._differing >= self.LOOKS
