"""The whole line with remote I/O instead of a PLC, in virtual time, against the oracle.

The oracle knows what became of every bottle: one that passed without a good verdict,
or a book that does not add up, is found there.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.bench.pairs import mild
from simulators.bench.run import Outcome, Simulation, simulate
from simulators.bench.scenario import Kill, Scenario, calm
from simulators.bench.virtual_time import run_virtual
from simulators.catalogue import LineChoice
from simulators.io.remote_io import BRANDS
from simulators.oracle import check_all
from simulators.world.bottles import Fate
from simulators.world.faults import (
    BottleAdded,
    BottleTaken,
    FaultPlan,
    Hazard,
    LinkCut,
    MachineFault,
    PlcReboot,
    Rates,
    Silence,
    TimedFault,
)
from simulators.world.plan import LinePlan

KIND = "remote_io"


def play(
    folder: Path, scenario: Scenario, kind: str = "moxa_e1212"
) -> tuple[Simulation, Outcome]:
    choice = LineChoice(io=f"remote_io/{kind}")

    async def main() -> tuple[Simulation, Outcome]:
        sim = Simulation(replace(scenario, choice=choice), folder)
        return sim, await sim.run()

    return run_virtual(main())


@pytest.mark.parametrize("kind", sorted(BRANDS))
def test_a_calm_order_runs_to_closed_books(tmp_path: Path, kind: str) -> None:
    sim, outcome = play(tmp_path, calm(3, 60), kind)
    assert check_all(outcome.evidence) == []
    passed = [b for b in sim.line.record.bottles if b.fate is Fate.PASSED]
    assert len(passed) == 60


def scenario(
    *timed: TimedFault,
    rates: Rates | None = None,
    kills: tuple[Kill, ...] = (),
    bottles: int = 120,
) -> Scenario:
    quiet = calm(5, bottles)
    return Scenario(
        seed=quiet.seed,
        bottles=quiet.bottles,
        faults=FaultPlan(rates=rates or Rates(), timed=timed),
        kills=kills,
        outages=(),
        lost_replies=0.0,
    )


STRIKES = {
    "F25 missed and double triggers": scenario(
        rates=Rates(missed_triggers=0.02, double_triggers=0.02)
    ),
    "F29 bad prints": scenario(rates=Rates(smeared=0.03, blank=0.02)),
    "F31 slips": scenario(rates=Rates(slips=0.02)),
    "F31 a bottle taken": scenario(BottleTaken(at_s=12)),
    "F31 a bottle added": scenario(BottleAdded(at_s=12)),
    "F32 confirm sensor dead": scenario(
        MachineFault(at_s=12, hazard=Hazard.CONFIRM_DEAD, for_s=5),
        rates=Rates(smeared=0.1),
    ),
    "F33 link flap": scenario(LinkCut(at_s=12, device="plc")),
    "F34 box restarts": scenario(PlcReboot(at_s=12)),
    "emergency stop": scenario(MachineFault(at_s=12, hazard=Hazard.ESTOP, for_s=4)),
    "no air": scenario(MachineFault(at_s=12, hazard=Hazard.NO_AIR, for_s=4)),
}


@pytest.mark.parametrize(
    "strike",
    [
        pytest.param(name, marks=pytest.mark.fault(name[:3]) if name[0] == "F" else ())
        for name in STRIKES
    ],
)
def test_the_books_close_after(tmp_path: Path, strike: str) -> None:
    _, outcome = play(tmp_path, STRIKES[strike])
    assert check_all(outcome.evidence) == []


def test_a_bottle_that_a_stop_left_before_the_reject_is_thrown_out(
    tmp_path: Path,
) -> None:
    """Its reject was fired as the belt stopped a centimetre short. One look after the
    belt is let go it has gone by."""
    choice = LineChoice(
        printer="text_printer/laser",
        reader="keyence_sr",
        io="remote_io/moxa_e1212",
        packing_reader="ssi",
    )
    outcome = simulate(mild(6, 200, choice), tmp_path)
    assert check_all(outcome.evidence) == []


BLIND = {
    "F33 silence": scenario(Silence(at_s=12, device="plc", for_s=2)),
    "F33 short silence": scenario(Silence(at_s=12, device="plc", for_s=0.3)),
    "F33 link cut": scenario(LinkCut(at_s=12, device="plc", for_s=1)),
    "F33 agent killed": scenario(
        kills=(Kill(point="after_ring", visit=1, at_s=12),),
    ),
}


@pytest.mark.fault("F33")
@pytest.mark.parametrize("strike", BLIND)
def test_what_passes_unseen_is_bounded_and_a_person_is_called(
    tmp_path: Path, strike: str
) -> None:
    """The weaker guarantee: until the box's watchdog bites, nobody guards the gate."""
    sim, outcome = play(tmp_path, BLIND[strike])
    passed = [
        int(found[1])
        for each in check_all(outcome.evidence)
        if (found := re.match(r"I5: bottle (\d+) passed", each))
    ]
    plan = LinePlan()
    box = sim.line.box
    assert box is not None
    blind_s = box.watchdog_s + 0.1
    assert 0 < len(passed) <= blind_s * plan.speed_mm_s / plan.pitch_mm + 2
    assert passed == list(range(passed[0], passed[-1] + 1))
    assert box.presses >= 2, "once at the start, and again after the blindness"
