"""The operator as the agent meets one: starts the order, answers for going on, looks
after labels nobody can tell about. Acts only through the agent's own door."""

import asyncio
from contextlib import suppress
from typing import Protocol

from agent.api.models import ActAnswer, ActRequest, CodeModel, StatusModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from agent.domain.run_state import RunState
from agent.domain.words import Level, StopCause
from simulators.line import SimulatedLine
from simulators.world.packers import PackStation
from simulators.world.record import Kind

LOOK_S = 0.5
# How long a person takes to answer a stop, and to wonder about a label.
ANSWER_S = 2.0
WONDER_S = 8.0

KINDS = {Level.CASE: Kind.CASE, Level.PALLET: Kind.PALLET}


class NotNowError(Exception):
    """The agent refused, or is away: the operator tries again in a moment."""


class Desk(Protocol):
    """Where the operator sits. Every call may raise `NotNowError`."""

    async def status(self) -> StatusModel: ...

    async def code(self, text: str) -> CodeModel | None: ...

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer: ...

    async def resume(self, act: ActRequest) -> ActAnswer: ...

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer: ...


class ClientDesk:
    """The desk of a real agent, behind its socket."""

    def __init__(self, client: AgentClient) -> None:
        self._client = client

    async def status(self) -> StatusModel:
        """The line now."""
        try:
            return await self._client.status()
        except (AgentRefused, AgentUnreachable) as error:
            raise NotNowError(error.message) from None

    async def code(self, text: str) -> CodeModel | None:
        """What became of a code."""
        try:
            return await self._client.code(text)
        except (AgentRefused, AgentUnreachable):
            return None

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer:
        """Begin an order."""
        try:
            return await self._client.start_order(order, act)
        except (AgentRefused, AgentUnreachable) as error:
            raise NotNowError(error.message) from None

    async def resume(self, act: ActRequest) -> ActAnswer:
        """Go on after a stop."""
        try:
            return await self._client.resume(act)
        except (AgentRefused, AgentUnreachable) as error:
            raise NotNowError(error.message) from None

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer:
        """Print another label."""
        try:
            return await self._client.relabel(container, act)
        except (AgentRefused, AgentUnreachable) as error:
            raise NotNowError(error.message) from None


class People:
    """One operator for one order."""

    def __init__(
        self, line: SimulatedLine, order: str, desk: Desk, *, look_s: float = LOOK_S
    ) -> None:
        self._look_s = look_s
        self._line = line
        self._order = order
        self._desk = desk
        self._acts = 0
        self._held_since_s: float | None = None
        self._waiting_since_s: dict[int, float] = {}
        self.resumed = 0
        self.relabelled = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(NotNowError):
                await self._look()
            await asyncio.sleep(self._look_s)

    async def _look(self) -> None:
        now_s = asyncio.get_running_loop().time()
        status = await self._desk.status()
        if status.run_state is RunState.IDLE and status.order is None:
            await self._desk.start_order(self._order, self._act())
        if status.run_state is not RunState.HELD:
            self._held_since_s = None
        elif self._held_since_s is None:
            self._held_since_s = now_s
        elif status.stop_cause is StopCause.CODES_EXHAUSTED:
            pass  # going on would not bring codes
        elif now_s - self._held_since_s > ANSWER_S:
            self._held_since_s = None
            self.resumed += 1
            await self._desk.resume(self._act("looked at it"))
        for container in status.containers:
            for number in container.waiting_for_scan:
                await self._wonder(container.level, number, now_s)

    async def _wonder(self, level: Level, container: int, now_s: float) -> None:
        """A label that should have been read by now: scan it, or print it anew."""
        since_s = self._waiting_since_s.setdefault(container, now_s)
        if now_s - since_s < WONDER_S:
            return
        self._waiting_since_s[container] = now_s
        self._line.sync()
        world = self._line.world
        station = world.cases if level is Level.CASE else world.pallets
        if await self._scan_done_ones(station):
            return
        printer = self._line.label_printers[KINDS[level]]
        nothing_coming = not station.labels and not station.labelled
        if nothing_coming and printer.waiting == 0:
            self.relabelled += 1
            await self._desk.relabel(container, self._act("no label came out"))

    async def _scan_done_ones(self, station: PackStation) -> bool:
        """Scan again what the reader has read and the agent still waits for."""
        for container in self._line.record.containers(station.kind)[-4:]:
            if container.read and container.label is not None:
                text = container.label.text
                if text is not None and await self._is_awaited(text):
                    station.scan_again(text)
                    return True
        return False

    async def _is_awaited(self, text: str) -> bool:
        code = await self._desk.code(text)
        return code is not None and code.state in ("in_flight", "voided")

    def _act(self, reason: str = "") -> ActRequest:
        self._acts += 1
        return ActRequest(
            by="operator", reason=reason, act_id=f"{self._order}-{self._acts:06}"
        )
