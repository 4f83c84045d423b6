"""What happened. Facts are appended to the journal and never changed.

A fact names codes by `CodeRef` and items by `ItemRef`; the journal adds sequence,
time and hash. Field types are plain so that a fact reads the same in twenty years.
"""

from dataclasses import dataclass

from agent.domain.words import (
    CodeRef,
    Evidence,
    ItemRef,
    Level,
    Mode,
    Reason,
    StopCause,
    VoidCause,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStarted:
    """A process began to keep this journal."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived:
    """An order (生产任务) with the spec version that rules it, as JSON text.

    `production` and `expiry` are ISO dates, empty where the order tells none.
    """

    order: str
    product: str
    batch: str
    target: int
    spec: str
    spec_version: int
    spec_json: str
    close_short: bool = False
    production: str = ""
    expiry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageAccepted:
    """A code package lies complete in the package folder; `sha256` is its digest."""

    package: str
    level: Level
    mode: Mode
    order: str
    codes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStarted:
    """The line works for this order from here on."""

    order: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed:
    """The books of the order close; nothing of it is in flight any more."""

    order: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesLeased:
    """Codes `first..last` of a package are reserved for one device to print."""

    package: str
    first: int
    last: int
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesReleased:
    """The tail `first..last` of the leased range provably never left the agent."""

    package: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesVoided:
    """Leased codes that will not be sent again; each index was in flight."""

    package: str
    indices: tuple[int, ...]
    cause: VoidCause


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemJudged:
    """The verdict of one item. `code` is what was read, if it is one of ours.

    `grade_tenths` is the grade of its print in tenths (27 is 2.7), None where it was
    not graded. Whole numbers: the hash chain must not hang on how a language writes
    2.0.
    """

    order: str
    item: ItemRef
    passed: bool
    reason: Reason | None
    code: CodeRef | None
    read: str
    grade_tenths: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSeen:
    """A leased code turned up on an item that was already rejected."""

    code: CodeRef
    item: ItemRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGated:
    """What the PLC saw at the gate. Only `outcome == "passed"` counts as produced.

    A passed verdict with another outcome pulls its code: good becomes rejected.
    """

    order: str
    item: ItemRef
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnnumberedRejected:
    """Things thrown out at the gate that the trigger never counted."""

    order: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOpened:
    """A case or pallet begins to fill. `container` is our id, not yet its label."""

    order: str
    container: int
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A code went into a container."""

    container: int
    code: CodeRef
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFilled:
    """No more goes in. `partial` says it was closed short, and `by` who decided."""

    container: int
    children: int
    partial: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSent:
    """A leased code goes to the label printer for this container."""

    container: int
    code: CodeRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerClosed:
    """The label was read back on the container: its code is good, the case exists."""

    container: int
    code: CodeRef
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStopped:
    """The agent stopped the line on purpose."""

    cause: StopCause
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActDone:
    """A person decided something that other facts carry out; `subject` is what it
    was done to."""

    act: str
    subject: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResumed:
    """Somebody answered for going on."""

    by: str
    reason: str


Fact = (
    AgentStarted
    | OrderReceived
    | PackageAccepted
    | OrderStarted
    | OrderClosed
    | CodesLeased
    | CodesReleased
    | CodesVoided
    | ItemJudged
    | CodeSeen
    | ItemGated
    | UnnumberedRejected
    | ContainerOpened
    | Packed
    | ContainerFilled
    | LabelSent
    | ContainerClosed
    | ActDone
    | LineStopped
    | LineResumed
)
FACT_TYPES: tuple[type[Fact], ...] = Fact.__args__
