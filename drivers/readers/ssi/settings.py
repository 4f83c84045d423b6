"""A Zebra SSI scanner as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.readers.settings_base import Encoding, StablePath
from drivers.settings_base import CodePattern, DeviceModel, DialledAddress, ReplyTimeout


class SsiSettings(DeviceModel):
    """A Zebra (Symbol) scanner over SSI (docs/devices/ssi.md)."""

    role: ClassVar[Role] = Role.READER
    kind: Literal["ssi"]
    address: Annotated[DialledAddress, StablePath] = Field(
        description="serial:/dev/serial/by-id/…?baud=9600 or tcp://host:port"
    )
    aim: Literal["required", "optional", "off"] = Field(
        default="required",
        description="AIM identifier: scans without it are refused, or taken; off: kept",
    )
    pattern: CodePattern = Field(
        default="", description="whole decode data, with a group (?P<code>…)"
    )
    encoding: Encoding = Field(default="utf-8", description="of the scanner's output")
    repeat_ms: int = Field(
        default=500,
        ge=0,
        le=60_000,
        description="the same code again within this is the same scan, ms; 0: never",
    )
    trigger_ms: int = Field(
        default=3000, ge=100, le=60_000, description="longest look when triggered, ms"
    )
    wakeup: bool = Field(
        default=True, description="wake it before each command (no RTS/CTS lines)"
    )
    max_frame: int = Field(
        default=4096, ge=1, le=65536, description="longest scan, bytes, all packets"
    )
    gap_ms: int = Field(
        default=500, ge=0, le=60_000, description="longest pause in a packet, ms; 0 any"
    )
    identity: str = Field(
        default="", description="text that its revision answer must contain"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=2.0, description="longest wait for an answer, s"
    )
    probe_every_s: float = Field(
        default=10.0, ge=0, le=60, description="ask for its revision so often, s; 0 no"
    )
