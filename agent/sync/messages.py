"""What is said to the platform and what it answers, as models.

Answers are strict in what they must name and silent about fields added later; what
we send is closed. Hashes travel as lower-case hex.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from agent.domain.words import Level

HexHash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=0, lt=2**63)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class MarkAnswer(_Answer):
    """How far the ledger of this line and epoch goes, and the chain hash there."""

    line: str
    epoch: str
    mark: Number
    hash: HexHash


class GapAnswer(MarkAnswer):
    """Refused: the ledger lacks what comes before; it goes on at `expected`."""

    expected: Number


class FeedAnswer(_Answer):
    """A page of a feed; `next` is the cursor after its last item."""

    items: Annotated[list[JsonValue], Field(max_length=1000)]
    next: Annotated[str, StringConstraints(max_length=256)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Receipt(_Sent):
    """Acceptance (验收) of a code package, or its refusal with the reason."""

    line: str
    verdict: Literal["accepted", "refused"]
    codes: int
    sha256: str
    detail: str = ""


class LevelReport(_Sent):
    """The codes of a level at order close."""

    level: Level
    issued: int
    unused: int
    in_flight: int
    good: int
    rejected: int
    voided: int
    sampled: int


class ItemReport(_Sent):
    """The physical things of an order at its close."""

    entered: int
    passed: int
    rejected: int
    removed: int


class Reconciliation(_Sent):
    """The settlement (对账) of a closed order as of fact `seq` with chain `hash`."""

    line: str
    epoch: str
    order: str
    seq: int
    hash: HexHash
    levels: tuple[LevelReport, ...]
    items: ItemReport
