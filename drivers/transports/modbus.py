"""Registers and bits over Modbus TCP and RTU. Only this and `modbus_framing` know
pymodbus, which changes its names between minor versions, so it is pinned.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from drivers.transports.addresses import ModbusAddress, RtuAddress
from drivers.transports.base import ByteStream, RegisterRefusedError
from drivers.transports.cancelling import heard
from drivers.transports.frame_tap import FrameTap
from drivers.transports.modbus_framing import (
    BUFFER_BYTES,
    Conversation,
    StrictRtu,
    StrictTcp,
)
from drivers.transports.serial import open_serial
from drivers.wiretap import WireEvent, WireTap

# A PLC accepts within a few ms; a lost one is dialled again soon.
CONNECT_S: Final = 0.3
# How long to wait for a reply is the link's business; this only ends a forgotten call.
_REPLY_S: Final = 30.0
# Silence between two frames on RTU: 3.5 characters, above 19200 baud 1.75 ms.
_GAP_CHARACTERS: Final = 3.5
_GAP_S: Final = 0.00175
_CHARACTER_BITS: Final = 11
# A USB adapter hands over what it heard up to 16 ms later.
_ADAPTER_S: Final = 0.02
# Whoever still talks so long after that is another master.
_OTHER_MASTER_S: Final = 0.5

# It logs each lost reply as an error; the link says so once, with the device's name.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusRegisters:
    """A connected `RegisterClient`. Any failure but a refusal closes it.

    No retries: a lost reply is not a lost request, and a resent request reuses the
    transaction number, so a late reply would count for the wrong one.
    """

    def __init__(
        self,
        client: AsyncModbusTcpClient | AsyncModbusSerialClient,
        device_id: int,
        conversation: Conversation,
        line: "_SerialLine | None" = None,
        gap_s: float = 0.0,
    ) -> None:
        self._client = client
        self._device_id = device_id
        self._talk = conversation
        self._line = line
        self._gap_s = gap_s

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        ask = self._client.read_holding_registers
        return tuple((await self._ask(ask, address, count=count)).registers)

    async def read_input(self, address: int, count: int) -> tuple[int, ...]:
        ask = self._client.read_input_registers
        return tuple((await self._ask(ask, address, count=count)).registers)

    async def read_coils(self, address: int, count: int) -> tuple[bool, ...]:
        reply = await self._ask(self._client.read_coils, address, count=count)
        return tuple(reply.bits[:count])

    async def read_discrete(self, address: int, count: int) -> tuple[bool, ...]:
        reply = await self._ask(self._client.read_discrete_inputs, address, count=count)
        return tuple(reply.bits[:count])

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        await self._ask(self._client.write_registers, address, list(values))

    async def write_register(self, address: int, value: int) -> None:
        await self._ask(self._client.write_register, address, value)

    async def write_coil(self, address: int, value: bool) -> None:
        await self._ask(self._client.write_coil, address, value)

    async def write_coils(self, address: int, values: Sequence[bool]) -> None:
        await self._ask(self._client.write_coils, address, list(values))

    async def _ask(
        self, call: Callable[..., Awaitable[ModbusPDU]], *what: object, **how: int
    ) -> ModbusPDU:
        try:
            await self._let_the_line_rest()
            response = await heard(call(*what, device_id=self._device_id, **how))
        except ModbusException as error:
            self._end(WireEvent.FAILED)
            raise OSError(str(error)) from error
        except BaseException:
            # Timed out or cancelled: what is still under way belongs to nobody.
            self._end(WireEvent.CLOSED)
            raise
        if isinstance(response, ExceptionResponse):
            raise RegisterRefusedError(response.exception_code)
        return response

    async def _let_the_line_rest(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if (rest_s := self._talk.heard_s + self._gap_s - now_s) > 0 < self._gap_s:
            await asyncio.sleep(rest_s)

    def _end(self, event: WireEvent) -> None:
        self._talk.tap.ended(event)
        if left := self._client.ctx.recv_buffer:
            self._talk.heard(left)
        self._client.close()

    async def close(self) -> None:
        self._end(WireEvent.CLOSED)
        if self._line is not None:
            await self._line.finish()


class _Receiver(Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None: ...

    def data_received(self, data: bytes) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...


class _SerialLine(asyncio.Transport):
    """A serial port as the transport pymodbus expects.

    Its own opens the port on the loop and, closing, may wait 30 s for a dead device.
    """

    def __init__(self, stream: ByteStream) -> None:
        super().__init__()
        self._stream = stream
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, protocol: _Receiver) -> None:
        """Hand over what comes, send what is written."""
        protocol.connection_made(self)
        self._tasks = [
            asyncio.create_task(self._receive(protocol)),
            asyncio.create_task(self._send(protocol)),
        ]

    async def _receive(self, protocol: _Receiver) -> None:
        try:
            while data := await self._stream.receive():
                protocol.data_received(data)
        except OSError as error:
            protocol.connection_lost(error)
        else:
            protocol.connection_lost(None)

    async def _send(self, protocol: _Receiver) -> None:
        try:
            while True:
                await self._stream.send(await self._outbox.get())
        except OSError as error:
            protocol.connection_lost(error)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._outbox.put_nowait(bytes(data))

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def finish(self) -> None:
        """Give the port back."""
        self.close()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stream.close()


async def dial_modbus(
    address: ModbusAddress | RtuAddress, tap: WireTap | None = None
) -> ModbusRegisters:
    """Connect. `OSError` when nobody accepts within `CONNECT_S`, or no such port."""
    if isinstance(address, RtuAddress):
        return await _open_rtu(address, tap)
    conversation = Conversation(FrameTap(tap))
    client = AsyncModbusTcpClient(
        address.host,
        port=address.port,
        timeout=CONNECT_S,
        retries=0,
        reconnect_delay=0,  # the link reconnects, with its back-off
        trace_connect=conversation.on_connect,
    )
    conversation.client = client
    client.ctx.framer = StrictTcp(conversation)
    client.ctx.max_buffer_size = BUFFER_BYTES
    try:
        connected = await heard(client.connect())
    except BaseException:
        conversation.tap.ended(WireEvent.CLOSED)
        client.close()
        raise
    if not connected:
        conversation.tap.ended(WireEvent.FAILED)
        client.close()
        raise ConnectionRefusedError(
            f"no Modbus server at {address.host}:{address.port}"
        )
    client.ctx.comm_params.timeout_connect = _REPLY_S
    return ModbusRegisters(client, address.device_id, conversation)


async def _open_rtu(address: RtuAddress, tap: WireTap | None) -> ModbusRegisters:
    """Open the port, and leave the line alone until no old reply can still come."""
    line = _SerialLine(await open_serial(address.port))
    conversation = Conversation(FrameTap(tap), settled=False)
    client = AsyncModbusSerialClient(
        address.port.path,
        timeout=_REPLY_S,
        retries=0,
        reconnect_delay=0,
        trace_connect=conversation.on_connect,
    )
    conversation.client = client
    client.ctx.framer = StrictRtu(conversation)
    client.ctx.max_buffer_size = BUFFER_BYTES
    gap_s = max(_GAP_S, _GAP_CHARACTERS * _CHARACTER_BITS / address.port.baud)
    registers = ModbusRegisters(client, address.device_id, conversation, line, gap_s)
    try:
        line.start(client.ctx)
        await _settle(address, conversation)
    except BaseException:
        await registers.close()
        raise
    return registers


async def _settle(address: RtuAddress, conversation: Conversation) -> None:
    """Listen until every reply to whoever asked before us is over."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    await asyncio.sleep(address.slowest_ms / 1000)
    while (quiet_s := loop.time() - conversation.heard_s) < _ADAPTER_S:
        if loop.time() - begun_s > address.slowest_ms / 1000 + _OTHER_MASTER_S:
            raise ConnectionRefusedError(
                f"{address.port.path}: somebody else talks on this line"
            )
        await asyncio.sleep(_ADAPTER_S - quiet_s)
    conversation.settled = True
