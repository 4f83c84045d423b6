"""A recorded conversation with a device: a header, then one line a thing (JSON lines).

Docs: docs/diagnostics.md. Times `at_s` are seconds of one clock; the header says which
moment of the wall clock one of them was.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter

from agent.api.models import Model

VERSION: Literal[1] = 1


class CaptureHeader(Model):
    """What was recorded, and when `at_s` was."""

    line: Literal["capture"] = "capture"
    version: Literal[1] = VERSION
    device: str
    kind: str
    role: str
    settings: dict[str, JsonValue] = Field(description="without secrets")
    versions: dict[str, str] = Field(description="of programs and libraries")
    at_ms: int = Field(description="wall clock, ms since 1970")
    at_s: float = Field(description="the same moment on the clock of the lines")
    whole: bool = Field(description="nothing was lost since the device was opened")
    drawn: tuple[int, ...] = Field(
        default=(), description="random numbers the driver was made with"
    )
    redacted: bool = False


class FrameLine(Model):
    """One piece of traffic. `size` is told where `hex` has only its beginning."""

    line: Literal["frame"] = "frame"
    at_s: float
    wire: int = Field(description="number of the connection")
    direction: Literal["sent", "received"]
    hex: str = Field(pattern=r"^(?:[0-9a-f]{2})*$")
    size: int | None = None


class WireLine(Model):
    """A connection was opened, ended by the peer, failed, or was closed by us."""

    line: Literal["wire"] = "wire"
    at_s: float
    wire: int
    event: Literal["opened", "ended", "failed", "closed"]


class CallLine(Model):
    """The line asked the device for something."""

    line: Literal["call"] = "call"
    at_s: float
    call: int
    name: str
    arguments: tuple[JsonValue, ...]


class OutcomeLine(Model):
    """What a call came to."""

    line: Literal["outcome"] = "outcome"
    at_s: float
    call: int
    result: JsonValue = None
    error: str = Field(default="", description="class of the error; empty: none")
    message: str = ""


class ExchangeLine(Model):
    """A question and its answer begin, for a call or of the driver's own accord."""

    line: Literal["exchange"] = "exchange"
    at_s: float
    what: str
    asked: bool = Field(description="for a call; else of the driver's own accord")


class DroppedLine(Model):
    """So many lines are missing here, and why."""

    line: Literal["dropped"] = "dropped"
    count: int
    why: str


EntryLine = FrameLine | WireLine | CallLine | OutcomeLine | ExchangeLine | DroppedLine
CaptureLine = Annotated[CaptureHeader | EntryLine, Field(discriminator="line")]
LINE: TypeAdapter[CaptureHeader | EntryLine] = TypeAdapter(CaptureLine)
