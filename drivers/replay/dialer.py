"""A `Dialer` that plays a recording back."""

import random
from collections.abc import Sequence

from drivers.replay.nodes import ReplayNodes
from drivers.replay.registers import ReplayRegisters
from drivers.replay.script import Script
from drivers.replay.stream import ReplayStream
from drivers.transports.base import ByteStream, NodeClient, RegisterClient
from drivers.transports.nodes import OPEN, NodeSecurity
from drivers.wiretap import WireTap


class ReplayDialer:
    """Every address leads to the next connection of the recording."""

    def __init__(self, script: Script) -> None:
        self.script = script

    async def open_stream(self, address: str) -> ByteStream:  # noqa: ARG002
        return ReplayStream(self.script, await self.script.open())

    async def open_registers(
        self,
        address: str,  # noqa: ARG002
        tap: WireTap | None = None,  # noqa: ARG002
    ) -> RegisterClient:
        return ReplayRegisters(self.script, await self.script.open())

    async def open_nodes(
        self,
        address: str,  # noqa: ARG002
        security: NodeSecurity = OPEN,  # noqa: ARG002
        tap: WireTap | None = None,  # noqa: ARG002
    ) -> NodeClient:
        return ReplayNodes(self.script, await self.script.open())


class ReplayRandom(random.Random):
    """The whole numbers that were drawn then; no waiting between attempts, so that the
    driver is there when the recording goes on."""

    def __init__(self, drawn: Sequence[int]) -> None:
        super().__init__(0)
        self._drawn = list(drawn)

    def random(self) -> float:
        """The shortest wait."""
        return 0.0

    def getrandbits(self, k: int, /) -> int:
        """As recorded, then any."""
        return self._drawn.pop(0) if self._drawn else super().getrandbits(k)
