"""A text reader as settings describe it."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Role
from drivers.settings_base import CodePattern, DeviceModel, StreamAddress


class TextReaderSettings(DeviceModel):
    """A reader that sends one line a read (docs/devices/text-reader.md)."""

    role: ClassVar[Role] = Role.READER
    kind: Literal["text_reader"]
    address: StreamAddress = Field(
        description="tcp://host:port, serial:/dev/…, or tcp-listen://0.0.0.0:port"
    )
    no_read: str = Field(
        min_length=1, description="what the reader sends when it could not read"
    )
    terminators: tuple[str, ...] = Field(
        default=("\r", "\n"), min_length=1, description="any of these ends a frame"
    )
    start: str = Field(default="", description="what every frame begins with")
    pattern: CodePattern = Field(
        default="",
        description="whole output, with groups (?P<code>…) and perhaps (?P<item>…)",
    )
    aim: bool = Field(default=True, description="split off an AIM identifier (]d2)")
    ignore: tuple[str, ...] = Field(default=(), description="lines that are no reads")
    encoding: Literal["utf-8", "latin-1", "gb18030"] = Field(
        default="utf-8", description="of the reader's output"
    )
    max_frame: int = Field(
        default=1024, ge=1, le=65536, description="longest frame, bytes"
    )
    gap_ms: int = Field(
        default=500, ge=0, le=60_000, description="longest pause in a frame, ms; 0 any"
    )
    resync: bool = Field(
        default=False, description="after connecting, discard up to a terminator"
    )
    heartbeat: str = Field(default="", description="line sent as a sign of life")
    silent_after_s: float = Field(
        default=0, ge=0, le=3600, description="silence that ends the link, s; 0 never"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not all(self.terminators):
            raise ValueError("terminators: an empty text ends nothing")
        if self.heartbeat and not self.silent_after_s:
            raise ValueError("heartbeat: also set silent_after_s, or it is not missed")
        return self
