"""Honest with devices away, a platform that talks nonsense, a disk that fills."""

import asyncio
import os
import random
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.cli.exits import Exit
from agent.client import AgentClient
from simulators.hosting import LoopbackHost
from simulators.line import SimulatedLine
from simulators.platform import OrderPlan, PlatformLedger, create_app, issue_order
from simulators.platform.host import running

PATIENCE_S = 30.0
# More than a line's database takes at first, less than 40,000 codes take.
OWN_BYTES = 700_000


async def status_when(client: AgentClient, is_so):
    """The first status that is so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status = await client.status()
            if is_so(status):
                return status
            await asyncio.sleep(0.05)


def device(status, name):
    return next(each for each in status.devices if each.name == name)


@asynccontextmanager
async def web_page(body: bytes):
    """A server that answers everything with status 200 and the same page."""

    async def answer(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def test_comes_up_without_its_devices_and_goes_on_when_they_appear(
    short, bare, agents, ready, free_port
) -> None:
    port = free_port()
    life = await agents.start(bare(plc=f"modbus://127.0.0.1:{port}/1"))
    await ready(life)
    async with AgentClient(short / "agent" / "agent.sock") as client:
        said = f"no Modbus server at 127.0.0.1:{port}"
        status = await status_when(client, lambda s: said in device(s, "plc").detail)
        assert device(status, "plc").link in ("opening", "backing_off")
        health = await client.health()
        assert not health.ready
        assert {reason.split(":")[0] for reason in health.reasons} == {"plc", "eye"}

        line = SimulatedLine(rng=random.Random(1))
        host = LoopbackHost({"plc": port})
        await line.start(host, ["plc"])
        try:
            status = await status_when(
                client, lambda s: device(s, "plc").link == "ready"
            )
            assert device(status, "eye").link != "ready"
        finally:
            life.send(signal.SIGTERM)
            assert await life.ended() == Exit.OK
            await host.close()


@pytest.mark.parametrize(
    "page", [b"<html><body>Please sign in</body></html>", b'{"items": 7}', b"\xff\xfe"]
)
async def test_a_platform_that_talks_nonsense_is_named_and_does_no_harm(
    short, bare, agents, ready, page: bytes
) -> None:
    async with web_page(page) as url:
        life = await agents.start(bare(platform=url))
        await ready(life)
        async with AgentClient(short / "agent" / "agent.sock") as client:
            status = await status_when(client, lambda s: s.sync.last_error)
            assert not status.sync.online
            assert not status.sync.held
            assert "平台应答无法识别" in status.sync.last_error
            assert status.sync.mark == 0
            assert status.sync.backlog >= 1
            assert await client.orders() == ()
        life.send(signal.SIGTERM)
        assert await life.ended() == Exit.OK
    assert "Traceback" not in life.said


@pytest.fixture
def tiny(short: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    folder = short / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill_up(file: Path) -> None:
    """Until not a byte more fits on the disk of `file`."""
    with file.open("wb", buffering=0) as raw, suppress(OSError):
        while True:
            raw.write(bytes(4096))


def issue(ledger: PlatformLedger, order: str) -> None:
    issue_order(ledger, OrderPlan(line="DEMO", order=order, target=20, seed=3))


async def ends_for_want_of_disk(life) -> None:
    """With a sentence that says what to do, and no traceback."""
    assert await life.ended() == Exit.FAILED
    assert "nothing more is recorded. Check the disk and its free space" in life.said
    assert "Traceback" not in life.said


async def knows(client: AgentClient, order: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if order in [each.order for each in await client.orders()]:
                return
            await asyncio.sleep(0.05)


async def test_full_disk_ends_the_agent_and_space_brings_it_back(
    tiny, bare, agents, ready
) -> None:
    with PlatformLedger(None) as ledger:
        async with running(create_app(ledger)) as (host, port):
            settings = bare(platform=f"http://{host}:{port}", data=tiny / "agent")
            life = await agents.start(settings)
            await ready(life)
            filler = tiny / "filler"
            fill_up(filler)
            issue(ledger, "WO-1")
            await ends_for_want_of_disk(life)

            filler.unlink()
            life = await agents.start(settings)
            await ready(life)
            async with AgentClient(tiny / "agent" / "agent.sock") as client:
                await knows(client, "WO-1")
            life.send(signal.SIGTERM)
            assert await life.ended() == Exit.OK


async def test_a_write_that_fails_ends_the_agent_and_a_restart_goes_on(
    short, bare, agents, ready
) -> None:
    """The same without root: the kernel refuses to let its files grow."""
    with PlatformLedger(None) as ledger:
        async with running(create_app(ledger)) as (host, port):
            settings = bare(platform=f"http://{host}:{port}")
            life = await agents.start(settings)
            await ready(life)
            log_bytes = (short / "agent" / "line.sqlite-wal").stat().st_size
            limits = (log_bytes, resource.RLIM_INFINITY)
            resource.prlimit(life.process.pid, resource.RLIMIT_FSIZE, limits)
            issue(ledger, "WO-1")
            await ends_for_want_of_disk(life)

            life = await agents.start(settings)
            await ready(life)
            async with AgentClient(short / "agent" / "agent.sock") as client:
                await knows(client, "WO-1")
            life.send(signal.SIGTERM)
            assert await life.ended() == Exit.OK


async def test_no_room_for_a_package_does_not_stop_the_agent(
    tiny, bare, agents, ready, wait_until
) -> None:
    """The download fits beside the line's database, the package made of it does not."""
    with PlatformLedger(None) as ledger:
        async with running(create_app(ledger)) as (host, port):
            plan = OrderPlan(line="DEMO", order="WO-1", target=40_000, seed=3)
            issue_order(ledger, plan)
            download_bytes = ledger.catalogue.file_size("WO-1-unit")
            filler = tiny / "filler"
            fill_up(filler)
            room_bytes = download_bytes + OWN_BYTES
            os.truncate(filler, filler.stat().st_size - room_bytes)
            settings = bare(platform=f"http://{host}:{port}", data=tiny / "agent")
            life = await agents.start(settings)
            await ready(life)
            await wait_until(lambda: "could not be written" in life.said, life)
            packages = tiny / "agent" / "packages"
            assert list(packages.glob("*WO-1-unit*")) == []

            filler.unlink()
            await wait_until((packages / "WO-1-unit.sqlite").exists, life)
            life.send(signal.SIGTERM)
            assert await life.ended() == Exit.OK
    assert "Traceback" not in life.said
