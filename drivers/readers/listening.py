"""Readers that only talk: one text frame a read, and perhaps bytes that trigger."""

import asyncio
import random
from dataclasses import dataclass

from drivers.base import TextRead
from drivers.device import LinkedDevice, tapped
from drivers.link import Backoff, received
from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter
from drivers.readers.reads import ReaderCounts, ReadQueue
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# A reader that dials us is never hammered by us, and reads sent while we wait to
# listen again are lost, so the wait is short.
_LISTEN_BACKOFF = Backoff(first_s=0.05, cap_s=0.2)

# Sending a few bytes: whoever does not take them in this time is gone.
_SEND_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerBytes:
    """What makes a reader look, and stop looking after `window_s` without a result.

    Without `off`, or with a window of 0, the reader stops by itself.
    """

    on: bytes
    off: bytes = b""
    window_s: float = 0.0


class ListeningReader(LinkedDevice[ByteStream]):
    """Listens to one reader at `address`: tcp:// and serial: are dialled, with
    tcp-listen:// the reader dials us.

    `silent_after_s` (0: never) gives the link up when nothing at all came for so
    long; set it where the reader sends heartbeats. `flush_s` (0: never) ends a frame
    by silence: the last resort, since a pause inside a frame then cuts it in two.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        framer: Framer,
        interpreter: Interpreter,
        silent_after_s: float = 0.0,
        flush_s: float = 0.0,
        repeat_s: float = 0.0,
        trigger: TriggerBytes | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        listens = address.startswith("tcp-listen:")
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            serve=self._serve,
            open_timeout_s=None if listens else 3.0,
            backoff=backoff or (_LISTEN_BACKOFF if listens else None),
        )
        self._framer = framer
        self._interpreter = interpreter
        self._silent_after_s = silent_after_s
        self._flush_s = flush_s
        self._trigger = trigger
        self._queue = ReadQueue(
            self.board, broken=lambda: framer.broken, repeat_s=repeat_s
        )

    @property
    def counts(self) -> ReaderCounts:
        """What came of its frames."""
        return self._queue.counts

    @property
    def broken_frames(self) -> int:
        """Frames that were cut, overlong or without their start."""
        return self._framer.broken

    async def read(self) -> TextRead:
        """The oldest read not yet taken; waits for one, over reconnections too."""
        return await self._queue.read()

    async def _look(self, trigger: TriggerBytes) -> None:
        """Send the trigger; with a window, wait for its result and end it."""
        before = self.counts.results
        async with self.link.exchange(
            "trigger", timeout_s=_SEND_S + trigger.window_s
        ) as wire:
            await wire.send(trigger.on)
            if not (trigger.off and trigger.window_s):
                return
            try:
                async with asyncio.timeout(trigger.window_s):
                    await self._queue.result_after(before)
            except TimeoutError:
                await wire.send(trigger.off)

    async def _serve(self, wire: ByteStream) -> None:
        try:
            await self._take_frames(wire)
        finally:
            self._queue.interrupt(ConnectionResetError("connection lost"))

    async def _take_frames(self, wire: ByteStream) -> None:
        self._framer.restart()
        while True:
            data = await self._next(wire)
            now_s = asyncio.get_running_loop().time()
            ended = (
                self._framer.feed(data, at_s=now_s) if data else self._framer.flush()
            )
            for frame in ended:
                self._queue.take(self._interpreter.read(frame), now_s)
            # A flooding reader must not keep the rest of the line waiting.
            await asyncio.sleep(0)

    async def _next(self, wire: ByteStream) -> bytes:
        """The next bytes; none when silence ends the frame begun."""
        flush_s = self._flush_s if self._framer.is_inside else 0.0
        try:
            async with asyncio.timeout(flush_s or self._silent_after_s or None):
                return await received(wire)
        except TimeoutError:
            if not flush_s:
                raise
            return b""


class TriggeredReader(ListeningReader):
    """A `ListeningReader` made with a trigger."""

    async def trigger(self) -> None:
        """Have it look. With a window this returns when it has read, or was told to
        stop; the result comes by `read`."""
        assert self._trigger is not None
        await self._look(self._trigger)
