"""The same over real sockets: uvicorn on loopback, httpx as in production."""

import asyncio
import contextlib
import random
import socket
import sqlite3

import httpx
import pytest

from agent.sync.downloads import Downloads
from agent.sync.errors import PlatformUnreachable
from agent.sync.platform import PlatformClient
from agent.sync.ports import Intake
from simulators.platform import (
    OrderPlan,
    PlatformLedger,
    PortTakenError,
    create_app,
    faults,
    issue_order,
    running,
)
from simulators.platform.faults import FaultyPlatform


async def refuse_none(_document) -> None:
    raise AssertionError


async def test_down_up_and_cut_over_a_real_socket(bench, tmp_path):
    issue_order(bench.ledger, OrderPlan(line="L1", order="MO-1", target=500, seed=1))
    app = FaultyPlatform(create_app(bench.ledger), bench.script)
    taken = []

    async def take(manifest, path) -> None:
        taken.append((manifest.package, path.read_bytes().count(b"\n")))

    async def take_order(order, spec) -> None:
        taken.append((order.order, spec.version))

    async with contextlib.AsyncExitStack() as stack:
        host, port = await stack.enter_async_context(running(app))
        url = f"http://{host}:{port}"
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url))
        bench.client = PlatformClient(http, line="L1")
        bench.journal.produce(1200)
        uploader = bench.uploader()
        bench.script.add(faults.lose_reply(), on="events")
        bench.script.add(faults.truncate(20), on="events")
        await bench.drain(uploader)
        assert bench.on_ledger() == bench.on_journal()

        downloads = Downloads(
            client=bench.client,
            marks=bench.marks,
            intake=Intake(on_order=take_order, on_package=take, on_refused=refuse_none),
            folder=tmp_path,
            rng=random.Random(1),
            interval_s=5.0,
        )
        bench.script.add(faults.truncate(5000), on="packages/MO-1-unit$")
        assert await downloads.poll() != 5.0
        assert (tmp_path / "MO-1-unit.part").stat().st_size == 5000
        while await downloads.poll() != 5.0:
            pass
    assert taken == [
        ("MO-1", 1),
        ("MO-1-unit", 550),
        ("MO-1-case", 26),
        ("MO-1-pallet", 4),
    ]
    async with httpx.AsyncClient(base_url=url) as http:
        with pytest.raises(PlatformUnreachable, match="ConnectError"):
            await PlatformClient(http, line="L1").mark("e1")


async def test_port_taken_says_so(bench):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} of 127.0.0.1 is taken"):
            async with running(create_app(bench.ledger), "127.0.0.1", port):
                raise AssertionError


async def test_long_poll_wakes_when_something_is_issued(bench):
    async with (
        running(create_app(bench.ledger)) as (host, port),
        httpx.AsyncClient(base_url=f"http://{host}:{port}") as http,
    ):
        asked = asyncio.create_task(http.get("/v1/lines/L1/orders?wait_s=30"))
        while not (await http.get("/v1/lines/L1/orders")).is_success:
            pass
        issue_order(bench.ledger, OrderPlan(line="L1", order="MO-1", target=5, seed=1))
        page = (await asked).json()
    assert [item["order"] for item in page["items"]] == ["MO-1"]


async def test_ledger_in_a_file_goes_on_after_a_restart(bench, tmp_path):
    path = tmp_path / "platform/ledger.db"
    with PlatformLedger(path) as first:
        plan = OrderPlan(line="L1", order="MO-1", target=20, seed=1)
        issue_order(first, plan)
        codes = set(first.catalogue.codes("MO-1-unit"))
        labels = set(first.catalogue.codes("MO-1-case"))
    with PlatformLedger(path) as second:
        assert second.catalogue.order("MO-1").target == 20
        plan = OrderPlan(line="L1", order="MO-2", target=20, seed=1)
        issue_order(second, plan)
        assert codes.isdisjoint(second.catalogue.codes("MO-2-unit"))
        assert labels.isdisjoint(second.catalogue.codes("MO-2-case"))
    with pytest.raises(sqlite3.ProgrammingError):
        second.catalogue.order("MO-1")
