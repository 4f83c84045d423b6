"""A capture played back to the real driver, and what the driver made of it.

The calls the line made then are made again, at their places between the bytes; what
each comes to now is compared with what it came to then. Time is virtual: hours take
seconds.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from pydantic import JsonValue, TypeAdapter, ValidationError

from agent.api.capture_models import (
    CallLine,
    DroppedLine,
    ExchangeLine,
    FrameLine,
    OutcomeLine,
    WireLine,
)
from agent.diagnostics.capture import Capture, CaptureError, plain
from drivers.around import Around
from drivers.base import Device, Diagnosable, LinkState, Role
from drivers.device import LinkedDevice
from drivers.link import LINK_UP, Link
from drivers.readings import Reading
from drivers.recording import CALLS
from drivers.registry import open_device
from drivers.replay.dialer import ReplayDialer, ReplayRandom
from drivers.replay.script import Mismatch, Script, Traffic
from drivers.settings import DeviceSettings
from drivers.settings_base import DeviceModel
from drivers.virtual_time import run_virtual
from drivers.wiretap import ASKED, Direction, TapFrame, WireEvent, WireNote

# Position, what is asked, and whether for a call.
Turn = tuple[int, str, bool]
TimedLine = FrameLine | WireLine | CallLine | OutcomeLine | ExchangeLine
# A driver that lets this much virtual time go by does not go on with the recording.
PATIENCE_S = 60.0
# Turns of the loop in which a driver digests what it just got.
TURNS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedFact:
    """What a call came to, now and then. `then` is None where nobody had asked."""

    at_s: float
    name: str
    arguments: Sequence[JsonValue]
    now: JsonValue
    then: JsonValue = None

    @property
    def is_same(self) -> bool:
        """Whether the recording and the replay agree."""
        return self.then is None or self.now == self.then


@dataclass(slots=True, kw_only=True)
class Replay:
    """Everything a replay yields. `skipped` lines were before the first connection."""

    facts: list[ReplayedFact] = field(default_factory=list)
    links: list[tuple[float, str]] = field(default_factory=list)
    readings: tuple[Reading, ...] = ()
    identity: str = ""
    skipped: int = 0
    mismatch: Mismatch | None = None

    @property
    def is_true(self) -> bool:
        """The same bytes, and the same facts."""
        return self.mismatch is None and all(fact.is_same for fact in self.facts)


def settings_of(capture: Capture) -> DeviceModel:
    """The settings the recording was made with; secrets are not among them."""
    adapter: TypeAdapter[DeviceModel] = TypeAdapter(DeviceSettings)
    try:
        return adapter.validate_python(capture.header.settings)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CaptureError(
            f"the capture's settings cannot be used ({where}: {first['msg']}): give "
            "others with --against"
        ) from None


def replay(capture: Capture, settings: DeviceModel) -> Replay:
    """Play `capture` to the driver of `settings`. `CaptureError` if it cannot be."""
    return run_virtual(_Player(capture, settings).play())


class Turns:
    """Exchanges get the wire in the order they did then, whatever timer is first."""

    def __init__(
        self, script: Script, link: Link[Any], exchanges: Sequence[Turn]
    ) -> None:
        self._script = script
        self._link = link
        self._left = deque(exchanges)

    async def take(self, what: str) -> None:
        """Wait for the turn of `what`; for ever once the recording is over. Without a
        link there is no turn to wait for."""
        asked = ASKED.get()
        while not self._is_turn(what, asked):
            is_down = self._link.status().link is not LinkState.READY
            if is_down and what != LINK_UP:
                return
            await self._script.change()
        self._left.popleft()
        self._script.changed()

    def _is_turn(self, what: str, asked: bool) -> bool:
        if not self._left:
            return False
        position, *turn = self._left[0]
        return turn == [what, asked] and position < self._script.allowed


class _Player:
    def __init__(self, capture: Capture, settings: DeviceModel) -> None:
        self._name = capture.header.device
        self._settings = settings
        self._drawn = capture.header.drawn
        self._lines, skipped = _from_the_beginning(capture)
        self._result = Replay(skipped=skipped)
        self._calls: dict[int, tuple[CallLine, asyncio.Task[JsonValue]]] = {}
        self._readings: Sequence[Reading] = ()

    async def play(self) -> Replay:
        self._script = Script(_traffic(self._lines))
        self._first_s = self._lines[0].at_s if self._lines else 0.0
        dialer = ReplayDialer(self._script)
        around = Around(dialer=dialer, rng=ReplayRandom(self._drawn))
        self._device = open_device(self._name, self._settings, around)
        if isinstance(self._device, LinkedDevice):
            link = self._device.link
            link.turn = Turns(self._script, link, self._exchanges()).take
        tending = asyncio.create_task(self._device.run())
        reading = asyncio.create_task(self._read_unasked())
        watching = asyncio.create_task(self._watch_link())
        try:
            for position, line in enumerate(self._lines, 1):
                if self._script.mismatch is not None:
                    break
                await self._do(position, line)
            self._script.allow(len(self._lines) + 1)
            await self._reached(len(self._lines) + 1)
            await _digest()
        finally:
            tasks = [tending, reading, watching, *(t for _, t in self._calls.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._told(self._device)

    def _exchanges(self) -> list[Turn]:
        return [
            (position, line.what, line.asked)
            for position, line in enumerate(self._lines, 1)
            if isinstance(line, ExchangeLine)
        ]

    def _told(self, device: Device) -> Replay:
        result = self._result
        result.mismatch = self._script.mismatch
        if isinstance(device, Diagnosable):
            result.readings = tuple(self._readings)
            known = device.identity
            result.identity = "" if known is None else str(known)
        return result

    async def _do(self, position: int, line: TimedLine) -> None:
        match line:
            case CallLine():
                # All before it happened then, and nothing after it yet.
                self._script.allow(position)
                await self._reached(position)
                await self._until(line.at_s)
                await _digest()
                self._calls[line.call] = (line, asyncio.create_task(self._call(line)))
                await _digest()
            case OutcomeLine() if line.call in self._calls:
                self._script.allow(position)
                await self._outcome(line)
        self._note_readings()

    async def _outcome(self, line: OutcomeLine) -> None:
        """Wait for the call as long as it took then, and patiently longer."""
        call, task = self._calls.pop(line.call)
        await self._until(line.at_s)
        await _digest()
        if line.error == "CancelledError":
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return
        until_s = self._script.clock_s(line.at_s) + PATIENCE_S
        await asyncio.wait({task}, timeout=until_s - asyncio.get_running_loop().time())
        if task.done():
            now = task.result()
        else:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            now = f"nothing came in {PATIENCE_S:g} s"
        then: JsonValue = _error(line.error) if line.error else {"is": line.result}
        self._result.facts.append(
            ReplayedFact(
                at_s=line.at_s - self._first_s,
                name=call.name,
                arguments=call.arguments,
                now=now,
                then=then,
            )
        )

    async def _call(self, line: CallLine) -> JsonValue:
        """What the call comes to: {"is": result} or {"error": class}."""
        method = getattr(self._device, line.name, None)
        if method is None:
            return {"error": f"this driver has no {line.name}"}
        arguments = _arguments(self._settings.role, line)
        try:
            return {"is": plain(await method(*arguments))}
        # A driver's own bug is a fact too.
        except Exception as error:  # noqa: BLE001
            return _error(type(error).__name__)

    async def _reached(self, position: int) -> None:
        """Wait until everything before `position` was said and heard."""
        loop = asyncio.get_running_loop()
        while self._script.mismatch is None:
            missing = self._script.open_position()
            if missing is None or missing >= position:
                return
            due_s = self._script.clock_s(self._lines[missing - 1].at_s)
            until_s = max(due_s, loop.time()) + PATIENCE_S
            try:
                async with asyncio.timeout_at(until_s):
                    await self._script.change()
            except TimeoutError:
                self._script.stuck(missing)

    async def _until(self, at_s: float) -> None:
        delay_s = self._script.clock_s(at_s) - asyncio.get_running_loop().time()
        if delay_s > 0:
            await asyncio.sleep(delay_s)

    async def _read_unasked(self) -> None:
        """A reader that nobody read then is read now: its reads are the facts."""
        asked = any(isinstance(e, CallLine) and e.name == "read" for e in self._lines)
        if self._settings.role is not Role.READER or asked:
            return
        loop = asyncio.get_running_loop()
        while True:
            read = plain(await self._device.read())  # type: ignore[attr-defined]
            at_s = loop.time()
            self._result.facts.append(
                ReplayedFact(at_s=at_s, name="read", arguments=(), now={"is": read})
            )

    async def _watch_link(self) -> None:
        """States of the link as they change."""
        last = ""
        loop = asyncio.get_running_loop()
        while True:
            status = self._device.status()
            told = f"{status.link} {status.detail}".strip()
            if told != last:
                self._result.links.append((loop.time(), told))
                last = told
            await self._script.change()
            await _digest()

    def _note_readings(self) -> None:
        """Kept from before the end: closing the replay is no part of the recording."""
        if isinstance(self._device, Diagnosable):
            self._readings = tuple(self._device.readings())


async def _digest() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def _error(name: str) -> JsonValue:
    """Errors are compared by class: their words may tell of addresses and times."""
    return {"error": name}


def _from_the_beginning(capture: Capture) -> tuple[list[TimedLine], int]:
    """The lines from where the driver's state is known, and how many came before."""
    lines = [line for line in capture.lines if not isinstance(line, DroppedLine)]
    lost = [line for line in capture.lines[1:] if isinstance(line, DroppedLine)]
    if lost:
        raise CaptureError(f"{lost[0].count} lines of the capture are lost: no replay")
    if capture.header.whole:
        return lines, 0
    # Frames and notes are pushed out apart: before the first frame some may be gone.
    is_complete = False
    for start, line in enumerate(lines):
        is_complete = is_complete or isinstance(line, FrameLine)
        if is_complete and isinstance(line, WireLine) and line.event == "opened":
            return lines[start:], start
    raise CaptureError(
        "the capture begins in the middle of a connection and has no other one: record "
        "while the link comes up (restart the device or the agent)"
    )


def _traffic(lines: Sequence[TimedLine]) -> list[tuple[int, Traffic]]:
    found: list[tuple[int, Traffic]] = []
    for position, line in enumerate(lines, 1):
        match line:
            case FrameLine():
                data = bytes.fromhex(line.hex)
                frame = TapFrame(
                    at_s=line.at_s,
                    direction=Direction(line.direction),
                    data=data,
                    size=line.size or len(data),
                    wire=line.wire,
                )
                if frame.direction is Direction.RECEIVED and line.size:
                    raise CaptureError(
                        f"entry {position}: only {len(data)} of {line.size} received "
                        "bytes were kept: the capture cannot be replayed"
                    )
                found.append((position, frame))
            case WireLine():
                note = WireNote(
                    at_s=line.at_s,
                    event=WireEvent(line.event),
                    wire=line.wire,
                    seq=position,
                )
                found.append((position, note))
    return found


def _arguments(role: Role, line: CallLine) -> list[Any]:
    """The call's arguments as the protocol of the role declares them."""
    declared = CALLS[role].get(line.name)
    if declared is None:
        raise CaptureError(f"a {role} is not asked for {line.name!r}")
    hints = get_type_hints(getattr(declared, line.name))
    names = list(inspect.signature(getattr(declared, line.name)).parameters)[1:]
    try:
        return [
            TypeAdapter(hints[name]).validate_python(value)
            for name, value in zip(names, line.arguments, strict=False)
        ]
    except ValidationError as error:
        raise CaptureError(
            f"call {line.call}, {line.name}: its arguments are not understood: {error}"
        ) from None
