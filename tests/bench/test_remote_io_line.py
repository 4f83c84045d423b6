"""The whole line with remote I/O instead of a PLC, in virtual time, against the oracle.

The oracle knows what became of every bottle: one that passed without a good verdict,
or a book that does not add up, is found there.
"""

import random
import re
from pathlib import Path

import pytest

from agent.settings import Settings
from simulators.bench import run as bench
from simulators.bench.run import Outcome, Simulation
from simulators.bench.scenario import Kill, Scenario, calm
from simulators.bench.virtual_time import run_virtual
from simulators.io.remote_io import BRANDS, RemoteBox
from simulators.line import SimulatedLine
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

AHEAD_MM = 40.0


class RemoteSimulation(Simulation):
    """`Simulation` with a box in place of the PLC."""

    def __init__(self, scenario: Scenario, folder: Path, box: RemoteBox) -> None:
        super().__init__(scenario, folder)
        self.box = box
        self.line = SimulatedLine(
            LinePlan(),
            scenario.faults,
            rng=random.Random(f"world {scenario.seed}"),
            aim="]d2",
            box=box,
        )


def remote_settings(kind: str) -> object:
    plan = LinePlan()

    def settings_for(
        addresses: dict[str, str], data: Path, *, prints: bool = True
    ) -> Settings:
        usual = STOCK(addresses, data, prints=prints).model_dump(mode="json")
        usual["devices"]["plc"] = {
            "kind": "remote_io",
            "address": addresses["plc"],
            "map": kind,
            "gate_mm": plan.gate_mm - AHEAD_MM,
            "reject_mm": AHEAD_MM,
            "window_mm": plan.window_mm,
            "min_pitch_mm": 60,
            "mm_per_count": 1,
            "clear_mm": 600,
            "watchdog_proven": "in simulation",
        }
        return Settings.model_validate(usual)

    return settings_for


STOCK = bench.settings_for


def play(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    scenario: Scenario,
    kind: str = "moxa_e1212",
) -> tuple[RemoteSimulation, Outcome]:
    monkeypatch.setattr(bench, "settings_for", remote_settings(kind))

    async def main() -> tuple[RemoteSimulation, Outcome]:
        sim = RemoteSimulation(
            scenario, folder, RemoteBox(BRANDS[kind](), sees_ahead_mm=AHEAD_MM)
        )
        return sim, await sim.run()

    return run_virtual(main())


@pytest.mark.parametrize("kind", sorted(BRANDS))
def test_a_calm_order_runs_to_closed_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    sim, outcome = play(tmp_path, monkeypatch, calm(3, 60), kind)
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
def test_the_books_close_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strike: str
) -> None:
    _, outcome = play(tmp_path, monkeypatch, STRIKES[strike])
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strike: str
) -> None:
    """The weaker guarantee: until the box's watchdog bites, nobody guards the gate."""
    sim, outcome = play(tmp_path, monkeypatch, BLIND[strike])
    passed = [
        int(found[1])
        for each in check_all(outcome.evidence)
        if (found := re.match(r"I5: bottle (\d+) passed", each))
    ]
    plan = LinePlan()
    blind_s = sim.box.watchdog_s + 0.1
    assert 0 < len(passed) <= blind_s * plan.speed_mm_s / plan.pitch_mm + 2
    assert passed == list(range(passed[0], passed[-1] + 1))
    assert sim.box.presses >= 2, "once at the start, and again after the blindness"
