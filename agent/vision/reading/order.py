"""Which look to try first at a station: what read lately, for its time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

MEMORY: Final = 0.97  # of a look's record left after each time it is tried again
PRIOR_TRIES: Final = 8.0
FIRST_RATE: Final = 0.6  # what the first look of the table is taken to read …
NEXT_RATE: Final = 0.75  # … and every further one of what the one before reads
PRIOR_MS: Final = 0.3
LEAST_MS: Final = 0.05


class _Record(NamedTuple):
    reads: float
    total_ms: float

    @property
    def reads_per_ms(self) -> float:
        return self.reads / max(self.total_ms, LEAST_MS)


class LookOrder:
    """Ranks looks by expected reads per millisecond, from a decaying record of each.

    The table's own order is the record they start with, as if each had been tried a few
    times. All looks stay in the ranking, so a first look that begins to fail only costs
    its time, and sinks within some tens of pictures. No clock and no chance: the same
    reports give the same order.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._ranked: tuple[str, ...] | None = None
        rates = [FIRST_RATE * NEXT_RATE**place for place in range(len(names))]
        self._records = {
            name: _Record(PRIOR_TRIES * rate, PRIOR_TRIES * PRIOR_MS)
            for name, rate in zip(names, rates, strict=True)
        }

    def ranked(self) -> tuple[str, ...]:
        """All names, the best bet first; equal ones as in the table.

        The same object as long as nothing changed.
        """
        records, ranked = self._records, self._ranked
        if ranked is None:
            best = sorted(records, key=lambda name: -records[name].reads_per_ms)
            ranked = tuple(best)
            self._ranked = ranked
        return ranked

    def tell(self, name: str, *, has_read: bool, took_ms: float) -> None:
        """A look was tried. ValueError for a name that is not in the table."""
        old = self._records.get(name)
        if old is None:
            raise ValueError(f"no look {name!r} in this order")
        if self._ranked and not (has_read and name == self._ranked[0]):
            self._ranked = None  # a first look that reads on stays the first
        self._records[name] = _Record(
            old.reads * MEMORY + has_read,
            old.total_ms * MEMORY + took_ms,
        )
