"""Wires inside one process: no sockets, no threads, no clock.

Everything happens in the order it was asked for, so a run on a virtual clock repeats
itself exactly; a register read costs a function call and no task switch.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from drivers.transports.addresses import parse_stream
from drivers.transports.base import ByteStream, RegisterClient

Handler = Callable[[ByteStream], Awaitable[None]]

# What a network does with each piece sent: pieces to deliver now, in order. It may
# keep bytes back (to merge them with later ones) or leave them out.
Manipulator = Callable[[bytes], Sequence[bytes]]

# A sender waits once this much is unread, as it would on a socket.
BUFFER_BYTES = 64 * 1024


class Bank(Protocol):
    """Registers of a device in this process. Either call may refuse by raising
    `RegisterRefusedError`."""

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
    """A `RegisterClient` onto a `Bank`."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._closed = False
        self._thawed: asyncio.Future[None] | None = None

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        if self._closed or self._thawed is not None:
            await self._usable()
        return tuple(self._bank.read(address, count))

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        if self._closed or self._thawed is not None:
            await self._usable()
        self._bank.write(address, values)

    async def _usable(self) -> None:
        if self._thawed is not None:
            await asyncio.shield(self._thawed)
        if self._closed:
            raise ConnectionResetError("the connection is closed")

    async def close(self) -> None:
        self.cut()

    def cut(self) -> None:
        """Close without awaiting."""
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


_End = TypeVar("_End", MemoryStream, MemoryRegisters)


class MemoryNetwork:
    """A `Dialer` whose peers live in the same process.

    Addresses are the texts settings use. `tcp-listen://h:p` waits until somebody
    here opens `tcp://h:p`.
    """

    def __init__(self, manipulate: Manipulator | None = None) -> None:
        self._manipulate = manipulate
        self._handlers: dict[str, tuple[Handler, Manipulator | None]] = {}
        self._banks: dict[str, Bank] = {}
        self._accepting: dict[str, asyncio.Future[MemoryStream]] = {}
        self._streams: dict[str, list[MemoryStream]] = {}
        self._registers: dict[str, list[MemoryRegisters]] = {}
        self._frozen: dict[str, bool] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}

    def listen(
        self, address: str, handler: Handler, manipulate: Manipulator | None = None
    ) -> None:
        """Run `handler` for each connection to `address`, as a task of its own.

        `manipulate` stands in for the network's own on these connections.
        """
        self._handlers[address] = (handler, manipulate or self._manipulate)

    def bank(self, address: str, registers: Bank) -> None:
        """Answer register calls to `address` from `registers`."""
        self._banks[address] = registers

    def unlisten(self, address: str) -> None:
        """Refuse new connections to `address`; open ones stay."""
        self._handlers.pop(address, None)
        self._banks.pop(address, None)

    def cut(self, address: str) -> None:
        """Break every open connection to `address`, losing what is under way."""
        for stream in self._streams.pop(address, ()):
            stream.cut()
        for registers in self._registers.pop(address, ()):
            registers.cut()

    def freeze(self, address: str) -> None:
        """Register calls to `address` get no answer until `thaw` or `cut`."""
        self._frozen[address] = True
        for registers in self._registers.get(address, ()):
            registers.freeze()

    def thaw(self, address: str) -> None:
        """End `freeze`."""
        self._frozen.pop(address, None)
        for registers in self._registers.get(address, ()):
            registers.thaw()

    async def open_stream(self, address: str) -> ByteStream:
        if address.startswith("tcp-listen:"):
            return await self._accept(address)
        ours, theirs = joined(self._manipulate)
        acceptor = self._accepting.pop(_listening_side(address), None)
        if acceptor is not None and not acceptor.done():
            acceptor.set_result(theirs)
        elif address in self._handlers:
            handler, manipulate = self._handlers[address]
            ours, theirs = joined(manipulate)
            self._start(address, handler, theirs)
        else:
            raise ConnectionRefusedError(f"nobody listens at {address}")
        _remember(self._streams, address, ours)
        return ours

    async def _accept(self, address: str) -> MemoryStream:
        parse_stream(address)
        loop = asyncio.get_running_loop()
        arrival: asyncio.Future[MemoryStream] = loop.create_future()
        self._accepting[address] = arrival
        return await arrival

    async def open_registers(self, address: str) -> RegisterClient:
        if address not in self._banks:
            raise ConnectionRefusedError(f"nobody listens at {address}")
        registers = MemoryRegisters(self._banks[address])
        if address in self._frozen:
            registers.freeze()
        _remember(self._registers, address, registers)
        return registers

    def _start(self, address: str, handler: Handler, end: MemoryStream) -> None:
        task = asyncio.create_task(_serve(handler, end), name=f"peer {address}")
        self._tasks[task] = None
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler(
                {"message": f"{task.get_name()} failed", "exception": error}
            )

    async def close(self) -> None:
        """End every peer."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for address in [*self._streams, *self._registers]:
            self.cut(address)


def _remember(known: dict[str, list[_End]], address: str, end: _End) -> None:
    known[address] = [e for e in known.get(address, ()) if not e.is_closed] + [end]


async def _serve(handler: Handler, end: MemoryStream) -> None:
    try:
        await handler(end)
    except OSError:
        pass  # the other side went away in the middle; a server shrugs
    finally:
        await end.close()


def _listening_side(address: str) -> str:
    return "tcp-listen" + address.removeprefix("tcp")
