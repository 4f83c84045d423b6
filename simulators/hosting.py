"""Where simulated devices listen: loopback TCP, Modbus and OPC UA, or in memory.

A device gives a conversation or a register bank; a host gives it an address, and a
`Wire` by which its link is steered: cut, refused, silenced.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from drivers.transports.base import ByteStream
from drivers.transports.memory import MemoryNetwork
from drivers.transports.tcp import TcpStream
from simulators.modbus import ModbusServer
from simulators.nodes import NodeTable

if TYPE_CHECKING:
    from simulators.opcua import OpcUaServer, ServerSecurity

Handler = Callable[[ByteStream], Awaitable[None]]
Talk = Callable[[bytes], bytes]


class RegisterBank(Protocol):
    """Holding registers; calls may raise `RegisterRefusedError`.

    A bank may also have `read_input(address, count)`, `read_coils(address, count)`,
    `read_discrete(address, count)` and `write_coils(address, values)`; what it lacks
    is refused as an illegal function.
    """

    def read(self, address: int, count: int) -> Sequence[int]: ...

    def write(self, address: int, values: Sequence[int]) -> None: ...


class Wire(Protocol):
    """The link of one device, to be steered. `address` is as settings write it."""

    address: str

    def cut(self) -> None:
        """Break every open connection; what is under way is lost."""
        ...

    def refuse(self, *, on: bool) -> None:
        """While on, new connections get nowhere. Open ones stay."""
        ...

    def silence(self, *, on: bool) -> None:
        """While on, the device hears nothing and says nothing."""
        ...


class StreamWire(Wire, Protocol):
    """The link of a device that speaks in bytes."""

    def fragment(self, *, on: bool) -> None:
        """While on, the device sends every byte by itself."""
        ...


class Host(Protocol):
    """Gives devices their addresses."""

    async def stream(self, name: str, handler: Handler) -> StreamWire: ...

    async def registers(self, name: str, bank: RegisterBank) -> Wire: ...

    async def nodes(self, name: str, table: NodeTable) -> Wire: ...

    async def close(self) -> None: ...


async def converse(stream: ByteStream, talk: Talk) -> None:
    """Answer what comes until the peer has gone."""
    while data := await stream.receive():
        reply = talk(data)
        if reply:
            await stream.send(reply)


class _Steered:
    """A stream whose wire may go deaf and mute, or stammer."""

    def __init__(self, stream: ByteStream, wire: "_StreamWire") -> None:
        self._stream = stream
        self._wire = wire

    async def receive(self) -> bytes:
        while True:
            data = await self._stream.receive()
            if not (data and self._wire.silent):
                return data

    async def send(self, data: bytes) -> None:
        if self._wire.silent:
            return
        size = 1 if self._wire.fragmenting else len(data)
        for start in range(0, len(data), size):
            await self._stream.send(data[start : start + size])

    async def close(self) -> None:
        await self._stream.close()


class _StreamWire:
    """Connections of one device, whatever carries them."""

    def __init__(self, handler: Handler) -> None:
        self.address = ""
        self.silent = False
        self.refusing = False
        self.fragmenting = False
        self._handler = handler
        self._open: dict[int, TcpStream] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._accepted = 0

    async def serve(self, stream: ByteStream) -> None:
        """One connection, for hosts that run the task themselves."""
        await self._handler(_Steered(stream, self))

    def accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection from a socket server."""
        stream = TcpStream(reader, writer)
        if self.refusing:
            stream.abort()
            return
        self._accepted += 1
        number = self._accepted
        self._open[number] = stream
        self._tasks[number] = asyncio.create_task(self._run(number, stream))

    async def _run(self, number: int, stream: TcpStream) -> None:
        try:
            # The peer going away in the middle is no fault of the device.
            with suppress(OSError):
                await self.serve(stream)
        finally:
            stream.abort()
            del self._open[number], self._tasks[number]

    def cut(self) -> None:
        for stream in self._open.values():
            stream.abort()

    def refuse(self, *, on: bool) -> None:
        self.refusing = on

    def silence(self, *, on: bool) -> None:
        self.silent = on

    def fragment(self, *, on: bool) -> None:
        self.fragmenting = on

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class LoopbackHost:
    """TCP and Modbus TCP on this machine. `ports` by device name; 0 or none: any free.

    A taken port is an OSError that names device and port.
    """

    def __init__(
        self, ports: Mapping[str, int] | None = None, *, interface: str = "127.0.0.1"
    ) -> None:
        self._ports = dict(ports or {})
        self._interface = interface
        self._servers: list[asyncio.Server] = []
        self._wires: list[_StreamWire] = []
        self._modbus: list[ModbusServer] = []
        self._node_servers: list[OpcUaServer] = []

    async def stream(self, name: str, handler: Handler) -> StreamWire:
        wire = _StreamWire(handler)
        port = self._ports.get(name, 0)
        try:
            server = await asyncio.start_server(wire.accept, self._interface, port)
        except OSError as error:
            raise self._taken(name, port, error) from error
        self._servers.append(server)
        self._wires.append(wire)
        port = server.sockets[0].getsockname()[1]
        wire.address = f"tcp://{self._interface}:{port}"
        return wire

    async def registers(self, name: str, bank: RegisterBank) -> Wire:
        port = self._ports.get(name, 0)
        server = ModbusServer(bank)
        try:
            await server.start(self._interface, port)
        except OSError as error:
            raise self._taken(name, port, error) from error
        self._modbus.append(server)
        return server

    async def nodes(
        self, name: str, table: NodeTable, security: "ServerSecurity | None" = None
    ) -> "NodeWire":
        # asyncua is an extra of the package, and slow to load.
        server = import_module("simulators.opcua").OpcUaServer(table, security)
        await server.start(self._interface)
        self._node_servers.append(server)
        relay = await self.stream(name, partial(_relay, server))
        return NodeWire(relay, server, self._interface)

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for wire in self._wires:
            await wire.close()
        for server in self._servers:
            await server.wait_closed()
        for modbus in self._modbus:
            await modbus.close()
        for nodes in self._node_servers:
            await nodes.close()

    def _taken(self, name: str, port: int, error: OSError) -> OSError:
        cause = os.strerror(error.errno) if error.errno else str(error)
        return OSError(
            error.errno,
            f"{name}: cannot listen on {self._interface}:{port} ({cause});"
            " free the port or choose another",
        )


class NodeWire:
    """An OPC UA server behind a relay, which cuts, refuses, swallows and stammers."""

    def __init__(
        self, relay: StreamWire, server: "OpcUaServer", interface: str
    ) -> None:
        self.address = "opc." + relay.address
        self.server = server
        self._relay = relay
        self._interface = interface

    def cut(self) -> None:
        self._relay.cut()

    def refuse(self, *, on: bool) -> None:
        self._relay.refuse(on=on)

    def silence(self, *, on: bool) -> None:
        self._relay.silence(on=on)

    def fragment(self, *, on: bool) -> None:
        """While on, every byte comes by itself."""
        self._relay.fragment(on=on)

    async def restart(self, *, namespaces_before: int = 0) -> None:
        """Another server with new sessions, its namespaces in another order."""
        await self.server.close()
        await self.server.start(self._interface, namespaces_before=namespaces_before)


async def _relay(server: "OpcUaServer", stream: ByteStream) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    inner = TcpStream(reader, writer)
    back = asyncio.create_task(_pass_on(inner, stream))
    try:
        await _pass_on(stream, inner)
    finally:
        back.cancel()
        await inner.close()
        await asyncio.gather(back, return_exceptions=True)


async def _pass_on(here: ByteStream, there: ByteStream) -> None:
    while data := await here.receive():
        await there.send(data)
    await there.close()


class _MemoryNodeWire:
    """Node calls through a `MemoryNetwork`."""

    def __init__(self, network: MemoryNetwork, address: str, table: NodeTable) -> None:
        self.address = address
        self._network = network
        self._table = table
        self.refuse(on=False)

    def cut(self) -> None:
        self._network.cut(self.address)

    def refuse(self, *, on: bool) -> None:
        if on:
            self._network.unlisten(self.address)
        else:
            self._network.node_bank(self.address, self._table)

    def silence(self, *, on: bool) -> None:
        if on:
            self._network.freeze(self.address)
        else:
            self._network.thaw(self.address)


class _MemoryStreamWire:
    """Connections through a `MemoryNetwork`."""

    def __init__(self, network: MemoryNetwork, address: str, handler: Handler) -> None:
        self.address = address
        self._network = network
        self._steered = _StreamWire(handler)
        self.refuse(on=False)

    def cut(self) -> None:
        self._network.cut(self.address)

    def refuse(self, *, on: bool) -> None:
        if on:
            self._network.unlisten(self.address)
        else:
            self._network.listen(self.address, self._steered.serve)

    def silence(self, *, on: bool) -> None:
        self._steered.silence(on=on)

    def fragment(self, *, on: bool) -> None:
        self._steered.fragment(on=on)


class _MemoryRegisterWire:
    """Register calls through a `MemoryNetwork`."""

    def __init__(
        self, network: MemoryNetwork, address: str, bank: RegisterBank
    ) -> None:
        self.address = address
        self._network = network
        self._bank = bank
        self.refuse(on=False)

    def cut(self) -> None:
        self._network.cut(self.address)

    def refuse(self, *, on: bool) -> None:
        if on:
            self._network.unlisten(self.address)
        else:
            self._network.bank(self.address, self._bank)

    def silence(self, *, on: bool) -> None:
        if on:
            self._network.freeze(self.address)
        else:
            self._network.thaw(self.address)


class MemoryHost:
    """Devices in this process, without sockets: for virtual time."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._hosted = 0

    async def stream(self, name: str, handler: Handler) -> StreamWire:
        address = f"tcp://{self._next(name)}"
        return _MemoryStreamWire(self._network, address, handler)

    async def registers(self, name: str, bank: RegisterBank) -> Wire:
        address = f"modbus://{self._next(name)}/1"
        return _MemoryRegisterWire(self._network, address, bank)

    async def nodes(self, name: str, table: NodeTable) -> Wire:
        address = f"opc.tcp://{self._next(name)}/"
        return _MemoryNodeWire(self._network, address, table)

    async def close(self) -> None:
        await self._network.close()

    def _next(self, name: str) -> str:
        self._hosted += 1
        return f"{name.replace('_', '-')}:{1000 + self._hosted}"
