"""The API over a view in memory: called directly, and over a real socket."""

import asyncio
import contextlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from agent.api.app import create_app
from agent.api.server import serve
from agent.client import AgentClient


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("api_fake_view", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The module `fake_view`: sample models and `FakeView`."""
    return _load(Path(__file__).with_name("fake_view.py"))


@pytest.fixture
def view(fakes):
    return fakes.FakeView()


@pytest.fixture
def app(view):
    return create_app(view, look_s=0.005)


@pytest.fixture
async def http(app) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://agent"
    ) as client:
        yield client


@pytest.fixture
async def served(app, tmp_path) -> AsyncIterator[tuple[Path, asyncio.Task[None]]]:
    """The application on a Unix socket, and the task that serves it."""
    path = tmp_path / "agent.sock"
    task = asyncio.create_task(serve(app, path))
    await asyncio.sleep(0)  # the socket is bound in the task's first step
    yield path, task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def client(served) -> AsyncIterator[AgentClient]:
    async with AgentClient(served[0]) as client:
        yield client


@pytest.fixture
def act() -> Callable[..., dict[str, str]]:
    """An act's JSON body; every call another id unless one is given."""
    numbers = iter(range(10**6))

    def make(by: str = "李工", reason: str = "", act_id: str = "") -> dict[str, str]:
        act_id = act_id or f"act-{next(numbers):08d}"
        return {"by": by, "reason": reason, "act_id": act_id}

    return make
