"""A register bank on Modbus TCP. The only place that knows pymodbus's server.

pymodbus's own data store cannot say how many bits were asked for, so the server gets
ours instead: two coroutines that its request classes call (tried with 3.16.1).
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.transports.base import RegisterRefusedError

UNIT_ID: Final = 1
# By function: the part of a bank that answers a read, or takes a write.
_READERS: Final = {1: "read_coils", 2: "read_discrete", 3: "read", 4: "read_input"}
_WRITERS: Final = {5: "write_coils", 6: "write", 15: "write_coils", 16: "write"}


class Bank(Protocol):
    """Holding registers; `RegisterRefusedError` becomes a Modbus exception.

    A bank may also have `read_input(address, count)`, `read_coils(address, count)`,
    `read_discrete(address, count)` and `write_coils(address, values)`; what it lacks
    is refused as an illegal function.
    """

    def read(self, address: int, count: int) -> Sequence[int]: ...

    def write(self, address: int, values: Sequence[int]) -> None: ...


class _Store:
    """What the server asks instead of pymodbus's data store."""

    def __init__(self, bank: Bank) -> None:
        self.silent = False
        self._bank = bank
        self._written: list[int] = []

    async def async_getValues(  # noqa: N802  (pymodbus calls it so)
        self, device_id: int, func_code: int, _address: int, count: int = 1
    ) -> list[int] | ExcCodes:
        """A read; for functions 5 and 6 the echo of what was just written."""
        if func_code in _WRITERS:
            return self._written
        return self._do(device_id, _READERS.get(func_code), _address, count)

    async def async_setValues(  # noqa: N802  (pymodbus calls it so)
        self, device_id: int, func_code: int, address: int, values: list[int]
    ) -> ExcCodes | None:
        """A write, once a request."""
        self._written = values
        done = self._do(device_id, _WRITERS.get(func_code), address, values)
        return done if isinstance(done, ExcCodes) else None

    def _do(
        self, unit: int, part: str | None, address: int, what: int | list[int]
    ) -> list[int] | ExcCodes:
        if self.silent:
            return ExcCodes.DEVICE_FAILURE  # its answer is swallowed
        if unit != UNIT_ID:
            return ExcCodes.GATEWAY_NO_RESPONSE  # as behind a gateway
        act: Callable[..., Sequence[int] | None] | None
        act = getattr(self._bank, part, None) if part else None
        if act is None:
            return ExcCodes.ILLEGAL_FUNCTION
        try:
            return list(act(address, what) or ())
        except RegisterRefusedError as refusal:
            return ExcCodes(refusal.code)


class ModbusServer:
    """Serves one bank as unit 1: functions 1 to 6, 15 and 16, as far as it has them."""

    def __init__(self, bank: Bank) -> None:
        self.address = ""
        self._store = _Store(bank)
        self._server: ModbusTcpServer | None = None
        self._let_in: dict[str, None] | None = None

    async def start(self, interface: str, port: int) -> None:
        """Listen; port 0 takes any free one. OSError when that cannot be."""
        _check_free(interface, port)
        self._server = ModbusTcpServer(
            SimDevice(UNIT_ID, simdata=_nothing()),
            address=(interface, port),
            trace_packet=self._on_packet,
            trace_connect=self._on_connection,
        )
        self._server.context = cast("ModbusServerContext", self._store)
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
        self._store.silent = on

    def _on_packet(self, sending: bool, data: bytes) -> bytes:
        return b"" if sending and self._store.silent else data

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


def _nothing() -> SimData:
    """pymodbus wants a data store of its own; nobody asks it."""
    return SimData(0, count=1, values=0, datatype=DataType.REGISTERS)


def _check_free(interface: str, port: int) -> None:
    """pymodbus says only that it failed; the system says why."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError as error:
            code = error.errno or errno.EADDRINUSE
            raise OSError(code, os.strerror(code)) from error
