"""Where the stub keeps everything: one SQLite file, or memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    line TEXT, epoch TEXT, seq INTEGER, at_ms INTEGER NOT NULL, kind TEXT NOT NULL,
    payload TEXT NOT NULL, hash BLOB NOT NULL, received_ms INTEGER NOT NULL,
    PRIMARY KEY (line, epoch, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS incidents (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, line TEXT NOT NULL,
    epoch TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    what TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
    id INTEGER PRIMARY KEY, line TEXT NOT NULL, feed TEXT NOT NULL,
    name TEXT NOT NULL, document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS documents_by_feed ON documents (line, feed, id);
CREATE INDEX IF NOT EXISTS documents_by_name ON documents (feed, name);
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY, package TEXT UNIQUE NOT NULL, sha256 TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS issued (code TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS receipts (
    id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, package TEXT NOT NULL,
    document TEXT NOT NULL, UNIQUE (package, document)
);
CREATE TABLE IF NOT EXISTS reconciliations (
    order_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, document TEXT NOT NULL
);
"""


def open_database(path: Path | None) -> sqlite3.Connection:
    """The database at `path`, made if need be; in memory without one."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(":memory:" if path is None else path)
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    # A stub must survive being killed; a power cut is not what it is tested for.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.executescript(_SCHEMA)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
