"""A line put down and taken up again."""

import random
from typing import TYPE_CHECKING

import pytest

from simulators.io.line_io import Plc
from simulators.world.faults import Rates
from simulators.world.labels import Label
from simulators.world.plan import LinePlan
from simulators.world.record import Kind
from simulators.world.saved import dump, parse, restore
from simulators.world.world import World

if TYPE_CHECKING:
    from conftest import Rig, RigFactory


def busy(rig: "RigFactory") -> "Rig":
    """Bottles on the belt and on the way, a case open, one waiting, one unread."""
    line = rig(case_size=8, rates=Rates(smeared=0.05, double_triggers=0.02))
    line.world.cases.on_scan = lambda _kind, _label: False
    for number in range(2):
        label = Label(template="T", fields={"1": "箱"}, text=f"S{number}", aim="]C1")
        line.world.label_printed(Kind.CASE, label)
    line.run(5)
    return line


def fresh(line: "Rig", boot_id: int) -> World:
    plan = line.world.plan
    plc = Plc(gate_mm=plan.gate_mm, window_mm=plan.window_mm, boot_id=boot_id)
    return World(plan, random.Random(2), plc=plc)


def test_what_is_taken_up_equals_what_was_put_down(rig: "RigFactory") -> None:
    line = busy(rig)
    world = line.world
    assert world.on_belt
    assert world.to_packer
    assert world.cases.open
    saved = parse(dump(world))
    again = fresh(line, saved.boot_id)
    restore(again, saved)
    assert again.record.counts() == world.record.counts()
    assert again.record.bottles_by_code() == world.record.bottles_by_code()
    assert again.record.cases == world.record.cases
    assert (again.to_packer, again.binned) == (world.to_packer, world.binned)
    assert dump(again) == dump(world)


def test_what_stood_on_the_belt_is_thrown_out_and_packing_goes_on(
    rig: "RigFactory",
) -> None:
    line = busy(rig)
    numbered = [b.number for b in line.world.on_belt.values() if b.items]
    before = line.world.record.counts()
    on_the_way = line.world.to_packer
    again = fresh(line, 9)
    restore(again, parse(dump(line.world)))
    for step in range(200):
        again.advance(step * 0.05)
        again.write_registers(100, [5, step, 0, 0])
    counts = again.record.counts()
    assert counts.add_up
    assert counts.on_belt == 0
    assert counts.passed == before.passed
    assert numbered
    for number in numbered:
        assert again.record.bottle(number).fate == "rejected"
    assert sum(len(case.children) for case in again.record.cases) == before.passed
    assert on_the_way
    assert [case.read for case in again.record.cases[:2]] == [True, True]
    assert again.record.cases[0].label == line.world.record.cases[0].label


def test_labels_that_hung_waiting_are_used(rig: "RigFactory") -> None:
    line = rig(bottles=2, case_size=2)
    line.world.label_printed(
        Kind.CASE, Label(template="T", fields={}, text="S1", aim="")
    )
    again = World(LinePlan(bottles=2, case_size=2), random.Random(1))
    restore(again, parse(dump(line.world)))
    again.cases.add(1, 0.0)
    again.cases.add(2, 0.0)
    assert again.record.cases[0].label is not None


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"boot_id": "x"}'])
def test_rubbish_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a saved line"):
        parse(data)


def test_only_a_fresh_world_takes_up_a_saved_one(rig: "RigFactory") -> None:
    line = busy(rig)
    with pytest.raises(ValueError, match="fresh"):
        restore(line.world, parse(dump(line.world)))
