"""A clean stop, and what a stopped line goes on with."""

import signal

import pytest


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
        assert site.facts("LineStopped") == []

        await site.start()
        status = await site.status()
        assert status.order.order == "WO-1"
        assert status.passed == counts.passed
        await site.settled()
        site.life.send(signal.SIGTERM)
        assert await site.life.ended() == 0
        assert site.wrong() == []
