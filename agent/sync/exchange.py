"""One HTTP request and its whole answer. Everything else is a `PlatformError`.

A request has one deadline from the first byte out to the last byte in, answers have
a size cap and come uncompressed (so that none can unfold in memory), and no redirect
is followed. The caller's client chooses transport, TLS and proxies.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from agent.clock import WallClock
from agent.sync.errors import PlatformNonsense, PlatformRefused, PlatformUnreachable

# A dead peer is noticed within 10 s (faults F45).
DEADLINE_S = 10.0
ANSWER_CAP_BYTES = 16 * 1024 * 1024
_REFUSAL_CAP_BYTES = 64 * 1024
_SUCCESS = frozenset({200, 201, 202, 204, 206})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer."""

    status: int
    body: bytes


class Exchange:
    """Requests under deadline and cap over an `httpx.AsyncClient` with `base_url`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        now_ms: WallClock,
        deadline_s: float = DEADLINE_S,
        cap_bytes: int = ANSWER_CAP_BYTES,
    ) -> None:
        self._http = http
        self._now_ms = now_ms
        self._deadline_s = deadline_s
        self._cap_bytes = cap_bytes

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        content_type: str = "application/json",
        also: frozenset[int] = frozenset(),
    ) -> Reply:
        """The answer, if its status is a success or one of `also`."""
        headers = {} if body is None else {"Content-Type": content_type}
        async with self.stream(
            method, url, body=body, headers=headers, also=also
        ) as response:
            whole = await _bounded(response, self._cap_bytes)
            return Reply(status=response.status_code, body=whole)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        body: bytes | None = None,
        also: frozenset[int] = frozenset(),
        deadline_s: float | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """The answer, its body still to come; the deadline spans the whole block."""
        fixed = {"Accept": "application/json", "Accept-Encoding": "identity"}
        with _mapped():
            async with (
                asyncio.timeout(deadline_s or self._deadline_s),
                self._http.stream(
                    method,
                    url,
                    content=body,
                    headers=fixed | headers,
                    follow_redirects=False,
                    timeout=None,
                ) as response,
            ):
                if response.status_code not in _SUCCESS | also:
                    await self._refuse(response)
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise PlatformNonsense("a compressed answer, though none was asked")
                yield response

    async def _refuse(self, response: httpx.Response) -> None:
        try:
            detail = _shown(await _bounded(response, _REFUSAL_CAP_BYTES))
        except PlatformNonsense as error:
            detail = error.what
        raise PlatformRefused(
            response.status_code,
            detail,
            retry_after_s=self._retry_after_s(response.headers.get("Retry-After")),
        )

    def _retry_after_s(self, value: str | None) -> float | None:
        """Seconds, from either form of RFC 9110 section 10.2.3; None if neither."""
        if value is None:
            return None
        if value.isascii() and value.isdigit():
            return float(value)
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        return max(0.0, at.timestamp() - self._now_ms() / 1000)


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise PlatformUnreachable("no answer in time", timed_out=True) from error
    except httpx.RequestError as error:
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise PlatformUnreachable(what) from error


async def _bounded(response: httpx.Response, cap_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > cap_bytes:
            raise PlatformNonsense(f"an answer of more than {cap_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


def _shown(body: bytes) -> str:
    """The beginning of a refusal, safe to show and to log."""
    text = body[:400].decode("utf-8", "replace")
    return "".join(c if c.isprintable() else " " for c in text).strip()
