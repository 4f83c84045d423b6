"""A handheld scanner as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.readers.settings_base import Encoding, StablePath
from drivers.settings_base import CodePattern, DeviceModel, DialledAddress


class HandheldSettings(DeviceModel):
    """A scanner in a hand that sends one line a scan (docs/devices/handheld.md)."""

    role: ClassVar[Role] = Role.READER
    kind: Literal["handheld"]
    address: Annotated[DialledAddress, StablePath] = Field(
        description="serial:/dev/serial/by-id/… or tcp://host:port of a converter"
    )
    aim: Literal["required", "optional", "off"] = Field(
        default="required",
        description="AIM identifier: scans without it are refused, or taken; off: kept",
    )
    separator: str = Field(
        default="",
        description="sent by the scanner in place of GS; empty: GS",
    )
    pattern: CodePattern = Field(
        default="", description="whole line, with a group (?P<code>…)"
    )
    encoding: Encoding = Field(default="utf-8", description="of the scanner's output")
    repeat_ms: int = Field(
        default=500,
        ge=0,
        le=60_000,
        description="the same code again within this is the same scan, ms; 0: never",
    )
    trigger: bool = Field(
        default=False, description="it takes SYN T CR and SYN U CR as its trigger"
    )
    trigger_ms: int = Field(
        default=3000, ge=100, le=60_000, description="longest look when triggered, ms"
    )
    max_frame: int = Field(
        default=1024, ge=1, le=65536, description="longest scan, bytes"
    )
    gap_ms: int = Field(
        default=500, ge=0, le=60_000, description="longest pause in a scan, ms; 0 any"
    )
