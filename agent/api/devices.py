"""Devices: what they are, what they say, how fast they answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from agent.api.capture_models import CaptureHeader, EntryLine
from agent.api.device_models import DeviceDetail, DeviceSummary
from agent.api.device_ports import DeviceView
from agent.api.models import Problem
from agent.api.ports import AgentView
from agent.api.problems import ProblemError, not_found
from agent.api.streams import HEARTBEAT_S, every, streaming


def router(view: AgentView, closing: asyncio.Event) -> APIRouter:
    """`/v1/devices` and what hangs below it."""
    routes = APIRouter(prefix="/v1/devices", tags=["devices"])

    @routes.get("")
    async def devices() -> tuple[DeviceSummary, ...]:
        """Every device of the line."""
        return view.devices.all()

    @routes.get("/{name:path}/live", response_class=StreamingResponse)
    async def live(
        name: str, interval_s: Annotated[float, Query(ge=0.1, le=60)] = 1.0
    ) -> StreamingResponse:
        """A device a line (NDJSON), each `interval_s`."""
        _found(view, name)
        return streaming(
            every(interval_s, lambda: _found(view, name).model_dump_json(), closing)
        )

    @routes.get("/{name:path}/tap", response_class=StreamingResponse)
    async def tap(name: str, follow: bool = False) -> StreamingResponse:
        """The bytes as a capture (NDJSON): header, what the tap holds, and with
        `follow` what comes."""
        _found(view, name)
        lines = view.devices.tap(
            name, follow=follow, heartbeat_s=HEARTBEAT_S, closing=closing
        )
        if lines is None:
            raise _no_bytes(name)
        return streaming(_told(lines))

    return routes


async def _told(
    lines: AsyncGenerator[CaptureHeader | EntryLine | None, None],
) -> AsyncIterator[str]:
    async with aclosing(lines) as told:
        async for line in told:
            yield "\n" if line is None else line.model_dump_json() + "\n"


def _no_bytes(name: str) -> ProblemError:
    return ProblemError(
        Problem(
            status=409,
            title="no bytes to show",
            detail=f"{name} sends pictures or files: it has no byte tap",
            where="path.name",
            remedy="look at its readings: GET /v1/devices/{name}",
        )
    )


def look(view: AgentView) -> APIRouter:
    """`/v1/devices/{name}`: included last, for a name may hold a slash."""
    routes = APIRouter(prefix="/v1/devices", tags=["devices"])

    @routes.get("/{name:path}")
    async def device(name: str) -> DeviceDetail:
        """Identity, readings and latency of one device."""
        return _found(view, name)

    return routes


def _found(view: AgentView, name: str) -> DeviceDetail:
    device = view.devices.one(name)
    if device is None:
        raise no_device(name)
    return device


def known(view: AgentView, name: str) -> DeviceView:
    """The devices, if `name` is among them."""
    _found(view, name)
    return view.devices


def no_device(name: str) -> ProblemError:
    """404: no station of this line has it."""
    return not_found("device", name, "path.name", "see GET /v1/devices")
