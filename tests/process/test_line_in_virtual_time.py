"""The whole agent beside a platform that talks nonsense and a hand that errs.

In virtual time: what matters here is what the line does meanwhile, not the wires.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.api.models import StatusModel
from agent.domain.run_state import RunState
from agent.domain.words import StopCause
from simulators.bench.run import Simulation
from simulators.bench.scenario import calm
from simulators.bench.virtual_time import run_virtual
from simulators.oracle import check_all
from simulators.platform import Fault
from simulators.platform.faults import html, other_json, status
from simulators.world.record import Kind

Story = Callable[[Simulation], Awaitable[None]]


async def status_when(
    sim: Simulation, is_so: Callable[[StatusModel], bool]
) -> StatusModel:
    """The agent's first status that is so."""
    async with asyncio.timeout(600):
        while True:
            if sim.view is not None and is_so(now := sim.view.status()):
                return now
            await asyncio.sleep(0.02)


def play(folder: Path, story: Story) -> list[str]:
    """A calm run of 120 bottles with `story` beside it; what the oracle finds."""

    async def main() -> list[str]:
        sim = Simulation(calm(3, 120), folder)
        running = asyncio.create_task(sim.run())
        await story(sim)
        return check_all((await running).evidence)

    return run_virtual(main())


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (html(), "平台应答无法识别"),
        (html(takes_effect=True), "平台应答无法识别"),
        (other_json(b'{"mark": "x"}'), "平台应答无法识别"),
        (other_json(b"[]"), "平台应答无法识别"),
        (status(500), "平台拒绝请求"),
        (status(403, body=b"<html>no</html>"), "平台拒绝请求"),
    ],
    ids=["page", "page-though-done", "odd-mark", "odd-shape", "500", "403"],
)
def test_the_line_runs_on_while_the_platform_talks_nonsense(
    tmp_path: Path, fault: Fault, said: str
) -> None:
    async def story(sim: Simulation) -> None:
        before = await status_when(sim, lambda s: s.passed >= 20)
        assert before.sync.online
        sim.script.chance = lambda _method, _path: fault
        wrong = await status_when(sim, lambda s: not s.sync.online)
        assert said in wrong.sync.last_error
        later = await status_when(sim, lambda s: s.passed >= 90)
        assert later.run_state is RunState.EXECUTE
        assert not later.sync.online
        assert not later.sync.held
        assert later.sync.mark <= wrong.sync.mark + 1
        assert later.sync.backlog > wrong.sync.backlog
        sim.script.chance = lambda _method, _path: None
        await status_when(sim, lambda s: s.sync.online)

    assert play(tmp_path, story) == []


def test_rubbish_at_the_case_reader_holds_the_line_until_it_is_answered(
    tmp_path: Path,
) -> None:
    async def story(sim: Simulation) -> None:
        await status_when(sim, lambda s: s.passed >= 30)
        sim.line.label_readers[Kind.CASE].read("6901234567892")
        held = await status_when(sim, lambda s: s.run_state is RunState.HELD)
        assert held.stop_cause is StopCause.LABEL_MISMATCH
        assert "6901234567892" in held.detail
        case = next(each for each in held.containers if each.level == "case")
        assert "6901234567892" in case.attention
        # The operator of the simulation looks and resumes.
        await status_when(sim, lambda s: s.run_state is RunState.EXECUTE)

    assert play(tmp_path, story) == []
