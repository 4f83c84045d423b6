"""Bottles on the simulated belt: when they move, what they meet, where they end."""

from typing import TYPE_CHECKING

import pytest

from simulators.world.bottles import Fate, Ruin
from simulators.world.faults import Hazard, Rates

if TYPE_CHECKING:
    from conftest import RigFactory

RUNNING, NEEDS_RESET, BIN_FULL, CONFIRM_OK = 1, 64, 8, 16


def test_nothing_moves_before_an_agent_says_run(rig: "RigFactory") -> None:
    line = rig()
    line.alive = False
    line.run(5)
    assert not line.world.record.bottles
    assert line.world.next_event_s() is None


def test_thirty_six_thousand_bottles_an_hour(rig: "RigFactory") -> None:
    line = rig()
    line.run(60)
    assert 595 <= len(line.world.record.bottles) <= 605


def test_each_good_bottle_is_printed_shot_passed_and_packed(rig: "RigFactory") -> None:
    line = rig(bottles=24)
    line.run(6)
    record = line.world.record
    assert record.counts().passed == 24
    assert [code for _, code in record.passed()] == [f"C{n:05d}" for n in range(1, 25)]
    assert [shot[:3] for shot in line.shots[:2]] == [
        (1, 1, "C00001"),
        (2, 2, "C00002"),
    ]
    assert record.cases[0].children == list(range(1, 25))
    assert all(line.outcome(item) == 1 for item in range(1, 25))
    assert (line.counter(4), line.counter(6), line.counter(8)) == (24, 24, 0)


def test_with_the_infeed_closed_the_belt_clears_itself_and_stands(
    rig: "RigFactory",
) -> None:
    line = rig()
    line.run(3)
    assert line.register(3) & RUNNING
    line.command = 0
    line.run(0.1)
    entered = len(line.world.record.bottles)
    line.run(2)
    assert not line.register(3) & RUNNING
    assert len(line.world.record.bottles) == entered
    assert line.world.record.counts().on_belt == 0
    assert line.register(12) == 0


def test_stop_halts_at_once_and_run_goes_on_from_there(rig: "RigFactory") -> None:
    line = rig()
    line.run(3)
    line.command = 2
    line.run(0.1)
    before = line.counter(13)
    counts = line.world.record.counts()
    line.run(2)
    assert line.counter(13) == before
    assert line.world.record.counts() == counts
    assert counts.on_belt > 0
    line.command = 1
    line.run(2)
    line.bottles_until_idle()
    assert line.world.record.counts().rejected == 0


def test_ruined_prints_are_seen_as_such_and_rejected(rig: "RigFactory") -> None:
    line = rig(rates=Rates(smeared=0.1, blank=0.1, faint=0.1), bottles=200)
    line.run(25)
    ruins = {b.defect for b in line.world.record.bottles}
    assert ruins == {None, Ruin.SMEARED, Ruin.BLANK, Ruin.FAINT}
    for bottle in line.world.record.bottles:
        assert (bottle.fate is Fate.REJECTED) == (bottle.defect is not None)
    assert line.counter(8) == line.counter(10) == line.world.record.counts().rejected


def test_a_missed_trigger_has_no_number_no_print_and_no_picture(
    rig: "RigFactory",
) -> None:
    line = rig(rates=Rates(missed_triggers=0.2), bottles=60)
    line.run(10)
    missed = [b for b in line.world.record.bottles if b.unseen]
    assert missed
    for bottle in missed:
        assert (bottle.items, bottle.marks, bottle.fate) == ([], [], Fate.REJECTED)
    assert len(line.shots) == 60 - len(missed) == line.counter(4) == line.counter(6)
    assert line.counter(8) == len(missed)


def test_a_double_trigger_ruins_both_prints_and_the_second_number_is_absent(
    rig: "RigFactory",
) -> None:
    line = rig(rates=Rates(double_triggers=0.1), bottles=60)
    line.run(10)
    doubled = [b for b in line.world.record.bottles if b.bounces]
    assert doubled
    for bottle in doubled:
        first, second = bottle.items
        assert [mark.ruin for mark in bottle.marks] == [Ruin.OVERPRINTED] * 2
        assert bottle.fate is Fate.REJECTED
        shots = [shot for shot in line.shots if shot[1] == bottle.number]
        assert [(shot[0], shot[3]) for shot in shots] == [
            (first, Ruin.OVERPRINTED),
            (second, Ruin.OVERPRINTED),
        ]
    number = doubled[-1].items[1]
    if line.counter(4) - number < 64:
        assert line.outcome(number) == 3
    assert line.counter(4) == line.counter(6) == 60 + len(doubled)
    assert line.counter(8) == len(doubled)


def test_a_bottle_that_slipped_is_unmatched_and_its_number_absent(
    rig: "RigFactory",
) -> None:
    line = rig(rates=Rates(slips=0.1), bottles=50)
    line.run(8)
    slipped = [b for b in line.world.record.bottles if b.slip_mm]
    assert slipped
    for bottle in slipped:
        assert bottle.fate is Fate.REJECTED
        assert line.outcome(bottle.items[0]) == 3
    others = [b for b in line.world.record.bottles if not b.slip_mm]
    assert all(b.fate is Fate.PASSED for b in others)


def test_a_bottle_taken_away_leaves_its_number_absent(rig: "RigFactory") -> None:
    line = rig()
    line.run(3)
    taken = line.world.take_bottle()
    assert taken is not None
    line.run(1.5)
    assert taken.fate is Fate.REMOVED
    assert line.outcome(taken.items[0]) == 3
    line.bottles_until_idle()
    counts = line.world.record.counts()
    assert counts.add_up
    assert (counts.removed, counts.rejected) == (1, 0)


def test_a_bottle_put_on_behind_the_camera_is_rejected_and_harms_nobody(
    rig: "RigFactory",
) -> None:
    line = rig()
    line.run(3)
    added = line.world.add_bottle("C00001")
    line.bottles_until_idle()
    counts = line.world.record.counts()
    assert added.fate is Fate.REJECTED
    assert counts.rejected == 1
    assert line.world.record.duplicates() == {"C00001": [1, added.number]}
    assert not line.world.record.passed_duplicates()


def test_a_silent_agent_stops_the_belt_within_500_ms_until_reset(
    rig: "RigFactory",
) -> None:
    line = rig()
    line.run(3)
    line.alive = False
    silent_from_s = line.world.now_s
    line.run(0.45)
    assert line.register(3) & RUNNING
    line.run(0.1)
    assert not line.register(3) & RUNNING
    assert line.register(3) & NEEDS_RESET
    line.run(20)
    assert line.register(3) & NEEDS_RESET, "no reset while the agent is silent"
    passed = line.world.record.counts().passed
    line.alive = True
    line.run(0.5)
    assert line.world.record.counts().passed == passed
    line.run(5)
    assert not line.register(3) & NEEDS_RESET
    assert line.world.record.counts().passed > passed
    assert silent_from_s < line.world.now_s


def test_the_watchdog_stops_the_belt_by_itself_and_on_time(rig: "RigFactory") -> None:
    line = rig()
    line.world.write_registers(100, [1, 1, 1, 0])
    line.world.advance(0.499)
    assert line.world.belt.moving
    line.world.advance(0.5)
    assert not line.world.belt.moving


def test_the_operator_presses_reset_after_the_settable_time(rig: "RigFactory") -> None:
    line = rig()
    line.run(1)
    line.world.set_hazard(Hazard.ESTOP, on=True)
    line.run(1)
    line.world.set_hazard(Hazard.ESTOP, on=False)
    line.run(1.5)
    assert line.register(3) & NEEDS_RESET
    line.run(2)
    assert not line.register(3) & NEEDS_RESET


def test_a_full_bin_halts_until_it_is_emptied(rig: "RigFactory") -> None:
    line = rig(bin_capacity=10)
    line.verdict_of = lambda _text, _ruin: 2
    line.run(5)
    assert line.register(3) & BIN_FULL
    assert not line.register(3) & RUNNING
    assert line.world.record.counts().rejected == 10
    line.run(10)
    assert line.world.record.counts().rejected > 10


def test_without_air_the_belt_stands(rig: "RigFactory") -> None:
    line = rig()
    line.run(2)
    line.world.set_hazard(Hazard.NO_AIR, on=True)
    assert not line.register(3) & RUNNING
    line.world.set_hazard(Hazard.NO_AIR, on=False)
    assert line.register(3) & RUNNING


def test_a_stuck_gate_lets_a_reject_pass_and_nobody_confirms(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=10)
    line.verdict_of = lambda _text, _ruin: 2
    line.world.set_hazard(Hazard.GATE_STUCK, on=True)
    line.run(5)
    assert line.world.record.counts().passed == 10
    assert (line.counter(8), line.counter(10)) == (10, 0)


def test_a_dead_confirm_sensor_says_so_and_counts_nothing(rig: "RigFactory") -> None:
    line = rig(bottles=10)
    line.verdict_of = lambda _text, _ruin: 2
    line.world.set_hazard(Hazard.CONFIRM_DEAD, on=True)
    line.run(5)
    assert not line.register(3) & CONFIRM_OK
    assert line.world.record.counts().rejected == 10
    assert (line.counter(8), line.counter(10)) == (10, 0)


def test_a_rebooted_plc_rejects_what_was_on_the_belt(rig: "RigFactory") -> None:
    line = rig()
    # Numbers given out before must not be taken for those of the new boot.
    line.run(1.1)
    on_belt = [b for b in line.world.on_belt.values() if b.items]
    assert [b.items for b in on_belt[:2]] == [[1], [2]]
    line.world.reboot_plc()
    assert line.counter(4) == 0
    line.shots.clear()
    line.run(3)
    forgotten = [bottle.number for bottle in on_belt]
    assert not [shot for shot in line.shots if shot[1] in forgotten]
    assert all(bottle.fate is Fate.REJECTED for bottle in on_belt)
    line.bottles_until_idle()
    assert line.world.record.counts().rejected == len(on_belt)


def test_bottles_may_arrive_with_their_codes(rig: "RigFactory") -> None:
    line = rig(bottles=3)
    line.world.printer = None
    line.world._arrives_with = lambda number: f"P{number}"
    line.run(4)
    assert [code for _, code in line.world.record.passed()] == ["P1", "P2", "P3"]


@pytest.mark.parametrize("pitch_mm", [60.0, 80.0])
def test_a_pitch_that_confuses_neighbours_is_refused(
    rig: "RigFactory", pitch_mm: float
) -> None:
    with pytest.raises(ValueError, match="pitch_mm"):
        rig(pitch_mm=pitch_mm)
