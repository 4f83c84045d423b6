"""A fast line for minutes: the time from each picture to its verdict in the PLC.

The whole line: simulated plant with a camera that uploads files, the real agent in a
process of its own, platform and people, all on this machine. Time is taken at the
plant, from the picture lying in the folder to the PLC being handed the verdict.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.client import AgentClient
from simulators.demo.agent_process import AgentProcess
from simulators.demo.orders import DemoOrder, pick_order
from simulators.demo.plant import Plant, plant
from simulators.demo.settings import write_settings
from simulators.io.line_io import ITEM_MODULUS, RING, VERDICTS
from simulators.people import ClientDesk, People
from simulators.platform import PlatformLedger
from simulators.world.plan import LinePlan

FRAMES_A_S: Final = 33
MINUTES: Final = 10.0
# 33 bottles a second, 100 mm apart; from camera to gate the agent has 150 ms.
PLAN: Final = LinePlan(speed_mm_s=100.0 * FRAMES_A_S)
GATE_MS: Final = 1000 * (PLAN.gate_mm - PLAN.camera_mm) / PLAN.speed_mm_s
SPARE: Final = 1.1
NEVER: Final = 1_000_000_000  # collections of the middle ones before one of the old


class Watch:
    """Notes when each picture lay there and when its verdict was in the ring."""

    def __init__(self) -> None:
        self.pictures = 0
        self.took_ms: list[float] = []
        self._waiting: dict[int, float] = {}

    def picture(self, item: int) -> None:
        """The camera has delivered."""
        self.pictures += 1
        self._waiting[item % ITEM_MODULUS] = time.perf_counter()

    def written(self, address: int, values: Sequence[int]) -> None:
        """The agent wrote registers."""
        now_s = time.perf_counter()
        for register, value in enumerate(values, address):
            if VERDICTS <= register < VERDICTS + RING and value % 4:
                began_s = self._waiting.pop(value // 4, None)
                if began_s is not None:
                    self.took_ms.append((now_s - began_s) * 1000)

    @property
    def unanswered(self) -> int:
        """Pictures, older than the way to the gate, that never got a verdict."""
        limit_s = time.perf_counter() - GATE_MS / 1000
        return sum(began_s < limit_s for began_s in self._waiting.values())


async def measure(folder: Path, minutes: float) -> tuple[Watch, dict[str, int]]:
    """Run the line; what was watched, and the agent's rejects by reason."""
    watch = Watch()
    bottles = round(SPARE * FRAMES_A_S * 60 * minutes)
    with PlatformLedger(folder / "platform.sqlite") as ledger:
        order = pick_order(ledger, bottles=bottles, package=None)
        async with plant(folder, ledger, order.symbology, PLAN) as site:
            reasons = await _work(folder, site, order, watch, minutes)
    return watch, reasons


async def _work(
    folder: Path, site: Plant, order: DemoOrder, watch: Watch, minutes: float
) -> dict[str, int]:
    site.camera.on_picture = watch.picture
    site.line.world.on_write = watch.written
    write_settings(folder / "line.toml", site, folder / "agent")
    agent = AgentProcess(folder / "line.toml", folder / "agent.log")
    async with AgentClient(folder / "agent" / "agent.sock") as client:
        people = People(site.line, order.order, ClientDesk(client))
        tasks = [asyncio.create_task(agent.run()), asyncio.create_task(people.run())]
        try:
            while not watch.took_ms:
                await asyncio.sleep(0.2)
                for task in tasks:
                    if task.done():
                        task.result()
            await asyncio.sleep(60 * minutes)
            return dict((await client.status()).reasons)
        finally:
            tasks[1].cancel()
            await agent.stop()
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)


def table(watch: Watch, reasons: dict[str, int], minutes: float) -> Table:
    """One row: how long verdicts took, and how many came too late for the gate."""
    made = Table(
        title=f"{FRAMES_A_S} frames/s beside the whole line, {minutes:g} min",
        caption=f"ms from the picture in the folder to the verdict in the PLC; "
        f"the gate is {GATE_MS:.0f} ms away. Rejects: "
        + (", ".join(f"{name} {n}" for name, n in sorted(reasons.items())) or "none"),
    )
    headings = ("pictures", "p50", "p99", "p99.9", "max", "later than the gate")
    for heading in headings:
        made.add_column(heading, justify="right")
    took = np.array(watch.took_ms)
    late = int((took > GATE_MS).sum()) + watch.unanswered
    made.add_row(
        str(watch.pictures),
        *(f"{np.percentile(took, q):.1f}" for q in (50, 99, 99.9)),
        f"{took.max():.1f}",
        str(late),
    )
    return made


@contextmanager
def no_full_collections() -> Iterator[None]:
    """What the plant remembers of its bottles grows: looking through all of it takes
    0.1 s after some minutes, and would be taken for the agent's time.
    """
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(young, middle, old)


def run(console: Console, minutes: float = MINUTES) -> None:
    """Run the line in a folder of its own, then print the table."""
    with (
        tempfile.TemporaryDirectory(prefix="line-agent-frames-", dir=".") as folder,
        no_full_collections(),
    ):
        watch, reasons = asyncio.run(measure(Path(folder).absolute(), minutes))
        console.print(table(watch, reasons, minutes))
