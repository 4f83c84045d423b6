"""A world with the simplest honest agent: it beats, and passes what it can read."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulators.printers.leibinger_jet import JetPrinter
from simulators.world.bottles import Bottle, Ruin
from simulators.world.faults import Rates
from simulators.world.plan import LinePlan
from simulators.world.world import World

PASS, REJECT = 1, 2
STEP_S = 0.05


@dataclass
class Rig:
    """World, printer, and an agent that can be told to fall silent."""

    world: World
    jet: JetPrinter
    alive: bool = True
    command: int = 1
    shots: list[tuple[int, int | None, str | None, Ruin | None]] = field(
        default_factory=list
    )
    verdict_of: Callable[[str | None, Ruin | None], int] = lambda text, ruin: (
        REJECT if ruin or not text else PASS
    )
    steps: int = 0
    sent: int = 0

    def on_shot(
        self, item: int, bottle: Bottle | None, text: str | None, ruin: Ruin | None
    ) -> None:
        number = None if bottle is None else bottle.number
        self.shots.append((item, number, text, ruin))
        if self.alive:
            self.tell(item, self.verdict_of(text, ruin))

    def tell(self, item: int, verdict: int) -> None:
        """Write one slot of the verdict ring."""
        value = item % 16384 * 4 + verdict
        self.world.write_registers(128 + item % 64, [value])

    def run(self, seconds: float) -> None:
        """Let time pass, beating every 50 ms and keeping the printer fed."""
        for _ in range(round(seconds / STEP_S)):
            self.steps += 1
            self.world.advance(self.steps * STEP_S)
            if self.alive:
                beat = [77, self.steps & 0xFFFF, self.command, 0]
                self.world.write_registers(100, beat)
            self.feed(40)

    def feed(self, level: int) -> None:
        """Top the printer up to `level` records."""
        session = self.jet.session()
        while self.jet.queued < level:
            self.sent += 1
            line = f"^0=MR{self.sent}\tC{self.sent:05d}\r"
            session.feed(line.encode(), self.world.now_s)

    def bottles_until_idle(self) -> None:
        """Close the infeed and let the belt clear itself."""
        self.command = 0
        self.run(6)

    def register(self, address: int) -> int:
        """One register, as read from outside."""
        return self.world.read_registers(address, 1)[0]

    def counter(self, address: int) -> int:
        """A u32, high word first."""
        high, low = self.world.read_registers(address, 2)
        return high << 16 | low

    def outcome(self, item: int) -> int | None:
        """Outcome of `item`; None when its slot speaks of another."""
        value = self.register(32 + item % 64)
        return value & 3 if value >> 2 == item % 16384 else None


RigFactory = Callable[..., Rig]


@pytest.fixture(scope="session")
def rig() -> RigFactory:
    """Makes a rig from keyword arguments of `LinePlan`, rates and seed."""

    def make(*, rates: Rates | None = None, seed: int = 1, **plan: Any) -> Rig:
        jet = JetPrinter()
        jet.session().feed(b"^0!GO\r", 0)
        world = World(LinePlan(**plan), random.Random(seed), printer=jet, rates=rates)
        made = Rig(world, jet)
        world.on_shot = made.on_shot
        made.feed(40)
        return made

    return make
