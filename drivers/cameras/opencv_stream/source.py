"""A stream of frames as OpenCV opens it, read on the camera's own thread."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.base import Identity
from drivers.cameras.exposures import Exposures
from drivers.cameras.opencv_stream.settings import OpenCVStreamSettings
from drivers.cameras.turning import TURNS
from drivers.errors import DeviceFault

# A network stream that does not answer or falls silent, ms.
OPEN_MS: Final = 5000
# linux/v4l2-controls.h: V4L2_EXPOSURE_MANUAL; the absolute exposure counts 100 µs.
MANUAL: Final = 1
EXPOSURE_US: Final = 100
# A network stream is opened some frames in arrears; they come at once.
ARREARS: Final = 100
AT_ONCE_S: Final = 0.005
# Frames/s of a video file that does not say.
FILE_FPS: Final = 25.0


class Video(Protocol):
    """What is used of `cv2.VideoCapture`."""

    def isOpened(self) -> bool: ...  # noqa: N802
    def grab(self) -> bool: ...
    def retrieve(self) -> tuple[bool, Any]: ...
    def set(self, propId: int, value: float) -> bool: ...  # noqa: N803
    def get(self, propId: int) -> float: ...  # noqa: N803
    def release(self) -> None: ...


@dataclass(slots=True)
class StreamCounts:
    """Frames since the start, and how far apart the last ones were."""

    frames: int = 0
    interval_ms: float = 0.0
    last_s: float = 0.0
    width: int = 0
    height: int = 0

    def seen(self, at_s: float) -> None:
        """A frame is here."""
        if self.frames:
            gap_ms = (at_s - self.last_s) * 1000
            self.interval_ms += 0.1 * (gap_ms - self.interval_ms)
        self.frames += 1
        self.last_s = at_s


def open_video(settings: OpenCVStreamSettings) -> Video:
    """The source, opened or not; blocks up to some seconds."""
    if settings.is_v4l2:
        return cv2.VideoCapture(settings.source, cv2.CAP_V4L2)
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, settings.silent_ms),
    ]
    return cv2.VideoCapture(settings.source, cv2.CAP_FFMPEG, limits)


class StreamCapture:
    """Implements `Capture`: takes every frame off the wire, decodes what is wanted.

    A frame's exposure is taken to have begun `latency_ms` before it was here. A video
    file is played at its own pace, again and again.
    """

    def __init__(
        self,
        name: str,
        settings: OpenCVStreamSettings,
        exposures: Exposures,
        counts: StreamCounts,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        video_of: Callable[[OpenCVStreamSettings], Video] = open_video,
    ) -> None:
        self._name = name
        self._settings = settings
        self._exposures = exposures
        self._counts = counts
        self._clock = clock
        self._pause = pause
        self._video_of = video_of
        self._video: Video | None = None
        self._next_s = 0.0
        self._every_s = 0.0

    def open(self) -> Identity | None:
        """A stream does not say whose it is: None."""
        try:
            self._video = video = self._video_of(self._settings)
        except cv2.error as error:
            raise OSError(f"{self._shown}: {error}") from None
        if not video.isOpened():
            raise OSError(f"{self._shown} cannot be opened: is it there, is it free?")
        self._ask(video)
        if self._settings.is_file:
            self._every_s = 1 / (video.get(cv2.CAP_PROP_FPS) or FILE_FPS)
            self._next_s = self._clock()
        elif not self._settings.is_v4l2:
            self._skip_arrears(video)
        self._counts.width = int(video.get(cv2.CAP_PROP_FRAME_WIDTH))
        self._counts.height = int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self._counts.last_s = self._clock()
        return None

    def turn(self) -> None:
        """The next frame. `OSError` when the stream is over."""
        video = self._video
        assert video is not None, "turned before it was opened"
        if self._every_s:
            self._keep_pace()
        if not video.grab() and not self._rewound(video):
            raise OSError(f"{self._shown}: the stream ended, or fell silent")
        now_s = self._clock()
        self._counts.seen(now_s)
        mine = self._exposures.shown_at(now_s - self._settings.latency_ms / 1000)
        if mine is not None:
            self._exposures.deliver(mine, self._picture(video))

    def close(self) -> None:
        """Let the device go."""
        video, self._video = self._video, None
        if video is not None:
            video.release()

    def _ask(self, video: Video) -> None:
        """Camera-side settings of a V4L2 camera; `DeviceFault` if it will not."""
        asked = self._settings
        if asked.exposure_us is not None:
            self._set(video, "exposure_us", cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL)
            units = max(1, round(asked.exposure_us / EXPOSURE_US))
            self._set(video, "exposure_us", cv2.CAP_PROP_EXPOSURE, units)
        for name, key in (
            ("width", cv2.CAP_PROP_FRAME_WIDTH),
            ("height", cv2.CAP_PROP_FRAME_HEIGHT),
            ("fps", cv2.CAP_PROP_FPS),
            ("gain", cv2.CAP_PROP_GAIN),
        ):
            value = getattr(asked, name)
            if value is not None:
                self._set(video, name, key, value)

    def _set(self, video: Video, name: str, key: int, value: float) -> None:
        if video.set(key, value) and abs(video.get(key) - value) <= 0.01 * value:
            return
        raise DeviceFault(
            self._name,
            f"{name}: the camera took {video.get(key):g} for {value:g}; "
            "v4l2-ctl --all shows what it can do",
        )

    def _skip_arrears(self, video: Video) -> None:
        for _ in range(ARREARS):
            began_s = self._clock()
            if not video.grab():
                raise OSError(f"{self._shown}: no frame came")
            if self._clock() - began_s > AT_ONCE_S:
                return

    def _keep_pace(self) -> None:
        ahead_s = self._next_s - self._clock()
        if ahead_s > 0:
            self._pause(ahead_s)
        self._next_s = max(self._next_s, self._clock() - self._every_s) + self._every_s

    def _rewound(self, video: Video) -> bool:
        is_file = self._settings.is_file
        return is_file and video.set(cv2.CAP_PROP_POS_FRAMES, 0) and video.grab()

    def _picture(self, video: Video) -> NDArray[np.uint8] | str:
        try:
            is_whole, image = video.retrieve()
        except cv2.error as error:
            return f"the frame could not be decoded: {error}"
        if not is_whole or image is None or image.dtype != np.uint8:
            return "the frame could not be decoded to 8 bits"
        if image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        turn = TURNS.get(self._settings.rotate)
        if turn is not None:
            image = cv2.rotate(image, turn)
        return np.asarray(image, dtype=np.uint8)

    @property
    def _shown(self) -> str:
        """The source without the password in it."""
        return re.sub(r"(?<=://)[^/@\s]+@", "", self._settings.source)
