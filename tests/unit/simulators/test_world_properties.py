"""What holds in every run: things add up (I4), and a seed tells the whole story."""

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.world.faults import Hazard, PowerCycle, Rates, Slip
from simulators.world.plan import LinePlan
from simulators.world.saved import dump
from simulators.world.world import World

if TYPE_CHECKING:
    from conftest import Rig, RigFactory

SHARES = st.floats(0, 0.1)
RATES = st.builds(
    Rates,
    smeared=SHARES,
    blank=SHARES,
    missed_triggers=SHARES,
    double_triggers=SHARES,
    slips=SHARES,
)
ACTS = st.sampled_from(
    (
        "run",
        "clear",
        "stop",
        "silent",
        "alive",
        "take",
        "add",
        "reboot",
        "estop",
        "release",
        "power",
        "skip",
    )
)


def act(line: "Rig", what: str) -> None:
    world = line.world
    match what:
        case "run" | "clear" | "stop":
            line.command = ("clear", "run", "stop").index(what)
        case "silent" | "alive":
            line.alive = what == "alive"
        case "take":
            world.take_bottle()
        case "add":
            world.add_bottle("FOREIGN")
        case "reboot":
            world.reboot_plc()
        case "estop" | "release":
            world.set_hazard(Hazard.ESTOP, on=what == "estop")
        case "power":
            line.jet.power_cycle(world.now_s, PowerCycle.LAST_AGAIN, 1.0)
        case "skip":
            line.jet.slip(Slip.SKIP)


def check_books(line: "Rig") -> None:
    """I4, from three sides: fates, the conveyor, and where things lie."""
    world, counts = line.world, line.world.record.counts()
    assert counts.add_up
    assert counts.on_belt == len(world.on_belt)
    packed = sum(len(case.children) for case in world.record.cases)
    assert counts.passed == packed + world.to_packer
    assert counts.rejected == world.binned


@settings(max_examples=40, deadline=None)
@given(
    rates=RATES,
    seed=st.integers(0, 2**32),
    script=st.lists(st.tuples(ACTS, st.integers(1, 20)), max_size=12),
)
def test_things_add_up_at_every_step(
    rig: "RigFactory", rates: Rates, seed: int, script: list[tuple[str, int]]
) -> None:
    line = rig(rates=rates, seed=seed, bin_capacity=100_000)
    line.run(2)
    for what, steps in script:
        act(line, what)
        for _ in range(steps):
            line.run(0.1)
            check_books(line)
    line.world.set_hazard(Hazard.ESTOP, on=False)
    line.alive = True
    line.run(10)
    line.bottles_until_idle()
    check_books(line)
    assert not line.world.on_belt, "the line comes to rest, empty"


@settings(max_examples=10, deadline=None)
@given(rates=RATES, seed=st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_record(
    rig: "RigFactory", rates: Rates, seed: int
) -> None:
    def story() -> tuple[bytes, list[object]]:
        line = rig(rates=rates, seed=seed)
        line.run(20)
        return dump(line.world), list(line.shots)

    assert story() == story()


def test_another_seed_gives_another_record(rig: "RigFactory") -> None:
    lines = [rig(seed=seed, rates=Rates(smeared=0.1)) for seed in (1, 2)]
    for line in lines:
        line.run(20)
    assert dump(lines[0].world) != dump(lines[1].world)


@settings(max_examples=20, deadline=None)
@given(steps=st.lists(st.floats(0.001, 3), min_size=1, max_size=60))
def test_how_time_is_cut_changes_nothing(rig: "RigFactory", steps: list[float]) -> None:
    def story(moments: list[float]) -> bytes:
        world = make(rig)
        for now_s in moments:
            world.advance(now_s)
        return dump(world)

    end_s = sum(steps)
    cut, now_s = [], 0.0
    for step_s in steps:
        now_s += step_s
        cut.append(min(now_s, end_s))
    assert story([*cut, end_s]) == story([end_s])


def make(rig: "RigFactory") -> World:
    """A world whose agent spoke once and is watched over a very long time."""
    line = rig(rates=Rates(smeared=0.05, double_triggers=0.05), watchdog_s=1e9)
    line.world.write_registers(100, [1, 1, 1, 0])
    return line.world


def test_the_next_event_is_never_in_the_past(rig: "RigFactory") -> None:
    line = rig(rates=Rates(double_triggers=0.05, smeared=0.05))
    for _ in range(400):
        line.run(0.05)
        next_s = line.world.next_event_s()
        assert next_s is None or next_s >= line.world.now_s


def test_a_plan_of_defaults_is_valid() -> None:
    plan = LinePlan()
    assert plan.speed_mm_s / plan.pitch_mm * 3600 == 36_000
