"""The register in step with the PLC, over restarts of the agent and of the PLC."""

import functools
from dataclasses import dataclass, field

import pytest

from agent.domain.facts import ItemGated
from agent.domain.words import ItemRef
from agent.line.ports import OpenItem
from agent.line.tracking import PLAUSIBLE_STEPS, Tracking
from drivers.base import Outcome
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


@dataclass
class Memory:
    """What a store remembers of items."""

    open: list[OpenItem] = field(default_factory=list)
    gated: dict[int, int] = field(default_factory=dict)

    def open_items(self):
        return self.open

    def last_gated(self, boot):
        return self.gated.get(boot)


def open_item(boot, number, code=None):
    return OpenItem(
        item=ItemRef(boot=boot, number=number), passed=code is not None, code=code
    )


def outcomes(**by_item):
    """The outcome ring, given as i5="passed"."""
    ring = [0] * 64
    for name, outcome in by_item.items():
        item = int(name.removeprefix("i"))
        ring[item % 64] = item % 16384 * 4 + Outcome[outcome.upper()]
    return tuple(ring)


class Rig:
    def __init__(self, journal):
        self.memory = Memory()
        self.reports = []
        self.carried = {}
        self.exposed = []
        self.tracking = Tracking(
            order="O1",
            journal=journal,
            memory=self.memory,
            report=self.reports.append,
            carry=self.carried.__setitem__,
            expose=self.exposed.append,
        )

    @property
    def events(self):
        return [
            (event.number, event.outcome, event.passed_verdict)
            for report in self.reports
            for event in report.events
        ]


@pytest.fixture
def rig(journal):
    return Rig(journal)


@on_virtual_time
async def test_a_plc_never_met_begins_at_its_gate(rig, io) -> None:
    rig.tracking.take(io.set(items_at_trigger=105, items_at_gate=100))
    register = rig.tracking.register
    assert (register.boot, register.gated, register.on_belt()) == (7, 100, 5)
    assert rig.reports == []
    assert register.is_due(101)
    assert not register.is_due(100)


@on_virtual_time
async def test_items_leave_in_order_with_what_the_plc_saw(rig, io) -> None:
    rig.tracking.take(io.set(items_at_trigger=3))
    rig.tracking.register.judged(1, passed=True)
    rig.tracking.register.judged(2, passed=False)
    rig.tracking.take(
        io.set(items_at_gate=3, outcomes=outcomes(i1="passed", i2="rejected"))
    )
    assert rig.events == [
        (1, "passed", True),
        (2, "rejected", False),
        (3, "unknown", None),
    ]


@on_virtual_time
async def test_restart_goes_on_behind_the_last_item_on_file(rig, io, book) -> None:
    """Items the PLC saw leave while the agent was away have their outcome still."""
    rig.memory.gated[7] = 10
    rig.memory.open = [open_item(7, 11, book.ref(11)), open_item(7, 12)]
    rig.tracking.take(
        io.set(
            items_at_trigger=15,
            items_at_gate=13,
            outcomes=outcomes(i11="passed", i12="rejected", i13="rejected"),
        )
    )
    assert rig.events == [
        (11, "passed", True),
        (12, "rejected", False),
        (13, "rejected", None),
    ]
    assert rig.carried == {11: book.ref(11)}
    assert rig.tracking.register.on_belt() == 2


@on_virtual_time
async def test_restart_before_any_item_left_begins_at_the_first_open(
    rig, io, book
) -> None:
    rig.memory.open = [open_item(7, 12, book.ref(2)), open_item(7, 11, book.ref(1))]
    rig.tracking.take(
        io.set(items_at_trigger=12, items_at_gate=11, outcomes=outcomes(i11="passed"))
    )
    assert rig.events == [(11, "passed", True)]


@on_virtual_time
async def test_a_counter_that_is_not_ours_is_not_walked_through(rig, io) -> None:
    rig.memory.gated[7] = 5
    at = 5 + PLAUSIBLE_STEPS + 1
    rig.tracking.take(io.set(items_at_trigger=at, items_at_gate=at))
    assert rig.events == []
    assert rig.tracking.register.gated == at


@pytest.mark.fault("F34")
@on_virtual_time
async def test_counter_wraps(rig, io) -> None:
    last = (1 << 32) - 1
    rig.memory.gated[7] = last - 1
    rig.tracking.take(io.set(items_at_trigger=1, items_at_gate=1))
    assert [number for number, _, _ in rig.events] == [last, 0, 1]


@pytest.mark.fault("F34")
@on_virtual_time
async def test_a_new_boot_of_the_plc_leaves_its_items_unknown(rig, io, book) -> None:
    rig.tracking.take(io.set(items_at_trigger=4, items_at_gate=1))
    rig.tracking.register.judged(2, passed=True)
    rig.tracking.register.judged(3, passed=False)
    assert not rig.tracking.rebooted.is_set()
    rig.tracking.take(io.set(boot_id=8, items_at_trigger=0, items_at_gate=0))
    (report,) = rig.reports
    assert report.boot == 7
    assert rig.events == [(2, "unknown", True), (3, "unknown", False)]
    assert rig.tracking.rebooted.is_set()
    assert rig.tracking.register.boot == 8


@on_virtual_time
async def test_rejects_beyond_the_numbered_ones_are_unnumbered(rig, io) -> None:
    rig.tracking.take(io.set(items_at_trigger=2, rejects_fired=50))
    rig.tracking.take(
        io.set(items_at_gate=1, rejects_fired=53, outcomes=outcomes(i1="rejected"))
    )
    assert [report.unnumbered for report in rig.reports] == [2]


@on_virtual_time
async def test_items_of_an_earlier_boot_are_settled(rig, journal, book) -> None:
    rig.memory.open = [
        open_item(6, 90, book.ref(1)),
        open_item(6, 91),
        open_item(7, 1, book.ref(2)),
    ]
    assert await rig.tracking.settle_other_boots(7) == 1
    assert [(f.item.number, f.outcome) for f in journal.of(ItemGated)] == [
        (90, "unknown"),
        (91, "unknown"),
    ]


async def test_each_new_item_is_exposed_once_and_in_order(rig, io) -> None:
    rig.tracking.take(io.set(items_at_trigger=105, items_at_gate=100))
    assert rig.exposed == []  # they went past before anybody looked
    rig.tracking.take(io.set(items_at_trigger=106))
    rig.tracking.take(io.set(items_at_gate=103))
    rig.tracking.take(io.set(items_at_trigger=108))
    assert rig.exposed == [106, 107, 108]


async def test_no_item_of_a_restarted_or_leaping_counter_is_exposed(rig, io) -> None:
    rig.tracking.take(io.set(items_at_trigger=5))
    rig.tracking.take(io.set(boot_id=8, items_at_trigger=3))
    rig.tracking.take(io.set(items_at_trigger=1))
    rig.tracking.take(io.set(items_at_trigger=5000))
    assert rig.exposed == []
    rig.tracking.take(io.set(items_at_trigger=5001))
    assert rig.exposed == [5001]


async def test_exposed_numbers_wrap_with_the_counter(rig, io) -> None:
    last = (1 << 32) - 1
    rig.tracking.take(io.set(items_at_trigger=last - 1, items_at_gate=last - 1))
    rig.tracking.take(io.set(items_at_trigger=1))
    assert rig.exposed == [last, 0, 1]
