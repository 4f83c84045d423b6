"""The agent as its API sees it (implements `api.ports.AgentView`)."""

import asyncio
import json
from collections.abc import Iterator

from agent.api.models import (
    ActAnswer,
    ActRequest,
    CodeModel,
    ContainerStatus,
    DeviceModel,
    JournalEntry,
    OrderModel,
    Reconciliation,
    StatusModel,
    SyncModel,
)
from agent.api.ports import ActRefusedError
from agent.api.quality_models import PicturesModel, QualityModel
from agent.api.trial_models import TrialRequest
from agent.app import VERSION, Agent
from agent.diagnostics.desk import DeviceDesk
from agent.domain.facts import ActDone
from agent.domain.packing import PackingError
from agent.domain.words import Level, Notice
from agent.line.packing import Packing
from agent.line.station import OrderError
from agent.lookup import look_up
from agent.quality_view import pictures_model, quality_model, quality_notes
from agent.reports import reconcile
from agent.store.errors import StoreError
from agent.store.views import OrderView


class View:
    """Reads and acts on a running `Agent`."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.devices = DeviceDesk(agent)

    def status(self) -> StatusModel:
        """Everything a screen shows."""
        agent = self._agent
        line, tally = agent.line, agent.tally
        now_s = asyncio.get_running_loop().time()
        plc = line.triggering.state
        run = line.current
        register = None if run is None else run.tracking.register
        return StatusModel(
            line=agent.settings.line.id,
            version=VERSION,
            at_ms=agent.around.wall_ms(),
            run_state=line.running.state,
            stop_cause=line.running.cause,
            detail=line.running.detail,
            order=self._current(),
            passed=tally.passed,
            rejected=tally.rejected,
            reasons=dict(tally.reasons),
            unnumbered=tally.unnumbered,
            on_belt=0 if register is None else register.on_belt(),
            rate_per_h=tally.rate_per_h(now_s),
            needs_reset=plc is not None and plc.needs_reset,
            notices=tuple(self._notices()),
            quality=tuple(quality_notes(agent.watching.quality)),
            codes_left=self._codes_left(),
            containers=tuple(self._containers()),
            devices=tuple(self._devices(now_s)),
            sync=self._sync(),
        )

    def _current(self) -> OrderModel | None:
        run = self._agent.line.current
        view = None if run is None else self._agent.reader.order(run.order.order)
        return None if view is None else _order(view)

    def _notices(self) -> Iterator[Notice]:
        run = self._agent.line.current
        if run is not None and run.printing is not None and run.printing.is_low:
            yield Notice.PRINTER_LOW
        if self._agent.opcua is not None and self._agent.opcua.alarm:
            yield Notice.OPCUA_DOWN
        if any(quality_notes(self._agent.watching.quality)):
            yield Notice.PRINT_QUALITY

    def _codes_left(self) -> dict[Level, int]:
        run = self._agent.line.current
        if run is None:
            return {}
        left: dict[Level, int] = {}
        for package in self._agent.reader.books(run.order.order).packages:
            left[package.level] = left.get(package.level, 0) + package.unused
        return left

    def _containers(self) -> list[ContainerStatus]:
        run = self._agent.line.current
        if run is None:
            return []
        tally = self._agent.tally
        return [
            ContainerStatus(
                level=packing.packer.level,
                size=packing.packer.size,
                held=tally.open_held(packing.packer.level),
                waiting_for_label=len(packing.packer.filled),
                waiting_for_scan=tuple(packing.packer.labelled),
                closed=tally.closed[packing.packer.level],
                attention=packing.attention,
            )
            for packing in run.packing
        ]

    def _devices(self, now_s: float) -> list[DeviceModel]:
        statuses = [device.status() for device in self._agent.devices.all]
        return [
            DeviceModel(
                name=status.device,
                link=status.link.value,
                since_s=max(0.0, now_s - status.since_s),
                detail=status.detail,
            )
            for status in statuses
        ]

    def _sync(self) -> SyncModel:
        status = self._agent.uploader.status
        return SyncModel(
            online=status.online,
            backlog=status.backlog,
            mark=status.mark,
            head=status.mark + status.backlog,
            held=status.held,
            last_error=status.last_error,
        )

    def quality(self, *, points: bool = True) -> QualityModel:
        """Charts and warnings of the line's prints."""
        return quality_model(self._agent.watching.quality, points=points)

    def pictures(self) -> PicturesModel:
        """Kept pictures of rejects."""
        return pictures_model(self._agent.watching.pictures)

    async def picture(self, name: str) -> bytes | None:
        """One of them as a PNG file."""
        pictures = self._agent.watching.pictures
        return None if pictures is None else await pictures.file(name)

    async def small_picture(self, name: str) -> bytes | None:
        """One of them small, for a screen of characters."""
        pictures = self._agent.watching.pictures
        return None if pictures is None else await pictures.small(name)

    def orders(self) -> tuple[OrderModel, ...]:
        """All orders."""
        return tuple(_order(view) for view in self._agent.reader.orders())

    def reconciliation(self, order: str) -> Reconciliation | None:
        """The books of an order."""
        try:
            return reconcile(self._agent.reader, order)
        except StoreError:
            return None

    def code(self, text: str) -> CodeModel | None:
        """What became of a code."""
        return look_up(self._agent.reader, text)

    async def journal(self, after: int, limit: int) -> tuple[JournalEntry, ...]:
        """Facts after a sequence."""
        return tuple(
            JournalEntry(
                seq=row.seq,
                at_ms=row.at_ms,
                kind=row.kind,
                fields=json.loads(row.payload),
                hash=row.hash.hex(),
            )
            for row in self._agent.reader.journal_after(after, limit)
        )

    async def start_order(self, order: str, act: ActRequest) -> ActAnswer:
        """Begin an order."""
        try:
            self._agent.start_order(order, by=act.by)
        except OrderError as error:
            raise ActRefusedError(str(error)) from None
        return ActAnswer(done=True, message=f"order {order} starts")

    async def resume(self, act: ActRequest) -> ActAnswer:
        """Go on after a stop."""
        if await self._agent.line.running.resume(act.by, act.reason):
            if self._agent.line.current is not None:
                self._agent.line.current.rejects.clear()
            return ActAnswer(done=True, message="the line goes on")
        return ActAnswer(done=False, message="the line is not held")

    async def close_short(self, level: Level, act: ActRequest) -> ActAnswer:
        """Close the open container of a level."""
        if await self._packing(level).close_short(act.by, act.reason):
            return ActAnswer(done=True, message=f"the open {level} is closed short")
        return ActAnswer(done=False, message=f"no {level} is open")

    async def relabel(self, container: int, act: ActRequest) -> ActAnswer:
        """Void a lost label and print another."""
        run = self._agent.line.current
        for packing in () if run is None else run.packing:
            if container in packing.packer.labelled:
                try:
                    await packing.relabel(container, act.by, act.reason)
                except PackingError as error:
                    raise ActRefusedError(str(error)) from None
                return ActAnswer(done=True, message=f"{act.by}: a new label is printed")
        raise ActRefusedError(f"container {container} does not wait for its label")

    async def reset_charts(self, head: str, act: TrialRequest) -> ActAnswer:
        """Let the charts of a head learn anew what is usual."""
        watching = self._agent.watching
        known = watching.quality.names()
        if head not in known:
            there = ", ".join(map(repr, known)) or "none yet"
            raise ActRefusedError(f"no head {head!r} has charts; there are: {there}")
        await self._agent.journal.commit(
            ActDone(act="reset_charts", subject=head, by=act.by, reason=act.reason)
        )
        watching.quality.forget(head)
        message = f"the charts of {head!r} settle anew"
        if not await watching.keeper.write():
            message += "; a restart brings them back, the disk cannot be written"
        return ActAnswer(done=True, message=message)

    def _packing(self, level: Level) -> Packing:
        run = self._agent.line.current
        for packing in () if run is None else run.packing:
            if packing.packer.level is level:
                return packing
        raise ActRefusedError(f"no order is packing {level}s now")


def _order(view: OrderView) -> OrderModel:
    return OrderModel(
        order=view.order,
        product=view.product,
        batch=view.batch,
        target=view.target,
        state=view.state,
    )
