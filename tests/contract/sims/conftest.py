"""A simulated line on loopback, in real time, with its own bottles standing still."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from simulators.hosting import LoopbackHost
from simulators.line import SimulatedLine
from simulators.world.plan import LinePlan


@pytest.fixture
async def host() -> AsyncIterator[LoopbackHost]:
    host = LoopbackHost()
    yield host
    await host.close()


@pytest.fixture
async def line(host: LoopbackHost) -> SimulatedLine:
    """Started; time passes only where a test runs it."""
    line = SimulatedLine(LinePlan(), rng=random.Random(1))
    await line.start(host)
    return line


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Waits until a condition holds, at most 5 s."""

    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():  # noqa: ASYNC110 (devices offer no event for it)
                await asyncio.sleep(0.005)

    return wait
