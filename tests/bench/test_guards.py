"""With a guard taken out, the oracle must say so: it is no rubber stamp."""

from pathlib import Path

import pytest

from agent.domain.facts import Fact
from agent.domain.judging import ItemRead, Judge, Judgement
from agent.domain.packing import Packer
from agent.domain.print_window import PrintWindow, SentCode
from agent.domain.words import CodeRef, Evidence
from agent.line.deciding import Deciding
from agent.line.finishing import Finishing
from agent.line.ports import Lease
from agent.line_store import PackageBook
from agent.store.store import Store
from drivers.base import Verdict
from simulators.bench.run import simulate
from simulators.bench.scenario import Kill, Scenario, calm
from simulators.bench.settings import LINE
from simulators.oracle import check_all
from simulators.world.faults import (
    FaultPlan,
    Hazard,
    MachineFault,
    PrinterSlip,
    Rates,
    Slip,
)


def findings(scenario: Scenario, folder: Path) -> str:
    """What the oracle says; a run the store itself refuses to go on with counts."""
    try:
        return "\n".join(check_all(simulate(scenario, folder).evidence))
    except BaseExceptionGroup as group:
        return f"refused: {group.exceptions[0]}"
    except TimeoutError:
        return "the order never closed, or the platform refused its settlement"


def scenario(
    *, faults: FaultPlan | None = None, kills: tuple[Kill, ...] = ()
) -> Scenario:
    quiet = calm(5, 120)
    return Scenario(
        seed=quiet.seed,
        bottles=quiet.bottles,
        faults=faults or quiet.faults,
        kills=kills,
        outages=(),
        lost_replies=0.0,
    )


SLIPPING = FaultPlan(timed=(PrinterSlip(at_s=9.0, slip=Slip.SKIP),))
KILLED = (Kill(point="after_send", visit=2, at_s=8.0),)


def test_the_scenarios_themselves_are_survived(tmp_path: Path) -> None:
    assert findings(scenario(faults=SLIPPING), tmp_path / "a") == ""
    assert findings(scenario(kills=KILLED), tmp_path / "b") == ""


def test_without_the_standing_of_codes_a_code_prints_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: leases are durable, so a restart begins behind them."""
    real = PackageBook.next_lease
    first: list[Lease] = []

    def again(self: PackageBook, count: int) -> Lease | None:
        lease = real(self, count)
        if lease is not None and self.level == "unit":
            first.append(lease)
            return Lease(
                package=lease.package,
                first=lease.first,
                last=lease.last,
                codes=first[0].codes[: len(lease.codes)],
            )
        return lease

    monkeypatch.setattr(PackageBook, "next_lease", again)
    assert findings(scenario(kills=KILLED), tmp_path) != ""


def test_without_the_commit_before_the_ring_an_item_passes_unrecorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard of promise 2, taken out: ring first, commit afterwards."""
    real = Deciding.decide

    async def hasty(self: Deciding, batch: list[ItemRead]) -> None:
        keys = [read.item for read in batch if read.keys]
        await self._io.write_verdicts(dict.fromkeys(keys, Verdict.PASS))
        await real(self, batch)

    monkeypatch.setattr(Deciding, "decide", hasty)
    found = [
        findings(
            scenario(kills=(Kill(point="before_commit", visit=visit, at_s=8.0),)),
            tmp_path / str(visit),
        )
        for visit in range(20, 40, 4)
    ]
    assert any(found)


@pytest.mark.fault("F21")
def test_without_the_sequence_rule_a_slip_goes_unnoticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def careless(self: PrintWindow, code: SentCode, item: int) -> bool:
        seen.append(item - code.record - code.offset)
        return True

    monkeypatch.setattr(PrintWindow, "belongs_to", careless)
    findings(scenario(faults=SLIPPING), tmp_path)
    assert any(seen), "the slip was there to be noticed"


@pytest.mark.fault("F25")
def test_packing_what_was_only_judged_fills_cases_with_ghosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard: only what the PLC saw pass is packed."""
    monkeypatch.setattr(
        "agent.line.tracking.OUTCOMES",
        dict.fromkeys(range(4), "passed"),
    )
    doubles = FaultPlan(rates=Rates(double_triggers=0.05, smeared=0.02))
    assert findings(scenario(faults=doubles), tmp_path) != ""


@pytest.mark.fault("F28")
def test_a_judge_that_forgets_lets_a_copy_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is the second guard: it refuses to make a code good twice."""

    def trusting(self: Judge, read: ItemRead) -> Judgement:
        ref = CodeRef(package="WO-1-unit", index=1)
        return Judgement(
            item=read.item, passed=True, reason=None, code=ref, read=read.text
        )

    monkeypatch.setattr(Judge, "judge", trusting)
    assert findings(scenario(), tmp_path).startswith("refused")


def test_a_child_in_two_cases_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Packer.add
    kept: list[CodeRef] = []

    def twice(self: Packer, code: CodeRef, evidence: Evidence) -> list[Fact]:
        kept.append(code)
        return real(self, kept[0], evidence)

    monkeypatch.setattr(Packer, "add", twice)
    assert findings(scenario(), tmp_path).startswith("refused")


def test_an_order_does_not_end_with_items_on_the_belt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Finishing,
        "is_produced",
        lambda self: self._gating.passed >= self._order.target - 5,
    )
    assert findings(scenario(), tmp_path) != ""


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.bench.run.LIMIT_S", 600.0)


@pytest.mark.fault("F32")
def test_a_dead_confirm_sensor_stops_the_line_until_somebody_looked(
    tmp_path: Path,
) -> None:
    dead = MachineFault(at_s=6.0, hazard=Hazard.CONFIRM_DEAD, for_s=8.0)
    faults = FaultPlan(rates=Rates(smeared=0.1), timed=(dead,))
    outcome = simulate(scenario(faults=faults), tmp_path)
    assert list(check_all(outcome.evidence)) == []
    assert outcome.resumed > 0
    with Store.open(tmp_path / "agent", LINE) as store:
        rows = store.reader().journal_after(0, 100_000)
        causes = [row.payload for row in rows if row.kind == "LineStopped"]
    assert any("reject_unconfirmed" in payload for payload in causes)
