"""The conversation with the PLC: counts in, heartbeat and command out.

One loop does both, so an agent that no longer looks no longer beats, and the PLC
rejects and stops within 500 ms by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.base import LineCommand, LineIO, LineState
from drivers.errors import DriverError

# The contract's heartbeat is one step every 100 ms.
BEAT_S = 0.1
# Silence after which the line's inputs are unknown (design: 500 ms on both sides).
SILENT_S = 0.5


class Triggering:
    """Polls the line I/O every `poll_s` and beats every 100 ms."""

    def __init__(
        self,
        io: LineIO,
        *,
        poll_s: float,
        command: Callable[[], LineCommand],
        on_state: Callable[[LineState], None],
        on_silent: Callable[[str], Awaitable[None]],
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        self._io = io
        self._poll_s = poll_s
        self._command = command
        self._on_state = on_state
        self._on_silent = on_silent
        self._on_turn = on_turn
        self.state: LineState | None = None
        self.last_beat_s = 0.0
        self._silent_until_s = 0.0

    def be_silent(self, until_s: float) -> None:
        """No heartbeat before this loop second: to prove that the PLC then rejects.

        The PLC is still looked at, so nothing here takes it for lost.
        """
        self._silent_until_s = until_s

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        next_beat_s = last_heard_s = loop.time()
        while True:
            try:
                self.state = await self._io.poll()
                last_heard_s = loop.time()
                self._on_state(self.state)
                if loop.time() >= max(next_beat_s, self._silent_until_s):
                    next_beat_s = loop.time() + BEAT_S
                    await self._io.beat(self._command())
                    self.last_beat_s = loop.time()
            except DriverError as error:
                if loop.time() - last_heard_s > SILENT_S:
                    self.state = None
                    await self._on_silent(error.message)
            self._on_turn()
            await asyncio.sleep(self._poll_s)
