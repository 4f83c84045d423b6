"""What goes over the wire upwards, as the platform reads it (docs/platform.md).

The documents going down are those of `agent.documents`, pinned by literal JSON in
the tests; these here are written again on purpose, so that the agent and its
platform cannot be wrong together.
"""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Natural = Annotated[int, Field(strict=True, ge=0, lt=2**63)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(_Closed):
    """One fact. `hash`, if given, is the chain hash up to and with it."""

    seq: Annotated[int, Field(strict=True, ge=1, lt=2**63)]
    at_ms: Natural
    kind: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    payload: dict[str, JsonValue]
    hash: Hash | None = None


class EventBatch(_Closed):
    """Facts `first..last` of an epoch, without gaps."""

    first: int
    last: int
    prev_hash: Hash
    hash: Hash
    events: Annotated[list[Event], Field(min_length=1, max_length=10_000)]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        wanted = list(range(self.first, self.first + len(self.events)))
        if [event.seq for event in self.events] != wanted or wanted[-1] != self.last:
            raise ValueError(f"events are not {self.first}..{self.last} without gaps")
        return self


class Mark(_Closed):
    """The highest fact committed of a line and epoch, and the chain hash there."""

    line: str
    epoch: str
    mark: int
    hash: Hash


class Gap(Mark):
    """409: the batch begins after `expected`."""

    expected: int


class FeedPage(_Closed):
    """Documents after a cursor; `next` is the cursor after the last of them."""

    items: list[JsonValue]
    next: str


class ReceiptBody(_Closed):
    """Acceptance (验收) of a package or its refusal."""

    line: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    verdict: Literal["accepted", "refused"]
    codes: Natural
    sha256: Hash
    detail: Annotated[str, StringConstraints(max_length=4000)] = ""


class LevelBalance(_Closed):
    """The codes of a level; what was issued is somewhere."""

    level: str
    issued: Natural
    unused: Natural
    in_flight: Natural
    good: Natural
    rejected: Natural
    voided: Natural
    sampled: Natural

    @model_validator(mode="after")
    def _balances(self) -> Self:
        placed = self.unused + self.in_flight + self.good
        placed += self.rejected + self.voided + self.sampled
        if placed != self.issued:
            raise ValueError(f"{self.level}: {placed} of {self.issued} codes placed")
        if self.in_flight:
            raise ValueError(f"{self.level}: {self.in_flight} codes still in flight")
        return self


class ItemBalance(_Closed):
    """The things that went over the line."""

    entered: Natural
    passed: Natural
    rejected: Natural
    removed: Natural

    @model_validator(mode="after")
    def _balances(self) -> Self:
        left = self.passed + self.rejected + self.removed
        if left != self.entered:
            raise ValueError(f"{left} of {self.entered} items accounted for")
        return self


class ReconciliationBody(_Closed):
    """The settlement of an order as of fact `seq` with chain `hash`."""

    line: str
    epoch: str
    order: str
    seq: Natural
    hash: Hash
    levels: Annotated[list[LevelBalance], Field(min_length=1)]
    items: ItemBalance
