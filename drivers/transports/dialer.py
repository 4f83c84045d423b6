"""Opens real wires: sockets, serial ports, Modbus, OPC UA."""

from importlib import import_module

from drivers.transports.addresses import (
    SerialAddress,
    TcpAddress,
    parse_nodes,
    parse_registers,
    parse_stream,
)
from drivers.transports.base import ByteStream, NodeClient, RegisterClient
from drivers.transports.modbus import dial_modbus
from drivers.transports.node_tap import TappedNodes
from drivers.transports.nodes import OPEN, NodeSecurity
from drivers.transports.serial import open_serial
from drivers.transports.tcp import TcpListener, dial_tcp
from drivers.wiretap import WireTap


class RealDialer:
    """A `Dialer` of real wires. `close` ends the ports opened by `tcp-listen://`."""

    def __init__(self) -> None:
        self._listeners: dict[TcpAddress, TcpListener] = {}

    async def open_stream(self, address: str) -> ByteStream:
        parsed = parse_stream(address)
        if isinstance(parsed, SerialAddress):
            return await open_serial(parsed)
        if parsed.listen:
            return await self.listener(parsed).accept()
        return await dial_tcp(parsed)

    async def open_registers(
        self, address: str, tap: WireTap | None = None
    ) -> RegisterClient:
        return await dial_modbus(parse_registers(address), tap)

    async def open_nodes(
        self,
        address: str,
        security: NodeSecurity = OPEN,
        tap: WireTap | None = None,
    ) -> NodeClient:
        # An extra of the package, and slow to load: only for lines that have it.
        opcua = import_module("drivers.transports.opcua")
        client: NodeClient = await opcua.dial_nodes(parse_nodes(address), security)
        return client if tap is None else TappedNodes(client, tap)

    def listener(self, address: TcpAddress) -> TcpListener:
        """The one listener of `address`, made on first use."""
        if address not in self._listeners:
            self._listeners[address] = TcpListener(address)
        return self._listeners[address]

    async def close(self) -> None:
        """Stop listening everywhere."""
        for listener in self._listeners.values():
            await listener.close()
        self._listeners.clear()
