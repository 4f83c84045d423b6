"""What every request body must be before anybody reads it."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The agent sends 1 MB at most; a gateway in front of a real platform allows as much.
MAX_BODY_BYTES = 2 * 1024 * 1024


class BodyGuard:
    """Answers 415 to a body that is not JSON and 413 to one over `max_bytes`."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind.lower() != "application/json":
            refusal = JSONResponse(
                {"detail": f"content type {kind!r}; send application/json"}, 415
            )
            await refusal(scope, receive, send)
            return
        body = await self._read(receive)
        if body is None:
            refusal = JSONResponse(
                {"detail": f"body over {self._max_bytes} bytes; send less"}, 413
            )
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body; None as soon as it is too long."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_bytes:
                return None
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
