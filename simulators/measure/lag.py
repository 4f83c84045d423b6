"""How late the agent's event loop gets with twelve devices, and with one that floods.

The drivers run here, as in the agent, on loopback sockets; the devices and the flooder
are processes of their own. A heartbeat that wants to wake every 5 ms tells how late.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from drivers.around import Around
from drivers.base import LineCommand, LineIO, Role
from drivers.errors import DriverError
from drivers.registry import open_device
from drivers.settings import DeviceSettings
from drivers.settings_base import DeviceModel
from drivers.transports.dialer import RealDialer

BEAT_S = 0.005
ROUNDS = 3
ROUND_S = 4.0
WARM_UP_S = 2.0
SETTLE_S = 0.5
CONNECT_S = 10.0
FLOODING = "flooding"
PLC_POLL_S = 0.02
UA_POLL_S = 0.1
# What else is asked of a device, and how often; reads are waited for.
ASKED = {
    Role.PRINTER: ("progress", 0.1),
    Role.LABELLER: ("status_of_printer", 0.5),
    Role.READER: ("read", 0.0),
}
IDLE = LineCommand(run=False, stop=False)


@dataclass(slots=True)
class Phase:
    """What was seen in all rounds with, or without, the flood."""

    late_ms: list[float] = field(default_factory=list)
    poll_ms: list[float] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    offered: int = 0
    taken: int = 0


class Lag:
    """Twelve devices at work; what they do is booked to `phase`."""

    def __init__(self) -> None:
        self.phase = Phase()

    async def run(self, name: str, role: Role, device: Any) -> None:
        """Work with one device as the line does."""
        if role is Role.LINE_IO:
            every_s = PLC_POLL_S if name == "line_io" else UA_POLL_S
            act: Callable[[], Awaitable[object]] = partial(self._look, name, device)
        else:
            what, every_s = ASKED[role]
            act = getattr(device, what)
        while True:
            await device.link.wait_ready()
            try:
                await act()
            except DriverError as error:
                self.phase.failed.append(str(error))
                continue
            self.phase.done[name] = self.phase.done.get(name, 0) + 1
            if every_s:
                await asyncio.sleep(every_s)

    async def _look(self, name: str, plc: LineIO) -> None:
        begun_s = time.perf_counter()
        await plc.poll()
        if name == "line_io":
            self.phase.poll_ms.append((time.perf_counter() - begun_s) * 1000)
        await plc.beat(IDLE)

    async def beat(self) -> None:
        """The heartbeat."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.phase.late_ms.append((loop.time() - due_s) * 1000)


class Process:
    """`lag_plant` in a process of its own: a line said, a line heard."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> str:
        """Its next line."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the simulated devices ended")
        return line.decode()

    def say(self, text: str) -> None:
        """One line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())


@asynccontextmanager
async def started(what: str) -> AsyncIterator[Process]:
    """`lag_plant` with argument `what`, ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.measure.lag_plant", what),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield Process(process)
    finally:
        process.kill()
        await process.communicate()


class Bench:
    """The devices of settings, each at work, and the heartbeat."""

    def __init__(self, settings: Mapping[str, Mapping[str, object]]) -> None:
        self.lag = Lag()
        self._dialer = RealDialer()
        around = Around(dialer=self._dialer, rng=random.Random(1))
        adapter: TypeAdapter[DeviceModel] = TypeAdapter(DeviceSettings)
        self._described = {
            name: adapter.validate_python(each) for name, each in settings.items()
        }
        self.devices: dict[str, Any] = {
            name: open_device(name, each, around)
            for name, each in self._described.items()
        }
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Bench":
        works = [
            self.lag.run(name, self._described[name].role, device)
            for name, device in self.devices.items()
        ]
        links = [device.run() for device in self.devices.values()]
        self._tasks = [
            asyncio.create_task(each) for each in (*links, *works, self.lag.beat())
        ]
        async with asyncio.timeout(CONNECT_S):
            for device in self.devices.values():
                await device.link.wait_ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._dialer.close()

    async def go_on(self, seconds: float, phase: Phase) -> None:
        """Book to `phase` for so long. What ends a task ends the measurement."""
        self.lag.phase = phase
        phase.seconds += seconds
        ended, _ = await asyncio.wait(
            self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in ended:
            task.result()


async def alone(seconds: float) -> Phase:
    """The heartbeat by itself: what this machine does to any loop."""
    lag = Lag()
    beating = asyncio.create_task(lag.beat())
    await asyncio.sleep(seconds)
    beating.cancel()
    return lag.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """The loop by itself, with devices, and with the flood too; the latter two in
    turns, so that both meet the same machine."""

    alone: Phase
    quiet: Phase
    flooded: Phase


async def measure(rounds: int = ROUNDS, round_s: float = ROUND_S) -> Lags:
    """`RuntimeError` when a device did nothing meanwhile."""
    quiet, flooded = Phase(), Phase()
    async with started("plant") as plant, started("flood") as flooder:
        settings = json.loads(await plant.hear())
        address = (await flooder.hear()).strip()
        settings[FLOODING] = {
            "kind": "text_reader",
            "address": address,
            "no_read": "NOREAD",
        }
        by_itself = await alone(round_s)
        async with Bench(settings) as bench:
            counts = bench.devices[FLOODING].counts
            await bench.go_on(WARM_UP_S, Phase())
            for _ in range(rounds):
                await bench.go_on(round_s, quiet)
                before = counts.reads
                flooder.say(str(round_s))
                await bench.go_on(round_s, flooded)
                flooded.taken += counts.reads - before
                # What still waits in sockets belongs to no phase.
                await bench.go_on(SETTLE_S, Phase())
                flooded.offered += int(await flooder.hear())
    _see_that_all_worked(quiet, flooded, set(settings))
    return Lags(alone=by_itself, quiet=quiet, flooded=flooded)


def _see_that_all_worked(quiet: Phase, flooded: Phase, names: set[str]) -> None:
    """A device that did nothing would make the figures better than they are."""
    idle = (names - set(flooded.done)) | (names - {FLOODING} - set(quiet.done))
    if idle:
        raise RuntimeError(f"did nothing while it was measured: {', '.join(idle)}")


def run(console: Console) -> None:
    """Print the table."""
    lags = asyncio.run(measure())
    devices = len(set(lags.quiet.done) - {FLOODING})
    table = Table(title=f"event loop, ms late of a beat every {BEAT_S * 1000:.0f} ms")
    for heading in ("", "p50", "p99", "max", "PLC poll p50", "p99", "a second"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, phase in (
        ("by itself", lags.alone),
        (f"{devices} devices", lags.quiet),
        ("and one that floods", lags.flooded),
    ):
        table.add_row(name, *_figures(phase))
    console.print(table)
    for said in sorted(set(lags.quiet.failed + lags.flooded.failed)):
        console.print(
            f"failed: {said}: {lags.quiet.failed.count(said)} as usual, "
            f"{lags.flooded.failed.count(said)} in the flood"
        )
    flooded = lags.flooded
    console.print(
        f"flood: {flooded.offered / flooded.seconds:,.0f} frames/s into the socket, "
        f"{flooded.taken / flooded.seconds:,.0f} taken by the driver"
    )


def _figures(phase: Phase) -> list[str]:
    late = statistics.quantiles(phase.late_ms, n=100)
    figures = [f"{late[49]:.2f}", f"{late[98]:.2f}", f"{max(phase.late_ms):.2f}"]
    if phase.poll_ms:
        poll = statistics.quantiles(phase.poll_ms, n=100)
        rate = len(phase.poll_ms) / phase.seconds
        figures += [f"{poll[49]:.2f}", f"{poll[98]:.2f}", f"{rate:.0f}"]
    return figures
