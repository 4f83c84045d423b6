"""The lag is measured: devices and flood in processes of their own, all at work."""

import io

import pytest
from rich.console import Console

from simulators.measure import lag


async def test_every_device_works_with_and_without_the_flood(monkeypatch):
    monkeypatch.setattr(lag, "WARM_UP_S", 0.3)
    lags = await lag.measure(rounds=1, round_s=1.5)
    assert len(set(lags.quiet.done) - {lag.FLOODING}) == 12
    assert set(lags.flooded.done) == {*lags.quiet.done, lag.FLOODING}
    assert all(phase.late_ms for phase in (lags.alone, lags.quiet, lags.flooded))
    assert lags.flooded.offered >= lags.flooded.taken > 0


async def test_an_idle_device_spoils_the_measurement(monkeypatch):
    monkeypatch.setattr(lag, "WARM_UP_S", 0.0)
    monkeypatch.setitem(lag.ASKED, lag.Role.LABELLER, ("read_nothing", 0.5))
    with pytest.raises(AttributeError, match="read_nothing"):
        await lag.measure(rounds=1, round_s=0.2)
    phase = lag.Phase(done={"a": 1, lag.FLOODING: 1})
    with pytest.raises(RuntimeError, match="did nothing while it was measured: b"):
        lag._see_that_all_worked(phase, phase, {"a", "b", lag.FLOODING})


def test_the_figures_are_shown(monkeypatch):
    phase = lag.Phase(late_ms=[1.0, 2.0], poll_ms=[3.0, 4.0], done={"a": 1}, seconds=1)
    flooded = lag.Phase(late_ms=[5.0, 6.0], failed=["plc: late"], seconds=2, taken=200)

    async def measured():
        return lag.Lags(alone=phase, quiet=phase, flooded=flooded)

    monkeypatch.setattr(lag, "measure", measured)
    out = io.StringIO()
    lag.run(Console(file=out, width=120))
    assert "and one that floods" in out.getvalue()
    assert "failed: plc: late: 0 as usual, 1 in the flood" in out.getvalue()
    assert "100 taken by the driver" in out.getvalue()
