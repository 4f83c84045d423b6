"""The tables of a package file and the digest of their contents."""

import hashlib
import sqlite3
from dataclasses import asdict

from agent.domain.words import Level, Mode
from agent.store.package_meta import PackageMeta

# Every 256th code: an index finds its place by reading at most 255 rows (measured
# 20 µs), for under one percent of the file.
STEP = 256

SCHEMA = (
    # `idx` is the rank in key order, so that a lease is one range of both; `text` is
    # what is printed, NULL where that is the key itself; `pair` the verify code.
    "CREATE TABLE code (key TEXT PRIMARY KEY, idx INTEGER NOT NULL,"
    " text TEXT, pair TEXT) WITHOUT ROWID",
    "CREATE TABLE step (first INTEGER PRIMARY KEY, key TEXT NOT NULL)",
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)
FILL_STEPS = f"INSERT INTO step SELECT idx, key FROM code WHERE idx % {STEP} = 1"  # noqa: S608
# A row as text, with a record separator for NULL. No field can hold these separators,
# because the import refuses control characters other than the one of GS1.
_ROWS = (
    "SELECT idx || char(31) || key || char(31) || ifnull(text, char(30)) || char(31)"
    " || ifnull(pair, char(30)) || char(10) FROM code ORDER BY key"
)
# A single flipped bit makes a blob of a text, which joins into the same row above.
_MISTYPED = (
    "SELECT count(*) FROM code WHERE typeof(key) <> 'text' OR typeof(idx) <> 'integer'"
    " OR typeof(text) NOT IN ('text', 'null') OR typeof(pair) NOT IN ('text', 'null')"
)
_BATCH = 2_000


def digest_of(db: sqlite3.Connection) -> tuple[int, str]:
    """How many codes there are, and the SHA-256 of all rows in key order."""
    digest, count = hashlib.sha256(), 0
    rows = db.execute(_ROWS)
    while batch := rows.fetchmany(_BATCH):
        digest.update("".join(row for (row,) in batch).encode())
        count += len(batch)
    return count, digest.hexdigest()


def mistyped(db: sqlite3.Connection) -> int:
    """Rows with a value of a type that the import never writes."""
    return int(db.execute(_MISTYPED).fetchone()[0])


def write_meta(db: sqlite3.Connection, meta: PackageMeta) -> None:
    """Store the description beside the codes."""
    db.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [(name, str(value)) for name, value in asdict(meta).items()],
    )


def read_meta(db: sqlite3.Connection) -> PackageMeta:
    """The description; `KeyError` or `ValueError` where it is not one of ours."""
    meta: dict[str, str] = dict(db.execute("SELECT name, value FROM meta"))
    return PackageMeta(
        package=meta["package"],
        level=Level(meta["level"]),
        mode=Mode(meta["mode"]),
        order=meta["order"],
        product=meta["product"],
        count=int(meta["count"]),
        source_sha256=meta["source_sha256"],
        digest=meta["digest"],
    )
