"""What truly happened to every bottle, case and pallet: the oracle of all tests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from simulators.world.bottles import Bottle, Fate
from simulators.world.labels import Label

_Thing = TypeVar("_Thing")


class Kind(StrEnum):
    """The two sizes of container."""

    CASE = "case"
    PALLET = "pallet"


@dataclass(slots=True, kw_only=True)
class Container:
    """A case of bottles or a pallet of cases; `children` are their numbers.

    `short` if a hand closed it before it was full; `read` once its label was.
    """

    kind: Kind
    number: int
    children: list[int] = field(default_factory=list)
    short: bool = False
    label: Label | None = None
    read: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Bottles by fate: entered = passed + rejected + removed + on_belt (I4)."""

    entered: int
    passed: int
    rejected: int
    removed: int
    on_belt: int

    @property
    def add_up(self) -> bool:
        """Whether I4 holds."""
        return self.entered == (
            self.passed + self.rejected + self.removed + self.on_belt
        )


class Record:
    """Every bottle and container there ever was, by number from 1."""

    def __init__(self) -> None:
        self.bottles: list[Bottle] = []
        self.cases: list[Container] = []
        self.pallets: list[Container] = []

    def bottle(self, number: int) -> Bottle:
        """KeyError when there is none."""
        return _numbered(self.bottles, number)

    def container(self, kind: Kind, number: int) -> Container:
        """KeyError when there is none."""
        return _numbered(self.containers(kind), number)

    def containers(self, kind: Kind) -> list[Container]:
        """All of a kind, oldest first."""
        return self.cases if kind is Kind.CASE else self.pallets

    def open_container(self, kind: Kind) -> Container:
        """A new, empty one."""
        all_of_kind = self.containers(kind)
        container = Container(kind=kind, number=len(all_of_kind) + 1)
        all_of_kind.append(container)
        return container

    def counts(self) -> Counts:
        """The fates counted bottle by bottle, not from running totals."""
        tally = dict.fromkeys(Fate, 0)
        for bottle in self.bottles:
            tally[bottle.fate] += 1
        return Counts(
            entered=len(self.bottles),
            passed=tally[Fate.PASSED],
            rejected=tally[Fate.REJECTED],
            removed=tally[Fate.REMOVED],
            on_belt=tally[Fate.ON_BELT],
        )

    def passed(self) -> Iterator[tuple[int, str | None]]:
        """Number and readable code of every bottle that passed the gate."""
        for bottle in self.bottles:
            if bottle.fate is Fate.PASSED:
                yield bottle.number, bottle.readable

    def bottles_by_code(self) -> dict[str, list[int]]:
        """Every text ever printed (ruined or not) with the bottles that bear it."""
        bearers: dict[str, list[int]] = {}
        for bottle in self.bottles:
            for text in dict.fromkeys(mark.text for mark in bottle.marks):
                bearers.setdefault(text, []).append(bottle.number)
        return bearers

    def duplicates(self) -> dict[str, list[int]]:
        """Codes that were printed on more than one bottle."""
        found = self.bottles_by_code()
        return {code: bottles for code, bottles in found.items() if len(bottles) > 1}

    def passed_duplicates(self) -> dict[str, list[int]]:
        """Codes to be read on more than one passed bottle: I1 allows none."""
        bearers: dict[str, list[int]] = {}
        for number, code in self.passed():
            if code is not None:
                bearers.setdefault(code, []).append(number)
        return {code: bottles for code, bottles in bearers.items() if len(bottles) > 1}

    def contents(self, kind: Kind) -> dict[str, list[str | None]]:
        """Label text of each labelled container, and the codes truly inside it."""
        inside: dict[str, list[str | None]] = {}
        for container in self.containers(kind):
            if container.label is None or container.label.text is None:
                continue
            inside[container.label.text] = [
                self._code(kind, child) for child in container.children
            ]
        return inside

    def _code(self, kind: Kind, child: int) -> str | None:
        if kind is Kind.CASE:
            return self.bottle(child).readable
        label = self.container(Kind.CASE, child).label
        return None if label is None else label.text


def _numbered(things: list[_Thing], number: int) -> _Thing:
    if not 1 <= number <= len(things):
        raise KeyError(number)
    return things[number - 1]
