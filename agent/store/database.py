"""Opening the line's database: one connection that writes, any number that read."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.store.errors import StoreError
from agent.store.migrations import check_schema, migrate

DATABASE_NAME = "line.sqlite"
# Waiting longer for a lock would only hide that somebody else writes here.
_BUSY_S = 2.0
# Checkpointing every 10,000 pages gave a p99.9 of 2.6 ms a commit, against 8.8 ms
# with SQLite's 1,000 (measured; the log stays at about 40 MB).
_CHECKPOINT_PAGES = 10_000
_LOG_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The identity of a database: `epoch` is random, new after every restore."""

    epoch: str
    line: str
    created_ms: int


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Never `immutable`: there is a log beside it."""
    if not path.is_file():
        raise StoreError(f"there is no database {path}: run the agent there once")
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        timeout=_BUSY_S,
        isolation_level=None,
        check_same_thread=False,
    )


def connect_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes and checkpoints; transactions are begun by hand."""
    db = sqlite3.connect(
        path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
    )
    db.execute("PRAGMA journal_mode = WAL")
    # Anything less loses acknowledged commits on a power cut.
    db.execute("PRAGMA synchronous = FULL")
    db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
    return db


def open_database(
    path: Path, line: str, new_epoch: Callable[[], str], created_ms: int
) -> tuple[sqlite3.Connection, Life]:
    """The writing connection to a database of `line`, made or migrated as needed.

    `SchemaTooNewError` and `StoreError` (another line, a foreign file) leave the
    file untouched.
    """
    if path.exists():
        reader = connect_reader(path)
        try:
            check_schema(reader)
        finally:
            reader.close()
    db = connect_writer(path)
    try:
        migrate(db)
        db.execute(
            "INSERT OR IGNORE INTO life VALUES (1, ?, ?, ?)",
            (new_epoch(), line, created_ms),
        )
        life = read_life(db)
        _check_line(path, life, line)
    except BaseException:
        db.close()
        raise
    return db, life


def _check_line(path: Path, life: Life, line: str) -> None:
    if life.line != line:
        raise StoreError(
            f"{path} belongs to line {life.line!r}, not {line!r}: "
            "check the settings and the data folder"
        )


def read_life(db: sqlite3.Connection) -> Life:
    """The identity of an opened database."""
    row = db.execute("SELECT epoch, line, created_ms FROM life").fetchone()
    if row is None:
        raise StoreError("the database has no identity yet: run the agent there once")
    epoch, line, created_ms = cast("tuple[str, str, int]", row)
    return Life(epoch=epoch, line=line, created_ms=created_ms)
