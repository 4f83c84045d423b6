"""The store as sync wants it: the journal as it is, the mark, the closed books."""

from collections.abc import Sequence

from agent.api.models import Reconciliation
from agent.domain.words import Level
from agent.reports import reconcile
from agent.store.chain import genesis
from agent.store.database import Life
from agent.store.reader import StoreReader
from agent.store.writer import GroupCommit
from agent.sync.ports import ItemBooks, JournalRow, LevelBooks, OrderBooks


class StoredJournal:
    """Implements `sync.ports.JournalSource`."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._genesis = genesis(reader.life())

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the last fact."""
        head = self._reader.head()
        return head.seq, head.hash

    def after(self, seq: int, limit: int) -> Sequence[JournalRow]:
        """Up to `limit` rows after `seq`."""
        return [
            JournalRow(
                seq=row.seq,
                at_ms=row.at_ms,
                kind=row.kind,
                payload_json=row.payload,
                hash=row.hash,
            )
            for row in self._reader.journal_after(seq, limit)
        ]

    def hash_at(self, seq: int) -> bytes | None:
        """The chain hash at `seq`."""
        if seq == 0:
            return self._genesis.hash
        rows = self._reader.journal_after(seq - 1, 1)
        return rows[0].hash if rows and rows[0].seq == seq else None


class StoredMarks:
    """Implements `sync.ports.MarkStore`."""

    def __init__(self, reader: StoreReader, writer: GroupCommit, life: Life) -> None:
        self._reader = reader
        self._writer = writer
        self._life = life
        self._genesis = genesis(life)

    @property
    def line(self) -> str:
        """Which line's facts these are."""
        return self._life.line

    @property
    def epoch(self) -> str:
        """Which life of the database they belong to."""
        return self._life.epoch

    def mark(self) -> tuple[int, bytes]:
        """The highest fact known to be in the platform's ledger."""
        mark = self._reader.mark()
        if mark is None:
            return 0, self._genesis.hash
        return mark.seq, mark.hash

    async def set_mark(self, seq: int, hash: bytes) -> None:  # noqa: A002
        """Keep the mark, durably on return."""
        await self._writer.set_mark(self._life.epoch, seq, hash)

    def cursor(self, feed: str) -> str:
        """Where a feed was left."""
        return self._reader.cursor(feed) or ""

    async def set_cursor(self, feed: str, value: str) -> None:
        """Keep a feed's place, durably on return."""
        await self._writer.set_cursor(feed, value)


class StoredBooks:
    """Implements `sync.ports.BooksSource`."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader

    def closed_after(self, seq: int) -> Sequence[OrderBooks]:
        """Settlements of orders closed after `seq`, in that order."""
        return [
            _settlement(reconcile(self._reader, order), closed_seq)
            for order, closed_seq in self._reader.closed_orders_after(seq)
        ]


def _settlement(books: Reconciliation, seq: int) -> OrderBooks:
    return OrderBooks(
        order=books.order,
        seq=seq,
        levels=tuple(
            LevelBooks(
                level=Level(line.level),
                issued=line.issued,
                unused=line.unused,
                in_flight=line.in_flight,
                good=line.good,
                rejected=line.rejected,
                voided=line.voided,
                sampled=line.sampled,
            )
            for line in books.codes
        ),
        items=ItemBooks(
            entered=books.items_judged + books.unnumbered,
            passed=books.items_passed,
            rejected=books.items_rejected + books.unnumbered,
            removed=books.items_absent + books.items_unknown,
        ),
    )
