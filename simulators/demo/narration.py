"""The line told in plain lines, for terminals that are none and for logs."""

import asyncio
from collections.abc import Callable

from agent.api.models import StatusModel
from agent.client import AgentClient, AgentRefused, AgentUnreachable

EVERY_S = 5.0


async def narrate(client: AgentClient, say: Callable[[str], None]) -> None:
    """A line every few seconds, and at once when the state changes; until cancelled."""
    told, told_s = "", float("-inf")
    loop = asyncio.get_running_loop()
    while True:
        try:
            status = await client.status()
            state, text = f"{status.run_state} {status.stop_cause}", one_line(status)
        except (AgentUnreachable, AgentRefused):
            state = text = "the agent is not answering"
        if state != told or loop.time() - told_s >= EVERY_S:
            say(text)
            told, told_s = state, loop.time()
        await asyncio.sleep(0.5)


def one_line(status: StatusModel) -> str:
    """Counts, rate, rejects by reason, open containers, backlog."""
    order = status.order
    target = 0 if order is None else order.target
    reasons = " ".join(f"{reason}:{n}" for reason, n in sorted(status.reasons.items()))
    containers = "  ".join(
        f"{each.level} {each.held}/{each.size} (+{each.closed})"
        for each in status.containers
    )
    held = f"  [{status.stop_cause}: {status.detail}]" if status.stop_cause else ""
    away = "" if status.sync.online else " offline"
    return (
        f"{status.run_state:10} {status.passed}/{target} good  "
        f"{status.rate_per_h}/h  rejected {status.rejected} ({reasons or '-'})  "
        f"{containers}  sync backlog {status.sync.backlog}{away}{held}"
    )
