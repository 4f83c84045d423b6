"""A SICK reader as settings describe it."""

from typing import Literal

from pydantic import Field

from drivers.readers.settings_base import NoReadText, OutputModel
from drivers.settings_base import DialledAddress, ReplyTimeout


class SickColaSettings(OutputModel):
    """A SICK CLV or Lector over CoLa-A (docs/devices/sick-cola.md)."""

    kind: Literal["sick_cola"]
    address: DialledAddress = Field(
        description="tcp://host:2112 (or 2111), or serial:/dev/…"
    )
    no_read: NoReadText = Field(
        default="NoRead", description="what the reader sends when it could not read"
    )
    results_framed: bool = Field(
        default=False, description="results are STX text ETX; else CR or LF ends one"
    )
    trigger_ms: int = Field(
        default=1000,
        ge=50,
        le=60_000,
        description="gate closed when no result came for so long, ms",
    )
    identity: str = Field(
        default="", description="text that the device's name must contain"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    probe_every_s: float = Field(
        default=5.0, ge=0, le=60, description="ask for a sign of life so often, s; 0 no"
    )
