"""One life of an agent process inside the simulation, and its sudden end.

A kill cuts everything the process had at once: nothing it does while its tasks
unwind reaches a wire, the disk or the platform.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from drivers.transports.base import (
    ByteStream,
    Dialer,
    NodeChanges,
    NodeClient,
    RegisterClient,
)
from drivers.transports.nodes import OPEN, NodeSecurity, NodeWrite, Typed
from drivers.wiretap import WireTap

T = TypeVar("T")


class KilledError(BaseException):
    """The process is dead; no `except Exception` may think otherwise."""


@dataclass(slots=True)
class Life:
    """Whether the process lives."""

    dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)

    def die(self) -> None:
        """From now on nothing of it reaches anybody."""
        self.dead = True
        self.died.set()

    def check(self) -> None:
        """A dead process does nothing more."""
        if self.dead:
            raise KilledError

    def wire(self) -> None:
        """A dead process's wires are cut."""
        if self.dead:
            raise ConnectionResetError("the process is dead")


class MortalStream:
    """A stream that dies with the process."""

    def __init__(self, inner: ByteStream, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def receive(self) -> bytes:
        """The next bytes."""
        data = await self._inner.receive()
        self._life.wire()
        return data

    async def send(self, data: bytes) -> None:
        """Bytes out, while alive."""
        self._life.wire()
        await self._inner.send(data)

    async def close(self) -> None:
        """The kernel closes what a dead process had open."""
        await self._inner.close()


class MortalRegisters:
    """Registers that die with the process."""

    def __init__(self, inner: RegisterClient, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        """Read, while alive."""
        self._life.wire()
        return await self._inner.read_holding(address, count)

    async def read_input(self, address: int, count: int) -> tuple[int, ...]:
        """Read, while alive."""
        self._life.wire()
        return await self._inner.read_input(address, count)

    async def read_coils(self, address: int, count: int) -> tuple[bool, ...]:
        """Read, while alive."""
        self._life.wire()
        return await self._inner.read_coils(address, count)

    async def read_discrete(self, address: int, count: int) -> tuple[bool, ...]:
        """Read, while alive."""
        self._life.wire()
        return await self._inner.read_discrete(address, count)

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        """Write, while alive."""
        self._life.wire()
        await self._inner.write_holding(address, values)

    async def write_register(self, address: int, value: int) -> None:
        """Write, while alive."""
        self._life.wire()
        await self._inner.write_register(address, value)

    async def write_coil(self, address: int, value: bool) -> None:
        """Write, while alive."""
        self._life.wire()
        await self._inner.write_coil(address, value)

    async def write_coils(self, address: int, values: Sequence[bool]) -> None:
        """Write, while alive."""
        self._life.wire()
        await self._inner.write_coils(address, values)

    async def close(self) -> None:
        """Give the connection back."""
        await self._inner.close()


class MortalNodes:
    """Nodes that die with the process."""

    def __init__(self, inner: NodeClient, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        """Read, while alive."""
        self._life.wire()
        return await self._inner.read(nodes)

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        """Write, while alive."""
        self._life.wire()
        await self._inner.write(writes)

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        """Look up, while alive."""
        self._life.wire()
        return await self._inner.members(owner, names)

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        """Call, while alive."""
        self._life.wire()
        return await self._inner.call(owner, method, arguments)

    async def subscribe(self, nodes: Sequence[str], *, every_s: float) -> NodeChanges:
        """What it brings goes to a process that may be dead: it only reads."""
        self._life.wire()
        return await self._inner.subscribe(nodes, every_s=every_s)

    async def watch(self) -> None:
        """As long as the server lives."""
        await self._inner.watch()

    async def close(self) -> None:
        """Give the session back."""
        await self._inner.close()


class MortalDialer:
    """Opens wires that die with the process."""

    def __init__(self, inner: Dialer, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def open_stream(self, address: str) -> ByteStream:
        """A stream, while alive."""
        self._life.wire()
        return MortalStream(await self._inner.open_stream(address), self._life)

    async def open_registers(
        self, address: str, tap: WireTap | None = None
    ) -> RegisterClient:
        """Registers, while alive."""
        self._life.wire()
        inner = await self._inner.open_registers(address, tap)
        return MortalRegisters(inner, self._life)

    async def open_nodes(
        self,
        address: str,
        security: NodeSecurity = OPEN,
        tap: WireTap | None = None,
    ) -> NodeClient:
        """Nodes, while alive."""
        self._life.wire()
        inner = await self._inner.open_nodes(address, security, tap)
        return MortalNodes(inner, self._life)


class MortalTransport(httpx.AsyncBaseTransport):
    """Requests that die with the process."""

    def __init__(self, inner: httpx.AsyncBaseTransport, life: Life) -> None:
        self._inner = inner
        self._life = life

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """A request, while alive."""
        if self._life.dead:
            raise httpx.ConnectError("the process is dead", request=request)
        return await self._inner.handle_async_request(request)


def inline(life: Life) -> Callable[[Callable[[], T]], Awaitable[T]]:
    """Work done at once on the loop: in virtual time a thread would be chance."""

    def run(work: Callable[[], T]) -> Awaitable[T]:
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            life.check()
            done.set_result(work())
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001  the future carries it on
            done.set_exception(error)
        return done

    return run
