"""What a JET's buffer must show, if it holds what it was given and nothing else."""

from dataclasses import dataclass

from drivers.base import PrintProgress
from drivers.printers.leibinger_jet.messages import FifoStatus


@dataclass(slots=True)
class Load:
    """What we know of the buffer since `clear`.

    The printer may go on showing the last number of the time before (`stale`) until
    it begins the first new record. `sent` is the number of the last record handed
    over, `last` of the last one proven to be taken, `begun` of the last one seen to
    be begun. With `doubt`, nothing may be added and nothing is proven any more.
    """

    session: int
    stale: int
    first: int | None = None
    last: int = 0
    sent: int = 0
    begun: int = 0
    doubt: str = ""

    def lose(self, why: str) -> None:
        """From now on what the printer holds is not known."""
        self.doubt = self.doubt or why

    @property
    def outstanding(self) -> bool:
        """Whether records were handed over that were not seen to be begun."""
        return self.sent > self.begun

    def progress(self, fifo: FifoStatus, session: int) -> PrintProgress:
        """As the line sees it under link number `session`."""
        if self.session == session:
            self.begun = max(self.begun, min(self.started(fifo), self.sent))
        elif self.outstanding:
            self.lose("the connection was lost")
        return PrintProgress(
            last_started=self.begun,
            finished=fifo.finished,
            queued=fifo.entries + (not self.doubt and self.staged(fifo)),
            triggers=fifo.print_gos,
            depth=fifo.depth,
            sent=self.sent,
            accepted=self.last,
            doubt=self.doubt,
        )

    def started(self, fifo: FifoStatus) -> int:
        """Number of the last record begun since `clear`; 0 when none was."""
        if fifo.last_started == self.stale and not self._came_round(fifo):
            return 0
        self.stale = -1
        return fifo.last_started

    def _came_round(self, fifo: FifoStatus) -> bool:
        """Whether the old number is by now the right one: as many are gone."""
        not_begun = self._before_first + fifo.entries
        begun = self.stale + fifo.entries
        return self.last - not_begun > 1 and 0 <= self.last - begun <= 1

    @property
    def _before_first(self) -> int:
        return (self.first or 1) - 1

    def reach(self, fifo: FifoStatus) -> int:
        """Number of the last record the printer shows to hold or to have begun."""
        return (self.started(fifo) or self._before_first) + fifo.entries

    def staged(self, fifo: FifoStatus) -> bool:
        """Whether a record sits in the print stage, where `entries` leaves it out."""
        return self.last > 0 and self.reach(fifo) == self.last - 1

    def is_in_step(self, fifo: FifoStatus) -> bool:
        """Whether the printer holds what was proven before, no more and no less."""
        return self.holds(fifo, self.last) if self.last else fifo.entries == 0

    def has_room(self, fifo: FifoStatus, count: int) -> bool:
        """Whether `count` more records fit."""
        return fifo.entries + self.staged(fifo) + count <= fifo.depth

    def describe(self, fifo: FifoStatus) -> str:
        """What the printer shows, beside what we think."""
        return (
            f"the printer holds {fifo.entries} of {fifo.depth} records, up to number "
            f"{self.reach(fifo)}; proven before: {self.last}"
        )

    def holds(self, fifo: FifoStatus, last: int) -> bool:
        """Whether all records up to `last` are there, one of them perhaps staged."""
        short = last - self.reach(fifo)
        return short == 0 or (short == 1 and fifo.entries < fifo.depth)
