"""The platform as a typed client: what can be asked, and what comes back."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from agent.clock import WallClock, wall_ms
from agent.documents import PackageDocument
from agent.sync.encoding import CONTENT_TYPE
from agent.sync.errors import PlatformNonsense
from agent.sync.exchange import ANSWER_CAP_BYTES, DEADLINE_S, Exchange, Reply
from agent.sync.messages import (
    FeedAnswer,
    GapAnswer,
    MarkAnswer,
    Receipt,
    Reconciliation,
)

Feed = Literal["orders", "specs", "packages"]
A = TypeVar("A", bound=BaseModel)

# Only bounds one request: the rest of the file is asked for in the next.
DOWNLOAD_DEADLINE_S = 60.0
_CONFLICT = 409
_BAD_RANGE = 416
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,15})-\d{1,15}|\*)/(\d{1,15})", re.ASCII)
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStream:
    """A package file coming in: `chunks` from byte `start`, of `total` in all.

    With `start == total` there is nothing there to read.
    """

    start: int
    total: int
    chunks: AsyncIterator[bytes]


class PlatformClient:
    """Speaks for one line over an `httpx.AsyncClient` that has its `base_url` set.

    Every method may raise one of `agent.sync.errors`.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        line: str,
        now_ms: WallClock = wall_ms,
        deadline_s: float = DEADLINE_S,
        cap_bytes: int = ANSWER_CAP_BYTES,
    ) -> None:
        self.line = line
        self._line_url = f"/v1/lines/{_part(line)}"
        self._exchange = Exchange(
            http, now_ms=now_ms, deadline_s=deadline_s, cap_bytes=cap_bytes
        )

    async def send_events(self, epoch: str, body: bytes) -> MarkAnswer | GapAnswer:
        """Offer a batch; the ledger's mark, or where it lacks what comes before."""
        url = f"{self._line_url}/epochs/{_part(epoch)}/events"
        reply = await self._exchange.request(
            "POST",
            url,
            body=body,
            content_type=CONTENT_TYPE,
            also=frozenset({_CONFLICT}),
        )
        return _read(GapAnswer if reply.status == _CONFLICT else MarkAnswer, reply)

    async def mark(self, epoch: str) -> MarkAnswer:
        """How far the ledger goes."""
        url = f"{self._line_url}/epochs/{_part(epoch)}/mark"
        return _read(MarkAnswer, await self._exchange.request("GET", url))

    async def feed(self, feed: Feed, after: str) -> FeedAnswer:
        """The page of a feed after a cursor; empty when there is nothing new."""
        url = f"{self._line_url}/{feed}?after={_part(after)}"
        return _read(FeedAnswer, await self._exchange.request("GET", url))

    async def manifest(self, package: str) -> PackageDocument:
        """The manifest of a code package."""
        url = f"/v1/packages/{_part(package)}/manifest"
        return _read(PackageDocument, await self._exchange.request("GET", url))

    async def send_receipt(self, package: str, receipt: Receipt) -> None:
        """Tell whether a package was accepted."""
        await self._post(f"/v1/packages/{_part(package)}/receipt", receipt)

    async def send_reconciliation(self, report: Reconciliation) -> None:
        """Return the settlement of a closed order."""
        await self._post(f"/v1/orders/{_part(report.order)}/reconciliation", report)

    @asynccontextmanager
    async def open_file(self, package: str, start: int) -> AsyncIterator[FileStream]:
        """The package file from byte `start` on; from 0 if the platform has no ranges.

        The deadline covers the whole block: leave it and come back for the rest.
        """
        headers = {"Accept": "*/*"} | ({"Range": f"bytes={start}-"} if start else {})
        async with self._exchange.stream(
            "GET",
            f"/v1/packages/{_part(package)}",
            headers=headers,
            also=frozenset({_BAD_RANGE}),
            deadline_s=DOWNLOAD_DEADLINE_S,
        ) as response:
            yield _file_stream(response, start)

    async def _post(self, url: str, message: BaseModel) -> None:
        body = message.model_dump_json().encode()
        await self._exchange.request("POST", url, body=body)


def _part(text: str) -> str:
    return quote(text, safe="")


def _read(model: type[A], reply: Reply) -> A:
    try:
        return model.model_validate_json(reply.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "answer"
        raise PlatformNonsense(
            f"HTTP {reply.status}, not a {model.__name__}: {where}: {first['msg']}"
        ) from None


def _file_stream(response: httpx.Response, start: int) -> FileStream:
    """Where the body stands in the file, by status and headers."""
    # As they come: asking for a chunk size would hold back what a cut then loses.
    chunks = response.aiter_raw()
    if response.status_code in (206, _BAD_RANGE):
        header = response.headers.get("Content-Range", "")
        match = _CONTENT_RANGE.fullmatch(header)
        if match is None:
            raise PlatformNonsense(f"Content-Range {header[:60]!r}")
        total = int(match[2])
        if response.status_code == _BAD_RANGE:
            return FileStream(start=total, total=total, chunks=chunks)
        if match[1] is None or int(match[1]) != start:
            raise PlatformNonsense(f"asked from byte {start}, got {header!r}")
        return FileStream(start=start, total=total, chunks=chunks)
    length = _LENGTH.fullmatch(response.headers.get("Content-Length", ""))
    if length is None:
        raise PlatformNonsense("a file without Content-Length")
    return FileStream(start=0, total=int(length[0]), chunks=chunks)
