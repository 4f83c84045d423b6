"""What is known of each record, for printers that do not number them themselves.

Pure: no wire, no clock. The driver says what it heard; the ledger says how far the
records got, and when what it heard cannot be true.
"""

from collections import deque
from collections.abc import Sequence

from drivers.base import PrintProgress, PrintRecord


class RecordLedger:
    """Records since the last `begin`, each once: waiting, sent, accepted, printed.

    `waiting` ones are still with the driver (no byte of them left). `depth` is how many
    may be unprinted at a time.
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.triggers = 0
        self.begin(session=-1)

    def begin(self, session: int) -> None:
        """The printer is empty, under link number `session`."""
        self.session = session
        self.doubt = ""
        self.sent = 0
        self.accepted = 0
        self.printed = 0
        self._first: int | None = None
        self._last = 0
        self._waiting: deque[PrintRecord] = deque()

    def take(self, records: Sequence[PrintRecord]) -> None:
        """Records to be printed. `ValueError` on a wrong number or too many."""
        numbers = [record.number for record in records]
        first = numbers[0] if self._first is None else self._last + 1
        if numbers != list(range(first, first + len(numbers))):
            raise ValueError(f"record numbers must rise by one from {first}: {numbers}")
        if self.unprinted + len(records) > self.depth:
            raise ValueError(
                f"{len(records)} records do not fit: {self.unprinted} of {self.depth} "
                "wait already"
            )
        if self._first is None:
            self._first = first
            self.sent = self.accepted = self.printed = first - 1
        self._last = numbers[-1]
        self._waiting.extend(records)

    @property
    def next(self) -> PrintRecord | None:
        """The record whose turn it is to be sent."""
        return self._waiting[0] if self._waiting else None

    @property
    def unprinted(self) -> int:
        """Records taken and not known to be printed."""
        return self._last - self.printed if self._first is not None else 0

    @property
    def in_printer(self) -> int:
        """Records sent and not known to be printed."""
        return self.sent - self.printed

    def note_sent(self) -> None:
        """The bytes of `next` are about to leave; it is never sent again."""
        self.sent = self._waiting.popleft().number

    def note_accepted(self) -> None:
        """The printer says that it has what was sent."""
        self.accepted = self.sent

    def note_refused(self, record: PrintRecord) -> None:
        """The printer answered that it did not take `record`, the last one sent.

        It waits again. Only an explicit no to that very record may be noted here;
        silence or a lost link never: then the printer may have it.
        """
        if record.number != self.sent:
            raise ValueError(f"record {record.number} was not the last one sent")
        if self.accepted >= record.number:
            self.lose(f"the printer had record {record.number} and refused it")
            return
        self.sent = record.number - 1
        self._waiting.appendleft(record)

    def note_printed(self, count: int = 1) -> None:
        """The printer says that it printed `count` more; more than it has is doubt."""
        self.triggers += count
        known = min(count, self.in_printer)
        self.printed += known
        self.accepted = max(self.accepted, self.printed)
        if count > known:
            self.lose(
                f"the printer printed {count - known} more than it was given: "
                "a code twice, or nothing"
            )

    def lose(self, why: str) -> None:
        """From now on the printer's word and ours cannot be matched."""
        self.doubt = self.doubt or why

    def progress(self, session: int) -> PrintProgress:
        """As the line sees it under link number `session`."""
        doubt = self.doubt
        if self.session != session and self.unprinted:
            doubt = doubt or "the connection was lost"
        return PrintProgress(
            last_started=self.printed if self._first is not None else 0,
            finished=True,
            queued=self.unprinted,
            triggers=self.triggers,
            depth=self.depth,
            sent=self.sent,
            accepted=self.accepted,
            doubt=doubt,
        )


def counter_rise(before: int, now: int, modulus: int) -> int:
    """How far a wrapping print counter rose; negative if it went back.

    A counter that was reset, or rolled back with the printer's memory, goes back.
    """
    half = modulus // 2
    return (now - before + half) % modulus - half
