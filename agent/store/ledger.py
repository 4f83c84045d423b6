"""The one writer: facts into journal and tables, in one transaction each time."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from agent.domain.facts import Fact
from agent.store.chain import Head, seal
from agent.store.database import Life
from agent.store.errors import FactRefusedError, StoreFaultError
from agent.store.fact_json import FactFormatError, encode, kind_of
from agent.store.projection import project
from agent.store.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The entries of one transaction, and the head after it."""

    first_seq: int
    last_seq: int
    head_hash: bytes


class Ledger:
    """Owns the writing connection. One caller at a time, in any thread.

    After a `StoreFaultError` it refuses everything: the kernel may have dropped pages
    it was asked to keep, so only reopening shows what is really on the disk.
    """

    def __init__(self, db: sqlite3.Connection, life: Life, head: Head) -> None:
        self._db = db
        self._tables = Tables(db)
        self._fault = ""
        self.life = life
        self._head = head

    @property
    def head(self) -> Head:
        """The end of the journal as committed."""
        return self._head

    @property
    def fault(self) -> str:
        """Why nothing can be written any more; empty while all is well."""
        return self._fault

    def append(self, facts: Sequence[Fact], at_ms: int) -> Appended:
        """Write all facts durably, or none.

        `FactRefusedError` for a fact that contradicts those before it,
        `StoreFaultError` where the disk fails.
        """
        with self._transaction() as db:
            head = self._head
            for fact in facts:
                head = self._enter(db, head, fact, at_ms)
        first = self._head.seq + 1
        self._head = head
        return Appended(first_seq=first, last_seq=head.seq, head_hash=head.hash)

    def _enter(
        self, db: sqlite3.Connection, head: Head, fact: Fact, at_ms: int
    ) -> Head:
        seq, kind = head.seq + 1, kind_of(fact)
        try:
            payload = encode(fact)
        except FactFormatError as error:
            raise FactRefusedError(fact, str(error)) from error
        sealed = seal(head.hash, seq, at_ms, kind, payload)
        db.execute(
            "INSERT INTO journal VALUES (?, ?, ?, ?, ?)",
            (seq, at_ms, kind, payload, sealed),
        )
        project(self._tables, fact, seq)
        return Head(seq=seq, hash=sealed)

    def set_mark(self, epoch: str, seq: int, head_hash: bytes) -> None:
        """Remember what the platform's ledger holds of an epoch. It goes back where
        the platform was restored from a backup: then we send again."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO mark VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                " seq = excluded.seq, hash = excluded.hash",
                (epoch, seq, head_hash),
            )

    def set_cursor(self, feed: str, cursor: str) -> None:
        """Remember how far a feed of the platform was read."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO cursors VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
                (feed, cursor),
            )

    def close(self) -> None:
        """Release the database."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._fault:
            raise StoreFaultError(self._fault)
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._fault = (
                f"the store failed ({error}): nothing more is recorded. Check the "
                "disk and its free space, then restart the agent"
            )
            raise StoreFaultError(self._fault) from error
        finally:
            if self._db.in_transaction:
                self._roll_back()

    def _roll_back(self) -> None:
        self._tables.forget()
        # Fails only where the transaction is lost already, and changes no disk.
        with suppress(sqlite3.Error):
            self._db.execute("ROLLBACK")
