"""A Cognex DataMan as settings describe it."""

from typing import Literal

from pydantic import Field

from drivers.readers.settings_base import OutputModel
from drivers.settings_base import DialledAddress, ReplyTimeout


class DataManSettings(OutputModel):
    """A Cognex DataMan over DMCC (docs/devices/dataman.md)."""

    kind: Literal["dataman"]
    address: DialledAddress = Field(description="tcp://host:23 or serial:/dev/…")
    responses: Literal["extended", "silent"] = Field(
        default="extended",
        description="extended: switched on at connecting; silent: left as it is",
    )
    read_data: Literal["text", "base64"] = Field(
        default="text", description="how marked reads carry their data"
    )
    identity: str = Field(
        default="", description="text that type, serial or firmware must contain"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    probe_every_s: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="ask for a sign of life so often, s (extended only); 0 never",
    )
