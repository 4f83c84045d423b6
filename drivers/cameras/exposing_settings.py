"""What cameras that are told when to look have in their settings."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel


class ExposingModel(DeviceModel):
    """When the picture of an item is taken, and how it lies."""

    role: ClassVar[Role] = Role.CAMERA
    delay_ms: int = Field(
        default=0,
        ge=0,
        le=10_000,
        description="from the trigger of an item to its picture, ms",
    )
    timeout_ms: int = Field(
        default=200,
        ge=10,
        le=10_000,
        description="an item without picture this long after its moment is a no-read",
    )
    exposure_us: int | None = Field(
        default=None, ge=1, le=10_000_000, description="exposure, µs; else the camera's"
    )
    gain: float | None = Field(
        default=None, ge=0, description="in the camera's own unit; else the camera's"
    )
    rotate: Literal[0, 90, 180, 270] = Field(
        default=0, description="degrees clockwise that the picture is turned by"
    )
