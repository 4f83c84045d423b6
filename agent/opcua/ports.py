"""What the OPC UA server needs of the agent, no more."""

from collections.abc import Sequence
from typing import Protocol

from agent.opcua.messages import CodeEvent, ServerPlan, Snapshot


class Served(Protocol):
    """The line as the server shows it. Called on the agent's loop: nothing waits."""

    def plan(self) -> ServerPlan:
        """What to serve."""
        ...

    def snapshot(self) -> Snapshot:
        """The present moment."""
        ...

    def take_events(self) -> Sequence[CodeEvent]:
        """What became durable since the last call; the oldest are lost in a flood."""
        ...

    async def hold(self, by: str) -> bool:
        """Stop the line for an operator; False where it does not run."""
        ...

    async def unhold(self, by: str) -> bool:
        """Go on; False where it was not held."""
        ...
