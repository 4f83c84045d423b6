"""The facts of every line and epoch, each once, in order, chained."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from agent.clock import WallClock
from simulators.platform.chain import canonical, genesis, link
from simulators.platform.contract import EventBatch
from simulators.platform.database import transaction


class GapError(Exception):
    """A batch that begins beyond the next fact; the ledger goes on at `expected`."""

    def __init__(self, expected: int) -> None:
        super().__init__(f"fact {expected} comes next")
        self.expected = expected


class ConflictError(Exception):
    """A batch that contradicts the ledger or its own hashes; kept as an incident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEvent:
    """A fact as committed. `payload` is its canonical JSON text."""

    seq: int
    at_ms: int
    kind: str
    payload: str
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something a line sent that cannot be true."""

    at_ms: int
    line: str
    epoch: str
    first: int
    last: int
    what: str


class EventLedger:
    """Takes batches and knows the mark. Nothing in it ever expires."""

    def __init__(self, database: sqlite3.Connection, now_ms: WallClock) -> None:
        self._database = database
        self._now_ms = now_ms

    def mark(self, line: str, epoch: str) -> tuple[int, bytes]:
        """The last fact committed and the hash there; (0, genesis) of a new epoch."""
        row = self._database.execute(
            "SELECT seq, hash FROM events WHERE line = ? AND epoch = ?"
            " ORDER BY seq DESC LIMIT 1",
            (line, epoch),
        ).fetchone()
        return (row[0], row[1]) if row else (0, genesis(line, epoch))

    def commit(self, line: str, epoch: str, batch: EventBatch) -> tuple[int, bytes]:
        """Commit what is new of a batch and return the mark.

        What is known already is compared. `GapError`, or `ConflictError` after
        keeping the incident; nothing of such a batch is committed.
        """
        mark, _ = self.mark(line, epoch)
        if batch.first > mark + 1:
            raise GapError(mark + 1)
        try:
            fresh = self._checked(line, epoch, mark, batch)
        except ConflictError as conflict:
            self._record(line, epoch, batch, str(conflict))
            raise
        received_ms = self._now_ms()
        with transaction(self._database) as database:
            database.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        line,
                        epoch,
                        e.seq,
                        e.at_ms,
                        e.kind,
                        e.payload,
                        e.hash,
                        received_ms,
                    )
                    for e in fresh
                ],
            )
        return self.mark(line, epoch)

    def events(self, line: str, epoch: str, after: int = 0) -> Iterator[LedgerEvent]:
        """The facts of an epoch in order."""
        rows = self._database.execute(
            "SELECT seq, at_ms, kind, payload, hash FROM events"
            " WHERE line = ? AND epoch = ? AND seq > ? ORDER BY seq",
            (line, epoch, after),
        )
        for seq, at_ms, kind, payload, hash_ in rows:
            yield LedgerEvent(
                seq=seq, at_ms=at_ms, kind=kind, payload=payload, hash=hash_
            )

    def epochs(self, line: str) -> list[str]:
        """The epochs of a line, in the order they were first heard of."""
        rows = self._database.execute(
            "SELECT epoch FROM events WHERE line = ? GROUP BY epoch"
            " ORDER BY min(received_ms), epoch",
            (line,),
        )
        return [row[0] for row in rows]

    def incidents(self) -> list[Incident]:
        """What was refused as contradictory, oldest first."""
        rows = self._database.execute(
            "SELECT at_ms, line, epoch, first, last, what FROM incidents ORDER BY id"
        )
        return [
            Incident(at_ms=a, line=line, epoch=e, first=f, last=last, what=w)
            for a, line, e, f, last, w in rows
        ]

    def hash_at(self, line: str, epoch: str, seq: int) -> bytes | None:
        """The chain hash at a committed fact or before the first; else None."""
        if seq == 0:
            return genesis(line, epoch)
        row = self._database.execute(
            "SELECT hash FROM events WHERE line = ? AND epoch = ? AND seq = ?",
            (line, epoch, seq),
        ).fetchone()
        return bytes(row[0]) if row else None

    def _checked(
        self, line: str, epoch: str, mark: int, batch: EventBatch
    ) -> list[LedgerEvent]:
        """The part beyond the mark, after following the chain from where it begins."""
        running = self.hash_at(line, epoch, batch.first - 1)
        if running is None or running.hex() != batch.prev_hash:
            raise ConflictError(f"another chain before fact {batch.first}")
        known = self._known(line, epoch, batch)
        fresh = []
        for event in batch.events:
            try:
                payload = canonical(event.payload)
                running = link(running, event.seq, event.at_ms, event.kind, payload)
            except ValueError as error:
                raise ConflictError(f"fact {event.seq}: {error}") from None
            if event.hash not in (None, running.hex()):
                raise ConflictError(f"fact {event.seq} does not have its hash")
            if event.seq > mark:
                fresh.append(
                    LedgerEvent(
                        seq=event.seq,
                        at_ms=event.at_ms,
                        kind=event.kind,
                        payload=payload,
                        hash=running,
                    )
                )
            elif known[event.seq] != running:
                raise ConflictError(f"fact {event.seq} is known with other content")
        if running.hex() != batch.hash:
            raise ConflictError(f"the chain does not end in the hash of {batch.last}")
        return fresh

    def _known(self, line: str, epoch: str, batch: EventBatch) -> dict[int, bytes]:
        rows = self._database.execute(
            "SELECT seq, hash FROM events"
            " WHERE line = ? AND epoch = ? AND seq BETWEEN ? AND ?",
            (line, epoch, batch.first, batch.last),
        )
        return dict(rows.fetchall())

    def _record(self, line: str, epoch: str, batch: EventBatch, what: str) -> None:
        self._database.execute(
            "INSERT INTO incidents (at_ms, line, epoch, first, last, what)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self._now_ms(), line, epoch, batch.first, batch.last, what),
        )
