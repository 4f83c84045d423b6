"""The operator as seen by the agent: starts orders, answers for going on, looks after
labels nobody can tell about. It acts through the same door as the screen."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from agent.api.models import ActRequest
from agent.api.ports import ActRefusedError, AgentView
from agent.domain.run_state import RunState
from agent.domain.words import Level
from simulators.bench.life import KilledError
from simulators.line import SimulatedLine
from simulators.world.packers import PackStation
from simulators.world.record import Kind

LOOK_S = 0.5
# How long a person takes to answer a stop, and to wonder about a label.
ANSWER_S = 2.0
WONDER_S = 8.0

KINDS = {Level.CASE: Kind.CASE, Level.PALLET: Kind.PALLET}


class People:
    """One operator for one order. `view` is None while the agent is dead."""

    def __init__(
        self, line: SimulatedLine, order: str, view: Callable[[], AgentView | None]
    ) -> None:
        self._line = line
        self._order = order
        self._view = view
        self._acts = 0
        self._held_since_s: float | None = None
        self._waiting_since_s: dict[int, float] = {}
        self.resumed = 0
        self.relabelled = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            view = self._view()
            if view is not None:
                # Not possible now, or the process died under the operator's hands:
                # looked at again in a moment.
                with suppress(ActRefusedError, KilledError):
                    await self._look(view)
            await asyncio.sleep(LOOK_S)

    async def _look(self, view: AgentView) -> None:
        now_s = asyncio.get_running_loop().time()
        status = view.status()
        if status.run_state is RunState.IDLE and status.order is None:
            await view.start_order(self._order, self._act())
        if status.run_state is RunState.HELD:
            if self._held_since_s is None:
                self._held_since_s = now_s
            elif now_s - self._held_since_s > ANSWER_S:
                self._held_since_s = None
                self.resumed += 1
                await view.resume(self._act("looked at it"))
        else:
            self._held_since_s = None
        for container in status.containers:
            for number in container.waiting_for_scan:
                await self._wonder(view, container.level, number, now_s)

    async def _wonder(
        self, view: AgentView, level: Level, container: int, now_s: float
    ) -> None:
        """A label that should have been read by now: scan it, or print it anew."""
        since_s = self._waiting_since_s.setdefault(container, now_s)
        if now_s - since_s < WONDER_S:
            return
        self._waiting_since_s[container] = now_s
        self._line.sync()
        world = self._line.world
        station = world.cases if level is Level.CASE else world.pallets
        if self._scan_done_ones(station):
            return
        printer = self._line.label_printers[KINDS[level]]
        nothing_coming = not station.labels and not station.labelled
        if nothing_coming and printer.waiting == 0:
            self.relabelled += 1
            await view.relabel(container, self._act("no label came out"))

    def _scan_done_ones(self, station: PackStation) -> bool:
        """Scan again what the reader has read and the agent still waits for."""
        containers = self._line.record.containers(station.kind)
        for container in containers[-4:]:
            if container.read and container.label is not None:
                text = container.label.text
                if text is not None and self._awaited(text):
                    station.scan_again(text)
                    return True
        return False

    def _awaited(self, text: str) -> bool:
        view = self._view()
        code = None if view is None else view.code(text)
        return code is not None and code.state in ("in_flight", "voided")

    def _act(self, reason: str = "") -> ActRequest:
        self._acts += 1
        return ActRequest(by="operator", reason=reason, act_id=f"act-{self._acts:06}")
