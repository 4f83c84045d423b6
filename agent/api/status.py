"""The line's status, once or as a stream."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from agent.api.models import StatusModel
from agent.api.ports import AgentView
from agent.api.streams import HEARTBEAT_S, streaming


def router(view: AgentView, *, look_s: float, closing: asyncio.Event) -> APIRouter:
    """`/v1/status` and `/v1/live`."""
    routes = APIRouter(tags=["status"])

    @routes.get("/v1/status")
    async def status() -> StatusModel:
        """Everything a screen shows of the line."""
        return view.status()

    @routes.get("/v1/live", response_class=StreamingResponse)
    async def live(
        interval_s: Annotated[float, Query(ge=0.1, le=60)] = 1.0,
    ) -> StreamingResponse:
        """A status a line (NDJSON), at least every `interval_s`, sooner on change."""
        return streaming(
            live_lines(view, interval_s=interval_s, look_s=look_s, closing=closing)
        )

    return routes


async def live_lines(
    view: AgentView, *, interval_s: float, look_s: float, closing: asyncio.Event
) -> AsyncIterator[str]:
    """Lines of the stream until `closing`; looks for a change every `look_s`."""
    loop = asyncio.get_running_loop()
    told: StatusModel | None = None
    told_s = wrote_s = loop.time()
    while not closing.is_set():
        status, now_s = view.status(), loop.time()
        if told is None or now_s - told_s >= interval_s or has_news(told, status):
            told, told_s, wrote_s = status, now_s, now_s
            yield status.model_dump_json() + "\n"
        elif now_s - wrote_s >= HEARTBEAT_S:
            wrote_s = now_s
            yield "\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(look_s):
                await closing.wait()


def has_news(before: StatusModel, now: StatusModel) -> bool:
    """Whether more than the clocks changed."""
    return _timeless(before) != _timeless(now)


def _timeless(status: StatusModel) -> StatusModel:
    devices = tuple(d.model_copy(update={"since_s": 0.0}) for d in status.devices)
    return status.model_copy(update={"at_ms": 0, "devices": devices})
