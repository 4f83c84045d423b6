"""Settings of the eye: the parts of a reading station that concern its pictures."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from agent.settings_section import Section


class RegionSection(Section):
    """Part of the picture where the code is, pixels."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class GradingSection(Section):
    """Grades every print and watches it drift (docs/vision/trends.md)."""

    method: Literal["iso15415_2011", "iso15415_2024", "iso29158"] = Field(
        default="iso15415_2011",
        description="for 2D codes; bar codes go by ISO/IEC 15416 beside any of them",
    )
    minimum: float | None = Field(
        default=None,
        ge=0,
        le=4,
        description="least grade that may pass, 0 to 4; absent: what the spec demands",
    )
    aperture: float = Field(
        default=0.8, ge=0.2, le=1, description="width measured of a module, modules"
    )
    card: Path | None = Field(
        default=None, description="file of the reference card shown to the camera"
    )


class PicturesSection(Section):
    """Pictures of the last rejects (docs/vision/reject-pictures.md)."""

    most: int = Field(
        default=200, ge=0, le=10_000, description="pictures kept; 0 keeps none"
    )
    most_mb: int = Field(default=200, ge=1, description="room they may take, MB")
    most_per_s: float = Field(
        default=2, gt=0, le=20, description="pictures written a second at most"
    )
