"""Wires inside one process: a joined pair of streams, and registers.

A register read costs a function call and no task switch.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.transports import adu
from drivers.transports.adu import Function
from drivers.transports.base import RegisterRefusedError
from drivers.transports.frame_tap import FrameTap
from drivers.wiretap import WireEvent, WireTap

# What a network does with each piece sent: pieces to deliver now, in order. It may
# keep bytes back (to merge them with later ones) or leave them out.
Manipulator = Callable[[bytes], Sequence[bytes]]

# A sender waits once this much is unread, as it would on a socket.
BUFFER_BYTES = 64 * 1024


class Bank(Protocol):
    """Registers of a device in this process; calls may raise `RegisterRefusedError`.

    A bank may also have `read_input(address, count)`, `read_coils(address, count)`,
    `read_discrete(address, count)` and `write_coils(address, values)`; what it lacks
    is refused as an illegal function.
    """

    def read(self, address: int, count: int) -> Sequence[int]: ...

    def write(self, address: int, values: Sequence[int]) -> None: ...


class _Pipe:
    """One direction: pieces not yet read, and who waits for a change."""

    __slots__ = ("_changed", "chunks", "closed", "size")

    def __init__(self) -> None:
        self.chunks: deque[bytes] = deque()
        self.size = 0
        self.closed = False
        self._changed: list[asyncio.Future[None]] = []

    def put(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.size += len(chunk)
        self._wake()

    def take(self) -> bytes:
        chunk = self.chunks.popleft()
        self.size -= len(chunk)
        self._wake()
        return chunk

    def close(self, *, lose_unread: bool) -> None:
        self.closed = True
        if lose_unread:
            self.chunks.clear()
            self.size = 0
        self._wake()

    async def change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._changed.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._changed:
                self._changed.remove(waiter)

    def _wake(self) -> None:
        waiting, self._changed = self._changed, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


class MemoryStream:
    """One end of a joined pair, as a `ByteStream`."""

    def __init__(
        self, incoming: _Pipe, outgoing: _Pipe, manipulate: Manipulator | None
    ) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._manipulate = manipulate
        self._closed = False

    async def receive(self) -> bytes:
        while not self._closed:
            if self._incoming.chunks:
                return self._incoming.take()
            if self._incoming.closed:
                break
            await self._incoming.change()
        return b""

    async def send(self, data: bytes) -> None:
        self._check_open()
        for chunk in self._manipulate(data) if self._manipulate else (data,):
            if chunk:
                self._outgoing.put(chunk)
        while self._outgoing.size > BUFFER_BYTES:
            await self._outgoing.change()
            self._check_open()

    def _check_open(self) -> None:
        if self._closed or self._outgoing.closed:
            raise ConnectionResetError("the connection is closed")

    async def close(self) -> None:
        self._closed = True
        self._outgoing.close(lose_unread=False)
        self._incoming.close(lose_unread=True)

    def cut(self) -> None:
        """Both ends at once, and what was under way is lost."""
        self._closed = True
        self._outgoing.close(lose_unread=True)
        self._incoming.close(lose_unread=True)

    @property
    def is_closed(self) -> bool:
        return self._closed or (self._outgoing.closed and self._incoming.closed)


def joined(
    manipulate: Manipulator | None = None,
) -> tuple[MemoryStream, MemoryStream]:
    """Two ends of one wire."""
    one, other = _Pipe(), _Pipe()
    return (
        MemoryStream(one, other, manipulate),
        MemoryStream(other, one, manipulate),
    )


class MemoryRegisters:
    """A `RegisterClient` onto a `Bank`. `tap` gets the frames that TCP would carry."""

    def __init__(
        self, bank: Bank, *, unit: int = 1, tap: WireTap | None = None
    ) -> None:
        self._bank = bank
        self._unit = unit
        self._tap = None if tap is None else FrameTap(tap)
        self._transaction = 0
        self._closed = False
        self._thawed: asyncio.Future[None] | None = None

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        return tuple(await self._read(Function.READ_HOLDING, "read", address, count))

    async def read_input(self, address: int, count: int) -> tuple[int, ...]:
        function = Function.READ_INPUT
        return tuple(await self._read(function, "read_input", address, count))

    async def read_coils(self, address: int, count: int) -> tuple[bool, ...]:
        bits = await self._read(Function.READ_COILS, "read_coils", address, count)
        return tuple(map(bool, bits))

    async def read_discrete(self, address: int, count: int) -> tuple[bool, ...]:
        bits = await self._read(Function.READ_DISCRETE, "read_discrete", address, count)
        return tuple(map(bool, bits))

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        await self._write(Function.WRITE_HOLDING, "write", address, values)

    async def write_register(self, address: int, value: int) -> None:
        await self._write(Function.WRITE_REGISTER, "write", address, [value])

    async def write_coil(self, address: int, value: bool) -> None:
        await self._write(Function.WRITE_COIL, "write_coils", address, [value])

    async def write_coils(self, address: int, values: Sequence[bool]) -> None:
        await self._write(Function.WRITE_COILS, "write_coils", address, values)

    async def _read(
        self, function: Function, part: str, address: int, count: int
    ) -> Sequence[int]:
        if self._tap is not None:
            self._sent(adu.read_request(function, address, count))
        if self._closed or self._thawed is not None:
            await self._usable()
        try:
            values: Sequence[int] = self._part(part)(address, count)
        except RegisterRefusedError as error:
            self._answered(adu.refusal(function, error.code))
            raise
        self._check_not_cut()
        if self._tap is not None:
            self._answered(adu.read_reply(function, values))
        return values

    async def _write(
        self, function: Function, part: str, address: int, values: Sequence[int]
    ) -> None:
        request = adu.write_request(function, address, values)
        self._sent(request)
        if self._closed or self._thawed is not None:
            await self._usable()
        try:
            self._part(part)(address, values)
        except RegisterRefusedError as error:
            self._answered(adu.refusal(function, error.code))
            raise
        self._check_not_cut()
        self._answered(adu.write_reply(request))

    def _check_not_cut(self) -> None:
        """The device may have cut the wire while it acted: its reply is lost."""
        if self._closed:
            raise ConnectionResetError("the connection is closed")

    def _part(self, name: str) -> Callable[..., Sequence[int]]:
        part: Callable[..., Sequence[int]] | None = getattr(self._bank, name, None)
        if part is None:
            raise RegisterRefusedError(adu.ILLEGAL_FUNCTION)
        return part

    def _sent(self, pdu: bytes) -> None:
        self._transaction = self._transaction % 0xFFFF + 1
        if self._tap is not None:
            self._tap.sent(adu.mbap(self._transaction, self._unit, pdu))

    def _answered(self, pdu: bytes) -> None:
        if self._tap is not None:
            self._tap.received(adu.mbap(self._transaction, self._unit, pdu))

    async def _usable(self) -> None:
        if self._thawed is not None:
            await asyncio.shield(self._thawed)
        if self._closed:
            raise ConnectionResetError("the connection is closed")

    async def close(self) -> None:
        self._end(WireEvent.CLOSED)

    def cut(self) -> None:
        """Break it from outside."""
        self._end(WireEvent.ENDED)

    def _end(self, event: WireEvent) -> None:
        if self._tap is not None:
            self._tap.ended(event)
        self._closed = True
        self.thaw()

    def freeze(self) -> None:
        """From now on calls wait until `thaw` or `cut`."""
        if self._thawed is None:
            self._thawed = asyncio.get_running_loop().create_future()

    def thaw(self) -> None:
        """Let waiting calls go on."""
        if self._thawed is not None and not self._thawed.done():
            self._thawed.set_result(None)
        self._thawed = None

    @property
    def is_closed(self) -> bool:
        return self._closed
