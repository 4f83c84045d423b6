"""Only what the PLC saw pass is produced, packed and counted, in one transaction."""

import asyncio
import functools
import itertools

import pytest

from agent.domain.facts import (
    CodesVoided,
    ContainerFilled,
    ContainerOpened,
    ItemGated,
    ItemJudged,
    Packed,
    UnnumberedRejected,
)
from agent.domain.judging import Judge
from agent.domain.packing import Packer
from agent.domain.print_window import PrintWindow
from agent.domain.tracking import GateEvent
from agent.domain.words import Level, Reason, VoidCause
from agent.line.gating import GateReport, Gating
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


class Rig:
    def __init__(self, journal, book):
        self.window = PrintWindow()
        self.window.begin_era(first_item=1, first_record=1)
        for number in range(1, 21):
            self.window.sent(book.text(number), book.ref(number), number)
        self.judge = Judge(lookup=book.find, target=9, accepted=9, window=self.window)
        self.packer = Packer(
            order="O1",
            level=Level.CASE,
            size=3,
            new_id=itertools.count(1).__next__,
        )
        self.pokes = 0
        self.gating = Gating(
            order="O1",
            journal=journal,
            judge=self.judge,
            packer=self.packer,
            packed=self.poke,
            passed=0,
        )

    def poke(self) -> None:
        self.pokes += 1

    def seen_good(self, book, *numbers) -> None:
        """The camera saw these and they passed."""
        for number in numbers:
            self.window.seen(self.window.find(book.text(number)))
            self.gating.carry(number, book.ref(number))

    def report(self, *events, unnumbered=0) -> None:
        self.gating.reports.put_nowait(
            GateReport(boot=7, events=events, unnumbered=unnumbered)
        )


def event(number, outcome, verdict):
    return GateEvent(number=number, outcome=outcome, passed_verdict=verdict)


@pytest.fixture
def rig(journal, book):
    return Rig(journal, book)


@on_virtual_time
async def test_passed_items_are_gated_and_packed_together(
    rig, book, journal, background
) -> None:
    rig.seen_good(book, 1, 2, 3)
    async with background(rig.gating.run()):
        rig.report(*(event(n, "passed", True) for n in (1, 2, 3)))
        await asyncio.sleep(1)
    kinds = [type(fact) for fact in journal.facts]
    assert kinds == [
        ItemGated,
        ContainerOpened,
        Packed,
        ItemGated,
        Packed,
        ItemGated,
        Packed,
        ContainerFilled,
    ]
    assert [fact.code for fact in journal.of(Packed)] == [
        book.ref(n) for n in (1, 2, 3)
    ]
    assert rig.gating.passed == 3
    assert rig.pokes == 1


@on_virtual_time
async def test_nobody_is_told_before_it_is_durable(
    rig, book, journal, background
) -> None:
    journal.latency_s = 5.0
    rig.seen_good(book, 1)
    assert rig.gating.is_quiet()
    async with background(rig.gating.run()):
        rig.report(event(1, "passed", True))
        assert not rig.gating.is_quiet()
        await asyncio.sleep(4.9)
        assert rig.pokes == 0
        assert not rig.gating.is_quiet()
        await asyncio.sleep(0.2)
        assert rig.pokes == 1
        assert rig.gating.is_quiet()


@pytest.mark.parametrize("outcome", ["rejected", "absent", "unknown"])
@on_virtual_time
async def test_good_verdict_that_did_not_pass_is_given_back(
    rig, book, journal, background, outcome: str
) -> None:
    rig.seen_good(book, 1)
    async with background(rig.gating.run()):
        rig.report(event(1, outcome, True))
        await asyncio.sleep(1)
    assert [type(fact) for fact in journal.facts] == [ItemGated]
    assert rig.gating.passed == 0
    assert rig.judge.accepted == 8
    assert rig.packer.is_empty()


@pytest.mark.fault("F30")
@on_virtual_time
async def test_an_item_without_verdict_is_late_and_its_code_never_seen(
    rig, book, journal, background
) -> None:
    async with background(rig.gating.run()):
        rig.report(event(4, "rejected", None))
        await asyncio.sleep(1)
    judged, gated, voided = journal.facts
    assert isinstance(judged, ItemJudged)
    assert (judged.passed, judged.reason, judged.code) == (False, Reason.LATE, None)
    assert isinstance(gated, ItemGated)
    assert isinstance(voided, CodesVoided)
    assert (voided.indices, voided.cause) == ((4,), VoidCause.NEVER_SEEN)
    assert rig.judge.accepted == 9


@on_virtual_time
async def test_a_reject_whose_code_was_seen_voids_nothing(
    rig, book, journal, background
) -> None:
    rig.window.seen(rig.window.find(book.text(5)))
    async with background(rig.gating.run()):
        rig.report(event(5, "rejected", False))
        await asyncio.sleep(1)
    assert [type(fact) for fact in journal.facts] == [ItemGated]


@on_virtual_time
async def test_what_escaped_is_booked_as_it_was_seen_and_not_packed(
    rig, journal, background
) -> None:
    async with background(rig.gating.run()):
        rig.report(event(6, "passed", False))
        await asyncio.sleep(1)
    assert journal.of(ItemGated)[0].outcome == "passed"
    assert rig.gating.passed == 0
    assert journal.of(Packed) == []


@on_virtual_time
async def test_rejects_without_a_number_are_counted(rig, journal, background) -> None:
    async with background(rig.gating.run()):
        rig.report(unnumbered=2)
        await asyncio.sleep(1)
    assert journal.facts == [UnnumberedRejected(order="O1", count=2)]
