"""What went over a device's wire lately, byte for byte."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from drivers.transports.base import ByteStream

# Enough for several minutes of a polled printer.
RING_FRAMES = 512
# A flood must not fill the memory: of a longer piece only the beginning is kept.
FRAME_BYTES = 4096


class Direction(StrEnum):
    """As seen from the agent."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapFrame:
    """One piece of traffic. `at_s` is loop time; `size` the bytes it really had."""

    at_s: float
    direction: Direction
    data: bytes
    size: int


Watcher = Callable[[TapFrame], None]


class WireTap:
    """The last frames of one device. `dropped` counts those pushed out of the ring."""

    def __init__(self, device: str, *, frames: int = RING_FRAMES) -> None:
        self.device = device
        self.dropped = 0
        self._ring: deque[TapFrame] = deque(maxlen=frames)
        self._watchers: dict[Watcher, None] = {}

    def frames(self) -> tuple[TapFrame, ...]:
        """Oldest first."""
        return tuple(self._ring)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` with each new frame until the returned function is called.

        It runs on the wire's own path: it must be quick and must not raise.
        """
        self._watchers[watcher] = None
        return lambda: self._watchers.pop(watcher, None)

    def record(self, direction: Direction, data: bytes) -> None:
        """Take down one piece of traffic."""
        self.dropped += len(self._ring) == self._ring.maxlen
        frame = TapFrame(
            at_s=asyncio.get_running_loop().time(),
            direction=direction,
            data=data[:FRAME_BYTES],
            size=len(data),
        )
        self._ring.append(frame)
        for watcher in tuple(self._watchers):
            watcher(frame)

    def wrap(self, stream: ByteStream) -> ByteStream:
        """`stream`, listened to."""
        return _TappedStream(stream, self)


class _TappedStream:
    def __init__(self, stream: ByteStream, tap: WireTap) -> None:
        self._stream = stream
        self._tap = tap

    async def receive(self) -> bytes:
        data = await self._stream.receive()
        if data:
            self._tap.record(Direction.RECEIVED, data)
        return data

    async def send(self, data: bytes) -> None:
        # Before sending: a half-sent command is the one worth seeing.
        self._tap.record(Direction.SENT, data)
        await self._stream.send(data)

    async def close(self) -> None:
        await self._stream.close()
