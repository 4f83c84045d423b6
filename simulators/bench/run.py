"""One seed: the simulated world, the platform stub, and the agent with its deaths."""

import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from agent import killpoints
from agent.api.ports import AgentView
from agent.app import Agent
from agent.domain.facts import Fact
from agent.domain.words import Mode
from agent.settings import Settings
from agent.store.store import Store
from agent.surroundings import Surroundings
from agent.view import View
from drivers.transports.base import Dialer
from drivers.transports.dialer import RealDialer
from drivers.transports.memory import MemoryNetwork
from simulators.bench.desk import LocalDesk
from simulators.bench.life import (
    KilledError,
    Life,
    MortalDialer,
    MortalTransport,
    inline,
)
from simulators.bench.scenario import Kill, Scenario
from simulators.bench.settings import LINE, settings_for
from simulators.bench.virtual_time import run_virtual
from simulators.hosting import Host, LoopbackHost, MemoryHost
from simulators.line import SimulatedLine
from simulators.oracle import Evidence
from simulators.people import People
from simulators.platform import (
    FaultScript,
    MemoryTransport,
    OrderPlan,
    PlatformLedger,
    create_app,
    issue_order,
)
from simulators.platform.faults import FaultyPlatform, lose_reply
from simulators.world.plan import LinePlan

ORDER = "WO-1"
# 2026-03-02 09:00 in Shanghai: the wall clock of every simulation starts here.
START_MS = 1_772_413_200_000
# An order that is not closed by then never will be.
LIMIT_S = 4 * 3600.0
RESTART_S = 1.5


@dataclass(slots=True, kw_only=True)
class Outcome:
    """A finished run: what the oracle needs, and how it went."""

    scenario: Scenario
    evidence: Evidence
    virtual_s: float
    real_s: float
    kills: Counter[str]
    resumed: int
    relabelled: int
    trace: str

    @property
    def speed(self) -> float:
        """Simulated seconds a real second."""
        return self.virtual_s / self.real_s


class Simulation:
    """Builds everything of one scenario in `folder` and runs it to its end.

    In memory; with `sockets` on loopback, which wants a loop in real time.
    """

    def __init__(
        self, scenario: Scenario, folder: Path, *, sockets: bool = False
    ) -> None:
        self.scenario = scenario
        self.folder = folder
        network = MemoryNetwork()
        self._host: Host = LoopbackHost() if sockets else MemoryHost(network)
        self._dialer: Dialer = RealDialer() if sockets else network
        self.ledger = PlatformLedger(None, now_ms=self.wall_ms)
        self.script = FaultScript()
        self.transport = MemoryTransport(
            FaultyPlatform(create_app(self.ledger), self.script), latency_s=0.02
        )
        self._issue()
        self.line = SimulatedLine(
            LinePlan(),
            scenario.faults,
            rng=random.Random(f"world {scenario.seed}"),
            aim="]d2",
            arrives_with=self._caps() if scenario.preprinted else None,
            choice=scenario.choice,
        )
        self.acknowledged: list[tuple[int, bytes]] = []
        self.view: AgentView | None = None
        self.kills: Counter[str] = Counter()
        self._pending = list(scenario.kills)
        self._visits: Counter[Kill] = Counter()
        self._lives = 0
        self._settings: Settings | None = None
        self._closed = asyncio.Event()

    def wall_ms(self) -> int:
        """The simulated wall clock."""
        try:
            return START_MS + round(asyncio.get_running_loop().time() * 1000)
        except RuntimeError:
            return START_MS

    async def run(self) -> Outcome:
        """To the closed order and the last fact in the platform's ledger."""
        began_s = time.perf_counter()
        loop = asyncio.get_running_loop()
        await self.line.start(self._host)
        self._settings = settings_for(
            self.line.addresses,
            self.folder / "agent",
            prints=not self.scenario.preprinted,
            choice=self.scenario.choice,
        )
        people = People(self.line, ORDER, LocalDesk(lambda: self.view), look_s=2.0)
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            others = [
                group.create_task(self.line.run()),
                group.create_task(people.run()),
                group.create_task(self._weather()),
            ]
            await self._live_on()
            for task in others:
                task.cancel()
        await self._host.close()
        return Outcome(
            scenario=self.scenario,
            evidence=Evidence(
                record=self.line.record,
                received=self.line.received,
                repeats_by_itself=self.scenario.repeats_by_itself,
                ledger=self.ledger,
                folder=self.folder / "agent",
                line=LINE,
                order=ORDER,
                target=self.scenario.bottles,
                acknowledged=self.acknowledged,
            ),
            virtual_s=loop.time(),
            real_s=time.perf_counter() - began_s,
            kills=self.kills,
            resumed=people.resumed,
            relabelled=people.relabelled,
            trace=self.acknowledged[-1][1].hex(),
        )

    def _issue(self) -> None:
        plan = OrderPlan(
            line=LINE,
            order=ORDER,
            target=self.scenario.bottles,
            seed=self.scenario.seed,
            # Every kill and power cycle costs up to a lease and a buffer of codes.
            margin=0.2 + 1500 / self.scenario.bottles,
            unit_mode=Mode.PREPRINTED if self.scenario.preprinted else Mode.PRINT,
        )
        issue_order(self.ledger, plan)
        rng = random.Random(f"replies {self.scenario.seed}")
        share = self.scenario.lost_replies
        self.script.chance = lambda _method, _path: (
            lose_reply() if rng.random() < share else None
        )

    def _caps(self) -> Callable[[int], str | None]:
        """Which code each bottle bears; a bottle beyond the package bears none."""
        codes = self.ledger.catalogue.codes(f"{ORDER}-unit")
        return lambda number: codes[number - 1] if number <= len(codes) else None

    async def _weather(self) -> None:
        """Platform outages."""
        for outage in sorted(self.scenario.outages, key=lambda each: each.at_s):
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, outage.at_s - loop.time()))
            self.transport.up = False
            await asyncio.sleep(outage.for_s)
            self.transport.up = True

    async def _live_on(self) -> None:
        """One life after another until the order is closed and returned."""
        done = False
        while not done:
            done = await self._one_life()
            await asyncio.sleep(RESTART_S)

    async def _one_life(self) -> bool:
        """True once everything is done; False after a kill."""
        life = Life()
        self._lives += 1
        killpoints.arm(partial(self._pass, life))
        assert self._settings is not None
        store = Store.open(
            self.folder / "agent",
            LINE,
            epoch=lambda: f"epoch-{self.scenario.seed}",
            wall_ms=self.wall_ms,
        )
        agent = Agent(self._settings, store, self._around(life))
        agent.journal.listeners.append(partial(self._acknowledge, agent))
        self.view = View(agent)
        try:
            return await self._until_done(agent, life)
        finally:
            self.view = None
            killpoints.arm(None)
            store.close()

    async def _until_done(self, agent: Agent, life: Life) -> bool:
        """True once everything is done, False once the process was killed."""
        tasks = (
            asyncio.create_task(agent.run()),
            asyncio.create_task(self._done(agent)),
            asyncio.create_task(life.died.wait()),
        )
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = tasks[1].done()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            _raise_unless_killed(end)
        return done and not life.dead

    async def _done(self, agent: Agent) -> None:
        while True:
            order = agent.reader.order(ORDER)
            if order is not None and order.state == "closed":
                status = agent.uploader.status
                settled = self.ledger.settlements.reconciliation(ORDER) is not None
                if status.backlog == 0 and settled:
                    return
            await asyncio.sleep(1.0)

    def _around(self, life: Life) -> Surroundings:
        def http(base_url: str) -> httpx.AsyncClient:
            return httpx.AsyncClient(
                base_url=base_url, transport=MortalTransport(self.transport, life)
            )

        run = inline(life)
        return Surroundings(
            dialer=MortalDialer(self._dialer, life),
            write=run,
            aside=run,
            see=run,
            keep=run,
            wall_ms=self.wall_ms,
            http=http,
            rng=random.Random(f"agent {self.scenario.seed} {self._lives}"),
            disk_free=lambda _folder: 0.5,
        )

    def _acknowledge(self, agent: Agent, _facts: tuple[Fact, ...]) -> None:
        head = agent.store.ledger.head
        self.acknowledged.append((head.seq, head.hash))

    def _pass(self, life: Life, point: str) -> None:
        """A kill point was passed: die here if it is time."""
        life.check()
        now_s = asyncio.get_running_loop().time()
        for kill in self._pending:
            if kill.point != point or now_s < kill.at_s:
                continue
            self._visits[kill] += 1
            if self._visits[kill] >= kill.visit:
                self._pending.remove(kill)
                self.kills[point] += 1
                life.die()
                for name in self.line.wires:
                    self.line.wires[name].cut()
                raise KilledError


def _raise_unless_killed(end: object) -> None:
    """A death brings down whatever was under way; anything else is a fault."""
    if isinstance(end, BaseExceptionGroup):
        _, other = end.split(KilledError)
        if other is not None:
            raise other
    elif isinstance(end, BaseException) and not isinstance(
        end, asyncio.CancelledError | KilledError
    ):
        raise end


def scratch() -> Path:
    """A folder in memory where there is one: the simulation has no slow disk."""
    memory = Path("/dev/shm")  # noqa: S108
    return Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))


def simulate(scenario: Scenario, folder: Path) -> Outcome:
    """Run one scenario on a virtual-time loop of its own."""

    async def main() -> Outcome:
        return await Simulation(scenario, folder).run()

    return run_virtual(main())


def simulate_on_sockets(scenario: Scenario, folder: Path) -> Outcome:
    """Run one scenario over loopback, in real time."""

    async def main() -> Outcome:
        return await Simulation(scenario, folder, sockets=True).run()

    return asyncio.run(main())


def clean(folder: Path) -> None:
    """Forget a run."""
    shutil.rmtree(folder)
