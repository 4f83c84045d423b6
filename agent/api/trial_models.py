"""Acts at devices: what is asked, and what came of it."""

from typing import Literal

from pydantic import Field

from agent.api.models import ActRequest, Model, PlainText


class TrialRequest(ActRequest):
    """An act at a device: only a supervisor's, and with a reason."""

    reason: PlainText = Field(min_length=1, max_length=200)
    role: Literal["supervisor"]


class LoopBackRequest(TrialRequest):
    """Ask a device something harmless, again and again."""

    times: int = Field(default=10, ge=1, le=100)


class ForceRequest(TrialRequest):
    """Hold one output for a while."""

    output: str = Field(min_length=1, max_length=64)
    value: bool
    for_s: float = Field(default=10, ge=0.5, le=60, description="then it is released")


class LoopBackAnswer(Model):
    """How long each answer took; a failed one ends the loop."""

    asked: str = Field(description="what was asked")
    took_ms: tuple[float, ...]
    error: str = ""


class DecoderAnswer(Model):
    """What one decoder made of a picture."""

    decoder: str
    codes: tuple[str, ...] = Field(description="payloads; GS as U+001D")
    symbologies: tuple[str, ...] = ()
    took_ms: float


class ReadAnswer(Model):
    """What a reader or camera saw."""

    text: str | None = Field(default=None, description="None: it could not read")
    aim: str | None = None
    triggered: bool = Field(description="whether the agent could trigger it")
    took_ms: float
    decoders: tuple[DecoderAnswer, ...] = ()
    picture_png: str = Field(default="", description="base64; cameras only")


class OutputModel(Model):
    """An output as last told to the device."""

    value: bool
    forced: bool


class PointsModel(Model):
    """Inputs and outputs of a device by name."""

    inputs: dict[str, bool | int]
    outputs: dict[str, OutputModel]
    may_force: bool


class ForcedModel(Model):
    """A line of the stream that holds an output; the last says why it ended."""

    output: str
    value: bool
    left_s: float
    ended: str = ""
