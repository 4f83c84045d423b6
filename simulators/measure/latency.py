"""From a picture to the verdict on disk and in the PLC's ring, with the real parts:
decoder, group commit on this disk, Modbus TCP on loopback."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from agent.clock import wall_ms
from agent.domain.code_format import Gs1Element
from agent.domain.facts import (
    CodesLeased,
    Fact,
    OrderReceived,
    OrderStarted,
    PackageAccepted,
)
from agent.domain.judging import Judge
from agent.domain.print_window import PrintWindow
from agent.domain.reject_run import RejectRun
from agent.domain.tracking import ItemRegister
from agent.domain.words import CodeRef, Level, Mode
from agent.line.deciding import Deciding
from agent.line.running import Running
from agent.line.verifying import item_read
from agent.store.store import Store
from agent.store.writer import GroupCommit
from agent.surroundings import on_executor
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Image, Region
from agent.vision.symbology import Symbology
from drivers.base import LineCommand, LineIO, LineState, Verdict
from drivers.io.line_io.driver import ModbusLineIO
from drivers.transports.dialer import RealDialer
from simulators.cameras.defects import TYPICAL
from simulators.cameras.rendered import PrintedMark, render
from simulators.hosting import LoopbackHost
from simulators.world.plan import LinePlan
from simulators.world.world import World

ITEMS = 400
GTIN = "06901234567892"
# 40 items a second, as fast as lines go.
PITCH_S = 0.025


@dataclass(slots=True)
class Stamps:
    """When each step of each item ended, seconds."""

    seen: list[float] = field(default_factory=list)
    durable: list[float] = field(default_factory=list)
    ringed: list[float] = field(default_factory=list)


class StampedJournal:
    """Notes when a commit returned."""

    def __init__(self, writer: GroupCommit, stamps: Stamps) -> None:
        self._writer = writer
        self._stamps = stamps

    async def commit(self, *facts: Fact) -> int:
        """Commit, then look at the clock."""
        last = await self._writer.commit(*facts)
        self._stamps.durable.append(time.perf_counter())
        return last


class StampedIO:
    """Notes when a verdict was in the ring."""

    name = "plc"

    def __init__(self, io: LineIO, stamps: Stamps) -> None:
        self._io = io
        self._stamps = stamps
        self.run = io.run
        self.status = io.status

    async def poll(self) -> LineState:
        """As the PLC answers."""
        return await self._io.poll()

    async def beat(self, command: LineCommand) -> None:
        """As asked."""
        await self._io.beat(command)

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        """Write, then look at the clock."""
        await self._io.write_verdicts(verdicts)
        self._stamps.ringed.append(time.perf_counter())


def codes() -> list[str]:
    """One code an item."""
    rng = random.Random(7)
    return [f"01{GTIN}21{rng.randrange(10**11):012}" for _ in range(ITEMS)]


def pictures(texts: list[str]) -> list[Image]:
    """Each code as a camera would see it on the line."""
    rng = np.random.default_rng(7)
    return [
        render(
            PrintedMark(symbology=Symbology.GS1_DATA_MATRIX, text=text), rng, TYPICAL
        )
        for text in texts
    ]


class _Bank:
    """The registers of a resting PLC."""

    def __init__(self) -> None:
        self._world = World(LinePlan(), random.Random(1))

    def read(self, address: int, count: int) -> list[int]:
        return self._world.read_registers(address, count)

    def write(self, address: int, values: Sequence[int]) -> None:
        self._world.write_registers(address, values)


async def measure(folder: Path) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of decode, to durable, and to the ring, each from the picture."""
    texts = codes()
    shots = pictures(texts)
    stamps = Stamps()
    host = LoopbackHost()
    wire = await host.registers("plc", _Bank())
    io = ModbusLineIO(
        "plc", address=wire.address, dialer=RealDialer(), rng=random.Random(1)
    )
    with Store.open(folder, "MEASURE") as store:
        writer = GroupCommit(
            store.ledger, on_executor(ThreadPoolExecutor(1, "store")), wall_ms
        )
        await writer.commit(*_opening(len(texts)))
        linking = asyncio.create_task(io.run())
        await io.link.wait_ready()
        began: list[float] = []
        try:
            await _pass_items(
                texts=texts,
                shots=shots,
                writer=writer,
                io=io,
                stamps=stamps,
                began=began,
            )
        finally:
            linking.cancel()
            await asyncio.gather(linking, return_exceptions=True)
            await host.close()
    return tuple(  # type: ignore[return-value]
        [(end - start) * 1000 for start, end in zip(began, ends, strict=True)]
        for ends in (stamps.seen, stamps.durable, stamps.ringed)
    )


async def _pass_items(
    *,
    texts: list[str],
    shots: list[Image],
    writer: GroupCommit,
    io: LineIO,
    stamps: Stamps,
    began: list[float],
) -> None:
    window = PrintWindow()
    window.begin_era(first_item=1, first_record=1)
    for number, text in enumerate(texts, 1):
        window.sent(text, CodeRef(package="M", index=number), number)
    register = ItemRegister(boot=1, triggered=len(texts), gated=0)
    journal = StampedJournal(writer, stamps)
    deciding = Deciding(
        StampedIO(io, stamps),
        order="MEASURE",
        journal=journal,
        judge=Judge(lookup=lambda _key: None, target=len(texts), window=window),
        rejects=RejectRun(limit=100, sequence_limit=100),
        running=Running(journal),
        register=lambda: register,
        counts_from=lambda: 1,
        carry=lambda _item, _code: None,
    )
    vision = CodeVision(
        frozenset({Symbology.GS1_DATA_MATRIX}),
        Region(x=160, y=80, width=320, height=320),
        budget_ms=25,
    )
    code_format = Gs1Element(gtin=GTIN)
    see = on_executor(ThreadPoolExecutor(1, "vision"))
    for number, shot in enumerate(shots, 1):
        began.append(time.perf_counter())
        result = await see(lambda picture=shot: vision.read(picture))  # type: ignore[misc]
        found = [(code.payload.decode(), code.aim) for code in result.codes]
        stamps.seen.append(time.perf_counter())
        await deciding.decide([item_read(code_format, number, found)])
        await asyncio.sleep(PITCH_S)


def _opening(count: int) -> list[Fact]:
    return [
        OrderReceived(
            order="MEASURE",
            product="P",
            batch="B",
            target=count,
            spec="S",
            spec_version=1,
            spec_json="{}",
        ),
        PackageAccepted(
            package="M",
            level=Level.UNIT,
            mode=Mode.PRINT,
            order="MEASURE",
            codes=count,
            sha256="",
        ),
        OrderStarted(order="MEASURE", by="measure"),
        CodesLeased(package="M", first=1, last=count, device="printer"),
    ]


def run(console: Console) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="line-agent-measure-", dir=".") as folder:
        parts = asyncio.run(measure(Path(folder)))
    table = Table(title=f"verdict latency over {ITEMS} pictures, ms from the picture")
    for heading in ("until", "p50", "p99", "max"):
        table.add_column(heading, justify="left" if heading == "until" else "right")
    for name, took_ms in zip(
        ("decoded", "verdict durable", "in the PLC's ring"), parts, strict=True
    ):
        quantiles = statistics.quantiles(took_ms, n=100)
        table.add_row(
            name, f"{quantiles[49]:.2f}", f"{quantiles[98]:.2f}", f"{max(took_ms):.2f}"
        )
    console.print(table)
