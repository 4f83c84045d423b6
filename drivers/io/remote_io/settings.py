"""A remote I/O box as settings describe it."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from drivers.base import Role
from drivers.settings_base import DeviceModel, RegisterAddress


class RemoteIOSettings(DeviceModel):
    """Remote I/O on a line without a PLC (docs/devices/remote-io.md)."""

    role: ClassVar[Role] = Role.LINE_IO
    kind: Literal["remote_io"]
    address: RegisterAddress = Field(
        description="modbus://host:port/device_id, or modbus-rtu:/dev/…?baud=115200"
    )
    map: str = Field(
        description="moxa_e1212, adam_6052, adam_6060, wago_750, or a map file"
    )
    address_base: int = Field(
        default=0, ge=-1, le=60000, description="added to every address of the map"
    )
    gate_mm: float = Field(
        gt=0, le=20000, description="trigger to gate sensor (or to the reject), mm"
    )
    reject_mm: float = Field(
        default=0, ge=0, le=2000, description="gate sensor to the reject, mm"
    )
    window_mm: float = Field(
        gt=0, le=500, description="an item arrives this near to its place, mm"
    )
    min_pitch_mm: float = Field(
        gt=0, le=5000, description="nearer triggers cannot be told apart, mm"
    )
    mm_per_count: float = Field(
        gt=0, le=100, description="belt travel of one encoder count, mm"
    )
    clear_mm: float = Field(
        default=1000, ge=0, le=50000, description="way the belt empties itself, mm"
    )
    max_mm_s: float = Field(
        default=3000, gt=0, le=20000, description="no belt is faster, mm/s"
    )
    confirm_ms: int = Field(
        default=300, ge=0, le=5000, description="reject to its sensor; 0: no sensor, ms"
    )
    poll_ms: int = Field(
        default=10, ge=2, le=50, description="between two looks at the box, ms"
    )
    exchange_timeout_s: float = Field(
        default=0.2, ge=0.02, le=0.5, description="longest wait for an answer, s"
    )
    watchdog_s: float = Field(
        default=1.0,
        gt=0,
        le=5,
        description="the box must drop its outputs within this, s",
    )
    watchdog_proven: str = Field(
        default="", description="who saw the box drop its outputs, and when"
    )
    identity: str = Field(
        default="", description="text the module's identity must contain"
    )

    @model_validator(mode="after")
    def _windows_apart(self) -> Self:
        if 2 * self.window_mm > self.min_pitch_mm:
            raise ValueError(
                f"min_pitch_mm {self.min_pitch_mm} must be at least twice window_mm"
                f" {self.window_mm}, or neighbours would be mistaken for one another"
            )
        return self
