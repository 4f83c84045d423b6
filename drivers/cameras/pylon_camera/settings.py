"""A Basler camera as settings describe it."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from drivers.cameras.exposing_settings import ExposingModel


class SensorRegion(BaseModel):
    """The part of the sensor that is read out, in its pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class PylonCameraSettings(ExposingModel):
    """A Basler camera, triggered by software (docs/devices/pylon-camera.md)."""

    kind: Literal["pylon_camera"]
    serial: str = Field(
        default="", description="serial number; empty: the only camera there is"
    )
    identity: str = Field(
        default="", description="text that make, model, serial must contain"
    )
    features: Path | None = Field(
        default=None, description="feature file (.pfs) saved with the pylon Viewer"
    )
    roi: SensorRegion | None = Field(
        default=None, description="part of the sensor read out: x, y, width, height"
    )
    late_ms: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="a picture that can only be begun later than this is not taken, ms",
    )
