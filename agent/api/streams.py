"""Live streams of the API: NDJSON lines until the agent closes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from fastapi.responses import StreamingResponse

NDJSON = "application/x-ndjson"
# With nothing to tell, an empty line: the reader knows within three of these that
# the agent is gone.
HEARTBEAT_S = 2.0


def streaming(lines: AsyncIterator[str]) -> StreamingResponse:
    """The answer that carries `lines`."""
    return StreamingResponse(
        lines, media_type=NDJSON, headers={"cache-control": "no-store"}
    )


async def every(
    interval_s: float, line: Callable[[], str], closing: asyncio.Event
) -> AsyncIterator[str]:
    """`line()` now and each `interval_s`, with heartbeats in long intervals."""
    loop = asyncio.get_running_loop()
    due_s = loop.time()
    while not closing.is_set():
        if loop.time() >= due_s:
            due_s = loop.time() + interval_s
            yield line() + "\n"
        else:
            yield "\n"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(HEARTBEAT_S, max(0.0, due_s - loop.time()))):
                await closing.wait()
