"""A closed part of the settings file."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A closed part of the settings: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
