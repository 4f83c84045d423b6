"""A text reader as settings describe it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from drivers.readers.settings_base import OutputModel
from drivers.settings_base import StreamAddress


class TextReaderSettings(OutputModel):
    """A reader that sends one line a read (docs/devices/text-reader.md)."""

    kind: Literal["text_reader"]
    address: StreamAddress = Field(
        description="tcp://host:port, serial:/dev/…, or tcp-listen://0.0.0.0:port"
    )
    terminators: tuple[str, ...] = Field(
        default=("\r", "\n"), description="any of these ends a frame"
    )
    start: str = Field(default="", description="what every frame begins with")
    ignore: tuple[str, ...] = Field(default=(), description="lines that are no reads")
    resync: bool = Field(
        default=False, description="after connecting, discard up to a terminator"
    )
    flush_ms: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="silence that ends a frame, ms (last resort); 0 never",
    )
    heartbeat: str = Field(default="", description="line sent as a sign of life")
    silent_after_s: float = Field(
        default=0, ge=0, le=3600, description="silence that ends the link, s; 0 never"
    )
    trigger_on: str = Field(default="", description="what makes the reader look")
    trigger_off: str = Field(default="", description="what makes it stop looking")
    trigger_ms: int = Field(
        default=0,
        ge=0,
        le=60_000,
        description="wait for a result before trigger_off, ms; 0: it stops by itself",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not all(self.terminators):
            raise ValueError("terminators: an empty text ends nothing")
        if not (self.terminators or self.flush_ms):
            raise ValueError("terminators: name one, or set flush_ms")
        if self.flush_ms and self.gap_ms and self.gap_ms < self.flush_ms:
            raise ValueError("flush_ms: must not be over gap_ms")
        if self.heartbeat and not self.silent_after_s:
            raise ValueError("heartbeat: also set silent_after_s, or it is not missed")
        if bool(self.trigger_off) != bool(self.trigger_ms):
            raise ValueError("trigger_off and trigger_ms: set both or neither")
        if self.trigger_off and not self.trigger_on:
            raise ValueError("trigger_off: also set trigger_on")
        return self
