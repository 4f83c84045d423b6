"""What lines fetch: feeds, manifests, package files."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query
from starlette.responses import Response, StreamingResponse

from agent.documents import PackageDocument
from simulators.platform.catalogue import Feed, UnknownCursorError
from simulators.platform.contract import FeedPage
from simulators.platform.ledger import PlatformLedger

MAX_WAIT_S = 30.0
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?", re.ASCII)
Wait = Annotated[float, Query(ge=0, le=MAX_WAIT_S)]


class _Bell:
    """Wakes the long polls when something was published."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, wait_s: float) -> None:
        """Until the next ring, or so long."""
        try:
            async with asyncio.timeout(wait_s):
                await self._next.wait()
        except TimeoutError:
            return


def downward_routes(ledger: PlatformLedger) -> APIRouter:
    """The routes a line reads from."""
    router = APIRouter(prefix="/v1")
    bell = _Bell()
    ledger.watch(bell.ring)

    @router.get("/lines/{line}/{feed}")
    async def feed_page(
        line: str, feed: Feed, after: str = "", wait_s: Wait = 0.0
    ) -> FeedPage:
        """Documents after a cursor, waiting up to `wait_s` for the first."""
        page = _page(ledger, line, feed, after)
        if not page.items and wait_s:
            await bell.wait(wait_s)
            page = _page(ledger, line, feed, after)
        return page

    @router.get("/packages/{package}/manifest")
    async def manifest(package: str) -> PackageDocument:
        """What the file of a package must turn out to be."""
        found = ledger.catalogue.package(package)
        if found is None:
            raise HTTPException(404, f"no package {package}")
        return found

    @router.get("/packages/{package}", response_class=Response)
    async def package_file(
        package: str, wanted: Annotated[str, Header(alias="range")] = ""
    ) -> Response:
        """The file, or the rest of it (`Range: bytes=n-`)."""
        size = ledger.catalogue.file_size(package)
        if size is None:
            raise HTTPException(404, f"no package {package}")
        return _file_response(ledger, package, size, _RANGE.fullmatch(wanted))

    return router


def _page(ledger: PlatformLedger, line: str, feed: Feed, after: str) -> FeedPage:
    try:
        return ledger.catalogue.page(line, feed, after)
    except UnknownCursorError:
        raise HTTPException(
            400, f"cursor {after!r} is none of ours; begin with an empty one"
        ) from None


def _file_response(
    ledger: PlatformLedger, package: str, size: int, wanted: re.Match[str] | None
) -> Response:
    first, last = 0, size - 1
    headers = {"accept-ranges": "bytes"}
    if wanted is not None:
        first = int(wanted[1])
        last = min(last, int(wanted[2] or last))
        if first > last:
            return Response(
                status_code=416, headers={"content-range": f"bytes */{size}"}
            )
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    headers["content-length"] = str(last + 1 - first)
    return StreamingResponse(
        _pieces(ledger, package, first, last),
        status_code=200 if wanted is None else 206,
        headers=headers,
        media_type="application/octet-stream",
    )


async def _pieces(
    ledger: PlatformLedger, package: str, first: int, last: int
) -> AsyncIterator[bytes]:
    # An async generator: a plain one would be run in a thread.
    for piece in ledger.catalogue.file_pieces(package, first, last):
        yield piece
