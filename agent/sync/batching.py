"""Which facts go up together."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.sync.encoding import encode, encode_row
from agent.sync.errors import JournalBroken
from agent.sync.ports import JournalRow, JournalSource, MarkStore

MAX_ENTRIES = 500
MAX_BYTES = 1_000_000
# After a batch had to shrink, so many good ones in a row before it doubles again.
_GOOD_TO_GROW = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Facts `first..last` in the bytes that are sent, and sent again, unchanged."""

    first: int
    last: int
    body: bytes

    def __len__(self) -> int:
        return self.last - self.first + 1


class BatchSize:
    """How many facts a batch may hold: halved on demand, slowly grown back."""

    def __init__(self, most: int = MAX_ENTRIES) -> None:
        self._most = most
        self._good = 0
        self.entries = most

    def halve(self, batch: Batch) -> bool:
        """Make the next batch half of this one; False if it was a single fact."""
        self._good = 0
        self.entries = max(1, len(batch) // 2)
        return len(batch) > 1

    def good(self) -> None:
        """A batch went through."""
        self._good += 1
        if self._good >= _GOOD_TO_GROW and self.entries < self._most:
            self._good = 0
            self.entries = min(self._most, 2 * self.entries)


def next_batch(
    journal: JournalSource,
    marks: MarkStore,
    *,
    entries: int,
    max_bytes: int = MAX_BYTES,
) -> Batch | None:
    """The facts after the mark, as many as allowed and one at least; None if none.

    `JournalBroken` if the journal does not go on from the mark without a gap.
    """
    mark, prev_hash = marks.mark()
    head, _ = journal.head()
    if head < mark:
        raise JournalBroken(f"the journal ends at {head}, the mark is {mark}")
    if journal.hash_at(mark) != prev_hash:
        raise JournalBroken(f"the journal's hash at {mark} is not the mark's")
    rows = journal.after(mark, entries)
    if not rows:
        return None
    for expected, row in enumerate(rows, mark + 1):
        if row.seq != expected:
            raise JournalBroken(f"fact {expected} is missing, {row.seq} follows")
    encoded = _within(rows, max_bytes)
    first, last = rows[0], rows[len(encoded) - 1]
    return Batch(
        first=first.seq,
        last=last.seq,
        body=encode(encoded, first=first, last=last, prev_hash=prev_hash),
    )


def _within(rows: Sequence[JournalRow], max_bytes: int) -> list[bytes]:
    encoded = [encode_row(rows[0])]
    size = len(encoded[0])
    for row in rows[1:]:
        text = encode_row(row)
        size += len(text) + 1
        if size > max_bytes:
            break
        encoded.append(text)
    return encoded
