"""Acts at devices: loop-back, test print, a read, a forced output.

Each is a supervisor's, is written into the journal before it is done, and is refused
while an order runs unless it cannot disturb one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar, cast

from agent.api.check_models import ChecksAnswer, FailSafeAnswer
from agent.api.models import ActAnswer
from agent.api.ports import ActRefusedError
from agent.api.trial_models import (
    ForcedModel,
    ForceRequest,
    LoopBackAnswer,
    LoopBackRequest,
    OutputModel,
    PointsModel,
    ReadAnswer,
    TrialRequest,
)
from agent.app import Agent
from agent.diagnostics import failsafe
from agent.diagnostics.checks import DeviceChecks
from agent.diagnostics.forcing import Forcing
from agent.diagnostics.looking import as_png, ask_all
from agent.domain.facts import ActDone
from agent.domain.run_state import RunState
from drivers.base import (
    Camera,
    CodePrinter,
    CodeReader,
    Device,
    Exposed,
    Forcible,
    LabelPrinter,
    LineIO,
    Points,
    PrintRecord,
    Role,
    TriesPrinting,
    Triggered,
)
from drivers.cameras.frame import BadFrame
from drivers.device import LinkedDevice
from drivers.errors import DriverError

T = TypeVar("T")
# No code of any format: a camera that reads it rejects the bottle.
TEST_TEXT = "TEST 0001"
# Between two questions, so that a loop-back leaves the device to the line.
PAUSE_S = 0.02
# A person walks to the reader and holds a code before it.
READ_S = 15.0
# A person lets one bottle pass the sensor.
PASS_S = 30.0


class Trials:
    """What may be tried at the devices of a running agent."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._devices = {device.name: device for device in agent.devices.all}
        self.forcing = Forcing(self.is_free)

    def is_free(self) -> bool:
        """Whether no order runs or starts."""
        line = self._agent.line
        return line.is_free and line.running.state is RunState.IDLE

    async def loop_back(self, name: str, act: LoopBackRequest) -> LoopBackAnswer:
        """Ask `act.times` times. Safe beside an order: the line asks the same."""
        asked, ask = self._harmless(name)
        await self._note("loop_back", f"{name}: {asked} × {act.times}", act)
        took_ms: list[float] = []
        loop = asyncio.get_running_loop()
        for _ in range(act.times):
            began_s = loop.time()
            try:
                await ask()
            except DriverError as error:
                return LoopBackAnswer(
                    asked=asked, took_ms=tuple(took_ms), error=error.message
                )
            took_ms.append((loop.time() - began_s) * 1000)
            await asyncio.sleep(PAUSE_S)
        return LoopBackAnswer(asked=asked, took_ms=tuple(took_ms))

    def _harmless(self, name: str) -> tuple[str, Callable[[], Awaitable[object]]]:
        device, role = self._device(name)
        match role:
            case Role.PRINTER:
                return "status", cast("CodePrinter", device).status_of_printer
            case Role.LABELLER:
                return "status", cast("LabelPrinter", device).status_of_printer
            case Role.LINE_IO:
                return "poll", cast("LineIO", device).poll
        if isinstance(device, LinkedDevice) and device.link.has_probe:
            return "probe", device.link.probe
        raise ActRefusedError(
            f"{name} only sends: there is nothing harmless to ask it; try a read"
        )

    async def test_print(self, name: str, act: TrialRequest) -> ActAnswer:
        """Print `TEST 0001`: a label now, or the mark of the next bottle."""
        self._only_free("test print")
        device, role = self._device(name)
        match role:
            case Role.LABELLER if isinstance(device, TriesPrinting):
                return await self._test_label(name, device, act)
            case Role.PRINTER:
                return await self._test_mark(name, cast("CodePrinter", device), act)
        raise ActRefusedError(f"{name} cannot print a test")

    async def _test_label(
        self, name: str, device: TriesPrinting, act: TrialRequest
    ) -> ActAnswer:
        await self._note("test_print", f"{name}: {TEST_TEXT}", act)
        await _possible(device.print_test(TEST_TEXT))
        return ActAnswer(done=True, message=f"{name} printed {TEST_TEXT!r}")

    async def _test_mark(
        self, name: str, printer: CodePrinter, act: TrialRequest
    ) -> ActAnswer:
        """The printer is left empty and stopped, whatever comes."""
        state = self._agent.line.triggering.state
        if state is None or state.running:
            raise ActRefusedError(f"{name}: the conveyor must stand still (its PLC)")
        await self._note("test_print", f"{name}: {TEST_TEXT}", act)
        return await _possible(self._one_mark(name, printer))

    async def _one_mark(self, name: str, printer: CodePrinter) -> ActAnswer:
        await printer.stop()
        await printer.clear()
        try:
            await printer.start()
            await printer.queue([PrintRecord(number=1, text=TEST_TEXT)])
            printed = await self._passed(printer)
        finally:
            await printer.stop()
            await printer.clear()
        if printed:
            return ActAnswer(done=True, message=f"{name} began to print {TEST_TEXT!r}")
        return ActAnswer(
            done=False, message=f"{name}: nothing passed its sensor in {PASS_S:g} s"
        )

    async def _passed(self, printer: CodePrinter) -> bool:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + PASS_S
        while loop.time() < until_s and self.is_free():
            if (await printer.progress()).last_started >= 1:
                return True
            await asyncio.sleep(0.2)
        return False

    async def read(self, name: str, act: TrialRequest) -> ReadAnswer:
        """Trigger a reader or camera, or wait for what is held before it."""
        self._only_free("a read")
        device, role = self._device(name)
        if role not in (Role.READER, Role.CAMERA):
            raise ActRefusedError(f"{name} reads nothing")
        await self._note("read", name, act)
        began_s = asyncio.get_running_loop().time()
        look = self._picture if role is Role.CAMERA else self._text
        try:
            async with asyncio.timeout(READ_S):
                return await _possible(look(device, began_s))
        except TimeoutError:
            raise ActRefusedError(
                f"{name}: nothing came in {READ_S:g} s: is it triggered, is it lit?"
            ) from None

    async def _text(self, device: Device, began_s: float) -> ReadAnswer:
        reader = cast("CodeReader", device)
        triggered = isinstance(device, Triggered)
        if isinstance(device, Triggered):
            await device.trigger()
        # What came before is not the answer.
        while (read := await reader.read()).received_at_s < began_s:
            pass
        return ReadAnswer(
            text=read.text,
            aim=read.aim,
            triggered=triggered,
            took_ms=(read.received_at_s - began_s) * 1000,
        )

    async def _picture(self, device: Device, began_s: float) -> ReadAnswer:
        camera, triggered = cast("Camera", device), isinstance(device, Exposed)
        if isinstance(device, Exposed):
            device.expose(0)
        # What an order left untaken is not the answer.
        while (frame := await camera.frame()).item != 0 and triggered:
            pass
        if isinstance(frame, BadFrame):
            raise ActRefusedError(f"{device.name}: {frame.reason}")
        took_ms = (asyncio.get_running_loop().time() - began_s) * 1000
        image = frame.image
        decoders = await self._agent.around.see(lambda: ask_all(image))
        picture = await self._agent.around.see(lambda: as_png(image))
        return ReadAnswer(
            text=next((code for each in decoders for code in each.codes), None),
            triggered=triggered,
            took_ms=took_ms,
            decoders=decoders,
            picture_png=picture,
        )

    async def check(self, name: str, act: TrialRequest) -> ChecksAnswer:
        """The commissioning checks of one device."""
        self._only_free("a check")
        device, _ = self._device(name)
        await self._note("check", name, act)
        checks = DeviceChecks(device, self._agent.settings.devices[name])
        return ChecksAnswer(checks=await checks.run())

    async def prove_fail_safe(self, act: TrialRequest) -> FailSafeAnswer:
        """Stop the heartbeat at the empty line, and watch the PLC."""
        self._only_free("the fail-safe proof")
        triggering = self._agent.line.triggering
        failsafe.check_empty(triggering.state)
        await self._note("fail_safe", f"silent for {failsafe.SILENCE_S:g} s", act)
        return await failsafe.prove(triggering)

    def points(self, name: str) -> PointsModel:
        """Inputs and outputs by name."""
        device = self._points(name)
        return PointsModel(
            inputs=dict(device.inputs()),
            outputs={
                output: OutputModel(
                    value=value, forced=self.forcing.is_forced(name, output)
                )
                for output, value in device.outputs().items()
            },
            may_force=isinstance(device, Forcible),
        )

    async def force(
        self, name: str, act: ForceRequest
    ) -> AsyncGenerator[ForcedModel, None]:
        """Hold an output; `Forcing` says when it is released."""
        self._only_free("forcing an output")
        device = self._points(name)
        if not isinstance(device, Forcible):
            raise ActRefusedError(f"{name}: its outputs cannot be forced")
        if act.output not in device.outputs():
            known = ", ".join(device.outputs())
            raise ActRefusedError(f"{name} has no {act.output!r}; it has {known}")
        value = "on" if act.value else "off"
        await self._note(
            "force", f"{name}: {act.output} {value} for {act.for_s:g} s", act
        )
        return self.forcing.hold(name, device, act)

    def _points(self, name: str) -> Points:
        device, _ = self._device(name)
        if not isinstance(device, Points):
            raise ActRefusedError(f"{name} has no inputs and outputs to look at")
        return device

    def _device(self, name: str) -> tuple[Device, Role]:
        return self._devices[name], self._agent.settings.devices[name].role

    def _only_free(self, what: str) -> None:
        if not self.is_free():
            raise ActRefusedError(f"{what} is not possible while an order runs")

    async def _note(self, act: str, subject: str, request: TrialRequest) -> None:
        """Durable before it is done."""
        fact = ActDone(act=act, subject=subject, by=request.by, reason=request.reason)
        await self._agent.journal.commit(fact)


async def _possible(work: Awaitable[T]) -> T:
    """A device that does not do what was asked is a refusal with its words."""
    try:
        return await work
    except DriverError as error:
        raise ActRefusedError(str(error)) from None
