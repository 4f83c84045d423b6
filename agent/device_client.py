"""Typed client of the devices' part of the agent's API."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from agent.api.capture_models import LINE, CaptureHeader, EntryLine
from agent.api.device_models import DeviceDetail, DeviceSummary
from agent.api_socket import AgentUnreachable, ApiSocket, not_understood, parsed

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
