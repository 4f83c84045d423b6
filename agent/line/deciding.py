"""Read in, verdict durable, ring written: in that order, always (promise 2)."""

import asyncio
import logging
from collections.abc import Callable

from agent import killpoints
from agent.domain.facts import CodeSeen, Fact, ItemJudged
from agent.domain.judging import ItemRead, Judge, Judgement
from agent.domain.reject_run import RejectRun
from agent.domain.tracking import ItemRegister
from agent.domain.words import CodeRef, ItemRef, Reason
from agent.line.ports import Journal
from agent.line.running import Running
from drivers.base import LineIO, Verdict
from drivers.errors import DriverError

log = logging.getLogger(__name__)


class Deciding:
    """Judges reads of one order and hands verdicts to the gate."""

    def __init__(
        self,
        io: LineIO,
        *,
        order: str,
        journal: Journal,
        judge: Judge,
        rejects: RejectRun,
        running: Running,
        register: Callable[[], ItemRegister | None],
        counts_from: Callable[[], int],
        carry: Callable[[int, CodeRef], None],
    ) -> None:
        self._io = io
        self._order = order
        self._journal = journal
        self._judge = judge
        self._rejects = rejects
        self._running = running
        self._register = register
        self._counts_from = counts_from
        self._carry = carry
        self.ignored = 0
        self.unsent = 0

    async def run(self, reads: asyncio.Queue[ItemRead]) -> None:
        """Until cancelled. What has queued up is decided as one group."""
        while True:
            batch = [await reads.get()]
            while not reads.empty():
                batch.append(reads.get_nowait())
            await self.decide(batch)

    async def decide(self, batch: list[ItemRead]) -> None:
        """Judge, commit, then tell the PLC."""
        register = self._register()
        if register is None:
            self.ignored += len(batch)
            return
        facts: list[Fact] = []
        verdicts: dict[int, Verdict] = {}
        judged: list[Judgement] = []
        for read in batch:
            if register.is_judged(read.item):
                self.ignored += 1
            elif register.is_due(read.item):
                judgement = self._judge.judge(read)
                register.judged(read.item, judgement.passed)
                if judgement.passed and judgement.code is not None:
                    self._carry(read.item, judgement.code)
                facts.append(self._fact(register.boot, judgement))
                verdicts[read.item] = (
                    Verdict.PASS if judgement.passed else Verdict.REJECT
                )
                judged.append(judgement)
            else:
                facts.extend(self._seen_late(register.boot, read))
        if facts:
            await self._journal.commit(*facts)
        if verdicts:
            await self._send(verdicts)
        for judgement in judged:
            await self._watch(judgement)

    def _fact(self, boot: int, judgement: Judgement) -> ItemJudged:
        return ItemJudged(
            order=self._order,
            item=ItemRef(boot=boot, number=judgement.item),
            passed=judgement.passed,
            reason=judgement.reason,
            code=judgement.code,
            read=judgement.read,
            grade_tenths=_tenths(judgement.grade),
        )

    def _seen_late(self, boot: int, read: ItemRead) -> list[Fact]:
        """The item is past the gate: no verdict any more, but its code was seen."""
        self.ignored += 1
        window = self._judge.window
        if window is None or len(read.keys) != 1:
            return []
        sent = window.find(read.keys[0])
        if sent is None or sent.used:
            return []
        window.seen(sent)
        return [CodeSeen(code=sent.ref, item=ItemRef(boot=boot, number=read.item))]

    async def _send(self, verdicts: dict[int, Verdict]) -> None:
        try:
            await self._io.write_verdicts(verdicts)
            killpoints.visit("after_ring")
        except DriverError as error:
            # The PLC rejects what it has no verdict for; the outcome will tell.
            self.unsent += len(verdicts)
            log.warning("verdicts of %s not sent: %s", list(verdicts), error)

    async def _watch(self, judgement: Judgement) -> None:
        if judgement.item < self._counts_from():
            return  # left on the belt from before the buffer was loaded
        cause = self._rejects.take(judgement.reason)
        if cause is not None:
            reason = judgement.reason or Reason.NO_READ
            await self._running.hold(cause, f"{reason} at item {judgement.item}")


def _tenths(grade: float | None) -> int | None:
    """Rounded down: what is on file never says more than what was measured."""
    return None if grade is None else int(grade * 10 + 1e-9)
