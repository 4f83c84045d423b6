"""An OpenCV camera as settings describe it."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.settings_base import DeviceModel, ItemPattern


class OpenCVCameraSettings(DeviceModel):
    """Pictures that a camera puts into a folder (docs/devices/opencv-camera.md)."""

    role: ClassVar[Role] = Role.CAMERA
    kind: Literal["opencv_camera"]
    folder: Path = Field(description="folder the pictures arrive in")
    pattern: ItemPattern = Field(
        default="",
        description="whole file name, with a group (?P<item>[0-9]+); empty: the usual",
    )
    poll_ms: int = Field(
        default=5, ge=1, le=1000, description="how often the folder is looked at, ms"
    )
    keep: int = Field(default=200, ge=0, description="pictures kept after use")
    second_pattern: ItemPattern = Field(
        default="",
        description="whole name of an item's second, shorter exposed picture, with a "
        "group (?P<item>[0-9]+); empty: one picture an item",
    )
    second_wait_ms: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="the first picture goes alone if the second is not here by then, "
        "ms after the first",
    )
