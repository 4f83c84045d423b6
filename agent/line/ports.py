"""What the stages need of the store, no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.domain.facts import CodesLeased, Fact
from agent.domain.judging import Standing
from agent.domain.words import CodeRef, ItemRef, Level


class Journal(Protocol):
    """Makes facts durable. Returns when they are; raises when they are not."""

    async def commit(self, *facts: Fact) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A range of a package to be reserved, with the codes in it that may print."""

    package: str
    first: int
    last: int
    codes: tuple[tuple[CodeRef, str], ...]

    def fact(self, device: str) -> CodesLeased:
        """What must be durable before a byte of it leaves."""
        return CodesLeased(
            package=self.package, first=self.first, last=self.last, device=device
        )


class CodeBook(Protocol):
    """The codes of one level of one order, over all its packages.

    `next_lease` says which codes come next without reserving them: the caller
    commits the lease's fact before it asks again. None: no codes are left.
    """

    level: Level

    def next_lease(self, count: int) -> Lease | None: ...

    def find(self, key: str) -> Standing | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An item with a durable verdict whose way through the gate is not booked."""

    item: ItemRef
    passed: bool
    code: CodeRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenContainers:
    """Where a level's packing stood: see `agent.domain.packing.Packer`."""

    open_id: int | None
    held: int
    filled: tuple[int, ...]
    labelled: tuple[tuple[int, CodeRef], ...]
    closed: int


class OrderMemory(Protocol):
    """What the store remembers of an order when its run begins (again)."""

    def passed(self) -> int:
        """Items that left the gate as produced."""
        ...

    def open_items(self) -> Sequence[OpenItem]: ...

    def last_gated(self, boot: int) -> int | None:
        """The last item booked at the gate in this boot of the PLC."""
        ...

    def in_flight(self, level: Level) -> Sequence[CodeRef]:
        """Codes leased and never seen."""
        ...

    def containers(self, level: Level) -> OpenContainers: ...

    def next_container(self) -> int: ...
