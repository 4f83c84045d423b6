"""What sync needs of the rest of the agent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.documents import OrderDocument, PackageDocument, SpecDocument
from agent.domain.words import Level

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """A fact as the journal keeps it. `payload_json` is the canonical text that
    went into `hash`, the chain hash up to and with this row."""

    seq: int
    at_ms: int
    kind: str
    payload_json: str
    hash: bytes


class JournalSource(Protocol):
    """The committed facts of the current epoch, numbered from 1 without gaps.

    Called on the event loop: each call takes about a millisecond and never waits
    for the writer.
    """

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the last fact; (0, genesis hash) when there is none."""
        ...

    def after(self, seq: int, limit: int, /) -> Sequence[JournalRow]:
        """Up to `limit` rows after `seq`, in order."""
        ...

    def hash_at(self, seq: int, /) -> bytes | None:
        """The chain hash at `seq` (the genesis hash at 0); None if not on file."""
        ...


class MarkStore(Protocol):
    """Where this epoch's mark and the feed cursors are kept, durably."""

    @property
    def line(self) -> str: ...

    @property
    def epoch(self) -> str: ...

    def mark(self) -> tuple[int, bytes]:
        """The mark (确认位点) and the hash there; (0, genesis hash) at first."""
        ...

    async def set_mark(self, seq: int, chain_hash: bytes, /) -> None:
        """Keep the mark, durably on return. It may go back (a restored platform)."""
        ...

    def cursor(self, feed: str, /) -> str:
        """Where a feed was left; "" at first."""
        ...

    async def set_cursor(self, feed: str, value: str, /) -> None: ...


class PackageRefusal(Exception):
    """A code package that may not be used; the text tells the platform why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDocument:
    """Something of a feed that was left out, and why; the platform must act."""

    feed: str
    name: str
    problem: str


def _knows_none(_package: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Who takes what comes down. After a crash the same document may come again,
    so taking it twice must have the effect of once.

    `on_package` gets the manifest and the complete file, whose digest is right; it
    raises one of `refusals` to refuse it. `known_package` gives the digest of a
    package already accepted (一个码包只导入一次), so that it is not fetched again.
    """

    on_order: Callable[[OrderDocument, SpecDocument], Awaitable[None]]
    on_package: Callable[[PackageDocument, Path], Awaitable[None]]
    on_refused: Callable[[RefusedDocument], Awaitable[None]]
    known_package: Callable[[str], str | None] = _knows_none
    refusals: tuple[type[Exception], ...] = (PackageRefusal,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelBooks:
    """The codes of one level: `issued` equals the sum of the others (对账)."""

    level: Level
    issued: int
    unused: int
    in_flight: int
    good: int
    rejected: int
    voided: int
    sampled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBooks:
    """The physical things: `entered` equals the sum of the others."""

    entered: int
    passed: int
    rejected: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooks:
    """The settlement of a closed order; `seq` is the number of its `OrderClosed`."""

    order: str
    seq: int
    levels: tuple[LevelBooks, ...]
    items: ItemBooks


class BooksSource(Protocol):
    """The settlements to return."""

    def closed_after(self, seq: int, /) -> Sequence[OrderBooks]:
        """Orders whose `OrderClosed` has a number above `seq`, in that order."""
        ...
