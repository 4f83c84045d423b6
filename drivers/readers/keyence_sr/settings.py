"""A Keyence SR as settings describe it."""

from typing import Annotated, Literal

from pydantic import Field

from drivers.readers.keyence_sr.codec import Framing
from drivers.readers.settings_base import NoReadText, OutputModel
from drivers.settings_base import DialledAddress, ReplyTimeout

Command = Annotated[str, Field(pattern=r"^[!-~]{1,8}$")]


class KeyenceSrSettings(OutputModel):
    """A Keyence SR over its command port (docs/devices/keyence-sr.md)."""

    kind: Literal["keyence_sr"]
    address: DialledAddress = Field(
        description="tcp://host:9004 or serial:/dev/…?baud=115200&parity=E"
    )
    no_read: NoReadText = Field(
        default="ERROR", description="the reader's read error string"
    )
    framing: Framing = Field(
        default=Framing.CR, description="cr: text CR; stx_etx: STX text ETX"
    )
    trigger_on: Command = Field(default="LON", description="its timing ON command")
    trigger_off: Command = Field(default="LOFF", description="its timing OFF command")
    trigger_ms: int = Field(
        default=1000,
        ge=0,
        le=60_000,
        description="wait for a result before trigger_off, ms; 0: it stops by itself",
    )
    escape_first: bool = Field(
        default=False, description="send ESC first, to empty its receive buffer"
    )
    identity: str = Field(
        default="", description="text that model or version must contain"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.5, description="longest wait for an answer, s"
    )
    probe_every_s: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="ask for its counters so often, s; 0: no",
    )
