"""A camera that streams all the time; an item's picture is picked by time."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress

from drivers.around import Around
from drivers.base import Camera
from drivers.cameras.capturing import CaptureThread
from drivers.cameras.exposing import ExposingCamera
from drivers.cameras.opencv_stream.settings import OpenCVStreamSettings
from drivers.cameras.opencv_stream.source import (
    StreamCapture,
    StreamCounts,
    Video,
    open_video,
)
from drivers.link import Backoff
from drivers.readings import Category


class OpenCvStreamCamera(ExposingCamera):
    """Implements `base.Camera` and `base.Exposed` for V4L2, RTSP, HTTP and files."""

    def __init__(
        self,
        name: str,
        settings: OpenCVStreamSettings,
        *,
        rng: random.Random,
        clock: Callable[[], float] = time.monotonic,
        video_of: Callable[[OpenCVStreamSettings], Video] = open_video,
        backoff: Backoff | None = None,
    ) -> None:
        self.stream = StreamCounts()
        self._silent_s = settings.silent_ms / 1000
        super().__init__(
            name,
            lambda exposures: StreamCapture(
                name, settings, exposures, self.stream, clock=clock, video_of=video_of
            ),
            delay_s=settings.delay_ms / 1000,
            timeout_s=settings.timeout_ms / 1000,
            rng=rng,
            clock=clock,
            backoff=backoff,
        )
        stream = self.stream
        self.board.live("frames", lambda: stream.frames)
        self.board.live(
            "frame_interval",
            lambda: round(stream.interval_ms, 1),
            unit="ms",
            category=Category.PRIMARY,
        )
        self.board.live("width", lambda: stream.width, unit="px")
        self.board.live("height", lambda: stream.height, unit="px")

    async def _attend(self, wire: CaptureThread) -> None:
        """A library may hang in a read: the stream is lost all the same."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._silent_s / 4):
                    await wire.ended()
                return
            silent_s = self._clock() - self.stream.last_s
            if silent_s > self._silent_s:
                raise OSError(f"no frame for {silent_s:.1f} s")


def from_settings(name: str, settings: OpenCVStreamSettings, around: Around) -> Camera:
    """The camera that `settings` describe."""
    return OpenCvStreamCamera(name, settings, rng=around.rng)
