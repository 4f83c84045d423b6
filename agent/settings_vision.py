"""Settings of the eye: the parts of a reading station that concern its pictures."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agent.settings_section import Section
from agent.vision.checks.printed_text.expected_text import ExpectedText
from agent.vision.checks.wanted_place import Against, Wanted
from agent.vision.symbology import Symbology


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


class TextBoxSection(Section):
    """Where printed text stands, in modules of the code beside it."""

    x: float = Field(
        ge=-2000,
        le=2000,
        description="first dot of the text, modules right of the code's own top left",
    )
    y: float = Field(
        ge=-2000,
        le=2000,
        description="first dot of the text, modules below the code's own top left",
    )
    width: float = Field(
        gt=0,
        le=2000,
        description="modules kept for the text; what follows a shorter line is blank",
    )
    dot: float = Field(
        default=1, ge=0.2, le=20, description="pitch of the text's dots, modules"
    )
    stretch: float = Field(
        default=1, ge=0.3, le=3, description="width over height of the dot pitch"
    )
    turn: Literal[0, 90, 180, 270] = Field(
        default=0, description="degrees clockwise the text is turned against the code"
    )
    tolerance: float = Field(
        default=3, ge=0, le=30, description="how far off it may stand, modules"
    )
    in_picture: bool = Field(
        default=False,
        description="lengths are pixels from the picture's top left, not modules",
    )


class PrintedTextSection(Section):
    """Batch and dates printed beside the code (docs/vision/printed-text.md)."""

    lines: tuple[str, ...] = Field(
        min_length=1,
        max_length=6,
        description="templates, top to bottom: '{batch} EXP {expiry:%Y%m%d}'",
    )
    box: TextBoxSection
    font: Literal["5x5", "7x5", "9x7"] = Field(
        default="7x5", description="dots high x wide of the printer's font"
    )
    slashed_zero: bool = Field(
        default=False, description="the printer's 0 has a stroke through it"
    )
    char_gap: int = Field(
        default=1, ge=0, le=9, description="empty dots between characters"
    )
    line_gap: int = Field(
        default=2, ge=0, le=30, description="empty dots between lines"
    )
    fixed_columns: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="dots wide of a full-width character, which is passed over; "
        "absent: as wide as the font is high",
    )
    light_on_dark: bool = Field(
        default=False, description="the print is lighter than its ground"
    )
    minimum_score: float = Field(
        default=0.6,
        ge=0.4,
        le=0.95,
        description="least correlation of a character with the expected one",
    )
    taught: Path | None = Field(
        default=None, description="file of the printer's own characters, as taught"
    )

    @field_validator("lines")
    @classmethod
    def _can_be_filled(cls, lines: tuple[str, ...]) -> tuple[str, ...]:
        ExpectedText(lines)
        return lines


class PlacementSection(Section):
    """Where the code stands on the pack, and how straight (docs/vision/checks.md)."""

    against: Against = Field(
        default=Against.PICTURE,
        description="lengths are from the picture's top left, the middle of the cap's "
        "round or the middle of the label, along its edges",
    )
    x: float = Field(default=0, description="middle of the code, to the right")
    y: float = Field(default=0, description="middle of the code, down")
    tolerance_x: float = Field(gt=0, description="how far off it may be, sideways")
    tolerance_y: float = Field(gt=0, description="how far off it may be, up or down")
    px_per_mm: float | None = Field(
        default=None, gt=0, description="lengths are mm, of so many pixels"
    )
    module_mm: float | None = Field(
        default=None,
        gt=0,
        description="lengths are mm, by the true width of the code's modules",
    )
    turn_deg: float = Field(
        default=0, ge=-180, le=180, description="how it should stand, clockwise"
    )
    skew_deg: float | None = Field(
        default=None,
        gt=0,
        le=180,
        description="how far it may be turned from that; absent: as it likes",
    )
    quarter_turns: bool = Field(
        default=False, description="each of the four directions is straight"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        self.wanted()
        return self

    def wanted(self) -> Wanted:
        """The same for the check."""
        return Wanted(**self.model_dump())


class SecondCarrierSection(Section):
    """Another code on the pack names the same product (docs/vision/checks.md)."""

    symbologies: tuple[Symbology, ...] = Field(
        default=(Symbology.EAN_13,),
        min_length=1,
        description="what it may be",
    )
    required: bool = Field(
        default=True, description="a pack that shows none has not passed"
    )
    region: RegionSection | None = Field(
        default=None, description="where it is; absent: the whole picture"
    )
    budget_ms: float = Field(
        default=15, gt=0, description="time to look for it beside the main code, ms"
    )
