"""Settings of devices: one closed model a kind, told apart by `kind`.

A mistyped key, a malformed address or an impossible value fails here, with its name,
and not on the line.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from drivers.transports.addresses import parse_registers, parse_stream


def _stream(address: str) -> str:
    parse_stream(address)
    return address


def _dialled(address: str) -> str:
    if address.startswith("tcp-listen:"):
        raise ValueError("this device is dialled: use tcp://host:port or serial:/dev/…")
    return _stream(address)


def _registers(address: str) -> str:
    parse_registers(address)
    return address


def _with_group(pattern: str, group: str) -> str:
    """`pattern`, empty or a regular expression with this group."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    if pattern and group not in compiled.groupindex:
        raise ValueError(f"needs a group (?P<{group}>…)")
    return pattern


def _code_pattern(pattern: str) -> str:
    return _with_group(pattern, "code")


def _item_pattern(pattern: str) -> str:
    return _with_group(pattern, "item")


StreamAddress = Annotated[str, AfterValidator(_stream)]
DialledAddress = Annotated[str, AfterValidator(_dialled)]
RegisterAddress = Annotated[str, AfterValidator(_registers)]
ReplyTimeout = Annotated[float, Field(ge=0.05, le=30)]


class _DeviceModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LeibingerJetSettings(_DeviceModel):
    """A Leibinger JET in mailing mode (docs/devices/leibinger-jet.md)."""

    kind: Literal["leibinger_jet"]
    address: DialledAddress = Field(description="tcp://host:3000 or serial:/dev/…")
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    settle_timeout_s: float = Field(
        default=3.0, ge=0, le=60, description="longest wait until an order shows, s"
    )
    group_separator: str = Field(
        default="\x1d", description="sent in place of GS in a code; empty refuses GS"
    )


class ZebraZplSettings(_DeviceModel):
    """A ZPL label printer (docs/devices/zebra-zpl.md)."""

    kind: Literal["zebra_zpl"]
    address: DialledAddress = Field(description="tcp://host:9100 or serial:/dev/…")
    templates: dict[str, str] = Field(
        default={"case": "builtin:gs1_128", "pallet": "builtin:gs1_128"},
        min_length=1,
        description="label templates by name: builtin:<name>, ZPL text, or a file",
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    print_timeout_s: float = Field(
        default=10.0, gt=0, le=120, description="longest wait for a label to be out, s"
    )


class TextReaderSettings(_DeviceModel):
    """A reader that sends one line a read (docs/devices/text-reader.md)."""

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
    pattern: Annotated[str, AfterValidator(_code_pattern)] = Field(
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


class LineIOSettings(_DeviceModel):
    """A PLC with the line I/O map on Modbus TCP (docs/devices/line-io.md)."""

    kind: Literal["line_io"]
    address: RegisterAddress = Field(description="modbus://host:port/device_id")
    base: int = Field(
        default=0, ge=0, le=65536 - 192, description="address of register 0 of the map"
    )
    exchange_timeout_s: float = Field(
        default=0.3, ge=0.05, le=0.5, description="longest wait for an answer, s"
    )


class OpenCVCameraSettings(_DeviceModel):
    """Pictures that a camera puts into a folder (docs/devices/opencv-camera.md)."""

    kind: Literal["opencv_camera"]
    folder: Path = Field(description="folder the pictures arrive in")
    pattern: Annotated[str, AfterValidator(_item_pattern)] = Field(
        default="",
        description="whole file name, with a group (?P<item>[0-9]+); empty: the usual",
    )
    poll_ms: int = Field(
        default=5, ge=1, le=1000, description="how often the folder is looked at, ms"
    )
    keep: int = Field(default=200, ge=0, description="pictures kept after use")


DeviceSettings = Annotated[
    LeibingerJetSettings
    | ZebraZplSettings
    | TextReaderSettings
    | LineIOSettings
    | OpenCVCameraSettings,
    Field(discriminator="kind"),
]
