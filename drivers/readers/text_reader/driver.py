"""A reader that pushes one line of text a read, as a `CodeReader`."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass

from drivers.around import Around
from drivers.base import CodeReader, TextRead
from drivers.device import LinkedDevice, tapped
from drivers.link import Backoff, received
from drivers.readers.text_reader.codec import Framer, Interpreter, Kind, Reading
from drivers.readers.text_reader.settings import TextReaderSettings
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# At 20 reads a second this is over 10 s without a taker; older reads are stale then.
QUEUE_READS = 256

# A reader that dials us is never hammered by us, and reads sent while we wait to
# listen again are lost, so the wait is short.
_LISTEN_BACKOFF = Backoff(first_s=0.05, cap_s=0.2)


@dataclass(slots=True)
class ReaderCounts:
    """Since the start. `dropped` reads found the queue full and pushed out an older."""

    reads: int = 0
    no_reads: int = 0
    ignored: int = 0
    heartbeats: int = 0
    refused: int = 0
    dropped: int = 0


class TextReader(LinkedDevice[ByteStream]):
    """Listens to one reader at `address`: tcp:// and serial: are dialled, with
    tcp-listen:// the reader dials us.

    `silent_after_s` (0: never) gives the link up when nothing at all came for so
    long; set it where the reader sends heartbeats.
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
    ) -> None:
        listens = address.startswith("tcp-listen:")
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            serve=self._take_frames,
            open_timeout_s=None if listens else 3.0,
            backoff=_LISTEN_BACKOFF if listens else None,
        )
        self.counts = ReaderCounts()
        self._framer = framer
        self._interpreter = interpreter
        self._silent_after_s = silent_after_s or None
        self._reads: deque[TextRead] = deque()
        self._arrived = asyncio.Event()

    @property
    def broken_frames(self) -> int:
        """Frames that were cut, overlong or without their start."""
        return self._framer.broken

    async def read(self) -> TextRead:
        """The oldest read not yet taken; waits for one, over reconnections too."""
        while not self._reads:
            self._arrived.clear()
            await self._arrived.wait()
        return self._reads.popleft()

    async def _take_frames(self, wire: ByteStream) -> None:
        self._framer.restart()
        while True:
            async with asyncio.timeout(self._silent_after_s):
                data = await received(wire)
            now_s = asyncio.get_running_loop().time()
            for frame in self._framer.feed(data, at_s=now_s):
                self._take(self._interpreter.read(frame), now_s)
            # A flooding reader must not keep the rest of the line waiting.
            await asyncio.sleep(0)

    def _take(self, reading: Reading, now_s: float) -> None:
        match reading.kind:
            case Kind.IGNORED:
                self.counts.ignored += 1
            case Kind.HEARTBEAT:
                self.counts.heartbeats += 1
            case Kind.REFUSED:
                self.counts.refused += 1
            case Kind.READ:
                self.counts.reads += 1
                self._put(reading, now_s)
            case Kind.NO_READ:
                self.counts.no_reads += 1
                self._put(reading, now_s)

    def _put(self, reading: Reading, now_s: float) -> None:
        if len(self._reads) == QUEUE_READS:
            self._reads.popleft()
            self.counts.dropped += 1
        self._reads.append(
            TextRead(
                text=reading.text,
                aim=reading.aim,
                item=reading.item,
                received_at_s=now_s,
            )
        )
        self._arrived.set()


def from_settings(
    name: str, settings: TextReaderSettings, around: Around
) -> CodeReader:
    """The reader that `settings` describe."""
    framer = Framer(
        terminators=[t.encode(settings.encoding) for t in settings.terminators],
        start=settings.start.encode(settings.encoding),
        max_frame=settings.max_frame,
        gap_s=settings.gap_ms / 1000,
        resync=settings.resync,
    )
    interpreter = Interpreter(
        no_read=settings.no_read,
        encoding=settings.encoding,
        pattern=settings.pattern,
        split_aim=settings.aim,
        ignore=settings.ignore,
        heartbeat=settings.heartbeat,
    )
    return TextReader(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        framer=framer,
        interpreter=interpreter,
        silent_after_s=settings.silent_after_s,
    )
