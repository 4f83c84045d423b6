"""What a reader of the store is given: plain values, true at the moment of the read."""

from dataclasses import dataclass

from agent.domain.code_state import CodeState
from agent.domain.facts import Fact
from agent.domain.words import CodeRef, ItemRef, Level, Mode, Reason, VoidCause
from agent.store.fact_json import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeStanding:
    """Where a code is in its life. `item` carried it, `container` holds it,
    `labels` is the container whose label it is."""

    ref: CodeRef
    state: CodeState
    cause: VoidCause | None = None
    reason: Reason | None = None
    item: ItemRef | None = None
    container: int | None = None
    labels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as received; `state` is received, started or closed. Dates are ISO
    texts, empty where the order tells none."""

    order: str
    product: str
    batch: str
    target: int
    spec: str
    spec_version: int
    spec_json: str
    close_short: bool
    state: str
    production: str = ""
    expiry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageView:
    """An accepted package; `sha256` is the digest of its contents, and codes up to
    `leased_to` were handed to a device."""

    package: str
    level: Level
    mode: Mode
    order: str
    codes: int
    sha256: str
    leased_to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageBooks:
    """The codes of a package by state; they add up to `issued`."""

    package: str
    level: Level
    mode: Mode
    issued: int
    unused: int
    in_flight: int
    good: int
    rejected: int
    voided: int
    sampled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBooks:
    """The items of an order.

    `passed` and `rejected` (by reason) are verdicts, `gated` what the gate saw, by
    outcome. `pulled` were to pass and did not (by outcome). `unresolved` have a
    verdict and did not leave yet, `waiting` of them with a pass; `unnumbered` were
    thrown out without being items.
    """

    passed: int
    rejected: dict[Reason, int]
    gated: dict[str, int]
    pulled: dict[str, int]
    unresolved: int
    waiting: int
    unnumbered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerBooks:
    """The containers of one level of an order by state."""

    level: Level
    open: int
    filled: int
    labelled: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooks:
    """The reconciliation (对账) of an order, all of one moment.

    Packages that belong to the line and to no order are not among `packages`.
    """

    order: str
    packages: tuple[PackageBooks, ...]
    items: ItemBooks
    containers: tuple[ContainerBooks, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerView:
    """A container; `state` is open, filled, labelled or closed. `label` is the code
    sent to it last, `parent` the container it went into."""

    container: int
    order: str
    level: Level
    state: str
    children: int
    partial: bool
    decided_by: str | None
    label: CodeRef | None
    parent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item: `passed` is None where it had no verdict, `outcome` until it left."""

    item: ItemRef
    order: str
    passed: bool | None
    reason: Reason | None
    code: CodeRef | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """An entry of the journal as stored."""

    seq: int
    at_ms: int
    kind: str
    payload: str
    hash: bytes

    def fact(self) -> Fact:
        """What happened; `FactFormatError` if this version does not know it."""
        return decode(self.kind, self.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The highest sequence of an epoch that the platform's ledger holds."""

    epoch: str
    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasePlan:
    """The next range to lease and the codes in it that may be printed.

    The range can hold codes that got a fate before they were leased; `indices`
    leaves them out.
    """

    package: str
    first: int
    last: int
    indices: tuple[int, ...]
