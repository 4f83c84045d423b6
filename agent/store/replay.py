"""Proving the store: the chain from its first entry, and the tables from the chain."""

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.store import schema
from agent.store.chain import Entry, Head, first_break, genesis
from agent.store.database import connect_reader, read_life
from agent.store.errors import FactRefusedError
from agent.store.fact_json import FactFormatError, decode
from agent.store.migrations import migrate
from agent.store.projection import project
from agent.store.tables import Tables

_PAGE = 5_000
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that a table has and should not (`extra`), or lacks (`missing`), or a
    journal entry that cannot have happened (`refused`)."""

    table: str
    what: str
    row: str


def verify_chain(path: Path, anchor: Head | None = None) -> int | None:
    """The first bad sequence of the journal, or None if it is whole.

    `anchor` is a head known from elsewhere (the platform's mark, a printed report):
    a journal that ends before it is bad where it ends, one rebuilt at the anchor.
    """
    db = connect_reader(path)
    try:
        place = genesis(read_life(db))
        if anchor is not None and anchor.seq == 0 and anchor != place:
            return 0
        while True:
            page = _page(db, place.seq)
            broken, place = first_break(place, page)
            if anchor is not None and _contradicts(page, anchor):
                return anchor.seq if broken is None else min(broken, anchor.seq)
            if broken is not None or len(page) < _PAGE:
                break
    finally:
        db.close()
    if broken is None and anchor is not None and anchor.seq > place.seq:
        return place.seq + 1  # the tail is gone
    return broken


def _contradicts(page: list[Entry], anchor: Head) -> bool:
    return any(
        seq == anchor.seq and sealed != anchor.hash for seq, _, _, _, sealed in page
    )


def _page(db: sqlite3.Connection, after: int) -> list[Entry]:
    """In pages, so that a long check never holds the log of a running agent."""
    return db.execute(
        "SELECT seq, at_ms, kind, payload, hash FROM journal WHERE seq > ?"
        " ORDER BY seq LIMIT ?",
        (after, _PAGE),
    ).fetchall()


def verify_projection(path: Path) -> list[Difference]:
    """Rebuild every table from the journal of a copy and compare; empty if equal.

    Needs free space in the temporary folder for the database twice.
    """
    with tempfile.TemporaryDirectory(prefix="line-agent-verify-") as folder:
        copy = Path(folder) / "copy.sqlite"
        _copy(path, copy)
        db = sqlite3.connect(Path(folder) / "fresh.sqlite", isolation_level=None)
        try:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA journal_mode = MEMORY")
            migrate(db)
            db.execute("ATTACH ? AS kept", (str(copy),))
            refused = list(_replay(db))
            return refused + [
                each for table in schema.PROJECTED for each in _compare(db, table)
            ]
        finally:
            db.close()


def _copy(path: Path, copy: Path) -> None:
    source = connect_reader(path)
    target = sqlite3.connect(copy)
    try:
        source.backup(target)
        # The copy is ours: one of an older version becomes comparable.
        migrate(target)
    finally:
        target.close()
        source.close()


def _replay(db: sqlite3.Connection) -> Iterator[Difference]:
    tables = Tables(db)
    db.execute("BEGIN")
    rows = db.execute("SELECT seq, kind, payload FROM kept.journal ORDER BY seq")
    for seq, kind, payload in rows:
        try:
            project(tables, decode(kind, payload), seq)
        except (FactRefusedError, FactFormatError) as error:
            yield Difference(table="journal", what="refused", row=f"{seq}: {error}")
            break
    db.execute("COMMIT")


def _compare(db: sqlite3.Connection, table: str) -> Iterator[Difference]:
    for what, left, right in (("extra", "kept", "main"), ("missing", "main", "kept")):
        for row in db.execute(
            f"SELECT * FROM {left}.{table} EXCEPT SELECT * FROM {right}.{table}"  # noqa: S608
            f" LIMIT {_SHOWN}"
        ):
            yield Difference(table=table, what=what, row=repr(row))
