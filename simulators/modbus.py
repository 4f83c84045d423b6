"""A register bank on Modbus TCP. The only place that knows pymodbus's simulator.

That part of pymodbus calls itself experimental; what is relied on here was tried with
3.16.1: the hook sees every request before it is answered and may change the registers
answered with; function 6 calls it twice, the second time as a read.
"""

import asyncio
import errno
import os
import socket
from collections.abc import Sequence
from typing import Final, Protocol

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.transports.base import RegisterRefusedError

UNIT_ID: Final = 1
_EVERY_OTHER_UNIT: Final = 0
_READ: Final = 3
_WRITES: Final = (6, 16)
# Every address is defined, so that the bank alone decides what exists.
_WHOLE_SPACE: Final = 65536


class Bank(Protocol):
    """Holding registers; `RegisterRefusedError` becomes a Modbus exception."""

    def read(self, address: int, count: int) -> Sequence[int]: ...

    def write(self, address: int, values: Sequence[int]) -> None: ...


class ModbusServer:
    """Serves one bank as unit 1, functions 3, 6 and 16."""

    def __init__(self, bank: Bank) -> None:
        self.address = ""
        self._bank = bank
        self._server: ModbusTcpServer | None = None
        self._silent = False
        self._let_in: dict[str, None] | None = None

    async def start(self, interface: str, port: int) -> None:
        """Listen; port 0 takes any free one. OSError when that cannot be."""
        _check_free(interface, port)
        units = [
            SimDevice(UNIT_ID, simdata=_registers(), action=self._on_request),
            SimDevice(_EVERY_OTHER_UNIT, simdata=_registers(), action=_nobody),
        ]
        self._server = ModbusTcpServer(
            units,
            address=(interface, port),
            trace_packet=self._on_packet,
            trace_connect=self._on_connection,
        )
        try:
            await self._server.serve_forever(background=True)
        except RuntimeError as error:
            raise OSError(errno.EADDRINUSE, str(error)) from error
        listening = self._server.transport
        assert isinstance(listening, asyncio.Server)
        port = listening.sockets[0].getsockname()[1]
        self.address = f"modbus://{interface}:{port}/{UNIT_ID}"

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]

    def cut(self) -> None:
        """Break every open connection."""
        self._close_all_but({})

    def refuse(self, *, on: bool) -> None:
        """While on, new connections are closed at once."""
        self._let_in = dict.fromkeys(self._connections()) if on else None

    def silence(self, *, on: bool) -> None:
        """While on, requests have no effect and get no answer."""
        self._silent = on

    async def _on_request(  # noqa: PLR0917 (the hook's own signature)
        self,
        function: int,
        first: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if self._silent:
            return ExcCodes.DEVICE_FAILURE  # its answer is swallowed below
        if function != _READ and function not in _WRITES:
            return ExcCodes.ILLEGAL_FUNCTION
        try:
            if values is not None:
                self._bank.write(address, [int(value) for value in values])
            else:
                offset = address - first
                registers[offset : offset + count] = self._bank.read(address, count)
        except RegisterRefusedError as refusal:
            return ExcCodes(refusal.code)
        return None

    def _on_packet(self, sending: bool, data: bytes) -> bytes:
        return b"" if sending and self._silent else data

    def _on_connection(self, connected: bool) -> None:
        if connected and self._let_in is not None:
            asyncio.get_running_loop().call_soon(self._close_all_but, self._let_in)

    def _connections(self) -> list[str]:
        return [] if self._server is None else list(self._server.active_connections)

    def _close_all_but(self, kept: dict[str, None]) -> None:
        assert self._server is not None
        for connection in self._connections():
            if connection not in kept:
                self._server.active_connections[connection].close()


async def _nobody(*_request: object) -> ExcCodes | None:
    """Behind a gateway an unknown unit does not answer."""
    return ExcCodes.GATEWAY_NO_RESPONSE


def _registers() -> list[SimData]:
    return [SimData(0, count=_WHOLE_SPACE, values=0, datatype=DataType.REGISTERS)]


def _check_free(interface: str, port: int) -> None:
    """pymodbus says only that it failed; the system says why."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError as error:
            code = error.errno or errno.EADDRINUSE
            raise OSError(code, os.strerror(code)) from error
