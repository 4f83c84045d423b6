"""Settings of the eye: the parts of a reading station that concern its pictures."""

from pydantic import Field

from agent.settings_section import Section


class RegionSection(Section):
    """Part of the picture where the code is, pixels."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
