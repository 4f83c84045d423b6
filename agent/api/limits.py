"""No request of this API is large: a body beyond the limit is refused unread."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.api.models import Problem
from agent.api.problems import answer

# An act with every field at its longest, each character escaped, is under 4 KiB.
MAX_BODY_BYTES = 16 * 1024


class BodyLimit:
    """ASGI middleware: 413 for a body that is, or says it is, too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _declared_bytes(scope) > MAX_BODY_BYTES:
            problem = _too_large(scope["path"])
            await answer(problem)(scope, receive, send)
            return
        received_bytes = 0

        async def counted() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _too_large(path: str) -> Problem:
    return Problem(
        status=413,
        title="request too large",
        detail=f"the body is larger than {MAX_BODY_BYTES} bytes",
        where=path,
        remedy="send less: no request of this API is large",
    )
