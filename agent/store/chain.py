"""The hash chain over the journal: every entry seals all before it."""

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from agent.store.database import Life

Entry = tuple[int, int, str, str, bytes]
"""A row of the journal: seq, at_ms, kind, payload, hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A place in the journal: a sequence (0 before the first) and the hash there."""

    seq: int
    hash: bytes


def genesis(life: Life) -> Head:
    """What the first entry is chained to; differs for every life of a database."""
    text = f"line-agent/1 {life.line} {life.epoch}"
    return Head(seq=0, hash=hashlib.sha256(text.encode()).digest())


def seal(previous: bytes, seq: int, at_ms: int, kind: str, payload: str) -> bytes:
    """SHA-256 of the previous hash and the entry as canonical JSON.

    `payload` is canonical JSON already, and a kind is a class name, so the entry
    `[seq,at_ms,"kind",payload]` is put together as text.
    """
    entry = f'[{seq},{at_ms},"{kind}",{payload}]'
    return hashlib.sha256(previous + entry.encode()).digest()


def read_head(db: sqlite3.Connection, life: Life) -> Head:
    """The end of the journal as stored."""
    row = db.execute(
        "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return genesis(life) if row is None else Head(seq=row[0], hash=row[1])


def first_break(start: Head, entries: Iterable[Entry]) -> tuple[int | None, Head]:
    """The first sequence that does not follow from `start`, and the last good place.

    A missing entry is named by the sequence that should have stood there.
    """
    for seq, at_ms, kind, payload, stored in entries:
        expected = start.seq + 1
        if seq != expected or stored != seal(start.hash, seq, at_ms, kind, payload):
            return expected, start
        start = Head(seq=seq, hash=stored)
    return None, start


def check_tail(db: sqlite3.Connection, life: Life, entries: int) -> int | None:
    """The first bad sequence among the newest `entries`; quick enough for a start."""
    newest = read_head(db, life).seq
    before = max(0, newest - entries)
    row = db.execute(
        "SELECT seq, hash FROM journal WHERE seq = ?", (before,)
    ).fetchone()
    start = genesis(life) if row is None else Head(seq=row[0], hash=row[1])
    rows = db.execute(
        "SELECT seq, at_ms, kind, payload, hash FROM journal WHERE seq > ?"
        " ORDER BY seq",
        (start.seq,),
    )
    return first_break(start, rows)[0]
