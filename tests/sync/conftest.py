"""A journal, a mark store and a platform to sync with, all in memory."""

import hashlib
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from agent import killpoints
from agent.sync.platform import PlatformClient
from agent.sync.ports import JournalRow
from agent.sync.uploader import Uploader
from simulators.platform import (
    FaultScript,
    MemoryTransport,
    PlatformLedger,
    create_app,
)
from simulators.platform.faults import FaultyPlatform

LINE = "L1"
NOW_MS = 1_772_000_000_000


class Journal:
    """Facts chained as the contract says, reckoned here once more."""

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch = epoch
        genesis = hashlib.sha256(f"line-agent/1 {LINE} {epoch}".encode()).digest()
        self.hashes = [genesis]
        self.rows: list[JournalRow] = []

    def append(self, **payload: object) -> None:
        seq = len(self.rows) + 1
        body = [seq, NOW_MS + seq, "ItemJudged", payload]
        kwargs = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": False}
        text = json.dumps(body, **kwargs)
        self.hashes.append(hashlib.sha256(self.hashes[-1] + text.encode()).digest())
        self.rows.append(
            JournalRow(
                seq=seq,
                at_ms=NOW_MS + seq,
                kind="ItemJudged",
                payload_json=json.dumps(payload, **kwargs),
                hash=self.hashes[-1],
            )
        )

    def produce(self, count: int) -> None:
        for _ in range(count):
            self.append(code=f"码 {len(self.rows)}", passed=True)

    def head(self) -> tuple[int, bytes]:
        return len(self.rows), self.hashes[-1]

    def after(self, seq: int, limit: int) -> list[JournalRow]:
        return self.rows[seq : seq + limit]

    def hash_at(self, seq: int) -> bytes | None:
        return self.hashes[seq] if seq < len(self.hashes) else None


class Marks:
    """Keeps the mark, and demands of each that the platform's ledger really has it."""

    line = LINE

    def __init__(self, journal: Journal, ledger: PlatformLedger) -> None:
        self.epoch = journal.epoch
        self._mark = journal.head() if not journal.rows else (0, journal.hashes[0])
        self._ledger = ledger
        self._cursors: dict[str, str] = {}
        self.moves: list[int] = []

    def mark(self) -> tuple[int, bytes]:
        return self._mark

    async def set_mark(self, seq: int, chain_hash: bytes) -> None:
        on_ledger = self._ledger.events.hash_at(self.line, self.epoch, seq)
        assert on_ledger == chain_hash
        self._mark = (seq, chain_hash)
        self.moves.append(seq)

    def cursor(self, feed: str) -> str:
        return self._cursors.get(feed, "")

    async def set_cursor(self, feed: str, value: str) -> None:
        self._cursors[feed] = value


class Wire(httpx.AsyncBaseTransport):
    """Keeps what was sent, and can refuse by content or by exception."""

    def __init__(self, inner: MemoryTransport) -> None:
        self.inner = inner
        self.sent: list[tuple[str, str, bytes]] = []
        self.veto: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.sent.append((request.method, str(request.url), body))
        vetoed = self.veto(request)
        if vetoed is not None:
            return vetoed
        return await self.inner.handle_async_request(request)

    @property
    def batches(self) -> list[bytes]:
        return [body for _, url, body in self.sent if url.endswith("/events")]


class Bench:
    """A line's side and the platform's side of the link."""

    def __init__(self) -> None:
        self.ledger = PlatformLedger(now_ms=lambda: NOW_MS)
        self.script = FaultScript()
        app = create_app(self.ledger, max_body_bytes=2_000_000)
        self.transport = MemoryTransport(FaultyPlatform(app, self.script))
        self.past_faults = MemoryTransport(app)
        self.wire = Wire(self.transport)
        self.http = httpx.AsyncClient(transport=self.wire, base_url="http://platform")
        self.client = PlatformClient(self.http, line=LINE, now_ms=lambda: NOW_MS)
        self.journal = Journal()
        self.marks = Marks(self.journal, self.ledger)
        self.slept: list[float] = []

    def uploader(self, **settings: object) -> Uploader:
        defaults = {"rng": random.Random(1), "now_ms": lambda: NOW_MS}
        return Uploader(
            journal=self.journal,
            marks=self.marks,
            client=self.client,
            **(defaults | settings),
        )

    def new_epoch(self, epoch: str) -> None:
        self.journal = Journal(epoch)
        self.marks = Marks(self.journal, self.ledger)

    def on_ledger(self, epoch: str = "e1") -> list[tuple[int, int, str, str, bytes]]:
        return [
            (e.seq, e.at_ms, e.kind, e.payload, e.hash)
            for e in self.ledger.events.events(LINE, epoch)
        ]

    def on_journal(self) -> list[tuple[int, int, str, str, bytes]]:
        return [
            (r.seq, r.at_ms, r.kind, r.payload_json, r.hash) for r in self.journal.rows
        ]

    async def drain(self, uploader: Uploader, most: int = 500) -> None:
        for _ in range(most):
            if await uploader.step() is None:
                return
        raise AssertionError(f"backlog stays: {uploader.status}")

    async def close(self) -> None:
        await self.http.aclose()
        self.ledger.close()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    await bench.close()


@pytest.fixture
def make_bench() -> type[Bench]:
    return Bench


@pytest.fixture
def armed() -> Iterator[Callable[[Callable[[str], None]], None]]:
    """`killpoints.arm`, disarmed afterwards."""
    yield killpoints.arm
    killpoints.arm(None)
