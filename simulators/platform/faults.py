"""The platform's bad days, scripted per request (tool T7 of the fault list).

A `Fault` either lets the request take effect and then spoils the reply, or answers in
its place. `FaultScript` deals them out; wrap the app in `FaultyPlatform`.
"""

import asyncio
import gzip
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply. Only the first `sent` bytes of the body leave, if it is set, and
    the connection is cut there; 0 cuts before anything useful came."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    sent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of one request: `takes_effect` says whether the platform acts on
    it, `spoil` what becomes of the reply, `delay_s` how long it is kept."""

    name: str
    takes_effect: bool
    spoil: Callable[[Reply], Reply]
    delay_s: float = 0.0


def status(
    code: int, *, retry_after: str | None = None, body: bytes = b'{"detail":"no"}'
) -> Fault:
    """Refuse with a status."""
    headers = {"content-type": "application/json"}
    if retry_after is not None:
        headers["retry-after"] = retry_after
    reply = Reply(status=code, headers=headers, body=body)
    return Fault(name=f"status {code}", takes_effect=False, spoil=lambda _: reply)


def redirect(location: str) -> Fault:
    """Send the caller elsewhere."""
    reply = Reply(status=302, headers={"location": location})
    return Fault(name="redirect", takes_effect=False, spoil=lambda _: reply)


def cut_before() -> Fault:
    """The connection breaks before the platform acts."""
    return Fault(
        name="cut before", takes_effect=False, spoil=lambda _: Reply(body=b"{}", sent=0)
    )


def lose_reply() -> Fault:
    """The platform commits, the reply is lost (F42)."""
    return truncate(0, name="lost reply")


def truncate(sent: int, *, name: str = "truncated") -> Fault:
    """The platform commits, only the first bytes of the reply arrive."""
    return Fault(
        name=name,
        takes_effect=True,
        spoil=lambda reply: replace(reply, sent=min(sent, len(reply.body))),
    )


def html(*, takes_effect: bool = False) -> Fault:
    """A captive portal's page, with status 200."""
    reply = Reply(
        headers={"content-type": "text/html"}, body=b"<html><body>Sign in</body></html>"
    )
    return Fault(name="html", takes_effect=takes_effect, spoil=lambda _: reply)


def other_json(body: bytes) -> Fault:
    """The platform commits and answers 200 with this instead."""
    reply = Reply(headers={"content-type": "application/json"}, body=body)
    return Fault(name="other json", takes_effect=True, spoil=lambda _: reply)


def trailing(junk: bytes = b'{"mark":1}') -> Fault:
    """The right reply with something behind it."""
    return Fault(
        name="trailing",
        takes_effect=True,
        spoil=lambda reply: replace(
            reply,
            body=reply.body + junk,
            headers=reply.headers | {"content-length": str(len(reply.body + junk))},
        ),
    )


def bomb(size: int = 1 << 24) -> Fault:
    """A small reply that unfolds to `size` bytes."""
    reply = Reply(
        headers={"content-type": "application/json", "content-encoding": "gzip"},
        body=gzip.compress(b" " * size),
    )
    return Fault(name="gzip bomb", takes_effect=True, spoil=lambda _: reply)


def altered(name: str, change: Callable[[dict[str, object]], None]) -> Fault:
    """The platform commits; `change` edits the JSON object of the reply, which may
    be a refusal."""

    def spoil(reply: Reply) -> Reply:
        answer = json.loads(reply.body)
        change(answer)
        return replace(reply, body=json.dumps(answer).encode())

    return Fault(name=name, takes_effect=True, spoil=spoil)


def for_other_line() -> Fault:
    """An acknowledgement that belongs to another line."""
    return altered("other line", lambda answer: answer.update(line="another-line"))


def for_other_epoch() -> Fault:
    """An acknowledgement that belongs to another epoch."""
    return altered("other epoch", lambda answer: answer.update(epoch="another-epoch"))


def mark_beyond(by: int = 7) -> Fault:
    """A mark beyond what was sent (F49)."""

    def change(answer: dict[str, object]) -> None:
        mark = answer.get("mark")
        if isinstance(mark, int):
            answer["mark"] = mark + by

    return altered("mark beyond", change)


def wrong_hash() -> Fault:
    """The right mark with a chain hash that is not ours."""
    return altered("wrong hash", lambda answer: answer.update(hash="00" * 32))


def slow(delay_s: float) -> Fault:
    """The right reply, late."""
    return Fault(
        name="slow", takes_effect=True, spoil=lambda reply: reply, delay_s=delay_s
    )


class FaultScript:
    """Which request gets which fault: queued ones first, then what `chance` gives."""

    def __init__(self) -> None:
        self._queue: deque[tuple[re.Pattern[str], Fault]] = deque()
        self.chance: Callable[[str, str], Fault | None] = lambda _method, _path: None

    def add(self, fault: Fault, *, on: str = "", times: int = 1) -> None:
        """Spoil the next `times` requests whose "METHOD /path" has `on` in it (a
        regular expression); the others pass by."""
        self._queue.extend([(re.compile(on), fault)] * times)

    @property
    def pending(self) -> int:
        """Faults queued that no request has met yet."""
        return len(self._queue)

    def clear(self) -> None:
        """Good days from now on."""
        self._queue.clear()
        self.chance = lambda _method, _path: None

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, which is used up by it."""
        for place, (pattern, fault) in enumerate(self._queue):
            if pattern.search(f"{method} {path}"):
                del self._queue[place]
                return fault
        return self.chance(method, path)


class FaultyPlatform:
    """The app with a script before it."""

    def __init__(self, app: ASGIApp, script: FaultScript) -> None:
        self._app = app
        self._script = script

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        fault = None
        if scope["type"] == "http":
            fault = self._script.take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        reply = Reply()
        if fault.takes_effect:
            reply = await _reply_of(self._app, scope, receive)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        await _send(fault.spoil(reply), send)


async def _reply_of(app: ASGIApp, scope: Scope, receive: Receive) -> Reply:
    parts: list[bytes] = []
    start: list[Message] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.append(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    headers = dict(Headers(raw=start[0]["headers"]))
    return Reply(status=start[0]["status"], headers=headers, body=b"".join(parts))


async def _send(reply: Reply, send: Send) -> None:
    """A reply that is cut short promises its whole length and ends before: the host
    closes the connection then."""
    headers = {k: v for k, v in reply.headers.items() if k != "content-length"}
    headers["content-length"] = str(len(reply.body))
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        }
    )
    if reply.sent is None:
        await send({"type": "http.response.body", "body": reply.body})
        return
    cut = reply.body[: reply.sent]
    await send({"type": "http.response.body", "body": cut, "more_body": True})
