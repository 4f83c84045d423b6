"""The thread that owns a camera: camera libraries block, the line must not."""

import asyncio
import threading
from collections.abc import Callable
from typing import Protocol

from drivers.base import Identity

# A thread that is told to stop ends within one turn; a library that hangs is left to
# itself after this, and the camera is not opened again before it came back.
END_S = 1.0


class Capture(Protocol):
    """A camera as its thread uses it. Every call comes from that one thread.

    `turn` blocks for some tenths of a second at most. All raise `OSError` when the
    camera is lost, and `DriverError` when it is there and refuses.
    """

    def open(self) -> Identity | None: ...

    def turn(self) -> None: ...

    def close(self) -> None: ...


class CaptureThread:
    """`capture` on a thread of its own, as a wire that a link opens and closes."""

    def __init__(self, name: str, capture: Capture) -> None:
        self._capture = capture
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[Identity | None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        # Nobody may be left to hear how it ended.
        for future in (self._opened, self._ended):
            future.add_done_callback(_looked_at)
        self._stop = threading.Event()
        # A daemon: a library that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    async def opened(self) -> Identity | None:
        """Start; who the camera is. Raises what opening raised."""
        self._thread.start()
        return await asyncio.shield(self._opened)

    async def ended(self) -> None:
        """Wait until the camera is let go; raises why, unless it was closed."""
        await asyncio.shield(self._ended)

    async def close(self) -> None:
        """Let the camera go."""
        self._stop.set()
        if self._thread.ident is not None:
            await asyncio.wait([self._ended], timeout=END_S)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            try:
                identity = self._capture.open()
                self._tell(lambda: _settle(self._opened, identity, None))
                while not self._stop.is_set():
                    self._capture.turn()
            finally:
                self._capture.close()
        except BaseException as raised:  # noqa: BLE001 - told to the link, which decides
            error = raised
        self._tell(lambda: _settle(self._opened, None, error))
        self._tell(lambda: _settle(self._ended, None, error))

    def _tell(self, news: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(news)
        except RuntimeError:  # the loop is closed: the program ends
            self._stop.set()


def _settle(
    future: "asyncio.Future[Identity | None] | asyncio.Future[None]",
    result: Identity | None,
    error: BaseException | None,
) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]


def _looked_at(
    future: "asyncio.Future[Identity | None] | asyncio.Future[None]",
) -> None:
    if not future.cancelled():
        future.exception()
