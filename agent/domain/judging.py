"""From what was read on an item to pass or reject, with the reason.

Print mode: the code must be one of those in flight, and due on this very item.
Pre-printed mode: the code must be unused in the order's packages.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.domain.code_state import CodeState
from agent.domain.print_window import PrintWindow, SentCode
from agent.domain.words import CodeRef, Reason, VoidCause


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRead:
    """What the camera or reader made of one item.

    `keys` are the identity keys found with the text of each; `fault` says why a
    text that was there gave no key, or none that can be trusted. `grade` is that of
    the print, None where it was not graded; `faults` is what else is wrong with a
    code that was read.
    """

    item: int
    keys: tuple[str, ...] = ()
    text: str = ""
    fault: Reason | None = None
    grade: float | None = None
    faults: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict that waits to be made durable. `code` is ours and was seen."""

    item: int
    passed: bool
    reason: Reason | None
    code: CodeRef | None
    read: str
    grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the store knows of a code."""

    ref: CodeRef
    state: CodeState
    cause: VoidCause | None = None


Lookup = Callable[[str], Standing | None]


@dataclass(slots=True)
class Judge:
    """Judges the items of one order in print mode or pre-printed mode (no window).

    `minimum_grade`: a print of less, or one that could not be graded, is rejected.
    """

    lookup: Lookup
    target: int
    minimum_grade: float | None = None
    accepted: int = 0
    window: PrintWindow | None = None
    _recent: dict[str, int] = field(default_factory=dict)

    def judge(self, read: ItemRead) -> Judgement:
        """The verdict for one read; changes the window, never the store."""
        if read.fault is not None:
            return _reject(read, read.fault)
        if not read.keys:
            return _reject(read, Reason.NO_READ)
        if len(read.keys) > 1:
            return _reject(read, Reason.AMBIGUOUS)
        key = read.keys[0]
        sent = self.window.find(key) if self.window is not None else None
        if sent is not None and self.window is not None:
            return self._judge_sent(read, self.window, sent)
        return self._judge_stranger(read, key)

    def _judge_sent(
        self, read: ItemRead, window: PrintWindow, sent: SentCode
    ) -> Judgement:
        if sent.used:
            return _reject(read, Reason.DUPLICATE, sent.ref)
        window.seen(sent)
        if not window.belongs_to(sent, read.item):
            return _reject(read, Reason.SEQUENCE_FAULT, sent.ref)
        return self._accept(read, sent.ref)

    def _judge_stranger(self, read: ItemRead, key: str) -> Judgement:
        standing = self.lookup(key)
        if standing is None:
            return _reject(read, Reason.UNKNOWN_CODE)
        if key in self._recent or standing.state in _SPENT:
            return _reject(read, Reason.DUPLICATE, standing.ref)
        if self.window is not None or standing.state is not CodeState.UNUSED:
            # A leased code outside the window is one whose era nobody remembers.
            known = standing.state in (CodeState.IN_FLIGHT, CodeState.VOIDED)
            return _reject(read, Reason.NOT_IN_FLIGHT, standing.ref if known else None)
        self._remember(key, read.item)
        return self._accept(read, standing.ref)

    def _accept(self, read: ItemRead, ref: CodeRef) -> Judgement:
        if self.accepted >= self.target:
            return _reject(read, Reason.ORDER_FULL, ref)
        if read.faults:
            return _reject(read, read.faults[0], ref)
        if not self._is_good_enough(read.grade):
            return _reject(read, Reason.LOW_GRADE, ref)
        self.accepted += 1
        return Judgement(
            item=read.item,
            passed=True,
            reason=None,
            code=ref,
            read=read.text,
            grade=read.grade,
        )

    def _is_good_enough(self, grade: float | None) -> bool:
        """Where a grade is demanded, a print without one is not good enough."""
        if self.minimum_grade is None:
            return True
        return grade is not None and grade >= self.minimum_grade

    def _remember(self, key: str, item: int) -> None:
        """Bridge the time until the verdict is in the store, where lookups see it."""
        self._recent[key] = item
        if len(self._recent) > 4096:
            self._recent.pop(next(iter(self._recent)))


_SPENT = frozenset({CodeState.GOOD, CodeState.REJECTED, CodeState.SAMPLED})


def _reject(read: ItemRead, reason: Reason, code: CodeRef | None = None) -> Judgement:
    return Judgement(
        item=read.item,
        passed=False,
        reason=reason,
        code=code,
        read=read.text[:200],
        grade=read.grade,
    )
