"""A Domino Codenet printer as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.printers.domino_codenet.codec import encode_label
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


def _label(label: str) -> str:
    if label:
        encode_label(label)
    return label


class DominoCodenetSettings(DeviceModel):
    """A Domino printer fed with external data (docs/devices/domino-codenet.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["domino_codenet"]
    address: DialledAddress = Field(description="tcp://host:7000 or serial:/dev/…")
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    label: Annotated[str, AfterValidator(_label)] = Field(
        default="",
        description="label put online at the start: number or name; empty: as it is",
    )
    queue_depth: int = Field(
        default=1, ge=1, le=1023, description="records given to the printer ahead"
    )
    products_between: int = Field(
        default=2, ge=0, le=32, description="most products between photo-eye and head"
    )
    group_separator: Literal["", "\x1d"] = Field(
        default="", description="GS sends GS in a code as it is; empty refuses it"
    )
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
