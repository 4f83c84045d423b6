"""A real API on a real socket for the screen to talk to, over a view in memory."""

import asyncio
import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType

import pytest

from agent.api.app import create_app
from agent.api.server import serve
from agent.client import AgentClient
from ui.app import LineApp

FAKES = Path(__file__).parents[1] / "unit" / "api" / "fake_view.py"


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """Sample models and the view in memory that the API's own tests use."""
    spec = importlib.util.spec_from_file_location("ui_fake_view", FAKES)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Agent:
    """An agent's API that can be started and stopped."""

    def __init__(self, view, path: Path) -> None:
        self.view = view
        self.path = path
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        app = create_app(self.view, look_s=0.005)
        self._task = asyncio.create_task(serve(app, self.path))

    async def stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def agent(fakes, tmp_path) -> AsyncIterator[Agent]:
    """Not started; stopped at the end."""
    agent = Agent(fakes.FakeView(), tmp_path / "agent.sock")
    yield agent
    await agent.stop()


@pytest.fixture
async def client(agent) -> AsyncIterator[AgentClient]:
    async with AgentClient(agent.path) as client:
        yield client


@pytest.fixture
def until() -> Callable:
    """`await until(pilot, condition)`: let the app work until it holds."""

    async def wait(pilot, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await pilot.pause()
                await asyncio.sleep(0.001)
        await pilot.pause()

    return wait


@pytest.fixture
def seen() -> Callable[..., str]:
    """All text on the screen, line by line, as an eye would find it."""

    def read(app) -> str:
        lines = app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in lines)

    return read


@pytest.fixture
def started() -> Callable:
    """`async with started(client) as (app, pilot)`: the screen, before any status."""

    @contextlib.asynccontextmanager
    async def start(client, size=(120, 36), **options):
        app = LineApp(client, retry_s=0.05, **options)
        async with app.run_test(size=size) as pilot:
            yield app, pilot

    return start
