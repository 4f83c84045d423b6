"""A clean stop, and what a stopped line goes on with."""

import signal

import pytest

from agent.domain.facts import LineStopped
from agent.domain.words import StopCause
from simulators.world.record import Kind


def stops_of(site) -> list[LineStopped]:
    """Stops but those of a PLC that answered late: this machine is busy at times."""
    stops = site.facts("LineStopped")
    return [stop for stop in stops if stop.cause is not StopCause.LINE_IO]


@pytest.mark.timeout(150)
async def test_a_stopped_agent_leaves_an_empty_belt_and_goes_on(running_site) -> None:
    async with running_site(100) as site:
        await site.start()
        await site.passed(30)
        site.life.send(signal.SIGTERM)
        assert await site.life.ended() == 0

        # The belt ran out under the agent's eyes: nothing on it was thrown away.
        assert "stopped with items on the belt" not in site.life.said
        counts = site.site.line.record.counts()
        assert counts.on_belt == 0
        assert not (site.data / "agent.sock").exists()
        assert stops_of(site) == []

        before = counts.passed
        await site.start()
        # The order is taken up a moment after the agent answers; then it goes on
        # from what was made, so more than before is made at the end.
        await site.passed(before + 1)
        status = await site.status()
        assert status.order.order == "WO-1"
        await site.passed(50)
        # Something else is held under the case reader: the line waits for an answer.
        assert site.site.line.label_readers[Kind.CASE].read("rubbish")
        await site.settled()
        site.life.send(signal.SIGTERM)
        assert await site.life.ended() == 0
        assert site.wrong() == []
        stops = stops_of(site)
        assert [stop.cause for stop in stops] == [StopCause.LABEL_MISMATCH]
        assert "'rubbish'" in stops[0].detail
        assert {each.by for each in site.facts("LineResumed")} == {"operator"}
