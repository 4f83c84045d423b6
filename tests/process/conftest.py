"""The real agent as a process of its own, beside a simulated plant on loopback."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.api.models import StatusModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from agent.domain.facts import Fact
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.store import PACKAGES_NAME
from agent.vision.symbology import Symbology
from simulators import people as people_module
from simulators.demo.plant import Plant, plant
from simulators.demo.settings import LINE, write_settings
from simulators.oracle import Evidence, check_all
from simulators.people import ClientDesk, People
from simulators.platform import OrderPlan, PlatformLedger, issue_order
from simulators.world.plan import LinePlan, OperatorPlan

ORDER = "WO-1"
SYMBOLOGY = Symbology.GS1_DATA_MATRIX
# Two busy cores: nothing here waits so long unless it is broken.
PATIENCE_S = 40.0
# A brisk person, and a short way from labeller to reader: less waiting at the ends.
PLAN = LinePlan(
    label_to_reader_s=0.5,
    scan_spacing_s=0.2,
    operator=OperatorPlan(
        rescan_s=1.0, partial_s=0.5, reset_s=0.5, retry_s=0.5, empty_bin_s=1.0
    ),
)


class AgentLife:
    """One life of the agent: `line-agent run`, or another command line of it."""

    def __init__(self, process: asyncio.subprocess.Process, narration: Path) -> None:
        self.process = process
        self._narration = narration

    @property
    def said(self) -> str:
        """What it told people and the log so far."""
        return self._narration.read_text(encoding="utf-8")

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Its exit code; minus the number of the signal that killed it."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


class Agents:
    """Starts agents and leaves none behind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lives: list[AgentLife] = []

    async def start(
        self, settings: Path, *, program: str | None = None, **environment: str
    ) -> AgentLife:
        """`program` is Python text run in place of the module `agent`."""
        narration = self._folder / f"life-{len(self._lives) + 1}.log"
        how = ["-m", "agent"] if program is None else ["-c", program]
        with narration.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *how,
                "run",
                "--settings",
                str(settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | environment,
            )
        life = AgentLife(process, narration)
        self._lives.append(life)
        return life

    async def end(self) -> None:
        for life in self._lives:
            if life.alive:
                life.process.kill()
                await life.process.wait()


async def until(
    is_so: Callable[[], bool], life: AgentLife, patience_s: float = PATIENCE_S
) -> None:
    """Wait for something while the agent lives."""
    async with asyncio.timeout(patience_s):
        while not is_so():
            assert life.alive, f"the agent ended early:\n{life.said}"
            await asyncio.sleep(0.02)


@dataclass
class Site:
    """A plant with one order, and an agent that comes and goes."""

    folder: Path
    site: Plant
    target: int
    agents: Agents
    client: AgentClient
    life: AgentLife | None = None
    acknowledged: list[tuple[int, bytes]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "agent"

    @property
    def settings(self) -> Path:
        return self.folder / "line.toml"

    async def start(self, *, kill_at: str = "") -> float:
        """Start the agent; seconds until its API answers."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        self.life = await self.agents.start(self.settings, LINE_AGENT_KILL_AT=kill_at)
        while await self.status() is None:
            assert self.life.alive, self.life.said
            assert loop.time() - began_s < PATIENCE_S, self.life.said
            await asyncio.sleep(0.02)
        return loop.time() - began_s

    async def status(self) -> StatusModel | None:
        """The line as the agent tells it; None while nobody answers."""
        try:
            return await self.client.status()
        except (AgentUnreachable, AgentRefused):
            return None

    async def passed(self, count: int) -> None:
        """Wait until so many passed, noting what was acknowledged on the way."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                assert self.life is not None
                assert self.life.alive, self.life.said
                status = await self.status()
                await self._note()
                if status is not None and status.passed >= count:
                    return
                await asyncio.sleep(0.1)

    async def _note(self) -> None:
        """A head that the agent has told somebody is a promise."""
        with contextlib.suppress(AgentUnreachable, AgentRefused):
            books = await self.client.reconciliation(ORDER)
            self.acknowledged.append((books.head_seq, bytes.fromhex(books.head_hash)))

    async def died(self) -> int:
        """Wait until the agent is dead."""
        assert self.life is not None
        while self.life.alive:
            await self._note()
            await asyncio.sleep(0.05)
        return await self.life.ended()

    async def settled(self) -> None:
        """Wait until the order is closed and every fact is with the platform."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self._is_settled():
                assert self.life is not None
                assert self.life.alive, self.life.said
                await asyncio.sleep(0.1)

    async def _is_settled(self) -> bool:
        if self.site.ledger.settlements.reconciliation(ORDER) is None:
            return False
        status = await self.status()
        return status is not None and status.sync.backlog == 0

    def facts(self, kind: str) -> list[Fact]:
        """Everything of one kind in the journal, read while no agent runs."""
        with StoreReader(
            self.data / DATABASE_NAME, self.data / PACKAGES_NAME
        ) as reader:
            rows = reader.journal_after(0, 100_000)
            return [row.fact() for row in rows if row.kind == kind]

    def wrong(self) -> list[str]:
        """What the plant and the platform have against the agent's books."""
        return check_all(
            Evidence(
                record=self.site.line.record,
                received=self.site.line.printer.received,
                repeats_by_itself=False,
                ledger=self.site.ledger,
                folder=self.data,
                line=LINE,
                order=ORDER,
                target=self.target,
                acknowledged=self.acknowledged,
            )
        )


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a Unix socket's name."""
    with tempfile.TemporaryDirectory(prefix="line-") as folder:
        yield Path(folder)


@pytest.fixture
async def agents(short: Path) -> AsyncIterator[Agents]:
    agents = Agents(short)
    yield agents
    await agents.end()


@pytest.fixture
def wait_until() -> Callable[..., object]:
    return until


@pytest.fixture
def running_site(
    short: Path, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., contextlib.AbstractAsyncContextManager[Site]]:
    """A plant with an order of so many bottles, and a person who looks after it.

    `minimum_grade` is the spec's; `station` are more settings of the reading station,
    `camera` of its camera.
    """
    monkeypatch.setattr(people_module, "ANSWER_S", 0.5)
    monkeypatch.setattr(people_module, "WONDER_S", 4.0)

    @contextlib.asynccontextmanager
    async def run(
        target: int,
        *,
        minimum_grade: float | None = None,
        station: str = "",
        camera: str = "",
    ) -> AsyncIterator[Site]:
        with PlatformLedger(short / "platform.sqlite") as ledger:
            # Every death costs up to a lease of codes.
            plan = OrderPlan(
                line=LINE,
                order=ORDER,
                target=target,
                seed=1,
                margin=4.0,
                minimum_grade=minimum_grade,
            )
            issue_order(ledger, plan)
            async with plant(short, ledger, SYMBOLOGY, PLAN) as site:
                write_settings(short / "line.toml", site, short / "agent")
                _add(short / "line.toml", 'camera = "camera"', station)
                _add(short / "line.toml", 'kind = "opencv_camera"', camera)
                async with AgentClient(short / "agent" / "agent.sock") as client:
                    people = People(site.line, ORDER, ClientDesk(client))
                    helping = asyncio.create_task(people.run())
                    try:
                        yield Site(
                            folder=short,
                            site=site,
                            target=target,
                            agents=agents,
                            client=client,
                        )
                    finally:
                        helping.cancel()
                        await asyncio.gather(helping, return_exceptions=True)
                        await agents.end()

    return run


def _add(settings: Path, after: str, more: str) -> None:
    text = settings.read_text(encoding="utf-8")
    assert text.count(f"{after}\n") == 1
    settings.write_text(text.replace(after, f"{after}\n{more}"), encoding="utf-8")


def a_free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def free_port() -> Callable[[], int]:
    return a_free_port


@pytest.fixture
def bare(short: Path) -> Callable[..., Path]:
    """Settings of a small line whose devices and platform need not be there."""

    def write(
        *, platform: str = "", plc: str = "", data: Path | None = None, line: str = LINE
    ) -> Path:
        path = short / "bare.toml"
        path.write_text(
            f"""\
[line]
id = "{line}"
data = "{data or short / "agent"}"
[platform]
url = "{platform or f"http://127.0.0.1:{a_free_port()}"}"
poll_s = 0.1
[devices.plc]
kind = "line_io"
address = "{plc or f"modbus://127.0.0.1:{a_free_port()}/1"}"
[devices.eye]
kind = "text_reader"
address = "tcp://127.0.0.1:{a_free_port()}"
no_read = "NOREAD"
[[stations]]
kind = "reading"
io = "plc"
reader = "eye"
""",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def ready() -> Callable[[AgentLife], Awaitable[None]]:
    """Waits until an agent says that it is ready."""

    async def wait(life: AgentLife) -> None:
        await until(lambda: "ready 就绪" in life.said, life)

    return wait
