"""What the agent stands on, handed in from outside: wires, threads, time, network.

Production fills it with the real things; a simulation with its own. The agent never
asks which.
"""

import asyncio
import functools
import random
import shutil
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import cv2
import httpx

from agent.clock import WallClock, wall_ms
from agent.store.writer import Run
from drivers.transports.base import Dialer
from drivers.transports.dialer import RealDialer

T = TypeVar("T")


class HttpClient(Protocol):
    """Makes the client for the platform at `base_url`."""

    def __call__(self, base_url: str) -> httpx.AsyncClient: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`write` runs the store's work in order, `aside` long work of any kind, `see`
    looks at pictures, `keep` writes those of rejects; `disk_free` is the free share of
    the data folder's disk, 0..1."""

    dialer: Dialer
    write: Run
    aside: Run
    see: Run
    keep: Run
    wall_ms: WallClock
    http: HttpClient
    rng: random.Random
    disk_free: Callable[[Path], float]


def on_executor(executor: Executor) -> Run:
    """Work goes to the executor; the loop stays free."""

    def run(work: Callable[[], T]) -> Awaitable[T]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(executor, functools.partial(work))

    return run


def free_share(folder: Path) -> float:
    """Free space of the disk under `folder`, 0..1."""
    usage = shutil.disk_usage(folder)
    return usage.free / usage.total


def real_http(base_url: str) -> httpx.AsyncClient:
    """A client over the network, without following redirects."""
    return httpx.AsyncClient(base_url=base_url, follow_redirects=False, trust_env=False)


def real() -> Surroundings:
    """The plant: sockets and serial lines, one thread that writes, the wall clock."""
    # Pictures are decoded one at a time on a thread of ours; OpenCV's own threads
    # would only take the second core from the loop that talks to the gate.
    cv2.setNumThreads(1)
    return Surroundings(
        dialer=RealDialer(),
        write=on_executor(ThreadPoolExecutor(1, "store")),
        aside=on_executor(ThreadPoolExecutor(1, "aside")),
        see=on_executor(ThreadPoolExecutor(1, "vision")),
        keep=on_executor(ThreadPoolExecutor(1, "pictures")),
        wall_ms=wall_ms,
        http=real_http,
        rng=random.Random(),
        disk_free=free_share,
    )
