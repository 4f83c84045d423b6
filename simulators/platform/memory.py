"""The platform as an `httpx` transport: no socket, no thread, no time of its own."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from starlette.types import ASGIApp, Message


class MemoryTransport(httpx.AsyncBaseTransport):
    """Runs an ASGI app in the caller's task. `up` off refuses connections; a reply
    that the app leaves unfinished is a connection cut at that byte; `latency_s` is
    spent on the loop's clock before each request."""

    def __init__(self, app: ASGIApp, *, latency_s: float = 0.0) -> None:
        self._app = app
        self.latency_s = latency_s
        self.up = True
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """`httpx.ConnectError` while down, `httpx.ReadError` where the reply is cut."""
        self.requests += 1
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if not self.up:
            raise httpx.ConnectError("connection refused", request=request)
        body = await request.aread()
        start: list[Message] = []
        parts: list[bytes] = []
        complete = False
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal complete
            if message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))
                complete = not message.get("more_body", False)

        await self._app(_scope(request), receive, send)
        if not start or not (complete or any(parts)):
            raise httpx.ReadError("connection cut", request=request)
        return httpx.Response(
            start[0]["status"],
            headers=start[0]["headers"],
            stream=_Body(parts, complete=complete, request=request),
        )


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, parts: list[bytes], *, complete: bool, request: httpx.Request
    ) -> None:
        self._parts = parts
        self._complete = complete
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        if not self._complete:
            raise httpx.ReadError("connection cut", request=self._request)


def _scope(request: httpx.Request) -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(k.lower(), v) for k, v in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 0),
        "root_path": "",
    }
