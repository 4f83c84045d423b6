"""What went over a device's wire lately, byte for byte, and what was asked of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge

from drivers.transports.base import ByteStream

# Whether what runs now serves a call of the line.
ASKED: ContextVar[bool] = ContextVar("asked", default=False)
# Enough for several minutes of a polled printer.
RING_FRAMES = 512
# A PLC polled every 20 ms fills these in some eight seconds.
RING_NOTES = 2048
# A flood must not fill the memory: of a longer piece only the beginning is kept.
FRAME_BYTES = 4096


class Direction(StrEnum):
    """As seen from the agent."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapFrame:
    """One piece of traffic. `at_s` is loop time; `size` the bytes it really had.

    `wire` counts the connections of the device, `seq` whatever its tap takes down.
    """

    at_s: float
    direction: Direction
    data: bytes
    size: int
    wire: int = 0
    seq: int = 0


class WireEvent(StrEnum):
    """What became of a connection."""

    OPENED = "opened"
    ENDED = "ended"
    """The peer closed it."""
    FAILED = "failed"
    """It broke under us."""
    CLOSED = "closed"
    """We closed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireNote:
    """A connection began or ended."""

    at_s: float
    event: WireEvent
    wire: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNote:
    """Somebody asked the device for something; `call` numbers the calls."""

    at_s: float
    call: int
    name: str
    arguments: tuple[object, ...]
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeNote:
    """What a call came to: its result, or the class of its error and the sentence."""

    at_s: float
    call: int
    seq: int
    result: object = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeNote:
    """An exchange got the wire. `asked`: for a call, else of the driver itself."""

    at_s: float
    what: str
    asked: bool
    seq: int


Note = WireNote | CallNote | OutcomeNote | ExchangeNote
Entry = TapFrame | Note
Watcher = Callable[[TapFrame], None]
Listener = Callable[[Entry], None]


class WireTap:
    """The last frames of one device. `dropped` counts those pushed out of the ring.

    Beside the frames it keeps what connections and calls they belong to. `drawn` are
    the random numbers its driver has drawn: a replay needs the same ones.
    """

    def __init__(
        self, device: str, *, frames: int = RING_FRAMES, notes: int = RING_NOTES
    ) -> None:
        self.device = device
        self.dropped = 0
        self.foreign = 0
        self.notes_dropped = 0
        self.drawn: Sequence[int] = ()
        self._ring: deque[TapFrame] = deque(maxlen=frames)
        self._notes: deque[Note] = deque(maxlen=notes)
        self._watchers: dict[Watcher, None] = {}
        self._listeners: dict[Listener, None] = {}
        self._wires = 0
        self._calls = 0
        self._seq = 0

    def frames(self) -> tuple[TapFrame, ...]:
        """Oldest first."""
        return tuple(self._ring)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` with each new frame until the returned function is called.

        It runs on the wire's own path: it must be quick and must not raise.
        """
        self._watchers[watcher] = None
        return lambda: self._watchers.pop(watcher, None)

    def entries(self) -> tuple[Entry, ...]:
        """Frames and notes, oldest first."""
        return tuple(merge(self._ring, self._notes, key=lambda entry: entry.seq))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Like `watch`, with the notes."""
        self._listeners[listener] = None
        return lambda: self._listeners.pop(listener, None)

    def record(self, direction: Direction, data: bytes, *, wire: int = 0) -> None:
        """Take down one piece of traffic; of the latest connection unless told."""
        self.dropped += len(self._ring) == self._ring.maxlen
        frame = TapFrame(
            at_s=asyncio.get_running_loop().time(),
            direction=direction,
            data=data[:FRAME_BYTES],
            size=len(data),
            wire=wire or self._wires,
            seq=self._next(),
        )
        self._ring.append(frame)
        for watcher in tuple(self._watchers):
            watcher(frame)
        self._tell(frame)

    @property
    def wires(self) -> int:
        """Connections so far."""
        return self._wires

    def opened(self) -> int:
        """A connection begins; its number."""
        self._wires += 1
        self.became(WireEvent.OPENED, self._wires)
        return self._wires

    def became(self, event: WireEvent, wire: int) -> None:
        """Something happened to connection `wire`."""
        now_s = asyncio.get_running_loop().time()
        self._note(WireNote(at_s=now_s, event=event, wire=wire, seq=self._next()))

    def asked(self, name: str, arguments: tuple[object, ...]) -> int:
        """A call begins; its number."""
        self._calls += 1
        now_s = asyncio.get_running_loop().time()
        self._note(
            CallNote(
                at_s=now_s,
                call=self._calls,
                name=name,
                arguments=arguments,
                seq=self._next(),
            )
        )
        return self._calls

    def answered(self, call: int, result: object) -> None:
        """A call came to `result`."""
        now_s = asyncio.get_running_loop().time()
        self._note(OutcomeNote(at_s=now_s, call=call, result=result, seq=self._next()))

    def refused(self, call: int, error: str, message: str) -> None:
        """A call ended in an error."""
        self._note(
            OutcomeNote(
                at_s=asyncio.get_running_loop().time(),
                call=call,
                error=error,
                message=message,
                seq=self._next(),
            )
        )

    def exchange(self, what: str) -> None:
        """An exchange begins."""
        now_s = asyncio.get_running_loop().time()
        self._note(
            ExchangeNote(at_s=now_s, what=what, asked=ASKED.get(), seq=self._next())
        )

    def wrap(self, stream: ByteStream) -> ByteStream:
        """`stream`, listened to."""
        return _TappedStream(stream, self)

    def _next(self) -> int:
        self._seq += 1
        return self._seq

    def _note(self, note: Note) -> None:
        self.notes_dropped += len(self._notes) == self._notes.maxlen
        self._notes.append(note)
        self._tell(note)

    def _tell(self, entry: Entry) -> None:
        for listener in tuple(self._listeners):
            listener(entry)


class _TappedStream:
    def __init__(self, stream: ByteStream, tap: WireTap) -> None:
        self._stream = stream
        self._tap = tap
        self._wire = tap.opened()
        self._over = False

    async def receive(self) -> bytes:
        try:
            data = await self._stream.receive()
        except OSError:
            self._became(WireEvent.FAILED)
            raise
        if data:
            self._tap.record(Direction.RECEIVED, data, wire=self._wire)
        else:
            self._became(WireEvent.ENDED)
        return data

    async def send(self, data: bytes) -> None:
        # Before sending: a half-sent command is the one worth seeing.
        self._tap.record(Direction.SENT, data, wire=self._wire)
        try:
            await self._stream.send(data)
        except OSError:
            self._became(WireEvent.FAILED)
            raise

    async def close(self) -> None:
        self._became(WireEvent.CLOSED)
        await self._stream.close()

    def _became(self, event: WireEvent) -> None:
        """The first end of a connection is how it ended."""
        if not self._over:
            self._over = True
            self._tap.became(event, self._wire)
