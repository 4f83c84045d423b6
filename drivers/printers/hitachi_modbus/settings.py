"""A Hitachi printer on Modbus TCP as settings describe it."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.printers.hitachi_modbus.codec import WordOrder, checked
from drivers.printers.hitachi_modbus.messages import MAX_ITEMS, MAX_MESSAGES
from drivers.settings_base import DeviceModel, RegisterAddress, ReplyTimeout
from drivers.transports.addresses import ModbusAddress, parse_registers


def _tcp(address: str) -> str:
    parsed = parse_registers(address)
    if not isinstance(parsed, ModbusAddress) or parsed.device_id != 1:
        raise ValueError("this printer is unit 1 on Modbus TCP: modbus://host:502/1")
    return address


Operated = Literal["deflection", "jet", "none"]


class HitachiModbusSettings(DeviceModel):
    """A Hitachi ink-jet printer over Modbus TCP (docs/devices/hitachi-modbus.md)."""

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["hitachi_modbus"]
    address: Annotated[RegisterAddress, AfterValidator(_tcp)] = Field(
        description="modbus://host:502/1"
    )
    item: int = Field(ge=1, le=MAX_ITEMS, description="print item that has the code")
    message: int = Field(
        default=0, ge=0, le=MAX_MESSAGES, description="recalled by clear; 0: as it is"
    )
    blank: Annotated[str, AfterValidator(checked)] = Field(
        default=" ", description="text of the item while there is no code"
    )
    operate: Operated = Field(
        default="deflection",
        description="what start and stop switch; jet: the jet too; none: nothing",
    )
    switch_online: bool = Field(
        default=True, description="put the printer online where it is offline"
    )
    read_back: bool = Field(
        default=True, description="read each text back before it is believed"
    )
    word_order: WordOrder = Field(
        default="high_first", description="of counts and serial numbers of two words"
    )
    pause_ms: float = Field(
        default=10, ge=10, le=1000, description="between a write and the next read, ms"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=5, description="longest wait for an answer, s; the maker says 5 or more"
    )
    start_timeout_s: float = Field(
        default=15, ge=1, le=600, description="longest wait for ready after start, s"
    )
    poll_s: float = Field(
        default=0.02, ge=0.005, le=1, description="pause between two looks at the count"
    )
    identity: str = Field(
        default="", description="text the printer's identity must contain"
    )
