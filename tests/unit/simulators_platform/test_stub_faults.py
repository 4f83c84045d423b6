"""The fault script does to requests what it says."""

import httpx
import pytest

from simulators.platform import FaultScript, MemoryTransport, create_app, faults
from simulators.platform.faults import FaultyPlatform

URL = "/v1/lines/L1/epochs/e1/events"


@pytest.fixture
def script():
    return FaultScript()


@pytest.fixture
async def spoiled(ledger, script):
    app = FaultyPlatform(create_app(ledger), script)
    async with httpx.AsyncClient(
        transport=MemoryTransport(app), base_url="http://p"
    ) as client:
        yield client


async def test_lost_reply_commits_and_answers_nothing(
    spoiled, script, ledger, make_batch
):
    script.add(faults.lose_reply())
    with pytest.raises(httpx.ReadError):
        await spoiled.post(URL, json=make_batch(1, 2))
    assert ledger.events.mark("L1", "e1")[0] == 2


async def test_cut_before_commits_nothing(spoiled, script, ledger, make_batch):
    script.add(faults.cut_before())
    with pytest.raises(httpx.ReadError):
        await spoiled.post(URL, json=make_batch(1, 2))
    assert ledger.events.mark("L1", "e1")[0] == 0


async def test_truncated_reply_gives_its_first_bytes(spoiled, script, make_batch):
    script.add(faults.truncate(5))
    async with spoiled.stream("POST", URL, json=make_batch(1, 2)) as response:
        assert int(response.headers["content-length"]) > 5
        parts = response.aiter_raw()
        assert await anext(parts) == b'{"lin'
        with pytest.raises(httpx.ReadError):
            await anext(parts)


async def test_script_picks_by_method_and_path_and_is_used_up(
    spoiled, script, make_batch
):
    script.add(faults.status(503, retry_after="7"), on="POST .*events", times=2)
    assert (await spoiled.get("/v1/lines/L1/orders")).is_success
    for pending in (1, 0):
        answer = await spoiled.post(URL, json=make_batch(1, 2))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert script.pending == pending
    assert (await spoiled.post(URL, json=make_batch(1, 2))).is_success


async def test_chance_decides_where_nothing_is_queued(spoiled, script):
    script.chance = lambda method, path: (
        faults.html() if path.endswith("orders") else None
    )
    assert "html" in (await spoiled.get("/v1/lines/L1/orders")).text
    assert (await spoiled.get("/v1/lines/L1/specs")).json()["items"] == []
    script.clear()
    assert (await spoiled.get("/v1/lines/L1/orders")).json()["items"] == []


async def test_refused_connection_and_latency(ledger):
    transport = MemoryTransport(create_app(ledger), latency_s=0.001)
    transport.up = False
    async with httpx.AsyncClient(transport=transport, base_url="http://p") as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/v1/lines/L1/orders")
        transport.up = True
        assert (await client.get("/v1/lines/L1/orders")).is_success
    assert transport.requests == 2
