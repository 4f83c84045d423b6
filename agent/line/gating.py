"""What happened at the gate, as the PLC saw it: only that counts as produced."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent import killpoints
from agent.domain.facts import Fact, ItemGated, ItemJudged, UnnumberedRejected
from agent.domain.judging import Judge
from agent.domain.packing import Packer
from agent.domain.tracking import GateEvent
from agent.domain.words import CodeRef, Evidence, ItemRef, Reason, VoidCause
from agent.line.ports import Journal
from agent.line.printing import void_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """Events of one poll, in item order, with rejects that carried no number."""

    boot: int
    events: tuple[GateEvent, ...]
    unnumbered: int


class Gating:
    """Books outcomes and packs what passed, in one transaction a poll."""

    def __init__(
        self,
        *,
        order: str,
        journal: Journal,
        judge: Judge,
        packer: Packer | None,
        packed: Callable[[], None],
        passed: int,
    ) -> None:
        self._order = order
        self._journal = journal
        self._judge = judge
        self._packer = packer
        self._packed = packed
        self._codes: dict[int, CodeRef] = {}
        self.reports: asyncio.Queue[GateReport] = asyncio.Queue()
        self.passed = passed
        self._booking = False

    def carry(self, item: int, code: CodeRef) -> None:
        """Remember which code a passing item carries until it is at the gate."""
        self._codes[item] = code

    def is_quiet(self) -> bool:
        """Everything reported is booked."""
        return self.reports.empty() and not self._booking

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            report = await self.reports.get()
            self._booking = True
            await self._book(report)
            self._booking = False

    async def _book(self, report: GateReport) -> None:
        facts: list[Fact] = []
        for event in report.events:
            facts.extend(self._facts(report.boot, event))
        if report.unnumbered:
            facts.append(UnnumberedRejected(order=self._order, count=report.unnumbered))
        if facts:
            await self._journal.commit(*facts)
            killpoints.visit("after_gate_fact")
        self._packed()

    def _facts(self, boot: int, event: GateEvent) -> Sequence[Fact]:
        item = ItemRef(boot=boot, number=event.number)
        facts: list[Fact] = []
        if event.passed_verdict is None:
            facts.append(
                ItemJudged(
                    order=self._order,
                    item=item,
                    passed=False,
                    reason=Reason.LATE,
                    code=None,
                    read="",
                )
            )
        facts.append(ItemGated(order=self._order, item=item, outcome=event.outcome))
        code = self._codes.pop(event.number, None)
        if event.passed_verdict and event.outcome == "passed" and code is not None:
            self.passed += 1
            if self._packer is not None:
                facts.extend(self._packer.add(code, Evidence.INFERRED))
        elif event.passed_verdict:
            self._judge.accepted -= 1
        elif self._judge.window is not None:
            unseen = self._judge.window.give_up([event.number])
            facts.extend(void_facts(unseen, VoidCause.NEVER_SEEN))
        return facts
