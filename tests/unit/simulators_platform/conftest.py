"""A ledger in memory and its HTTP face without a socket."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from simulators.platform import MemoryTransport, PlatformLedger, create_app

Batch = dict[str, object]


def _canonical(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


@pytest.fixture
def ledger() -> Iterator[PlatformLedger]:
    with PlatformLedger(now_ms=lambda: 1_772_000_000_000) as ledger:
        yield ledger


@pytest.fixture
async def http(ledger) -> AsyncIterator[httpx.AsyncClient]:
    transport = MemoryTransport(create_app(ledger, max_body_bytes=5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://p") as client:
        yield client


@pytest.fixture
def make_batch() -> Callable[..., Batch]:
    """`make_batch(first, last)`: facts of line L1, epoch e1, rightly chained."""

    def make(first: int, last: int, *, text: str = "fact", epoch: str = "e1") -> Batch:
        running = hashlib.sha256(f"line-agent/1 L1 {epoch}".encode()).digest()
        previous, events = running, []
        for seq in range(1, last + 1):
            if seq == first:
                previous = running
            payload = {"z": [1, None, {"ü": "码"}], "a": f"{text} {seq}"}
            fact = [seq, 1000 + seq, "ItemJudged", payload]
            running = hashlib.sha256(running + _canonical(fact)).digest()
            if seq >= first:
                events.append(
                    {
                        "seq": seq,
                        "at_ms": 1000 + seq,
                        "kind": "ItemJudged",
                        "payload": payload,
                    }
                )
        return {
            "first": first,
            "last": last,
            "prev_hash": previous.hex(),
            "hash": running.hex(),
            "events": events,
        }

    return make
