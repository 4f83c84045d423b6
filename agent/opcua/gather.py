"""The agent as its OPC UA server shows it (implements `ports.Served`)."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from agent.domain.code_state import OPEN_SCS
from agent.domain.facts import (
    ContainerClosed,
    Fact,
    ItemGated,
    ItemJudged,
    LineStopped,
    OrderStarted,
    Packed,
)
from agent.domain.run_state import RunState
from agent.domain.words import CodeRef, Level, Reason, StopCause
from agent.opcua.messages import (
    CodeEvent,
    LevelCount,
    ReaderState,
    ServerPlan,
    Snapshot,
)
from agent.opcua.packml_states import CAUSE_IDS, is_starved, state_number
from agent.store.errors import StoreError
from drivers.base import LinkState

if TYPE_CHECKING:
    from agent.app import Agent

log = logging.getLogger(__name__)

# More than a line makes in a quarter of a second, by far.
MAX_EVENTS: Final = 1000
# Books are read from the store; that often, and only after something was committed.
BOOKS_S: Final = 2.0


class AgentServed:
    """Looks at a running `Agent`; hears of durable facts as they are announced."""

    def __init__(self, agent: "Agent") -> None:
        self._agent = agent
        self._now_ms = agent.around.wall_ms
        self._events: deque[CodeEvent] = deque()
        self._lost = 0
        # Text of codes, from verdict to gate and from there into their container.
        self._passing: dict[tuple[int, int], str] = {}
        self._texts: dict[CodeRef, str] = {}
        self._packed: dict[int, list[str]] = {}
        self._stopped_ms: int | None = None
        self._reset_ms = self._now_ms()
        self._scan: tuple[str, int] | None = None
        self._pool: dict[str, dict[str, int]] = {}
        self._pool_at_s = float("-inf")
        self._dirty = True
        reading = agent.settings.reading
        self._eye = reading.camera or reading.reader or ""
        agent.journal.listeners.append(self._hear)

    def plan(self) -> ServerPlan:
        """From the settings."""
        settings = self._agent.settings
        section = settings.opcua
        assert section is not None
        return ServerPlan(
            address=section.address,
            line=settings.line.id,
            version=version("line-agent"),
            nodesets=str(section.nodesets or ""),
            security=section.security,
            certificate=str(section.certificate or ""),
            key=str(section.key or ""),
            trust=str(section.trust or ""),
            users={name: str(path) for name, path in section.users.items()},
            allow_methods=section.allow_methods,
            levels=tuple(self._levels()),
            readers=(self._eye, *(each.reader for each in settings.packing)),
        )

    def snapshot(self) -> Snapshot:
        """The present moment."""
        agent = self._agent
        running, now_s = agent.line.running, asyncio.get_running_loop().time()
        state, cause = running.state, running.cause
        return Snapshot(
            state=state_number(state, cause),
            starved=is_starved(state, cause),
            per_minute=agent.tally.rate_per_h(now_s) / 60,
            cause_id=0 if cause is None else CAUSE_IDS[cause],
            cause_text="" if cause is None else f"{cause}: {running.detail}",
            stopped_ms=None if cause is None else self._stopped_ms,
            since_reset_s=max(0, self._now_ms() - self._reset_ms) // 1000,
            counts=tuple(self._counts()),
            pool=self._books(now_s),
            readers=tuple(self._readers()),
        )

    def take_events(self) -> Sequence[CodeEvent]:
        """Events since the last call."""
        if self._lost:
            log.warning("OPC UA: %d events were too many and are left out", self._lost)
        taken = tuple(self._events)
        self._events.clear()
        self._lost = 0
        return taken

    async def hold(self, by: str) -> bool:
        """Stop the line for an operator."""
        running = self._agent.line.running
        if running.state in (RunState.IDLE, RunState.COMPLETE, RunState.HELD):
            return False
        await running.hold(StopCause.OPERATOR, f"{by}, over OPC UA")
        return True

    async def unhold(self, by: str) -> bool:
        """Go on after a stop, as a resume at the screen does."""
        if not await self._agent.line.running.resume(by, "Unhold over OPC UA"):
            return False
        if self._agent.line.current is not None:
            self._agent.line.current.rejects.clear()
        return True

    def _levels(self) -> list[str]:
        packing = self._agent.settings.packing
        return [str(Level.UNIT), *(str(station.level) for station in packing)]

    def _counts(self) -> list[LevelCount]:
        tally = self._agent.tally
        bad = tally.rejected + tally.unnumbered
        units = tally.passed + bad
        counts = [
            LevelCount(level="unit", consumed=units, processed=units, defective=bad)
        ]
        for station in self._agent.settings.packing:
            closed = tally.closed[station.level]
            counts.append(LevelCount(level=str(station.level), processed=closed))
        return counts

    def _readers(self) -> list[ReaderState]:
        runs = self._agent.line.running.state is RunState.EXECUTE
        names = {self._eye, *(each.reader for each in self._agent.settings.packing)}
        found = []
        for device in self._agent.devices.all:
            if device.name not in names:
                continue
            up = device.status().link is LinkState.READY
            scan = self._scan if device.name == self._eye else None
            found.append(
                ReaderState(
                    name=device.name,
                    status=(2 if runs else 0) if up else 1,
                    scan=None if scan is None else scan[0],
                    scan_ms=None if scan is None else scan[1],
                )
            )
        return found

    def _books(self, now_s: float) -> dict[str, dict[str, int]]:
        run = self._agent.line.current
        if run is None or not self._dirty or now_s - self._pool_at_s < BOOKS_S:
            return self._pool
        self._pool_at_s, self._dirty = now_s, False
        zero = dict.fromkeys(OPEN_SCS.values(), 0)
        pool = {level: dict(zero) for level in self._levels()}
        for package in self._agent.reader.books(run.order.order).packages:
            states = pool.setdefault(str(package.level), dict(zero))
            for state, name in OPEN_SCS.items():
                states[name] += getattr(package, state.value)
        self._pool = pool
        return pool

    def _hear(self, facts: tuple[Fact, ...]) -> None:
        self._dirty = True
        for fact in facts:
            match fact:
                case OrderStarted():
                    self._start()
                case LineStopped():
                    self._stopped_ms = self._now_ms()
                case ItemJudged():
                    self._judged(fact)
                case ItemGated():
                    self._gated(fact)
                case Packed(container=container, code=code):
                    self._packed.setdefault(container, []).append(self._text(code))
                case ContainerClosed():
                    self._closed(fact)

    def _start(self) -> None:
        self._reset_ms = self._now_ms()
        for remembered in (self._passing, self._texts, self._packed):
            remembered.clear()

    def _judged(self, fact: ItemJudged) -> None:
        if fact.read:
            self._scan = fact.read, self._now_ms()
            self._tell("OpticalScanEvent", fact.read, reader=self._eye)
        if fact.passed:
            self._passing[fact.item.boot, fact.item.number] = fact.read
            if fact.code is not None and self._agent.settings.packing:
                self._texts[fact.code] = fact.read
        elif fact.code is not None and fact.reason is not Reason.DUPLICATE:
            # Of a duplicate the code is on another item, which stays as it is.
            self._tell("LabelsScrappingEvent", fact.read, detail=str(fact.reason))

    def _gated(self, fact: ItemGated) -> None:
        text = self._passing.pop((fact.item.boot, fact.item.number), None)
        if text is None:
            return
        if fact.outcome == "passed":
            self._tell("SIDCommissioningEvent", text)
        else:
            self._tell("LabelsScrappingEvent", text, detail=fact.outcome)

    def _closed(self, fact: ContainerClosed) -> None:
        children = self._packed.pop(fact.container, [])
        parent = self._texts[fact.code] = self._text(fact.code)
        self._tell("AggregationPackingEvent", *children, parent=parent)

    def _text(self, code: CodeRef) -> str:
        known = self._texts.pop(code, None)
        if known is not None:
            return known
        try:
            return self._agent.reader.packages.get(code.package).code(code.index).text
        except (StoreError, IndexError) as error:
            log.warning("OPC UA: no text of code %s: %s", code, error)
            return f"{code.package}#{code.index}"

    def _tell(
        self,
        name: str,
        *codes: str,
        parent: str = "",
        reader: str = "",
        detail: str = "",
    ) -> None:
        self._lost += len(self._events) >= MAX_EVENTS
        if len(self._events) >= MAX_EVENTS:
            self._events.popleft()
        self._events.append(
            CodeEvent(
                name=name,
                at_ms=self._now_ms(),
                codes=codes,
                parent=parent,
                reader=reader,
                detail=detail,
            )
        )
