"""Typed client of the devices' part of the agent's API."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from agent.api.capture_models import LINE, CaptureHeader, EntryLine
from agent.api.check_models import ChecksAnswer, FailSafeAnswer
from agent.api.device_models import DeviceDetail, DeviceSummary
from agent.api.models import ActAnswer
from agent.api.trial_models import (
    ForcedModel,
    ForceRequest,
    LoopBackAnswer,
    LoopBackRequest,
    PointsModel,
    ReadAnswer,
    TrialRequest,
)
from agent.api_socket import AgentUnreachable, ApiSocket, not_understood, parsed

# A test print waits for a bottle, a read for a code held before the reader.
LONG_S = 60.0
SUMMARIES = TypeAdapter(tuple[DeviceSummary, ...])


class DeviceClient:
    """The devices of the agent behind `socket`."""

    def __init__(self, socket: ApiSocket) -> None:
        self._socket = socket

    async def all(self) -> tuple[DeviceSummary, ...]:
        """Every device of the line."""
        body = await self._socket.get("/v1/devices")
        try:
            return SUMMARIES.validate_json(body)
        except ValidationError as error:
            raise not_understood(error) from None

    async def one(self, name: str) -> DeviceDetail:
        """All that a device shows; `AgentRefused` with status 404 if it is unknown."""
        return parsed(DeviceDetail, await self._socket.get(_path(name)))

    async def live(
        self, name: str, interval_s: float = 1.0
    ) -> AsyncGenerator[DeviceDetail, None]:
        """A device as it changes. Ends only by an error, as `AgentClient.live`."""
        stream = self._socket.stream(_path(name, "live"), {"interval_s": interval_s})
        async with aclosing(stream) as lines:
            async for line in lines:
                yield parsed(DeviceDetail, line)
        raise AgentUnreachable("the agent ended the stream: it is stopping")

    async def loop_back(self, name: str, act: LoopBackRequest) -> LoopBackAnswer:
        """Ask a device something harmless again and again."""
        path = _path(name, "loop-back")
        body = await self._socket.post(path, act, timeout_s=LONG_S)
        return parsed(LoopBackAnswer, body)

    async def test_print(self, name: str, act: TrialRequest) -> ActAnswer:
        """Print a text that is no code."""
        path = _path(name, "test-print")
        return parsed(ActAnswer, await self._socket.post(path, act, timeout_s=LONG_S))

    async def read(self, name: str, act: TrialRequest) -> ReadAnswer:
        """Trigger a reader or camera, or wait for what is held before it."""
        path = _path(name, "read")
        return parsed(ReadAnswer, await self._socket.post(path, act, timeout_s=LONG_S))

    async def check(self, name: str, act: TrialRequest) -> ChecksAnswer:
        """The commissioning checks of one device."""
        path = _path(name, "check")
        return parsed(
            ChecksAnswer, await self._socket.post(path, act, timeout_s=LONG_S)
        )

    async def prove_fail_safe(self, act: TrialRequest) -> FailSafeAnswer:
        """Stop the heartbeat at the empty line for a second, and watch the PLC."""
        return parsed(
            FailSafeAnswer, await self._socket.post("/v1/acts/fail-safe", act)
        )

    async def points(self, name: str) -> PointsModel:
        """Inputs and outputs by name."""
        return parsed(PointsModel, await self._socket.get(_path(name, "io")))

    async def force(
        self, name: str, act: ForceRequest
    ) -> AsyncGenerator[ForcedModel, None]:
        """Hold an output as long as this is iterated, at most `act.for_s`."""
        stream = self._socket.stream(_path(name, "force"), act=act)
        async with aclosing(stream) as lines:
            async for line in lines:
                yield parsed(ForcedModel, line)

    async def tap(
        self, name: str, *, follow: bool
    ) -> AsyncGenerator[CaptureHeader | EntryLine, None]:
        """The device's bytes as a capture, header first. With `follow` it goes on until
        the agent stops (`AgentUnreachable`)."""
        stream = self._socket.stream(_path(name, "tap"), {"follow": follow})
        async with aclosing(stream) as lines:
            async for line in lines:
                yield _captured(line)
        if follow:
            raise AgentUnreachable("the agent ended the stream: it is stopping")


def _captured(line: bytes) -> CaptureHeader | EntryLine:
    try:
        return LINE.validate_json(line)
    except ValidationError as error:
        raise not_understood(error) from None


def _path(name: str, *more: str) -> str:
    return "/".join(("/v1/devices", quote(name, safe=""), *more))
