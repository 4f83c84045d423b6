"""A whole line on loopback beside a real agent in this process, and its commands."""

import asyncio
import contextlib
import json
import logging
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.api.app import create_app
from agent.api.server import serve
from agent.app import Agent
from agent.cli.main import app
from agent.cli.service import socket_of
from agent.client import AgentClient
from agent.settings import load
from agent.store.store import Store
from agent.surroundings import real
from agent.view import View
from drivers.virtual_time import run_virtual
from simulators.hosting import LoopbackHost
from simulators.line import SimulatedLine
from simulators.world.faults import FaultPlan
from simulators.world.plan import LinePlan

READER = r"""kind = "text_reader"
address = "{reader}"
no_read = "NOREAD"
pattern = '(?P<item>\d+);(?P<code>.*)'
"""
SETTINGS = r"""[line]
id = "L01"
data = "{data}"
[platform]
url = "http://127.0.0.1:1"
[devices.plc]
kind = "line_io"
address = "{plc}"
[devices.jet]
kind = "leibinger_jet"
address = "{printer}"
[devices.eye]
{eye}
[devices.case_labels]
kind = "zebra_zpl"
address = "{case_printer}"
[devices.case_reader]
kind = "text_reader"
address = "{case_reader}"
no_read = "NOREAD"
[[stations]]
kind = "coding"
printer = "jet"
[[stations]]
kind = "reading"
io = "plc"
{looks} = "eye"
[[stations]]
kind = "packing"
level = "case"
labeller = "case_labels"
reader = "case_reader"
"""
DEVICES = ("plc", "printer", "reader", "case_printer", "case_reader")


@dataclass
class Line:
    """The plant, the agent beside it, and where its settings are."""

    folder: Path
    settings: Path
    plant: SimulatedLine
    agent: Agent
    client: AgentClient

    async def cli(self, *arguments: object) -> Result:
        """Run `line-agent … -s settings` as a person beside the line."""
        return await asyncio.to_thread(run_cli, *arguments, "-s", self.settings)

    async def alone(self, *arguments: object) -> Result:
        """Run `line-agent …` without naming settings."""
        return await asyncio.to_thread(run_cli, *arguments)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that the loop brings about."""
        async with asyncio.timeout(30):
            while not is_so():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


def run_cli(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def cli() -> Callable[..., Result]:
    """Runs `line-agent`, for commands that need no agent."""
    return run_cli


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def virtual():
    """Runs a coroutine on virtual time."""
    return run_virtual


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a Unix socket's name."""
    with tempfile.TemporaryDirectory(prefix="line-") as name:
        yield Path(name)


@contextlib.asynccontextmanager
async def _plant(
    folder: Path, camera: dict[str, object] | None
) -> AsyncIterator[tuple[SimulatedLine, Path]]:
    host = LoopbackHost()
    plant = SimulatedLine(LinePlan(), FaultPlan(), rng=random.Random(1))
    await plant.start(host, DEVICES)
    # To its watchdog a machine busy for half a second is a dead agent.
    plant.world.plc._watchdog_s = 10.0
    moving = asyncio.create_task(plant.run())
    path = folder / "line.toml"
    if camera is None:
        eye = READER.format(reader=plant.addresses["reader"])
    else:
        eye = "\n".join(f"{key} = {json.dumps(camera[key])}" for key in camera)
    path.write_text(
        SETTINGS.format(
            data=folder / "data",
            eye=eye,
            looks="camera" if camera else "reader",
            **plant.addresses,
        ),
        encoding="utf-8",
    )
    try:
        yield plant, path
    finally:
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        await host.close()


@pytest.fixture
def camera() -> dict[str, object] | None:
    """Settings of a camera as the line's eye; a module may name one instead of None."""
    return None


@pytest.fixture
async def line(folder: Path, camera: dict[str, object] | None) -> AsyncIterator[Line]:
    """All devices ready, no order."""
    async with _plant(folder, camera) as (plant, path):
        settings = load(path)
        with Store.open(settings.line.data, settings.line.id) as store:
            agent = Agent(settings, store, real())
            serving = asyncio.create_task(
                serve(create_app(View(agent)), socket_of(settings))
            )
            working = asyncio.create_task(agent.run())
            try:
                async with AgentClient(socket_of(settings)) as client:
                    each = Line(folder, path, plant, agent, client)
                    try:
                        await each.until(lambda: _ready(agent))
                    except TimeoutError:
                        pytest.fail(str([d.status() for d in agent.devices.all]))
                    yield each
            finally:
                for task in (working, serving):
                    task.cancel()
                await asyncio.gather(working, serving, return_exceptions=True)
                await agent.writer.finish()


def _ready(agent: Agent) -> bool:
    heard = agent.line.triggering.state is not None
    return heard and all(d.status().link == "ready" for d in agent.devices.all)
