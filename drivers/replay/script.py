"""A recorded conversation as a play: what the driver must say, what it then hears.

Each piece received is handed over once all that was sent before it has been said again,
and not before its time; each piece sent must come again byte for byte. Positions count
the entries of the recording from 1.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drivers.wiretap import Direction, TapFrame, WireEvent, WireNote

Traffic = TapFrame | WireNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Where the driver left the recording; `position` of the entry it missed."""

    position: int
    wire: int
    why: str
    expected: bytes = b""
    got: bytes = b""

    def __str__(self) -> str:
        return (
            f"entry {self.position}, connection {self.wire}: {self.why}\n"
            f"  expected {_shown(self.expected)}\n"
            f"  got      {_shown(self.got)}"
        )


def _shown(data: bytes) -> str:
    return f"{data.hex(' ')}  {data!r}" if data else "nothing"


@dataclass(slots=True, kw_only=True)
class Said:
    """A piece the driver must send. Of a long one only the beginning is known."""

    position: int
    data: bytes
    size: int
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A piece the driver gets, once it has sent `after` pieces on this wire."""

    position: int
    data: bytes
    at_s: float
    after: int


@dataclass(slots=True, kw_only=True)
class PlayedWire:
    """One connection of the recording. Times are seconds since its first entry."""

    number: int
    position: int
    opened_s: float = 0.0
    said: deque[Said] = field(default_factory=deque)
    heard: deque[Heard] = field(default_factory=deque)
    pieces: int = 0
    done: int = 0
    end: WireEvent | None = None
    end_s: float = 0.0
    left: bool = False


class Script:
    """The play. `mismatch` is set once, by whatever first went otherwise."""

    def __init__(self, traffic: Sequence[tuple[int, Traffic]]) -> None:
        """`traffic` with positions, in the order of the recording."""
        self.mismatch: Mismatch | None = None
        self._began_s = asyncio.get_running_loop().time()
        self._first_s = traffic[0][1].at_s if traffic else 0.0
        self._wires: dict[int, PlayedWire] = {}
        self._waiting: deque[PlayedWire] = deque()
        self._open: PlayedWire | None = None
        self._changed = asyncio.Event()
        self.allowed = 0
        """Nothing of this position or a later one comes before `allow` lets it."""
        for position, entry in traffic:
            self._add(position, entry)

    def _add(self, position: int, entry: Traffic) -> None:
        at_s = entry.at_s - self._first_s
        wire = self._wires.get(entry.wire)
        if wire is None:
            wire = PlayedWire(number=entry.wire, opened_s=at_s, position=position)
            self._wires[entry.wire] = wire
            self._waiting.append(wire)
        if isinstance(entry, WireNote):
            if entry.event is not WireEvent.OPENED:
                wire.end, wire.end_s = entry.event, at_s
        elif entry.direction is Direction.SENT:
            wire.pieces += 1
            wire.said.append(Said(position=position, data=entry.data, size=entry.size))
        else:
            wire.heard.append(
                Heard(position=position, data=entry.data, at_s=at_s, after=wire.pieces)
            )

    def clock_s(self, at_s: float) -> float:
        """When a moment of the recording comes on the loop's clock."""
        return self._began_s + at_s - self._first_s

    @property
    def opened(self) -> int:
        """The number of the connection played now, or last."""
        return 0 if self._open is None else self._open.number

    async def open(self) -> PlayedWire:
        """The next connection, at its time; waits for ever when there was none."""
        self._leave()
        if self.mismatch is not None or not self._waiting:
            await asyncio.Event().wait()
        while self._waiting[0].position >= self.allowed:
            await self.change()
        await self._until(self._waiting[0].opened_s)
        self._open = self._waiting.popleft()
        self.changed()
        return self._open

    def _leave(self) -> None:
        wire = self._open
        if wire is None or not wire.said or not self._waiting:
            return
        missing = wire.said[0]
        self.fail(
            wire, missing.position, "it connects anew instead of sending", missing.data
        )

    def leave(self, wire: PlayedWire) -> None:
        """The driver closed `wire`: what it did not read is nobody's any more."""
        wire.left = True
        self.changed()

    def fail(
        self,
        wire: PlayedWire,
        position: int,
        why: str,
        expected: bytes = b"",
        got: bytes = b"",
    ) -> OSError:
        """Take down the first mismatch; the error that ends the driver's connection."""
        if self.mismatch is None:
            self.mismatch = Mismatch(
                position=position,
                wire=wire.number,
                why=why,
                expected=expected,
                got=got,
            )
        self.changed()
        return ConnectionResetError("the replay went another way than the recording")

    def stuck(self, position: int) -> None:
        """Nobody went on at `position`: the driver does not do what it did then."""
        for wire in self._wires.values():
            for said in wire.said:
                if said.position == position:
                    self.fail(wire, position, "not sent again", said.data)
                    return
            for heard in wire.heard:
                if heard.position == position:
                    self.fail(wire, position, "not taken: nobody listens", heard.data)
                    return

    def is_over(self, wire: PlayedWire) -> bool:
        """Whether the recording ends with this connection as it is now."""
        return not wire.said and not self._waiting

    def open_position(self) -> int | None:
        """The first entry not yet said or heard; None when all was."""
        return min(
            (
                piece.position
                for wire in self._wires.values()
                for piece in (*wire.said, *(() if wire.left else wire.heard))
            ),
            default=None,
        )

    async def heard(
        self, wire: PlayedWire, accept: Callable[[bytes], bool] | None = None
    ) -> bytes | None:
        """The next piece for the driver, of those it accepts; None once the peer has
        closed. `OSError` where the connection broke."""
        while True:
            piece = next(
                (p for p in wire.heard if accept is None or accept(p.data)), None
            )
            if self._is_due(wire, piece):
                assert piece is not None
                await self._until(piece.at_s)
                wire.heard.remove(piece)
                self.changed()
                return piece.data
            if piece is None and not wire.said and wire.end is not None:
                if wire.end is WireEvent.ENDED:
                    await self._until(wire.end_s)
                    return None
                if wire.end is WireEvent.FAILED:
                    await self._until(wire.end_s)
                    raise ConnectionResetError("the connection broke, as recorded")
            await self.change()

    async def over(self, wire: PlayedWire) -> None:
        """Returns once the driver has left `wire`; `OSError` where the peer did."""
        while not wire.left:
            if not wire.said and wire.end in (WireEvent.ENDED, WireEvent.FAILED):
                await self._until(wire.end_s)
                raise ConnectionResetError("the connection broke, as recorded")
            await self.change()

    def _is_due(self, wire: PlayedWire, piece: Heard | None) -> bool:
        if piece is None or piece.position >= self.allowed:
            return False
        return wire.done >= piece.after

    def allow(self, position: int) -> None:
        """Everything before `position` may come."""
        self.allowed = position
        self.changed()

    async def _until(self, at_s: float) -> None:
        delay_s = self._began_s + at_s - asyncio.get_running_loop().time()
        if delay_s > 0:
            await asyncio.sleep(delay_s)

    async def change(self) -> None:
        """Wait until something was said, heard or closed."""
        await self._changed.wait()

    def changed(self) -> None:
        """Wake whoever waits."""
        before, self._changed = self._changed, asyncio.Event()
        before.set()
