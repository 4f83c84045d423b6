"""The item register kept in step with the PLC, across restarts of either."""

import asyncio
import logging
from collections.abc import Callable

from agent.domain.facts import Fact, ItemGated
from agent.domain.tracking import COUNTER_MODULUS, GateEvent, ItemRegister, steps
from agent.domain.words import CodeRef
from agent.line.gating import GateReport
from agent.line.ports import Journal, OrderMemory
from drivers.base import LineState, Outcome

log = logging.getLogger(__name__)

OUTCOMES = {
    Outcome.NONE: "unknown",
    Outcome.PASSED: "passed",
    Outcome.REJECTED: "rejected",
    Outcome.ABSENT: "absent",
}
# More items than this between two looks means that the counter is not ours.
PLAUSIBLE_STEPS = 100_000
# More items than this in one poll never passed the trigger: no picture shows them.
PLAUSIBLE_ITEMS = 64


class Tracking:
    """Owns the `ItemRegister` of the present PLC boot for one order.

    `expose` hears of each item as soon as its number is seen, in order.
    """

    def __init__(
        self,
        *,
        order: str,
        journal: Journal,
        memory: OrderMemory,
        report: Callable[[GateReport], None],
        carry: Callable[[int, CodeRef], None],
        expose: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._order = order
        self._journal = journal
        self._memory = memory
        self._report = report
        self._carry = carry
        self._expose = expose
        self._rejects_fired = 0
        self.register: ItemRegister | None = None
        self.rebooted = asyncio.Event()

    def take(self, state: LineState) -> None:
        """One poll of the PLC."""
        register = self.register
        if register is None:
            register = self._adopt(state)
        elif register.boot != state.boot_id:
            self._report(
                GateReport(
                    boot=register.boot, events=tuple(register.abandon()), unnumbered=0
                )
            )
            register = self._adopt(state)
            self.rebooted.set()
        self._expose_new(register.triggered, state.items_at_trigger)
        events = register.advance(
            state.items_at_trigger,
            state.items_at_gate,
            lambda item: OUTCOMES[state.outcome(item)],
        )
        unnumbered = self._unnumbered(state, events)
        if events or unnumbered:
            self._report(
                GateReport(
                    boot=state.boot_id, events=tuple(events), unnumbered=unnumbered
                )
            )

    def _expose_new(self, before: int, now: int) -> None:
        """An adopted register begins with the count of its poll: nothing is new."""
        new = steps(before, now)
        if new > PLAUSIBLE_ITEMS:
            log.warning("the trigger count went from %d to %d", before, now)
            return
        for step in range(1, new + 1):
            self._expose((before + step) % COUNTER_MODULUS)

    def _unnumbered(self, state: LineState, events: list[GateEvent]) -> int:
        fired = steps(self._rejects_fired, state.rejects_fired)
        self._rejects_fired = state.rejects_fired
        numbered = sum(event.outcome == "rejected" for event in events)
        return max(0, fired - numbered)

    def _adopt(self, state: LineState) -> ItemRegister:
        """Begin with a PLC boot: go on where the store left off, if it knows it.

        Items it numbered that we know nothing of get no verdict and are rejected.
        """
        waiting = [
            each
            for each in self._memory.open_items()
            if each.item.boot == state.boot_id
        ]
        last = self._memory.last_gated(state.boot_id)
        if last is None and waiting:
            last = min(each.item.number for each in waiting) - 1
        if last is None or steps(last, state.items_at_gate) > PLAUSIBLE_STEPS:
            last = state.items_at_gate
        register = ItemRegister(
            boot=state.boot_id, triggered=state.items_at_trigger, gated=last
        )
        for each in waiting:
            register.judged(each.item.number, each.passed)
            if each.passed and each.code is not None:
                self._carry(each.item.number, each.code)
        self._rejects_fired = state.rejects_fired
        self.register = register
        log.info("PLC boot %s: items from %s", state.boot_id, last + 1)
        return register

    async def settle_other_boots(self, boot: int) -> int:
        """Items open under an earlier boot of the PLC never came through as ours.

        Their codes are pulled. Returns how many passing verdicts were lost.
        """
        lost = [i for i in self._memory.open_items() if i.item.boot != boot]
        facts: list[Fact] = [
            ItemGated(order=self._order, item=each.item, outcome="unknown")
            for each in lost
        ]
        if facts:
            await self._journal.commit(*facts)
        return sum(each.passed for each in lost)
