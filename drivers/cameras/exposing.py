"""A camera that is told when to look: what `opencv_stream` and `pylon_camera` share."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from drivers.cameras.capturing import Capture, CaptureThread
from drivers.cameras.exposures import Exposures
from drivers.cameras.frame import BadFrame, Frame
from drivers.device import LinkedDevice
from drivers.errors import LinkDown
from drivers.link import Backoff
from drivers.readings import Category
from drivers.wiretap import WireTap

# Finding a GigE camera takes seconds; a network stream has its own, shorter limit.
OPEN_S: Final = 15.0


class ExposingCamera(LinkedDevice[CaptureThread]):
    """Implements `base.Camera` and `base.Exposed` over the camera's own thread.

    `capture_for(exposures)` makes what the thread runs. `expected` must be part of the
    camera's identity, where it tells one. `clock` gives monotonic seconds, those of the
    event loop; a test may turn its own.
    """

    def __init__(
        self,
        name: str,
        capture_for: Callable[[Exposures], Capture],
        *,
        delay_s: float,
        timeout_s: float,
        rng: random.Random,
        expected: str = "",
        clock: Callable[[], float] = time.monotonic,
        backoff: Backoff | None = None,
    ) -> None:
        self.exposures = Exposures(
            delay_s=delay_s,
            timeout_s=timeout_s,
            clock=clock,
            wake=self._wake,
            book=self._book,
        )
        self._capture_for = capture_for
        self._expected = expected
        self._clock = clock
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: CaptureThread | None = None
        super().__init__(
            name,
            self._connect,
            tap=WireTap(name),
            rng=rng,
            serve=self._serve,
            open_timeout_s=OPEN_S,
            backoff=backoff,
        )
        counts = self.exposures.counts
        self.board.live("exposed", lambda: counts.exposed)
        self.board.live("pictures", lambda: counts.pictures, category=Category.PRIMARY)
        self.board.live("missed", lambda: counts.missed, category=Category.PRIMARY)
        self.board.live("late", lambda: counts.late)
        self.board.live("dropped", lambda: counts.dropped)

    def expose(self, item: int) -> None:
        """The item passed its trigger now: its picture is wanted `delay_s` later."""
        self.exposures.expose(item)

    async def frame(self) -> Frame | BadFrame:
        """Wait for the picture of the next item.

        An item without a picture comes as a `BadFrame`. Raises `LinkDown` while there
        is no camera and no result is left.
        """
        while True:
            self._news.clear()
            result = self.exposures.take()
            if result is not None:
                return result
            if self.exposures.closed:
                raise LinkDown(self.name, f"no camera ({self.exposures.closed})")
            end_s = self.exposures.next_end_s()
            wait_s = None if end_s is None else max(0.001, end_s - self._clock())
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    async def _connect(self) -> CaptureThread:
        self._loop = asyncio.get_running_loop()
        if self._last is not None:  # a camera has one owner
            with suppress(Exception):
                await self._last.ended()
        thread = CaptureThread(self.name, self._capture_for(self.exposures))
        self._last = thread
        try:
            identity = await thread.opened()
            if identity is not None:
                self.known_as(identity, expected=self._expected)
        except BaseException:
            await thread.close()
            raise
        return thread

    async def _serve(self, wire: CaptureThread) -> None:
        reason = "closed"
        self.exposures.open()
        try:
            await self._attend(wire)
        except Exception as error:
            reason = str(error)
            raise
        finally:
            self.exposures.close(reason)

    async def _attend(self, wire: CaptureThread) -> None:
        """Until the camera is lost; raises why."""
        await wire.ended()

    def _book(self, took_s: float | None) -> None:
        if took_s is None:
            self.latency.failed("picture")
        else:
            self.latency.answered("picture", took_s)

    def _wake(self) -> None:
        """From either side."""
        if self._loop is None or self._loop.is_closed():
            return
        with suppress(RuntimeError):  # it is closed just now: nobody waits
            self._loop.call_soon_threadsafe(self._news.set)
