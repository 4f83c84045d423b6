"""A table-driven text printer as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


class TextPrinterSettings(DeviceModel):
    """A printer with a text protocol in a table (docs/devices/text-printer.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["text_printer"]
    address: DialledAddress = Field(description="tcp://host:port or serial:/dev/…")
    table: str = Field(
        min_length=1, description="builtin:<name>, or the path of a TOML table"
    )
    parameters: dict[str, str] = Field(
        default={}, description="values in place of the table's own parameters"
    )
    job: str = Field(
        default="",
        description="job selected at a clear; empty keeps the one at the printer",
    )
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
    poll_s: float = Field(
        default=0.1, ge=0.01, le=5, description="how often it is asked how far it is, s"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    settle_timeout_s: float = Field(
        default=5.0, ge=0, le=120, description="longest wait for a change of state, s"
    )
    group_separator: str = Field(
        default="\x1d", description="sent in place of GS in a code; empty refuses GS"
    )
