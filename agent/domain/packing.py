"""Filling, labelling and closing containers of one level (strategy `sequence`).

open ─full or closed short─► filled ─label sent─► labelled ─label read─► closed
                               ▲                     │
                               └────label lost───────┘
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.domain.facts import (
    CodesVoided,
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    Fact,
    LabelSent,
    Packed,
)
from agent.domain.words import CodeRef, Evidence, Level, VoidCause


class PackingError(Exception):
    """An act on a container that its state does not allow; says which and why."""


@dataclass(slots=True)
class Packer:
    """Containers of one level of one order. Each call returns the facts it made.

    `open_id` is the container being filled with `held` children; `filled` wait for
    a label; `labelled` wait for their label to be read, oldest first.
    """

    order: str
    level: Level
    size: int
    new_id: Callable[[], int]
    open_id: int | None = None
    held: int = 0
    filled: OrderedDict[int, None] = field(default_factory=OrderedDict)
    labelled: OrderedDict[int, CodeRef] = field(default_factory=OrderedDict)
    closed: int = 0

    def add(self, code: CodeRef, evidence: Evidence) -> list[Fact]:
        """One more child. The container fills by itself at its size."""
        facts: list[Fact] = []
        if self.open_id is None:
            self.open_id, self.held = self.new_id(), 0
            facts.append(
                ContainerOpened(
                    order=self.order, container=self.open_id, level=self.level
                )
            )
        facts.append(Packed(container=self.open_id, code=code, evidence=evidence))
        self.held += 1
        if self.held == self.size:
            facts.append(self._fill(partial=False, by="count"))
        return facts

    def close_short(self, by: str) -> list[Fact]:
        """Close the open container with what it has (尾箱); nothing open: no fact."""
        if self.open_id is None:
            return []
        return [self._fill(partial=self.held < self.size, by=by)]

    def _fill(self, *, partial: bool, by: str) -> Fact:
        assert self.open_id is not None
        container, self.open_id = self.open_id, None
        self.filled[container] = None
        return ContainerFilled(
            container=container, children=self.held, partial=partial, by=by
        )

    def send_label(self, container: int, code: CodeRef) -> list[Fact]:
        """`code` is about to be printed for a filled container."""
        if container not in self.filled:
            raise PackingError(f"{self.level} {container} does not wait for a label")
        del self.filled[container]
        self.labelled[container] = code
        return [LabelSent(container=container, code=code)]

    def label_lost(self, container: int) -> list[Fact]:
        """The label of a container will never be applied; it needs another."""
        if container not in self.labelled:
            raise PackingError(f"{self.level} {container} has no label to replace")
        code = self.labelled.pop(container)
        self.filled[container] = None
        self.filled.move_to_end(container, last=False)
        return [
            CodesVoided(
                package=code.package,
                indices=(code.index,),
                cause=VoidCause.LABEL_LOST,
            )
        ]

    def waiting_for(self, code: CodeRef) -> int | None:
        """The container whose label `code` is, if it waits to be read."""
        return next((c for c, ref in self.labelled.items() if ref == code), None)

    def is_oldest(self, container: int) -> bool:
        """Whether `container` is the next whose label should be read."""
        return next(iter(self.labelled), None) == container

    def confirm(self, container: int, evidence: Evidence) -> list[Fact]:
        """The label was read on the container: it is closed and its code good."""
        code = self.labelled.pop(container)
        self.closed += 1
        return [ContainerClosed(container=container, code=code, evidence=evidence)]

    def is_empty(self) -> bool:
        """Nothing open, nothing waiting."""
        return self.open_id is None and not self.filled and not self.labelled
