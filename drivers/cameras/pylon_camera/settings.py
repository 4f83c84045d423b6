"""A Basler camera as settings describe it."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    second_exposure_us: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="a second picture where the first is burnt out by glare, exposed "
        "shorter than it, µs; else one picture an item",
    )
    second_wait_ms: int = Field(
        default=50,
        ge=1,
        le=1000,
        description="the first picture goes alone if the second is not here by then, "
        "ms after the first",
    )

    @model_validator(mode="after")
    def _is_shorter(self) -> Self:
        if self.second_exposure_us is None:
            return self
        if self.exposure_us is None:
            raise ValueError("second_exposure_us: set `exposure_us` of the first too")
        if self.second_exposure_us >= self.exposure_us:
            raise ValueError(
                f"second_exposure_us: {self.second_exposure_us} µs is not shorter than "
                f"exposure_us, {self.exposure_us} µs"
            )
        return self
