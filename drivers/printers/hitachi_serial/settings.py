"""A Hitachi printer on its serial port as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.printers.hitachi_serial.codec import checked
from drivers.printers.hitachi_serial.messages import MAX_ITEM, MAX_MESSAGE
from drivers.settings_base import DeviceModel, DialledAddress, ReplyTimeout


class HitachiSerialSettings(DeviceModel):
    """A Hitachi ink-jet printer on RS-232 (docs/devices/hitachi-serial.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["hitachi_serial"]
    address: DialledAddress = Field(
        description="serial:/dev/…?baud=4800, or tcp://host:port of a converter"
    )
    item: int = Field(
        default=1, ge=1, le=MAX_ITEM, description="print item that holds the code"
    )
    message: int = Field(
        default=0,
        ge=0,
        le=MAX_MESSAGE,
        description="stored message recalled before the start; 0: as it is",
    )
    blank: Annotated[str, AfterValidator(checked)] = Field(
        default="-", description="text of the item while there is no code"
    )
    deflection: bool = Field(
        default=False,
        description="whether start and stop switch the deflection voltage",
    )
    poll_s: float = Field(
        default=0.02, ge=0.005, le=1, description="pause between two looks, s"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
