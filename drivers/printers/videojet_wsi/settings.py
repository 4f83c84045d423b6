"""A Videojet 1000 line printer as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.printers.videojet_wsi.codec import checked, clear_field, select_message
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


def _field(name: str) -> str:
    clear_field(name)
    return name


def _message(name: str) -> str:
    if name:
        select_message(name)
    return name


def _blank(text: str) -> str:
    return checked(text) if text else text


class VideojetWsiSettings(DeviceModel):
    """A Videojet 1000 line printer over WSI (docs/devices/videojet-wsi.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["videojet_wsi"]
    address: DialledAddress = Field(description="tcp://host:3100 or serial:/dev/…")
    field: Annotated[str, AfterValidator(_field)] = Field(
        description="user field that holds the code"
    )
    message: Annotated[str, AfterValidator(_message)] = Field(
        default="", description="message selected at the start; empty: as it is"
    )
    blank: Annotated[str, AfterValidator(_blank)] = Field(
        default="", description="data while there is no code; empty clears the field"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    poll_s: float = Field(
        default=0.02, ge=0.005, le=1, description="pause between two looks at the count"
    )
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
