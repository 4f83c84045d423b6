"""A streaming camera as settings describe it."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.cameras.exposing_settings import ExposingModel

_URL = re.compile(r"(?:rtsp|rtsps|http|https)://[^/\s]+")


def _source(text: str) -> str:
    if re.fullmatch(r"/dev/video\d+", text):
        raise ValueError(
            f"{text} may be another camera after a restart: use /dev/v4l/by-id/… "
            "or /dev/v4l/by-path/…"
        )
    if "://" in text:
        if not _URL.match(text):
            raise ValueError("use rtsp://, rtsps://, http:// or https:// with a host")
    elif not text.startswith("/"):
        raise ValueError("use /dev/v4l/by-id/…, a URL, or the whole path of a file")
    return text


class OpenCVStreamSettings(ExposingModel):
    """A camera that streams all the time (docs/devices/opencv-stream.md)."""

    kind: Literal["opencv_stream"]
    source: Annotated[str, AfterValidator(_source)] = Field(
        description="/dev/v4l/by-id/…, rtsp:// or http:// URL, or path of a video file"
    )
    latency_ms: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="from the beginning of an exposure until its frame is here, ms",
    )
    silent_ms: int = Field(
        default=2000,
        ge=200,
        le=60_000,
        description="a stream without frames for this long is lost, ms",
    )
    width: int | None = Field(
        default=None, ge=1, le=16384, description="V4L2: columns asked of the camera"
    )
    height: int | None = Field(
        default=None, ge=1, le=16384, description="V4L2: rows asked of the camera"
    )
    fps: float | None = Field(
        default=None, gt=0, le=1000, description="V4L2: frames/s asked of the camera"
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        asked = [
            name
            for name in ("width", "height", "fps", "exposure_us", "gain")
            if getattr(self, name) is not None
        ]
        if asked and not self.is_v4l2:
            raise ValueError(
                f"{asked[0]}: only a V4L2 camera can be asked for it; "
                "set it at the camera itself"
            )
        return self

    @property
    def is_v4l2(self) -> bool:
        """Whether the camera hangs on this machine."""
        return self.source.startswith("/dev/")

    @property
    def is_file(self) -> bool:
        """Whether it is a video file of a test stand."""
        return not self.is_v4l2 and "://" not in self.source
