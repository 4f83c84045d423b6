"""A read-only connection whose queries end in time."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.store.database import connect_reader
from agent.store.errors import QueryTooLongError, StoreFaultError

# A forgotten reader keeps the log from being recycled (91 MB after 20,000 commits
# were seen). Two seconds are a thousand times the longest query the line needs.
LIMIT_S = 2.0
_CHECK_EVERY_STEPS = 20_000

Row = tuple[Any, ...]


class ReadConnection:
    """Runs queries under a time limit. One caller at a time."""

    def __init__(
        self,
        path: Path,
        limit_s: float = LIMIT_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = connect_reader(path)
        self._limit_s = limit_s
        self._monotonic_s = monotonic_s
        self._deadline_s = 0.0
        self._db.set_progress_handler(self._is_late, _CHECK_EVERY_STEPS)

    def rows(self, query: str, *values: str | int | None) -> list[Row]:
        """All rows; `QueryTooLongError` past the limit."""
        if not self._db.in_transaction:
            self._deadline_s = self._monotonic_s() + self._limit_s
        with _translated():
            return self._db.execute(query, values).fetchall()

    def row(self, query: str, *values: str | int | None) -> Row | None:
        """The first row, if there is one."""
        rows = self.rows(query, *values)
        return rows[0] if rows else None

    @contextmanager
    def moment(self) -> Iterator[None]:
        """All queries inside see the same state; the limit is for them together."""
        if self._db.in_transaction:
            yield
            return
        self._deadline_s = self._monotonic_s() + self._limit_s
        with _translated():
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            # Nothing was written; this only lets go of the log.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def close(self) -> None:
        """Release the database."""
        self._db.close()

    def _is_late(self) -> bool:
        return self._monotonic_s() > self._deadline_s


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # Absent where Python itself refused, as on a closed connection.
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_INTERRUPT:
            raise QueryTooLongError("a query ran into its time limit") from error
        raise StoreFaultError(f"the store cannot be read: {error}") from error
