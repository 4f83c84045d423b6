"""A PLC with the line I/O map as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel, RegisterAddress


class LineIOSettings(DeviceModel):
    """A PLC with the line I/O map on Modbus TCP or RTU (docs/devices/line-io.md)."""

    role: ClassVar[Role] = Role.LINE_IO
    kind: Literal["line_io"]
    address: RegisterAddress = Field(
        description="modbus://host:port/device_id, or modbus-rtu:/dev/…?baud=115200"
    )
    base: int = Field(
        default=0, ge=0, le=65536 - 192, description="address of register 0 of the map"
    )
    exchange_timeout_s: float = Field(
        default=0.3, ge=0.05, le=0.5, description="longest wait for an answer, s"
    )
