"""What is checked at each device at commissioning, by its role."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

from agent.api.check_models import CheckModel, Verdict
from drivers.base import (
    Camera,
    CodePrinter,
    CodeReader,
    Device,
    Diagnosable,
    Exposed,
    LabelPrinter,
    LineIO,
    LinkState,
    PrinterState,
    Role,
    Triggered,
)
from drivers.cameras.frame import BadFrame
from drivers.errors import DriverError
from drivers.settings_base import DeviceModel

ASKED_TIMES = 5
# A device that needs longer for a harmless question holds up the line.
SLOWEST_S = 1.0
READ_S = 3.0
# The PLC's own heartbeat moves every 100 ms.
BEAT_S = 0.35


class DeviceChecks:
    """Checks one device; nothing here changes what it does."""

    def __init__(self, device: Device, settings: DeviceModel) -> None:
        self._device = device
        self._settings = settings

    async def run(self) -> tuple[CheckModel, ...]:
        """Everything that can be checked; a device that is down is asked nothing."""
        status = self._device.status()
        is_ready = status.link is LinkState.READY
        link = self._told(
            "连接 link", is_ready, f"{status.link} {status.detail}".strip()
        )
        if not is_ready:
            return (link,)
        found = [link, self._identity(), self._readings()]
        try:
            found += [check async for check in self._by_role()]
        except DriverError as error:
            found.append(self._told("应答 answers", False, error.message))
        except TimeoutError:
            found.append(self._told("应答 answers", False, "no answer in time"))
        return tuple(found)

    def _told(self, what: str, is_good: bool, seen: str) -> CheckModel:
        verdict = Verdict.PASSED if is_good else Verdict.FAILED
        return self._check(what, verdict, seen)

    def _skipped(self, what: str, why: str) -> CheckModel:
        return self._check(what, Verdict.SKIPPED, why)

    def _check(self, what: str, verdict: Verdict, seen: str) -> CheckModel:
        return CheckModel(
            device=self._device.name, what=what, verdict=verdict, seen=seen
        )

    def _identity(self) -> CheckModel:
        known = self._device.identity if isinstance(self._device, Diagnosable) else None
        if known is None:
            return self._skipped("身份 identity", "it does not say who it is")
        expected = getattr(self._settings, "identity", "")
        why = f", settings expect {expected!r}" if expected else ""
        return self._told("身份 identity", expected in str(known), f"{known}{why}")

    def _readings(self) -> CheckModel:
        readings = (
            self._device.readings() if isinstance(self._device, Diagnosable) else ()
        )
        off = [f"{r.name} {r.value} {r.unit}" for r in readings if not r.is_normal]
        if not readings:
            return self._skipped("读数 readings", "it has none")
        seen = ", ".join(off) or f"{len(readings)} within their ranges"
        return self._told("读数 readings", not off, seen)

    def _by_role(self) -> AsyncIterator[CheckModel]:
        checks: dict[Role, Callable[[], AsyncIterator[CheckModel]]] = {
            Role.PRINTER: self._printer,
            Role.LABELLER: self._labeller,
            Role.READER: self._reader,
            Role.CAMERA: self._camera,
            Role.LINE_IO: self._line_io,
        }
        return checks[self._settings.role]()

    async def _printer(self) -> AsyncIterator[CheckModel]:
        printer = cast("CodePrinter", self._device)
        status = await printer.status_of_printer()
        is_good = status.state not in (PrinterState.FAULT, PrinterState.OFF)
        yield self._told(
            "状态 state", is_good, f"{status.state} {status.detail}".strip()
        )
        job = await printer.job()
        yield self._told("作业 job", bool(job), job or "no job is loaded")
        progress = await printer.progress()
        yield self._told("缓冲 buffer", progress.depth > 0, f"{progress.depth} records")
        yield await self._latency(printer.status_of_printer)

    async def _labeller(self) -> AsyncIterator[CheckModel]:
        labeller = cast("LabelPrinter", self._device)
        status = await labeller.status_of_printer()
        yield self._told("状态 state", not status.fault, status.fault or "ready")
        yield await self._latency(labeller.status_of_printer)

    async def _latency(self, ask: Callable[[], Awaitable[object]]) -> CheckModel:
        loop = asyncio.get_running_loop()
        slowest_s = 0.0
        for _ in range(ASKED_TIMES):
            began_s = loop.time()
            await ask()
            slowest_s = max(slowest_s, loop.time() - began_s)
        seen = f"slowest of {ASKED_TIMES}: {slowest_s * 1000:.1f} ms"
        return self._told("响应 answers", slowest_s <= SLOWEST_S, seen)

    async def _reader(self) -> AsyncIterator[CheckModel]:
        no_read = getattr(self._settings, "no_read", None)
        if no_read is None:
            yield self._skipped("无读 no-read", "its protocol tells it by itself")
        else:
            yield self._told("无读 no-read", bool(no_read), f"{no_read!r}")
        if not isinstance(self._device, Triggered):
            yield self._skipped("触发 trigger", "by its sensor: try `diag read`")
            return
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await self._device.trigger()
        async with asyncio.timeout(READ_S):
            read = await cast("CodeReader", self._device).read()
        seen = "no read" if read.text is None else repr(read.text)
        took_ms = (loop.time() - began_s) * 1000
        yield self._told("触发 trigger", True, f"{seen} after {took_ms:.0f} ms")

    async def _camera(self) -> AsyncIterator[CheckModel]:
        if not isinstance(self._device, Exposed):
            yield self._skipped("图像 picture", "by its trigger: try `diag read`")
            return
        self._device.expose(0)
        async with asyncio.timeout(READ_S):
            while (frame := await cast("Camera", self._device).frame()).item != 0:
                pass
        if isinstance(frame, BadFrame):
            yield self._told("图像 picture", False, frame.reason)
        else:
            height, width = frame.image.shape[:2]
            yield self._told("图像 picture", True, f"{width} × {height}")

    async def _line_io(self) -> AsyncIterator[CheckModel]:
        io = cast("LineIO", self._device)
        before = await io.poll()
        await asyncio.sleep(BEAT_S)
        state = await io.poll()
        rise = (state.heartbeat - before.heartbeat) % (1 << 16)
        yield self._told("心跳 heartbeat", rise > 0, f"+{rise} in {BEAT_S:g} s")
        stops = [
            word
            for word, is_so in {
                "急停 emergency stop": state.estop,
                "无气压 no air": not state.air_ok,
                "剔除箱满 bin full": state.bin_full,
                "剔除确认异常 confirm sensor": not state.confirm_ok,
                "手动 manual mode": state.manual,
                "待复位 needs reset": state.needs_reset,
            }.items()
            if is_so
        ]
        yield self._told("状态 state", not stops, ", ".join(stops) or "clear")
        yield await self._latency(io.poll)
