"""Readers that answer commands on the wire their results come on."""

import asyncio
import logging
import random
from abc import abstractmethod
from typing import Generic, TypeVar

from drivers.base import TextRead
from drivers.device import LinkedDevice, tapped
from drivers.errors import DriverError
from drivers.link import received
from drivers.readers.reads import ReaderCounts, ReadQueue
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

log = logging.getLogger(__name__)

R = TypeVar("R")


class TalkingReader(LinkedDevice[ByteStream], Generic[R]):
    """What comes is either a result (`queue`) or the answer `R` to what was asked.

    A family says what its bytes mean (`_hear`), how the peer proves to be one of its
    make before the link is up (`_greet`), and what may be asked every
    `probe_every_s` (0: nothing) to notice a dead one (`_probe`). Answers nobody waits
    for are counted as `foreign`, never believed.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        reply_timeout_s: float,
        probe_every_s: float,
        repeat_s: float = 0.0,
        greeting_asks: int = 1,
        probe_asks: int = 1,
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._open_talk,
            serve=self._serve,
            up_timeout_s=(greeting_asks + 1) * reply_timeout_s,
        )
        self._probe_s = probe_asks * reply_timeout_s
        self.foreign = 0
        self._reply_s = reply_timeout_s
        self._every_s = probe_every_s
        self._awaited: asyncio.Future[R] | None = None
        self._is_serving = False
        self._queue = ReadQueue(
            self.board, broken=lambda: self.broken_frames, repeat_s=repeat_s
        )
        self.board.live("foreign answers", lambda: self.foreign)

    @property
    def counts(self) -> ReaderCounts:
        """What came of its results."""
        return self._queue.counts

    @property
    @abstractmethod
    def broken_frames(self) -> int:
        """Frames that were cut, overlong or otherwise none."""

    async def read(self) -> TextRead:
        """The oldest read not yet taken; waits for one, over reconnections too."""
        return await self._queue.read()

    @abstractmethod
    def _restart(self) -> None:
        """A new connection begins: forget what was half received."""

    @abstractmethod
    async def _hear(self, wire: ByteStream, data: bytes, now_s: float) -> None:
        """Take in what came: results to `_queue`, answers to `_answered`."""

    @abstractmethod
    async def _greet(self, wire: ByteStream) -> None:
        """See that the peer is what settings say. `DriverError` when it is not."""

    async def _probe(self, wire: ByteStream) -> None:
        """Ask something harmless."""

    def _answered(self, reply: R) -> None:
        if self._awaited is None or self._awaited.done():
            self.foreign += 1
        else:
            self._awaited.set_result(reply)

    async def _ask(self, wire: ByteStream, data: bytes) -> R:
        """Send `data` and wait for the answer to it, within the reply time."""
        self._awaited = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._reply_s):
                await wire.send(data)
                while not (self._is_serving or self._awaited.done()):
                    await self._pump(wire)
                return await self._awaited
        finally:
            self._awaited = None

    async def _pump(self, wire: ByteStream) -> None:
        data = await received(wire)
        await self._hear(wire, data, asyncio.get_running_loop().time())
        # A flooding reader must not keep the rest of the line waiting.
        await asyncio.sleep(0)

    async def _open_talk(self, wire: ByteStream) -> None:
        self._restart()
        await self._greet(wire)

    async def _serve(self, wire: ByteStream) -> None:
        self._is_serving = True
        probing = asyncio.create_task(self._keep_probing())
        try:
            while True:
                await self._pump(wire)
        finally:
            self._is_serving = False
            if self._awaited is not None and not self._awaited.done():
                self._awaited.set_exception(ConnectionResetError("connection lost"))
            self._queue.interrupt(ConnectionResetError("connection lost"))
            probing.cancel()
            # Not `await probing`: if this very task is cancelled meanwhile (the agent
            # ends just as the link breaks), that must not be taken for the probe's end.
            await asyncio.wait({probing})
            if not probing.cancelled():
                probing.result()

    async def _keep_probing(self) -> None:
        """Ends with the connection: a failed probe closes it."""
        while self._every_s:
            await asyncio.sleep(self._every_s)
            try:
                async with self.link.exchange("probe", timeout_s=self._reply_s) as wire:
                    await self._probe(wire)
            except DriverError as error:
                log.debug("%s: probe: %s", self.name, error.message)
                return
