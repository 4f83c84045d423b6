"""What the API says. Closed, versioned by path, plain JSON."""

import unicodedata
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
)

from agent.domain.run_state import RunState
from agent.domain.words import Level, Notice, StopCause

# Longer than any code in the field: a Digital Link with every attribute is near 1,000.
MAX_CODE_CHARS = 2048
MAX_ID_CHARS = 128

GS = "\x1d"
# Controls, invisible marks (right-to-left overrides among them), lone surrogates,
# line and paragraph separators: none has a place in a name, a reason or an id.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def first_unseen(text: str, *, allowed: str = "") -> int | None:
    """Position of the first character nobody can see; None if there is none."""
    for position, char in enumerate(text):
        if char not in allowed and unicodedata.category(char) in _UNSEEN:
            return position
    return None


def _all_seen(text: str) -> str:
    position = first_unseen(text)
    if position is not None:
        raise ValueError(
            f"character {position + 1} is U+{ord(text[position]):04X}, "
            "a control or invisible character"
        )
    return text


PlainText = Annotated[
    str, StringConstraints(strip_whitespace=True), AfterValidator(_all_seen)
]


class Model(BaseModel):
    """A frozen value that forbids what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContainerStatus(Model):
    """The packing of one level: the open container and those on their way."""

    level: Level
    size: int
    held: int
    waiting_for_label: int
    waiting_for_scan: tuple[int, ...] = Field(description="container ids")
    closed: int
    attention: str = ""


class DeviceModel(Model):
    """A device's link and what it says of itself."""

    name: str
    link: str
    since_s: float = Field(description="seconds in this state")
    detail: str = ""


class SyncModel(Model):
    """How far the platform has our facts."""

    online: bool
    backlog: int = Field(description="facts the platform has not confirmed")
    mark: int
    head: int
    held: bool = Field(description="stopped for a disagreement that needs a person")
    last_error: str = ""


class OrderModel(Model):
    """An order as the line knows it."""

    order: str
    product: str
    batch: str
    target: int
    state: str = Field(description="received, started or closed")


class QualityNote(Model):
    """A print that gets worse: the likely cause and what to do, in both languages.

    Without numbers, so that a status changes only when there is news.
    """

    head: str
    lane: int
    parameter: str
    cause: str
    cause_zh: str
    cause_en: str
    remedy_zh: str
    remedy_en: str
    detail: str = Field(default="", description="which row, or the rhythm of items")


class StatusModel(Model):
    """Everything a screen shows of the line. Counts are of durable facts only."""

    line: str
    version: str
    at_ms: int
    run_state: RunState
    stop_cause: StopCause | None
    detail: str
    order: OrderModel | None
    passed: int
    rejected: int
    reasons: dict[str, int]
    unnumbered: int
    on_belt: int
    rate_per_h: int
    needs_reset: bool
    notices: tuple[Notice, ...] = ()
    quality: tuple[QualityNote, ...] = ()
    codes_left: dict[Level, int]
    containers: tuple[ContainerStatus, ...]
    devices: tuple[DeviceModel, ...]
    sync: SyncModel


class BooksLine(Model):
    """Reconciliation (对账) of one level: the six states add up to `issued`."""

    level: Level
    issued: int
    unused: int
    in_flight: int
    good: int
    rejected: int
    voided: int
    sampled: int

    @property
    def difference(self) -> int:
        """Zero when the books close."""
        return self.issued - (
            self.unused
            + self.in_flight
            + self.good
            + self.rejected
            + self.voided
            + self.sampled
        )


class Reconciliation(Model):
    """The books of an order: codes by level, items, containers."""

    order: str
    product: str
    batch: str
    target: int
    closed: bool
    codes: tuple[BooksLine, ...]
    items_judged: int
    items_passed: int
    items_rejected: int
    items_absent: int = Field(description="numbered, never seen at the gate")
    items_unknown: int = Field(description="nobody saw what became of them")
    items_escaped: int = Field(description="passed the gate against their verdict")
    reasons: dict[str, int]
    unnumbered: int = Field(description="rejected at the gate without a number")
    containers: dict[str, int] = Field(description="closed containers by level")
    partial: int = Field(description="containers closed short")
    head_seq: int
    head_hash: str

    @property
    def balanced(self) -> bool:
        """Codes and items both add up, and nothing is left in flight."""
        codes = all(
            line.difference == 0 and (not self.closed or line.in_flight == 0)
            for line in self.codes
        )
        gone = (
            self.items_passed
            + self.items_rejected
            + self.items_absent
            + self.items_unknown
        )
        return codes and self.items_judged == gone and self.items_escaped == 0


class CodeModel(Model):
    """What became of one code."""

    code: str
    level: Level
    package: str
    index: int
    state: str
    cause: str = ""
    item: str = ""
    container: int | None = None
    parents: tuple[str, ...] = Field(default=(), description="label codes, outwards")


class ActRequest(Model):
    """Who does something, and why. `act_id` makes a repeat harmless."""

    by: PlainText = Field(min_length=1, max_length=64)
    reason: PlainText = Field(default="", max_length=200)
    act_id: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")


class ActAnswer(Model):
    """Whether the act changed anything, and what to know."""

    done: bool
    message: str = ""


class JournalEntry(Model):
    """One durable fact: its place in the chain and its fields as written."""

    seq: int
    at_ms: int
    kind: str = Field(description="the fact's name, as in agent.domain.facts")
    fields: dict[str, JsonValue]
    hash: str


class JournalPage(Model):
    """Entries in sequence; ask again with `next_after` for those that follow."""

    entries: tuple[JournalEntry, ...]
    next_after: int


class HealthModel(Model):
    """Whether everything the line needs is there; each reason is one sentence."""

    ready: bool
    reasons: tuple[str, ...] = ()


class Problem(Model):
    """Why a request was not carried out (RFC 9457, application/problem+json)."""

    type: str = "about:blank"
    status: int
    title: str = Field(description="what went wrong, in few words")
    detail: str = Field(description="what went wrong, in one sentence")
    where: str = Field(description="the part of the request, or of the agent")
    remedy: str = Field(description="what to do")
