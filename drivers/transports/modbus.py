"""Registers and bits over Modbus TCP. The only file that knows pymodbus.

pymodbus changes its names between minor versions, so it is pinned and stays here. Its
framer believes replies of the wrong function or length and drops foreign ones without
a word; a stricter one stands in for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException, ModbusIOException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU

from drivers.transports import adu
from drivers.transports.addresses import ModbusAddress
from drivers.transports.base import RegisterRefusedError
from drivers.wiretap import Direction, WireTap

# A PLC answers within a few ms; the gate's 500 ms budget holds one lost reply.
TIMEOUT_S = 0.3
# One stray reply happens (a gateway's late answer); two mean we are out of step.
FOREIGN_REPLIES: Final = 2

# It logs each lost reply as an error; the link says so once, with the device's name.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

T = TypeVar("T")


class _Conversation:
    """What was asked last on one connection, and what came that is no answer to it."""

    def __init__(self, tap: WireTap | None) -> None:
        self.client: AsyncModbusTcpClient
        self.request = b""
        self._tap = tap
        self._foreign = 0

    def asked(self, frame: bytes, pdu: bytes) -> None:
        """A request goes out."""
        self.request = pdu
        self._record(Direction.SENT, frame)

    def heard(self, frame: bytes) -> None:
        """Something came in."""
        self._record(Direction.RECEIVED, frame)

    def answered(self) -> None:
        """The request has its answer; whatever comes now is foreign."""
        self.request = b""

    def stray(self) -> None:
        """A frame that answers nothing: count it, and do not listen to many."""
        if self._tap is not None:
            self._tap.foreign += 1
        self._foreign += 1
        if self._foreign >= FOREIGN_REPLIES:
            self.broken("replies that were not asked for; connection reset")

    def broken(self, why: str) -> None:
        """Close, and fail the request under way now, not when its time is up."""
        waiting = self.client.ctx.response_future
        if self.request and not waiting.done():
            waiting.set_exception(ModbusIOException(why))
        self.request = b""
        self.client.close()

    def on_connect(self, connected: bool) -> None:
        """pymodbus tells of the connection; a lost one answers nothing any more."""
        if not connected:
            self.broken("closed by the device")

    def _record(self, direction: Direction, frame: bytes) -> None:
        if self._tap is not None:
            self._tap.record(direction, frame)


class _StrictTcp(FramerSocket):
    """Believes a reply only with the right transaction, unit, function and length."""

    def __init__(self, conversation: _Conversation) -> None:
        super().__init__(DecodePDU(False))
        self._conversation = conversation

    def buildFrame(self, message: ModbusPDU) -> bytes:  # noqa: N802
        frame = super().buildFrame(message)
        self._conversation.asked(frame, frame[adu.MBAP_BYTES :])
        return frame

    def handleFrame(  # noqa: N802
        self, data: bytes, exp_devid: int, exp_tid: int
    ) -> tuple[int, ModbusPDU | None]:
        """Bytes used, and the answer if it is among them."""
        used = 0
        while True:
            try:
                size = adu.mbap_size(data[used:])
            except ValueError as error:
                self._conversation.heard(data[used:])
                self._conversation.broken(str(error))
                return len(data), None
            if size is None or len(data) < used + size:
                return used, None
            frame = data[used : used + size]
            used += size
            if (reply := self._take(frame, exp_devid, exp_tid)) is not None:
                return used, reply

    def _take(self, frame: bytes, unit: int, transaction: int) -> ModbusPDU | None:
        talk = self._conversation
        talk.heard(frame)
        pdu = frame[adu.MBAP_BYTES :]
        ours = int.from_bytes(frame[:2], "big") == transaction and frame[6] == unit
        reply = None
        if ours and talk.request and adu.is_answer(talk.request, pdu):
            reply = self.decoder.decode(pdu)
        if reply is None:
            talk.stray()
            return None
        talk.answered()
        reply.dev_id, reply.transaction_id = unit, transaction
        return reply


class ModbusRegisters:
    """A connected `RegisterClient`. Any failure but a refusal closes it.

    No retries: a lost reply is not a lost request, and a resent request reuses the
    transaction number, so a late reply would count for the wrong one.
    """

    def __init__(self, client: AsyncModbusTcpClient, device_id: int) -> None:
        self._client = client
        self._device_id = device_id

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
            response = await _heard(call(*what, device_id=self._device_id, **how))
        except ModbusException as error:
            self._client.close()
            raise OSError(str(error)) from error
        if isinstance(response, ExceptionResponse):
            raise RegisterRefusedError(response.exception_code)
        return response

    async def close(self) -> None:
        self._client.close()


async def _heard(call: Awaitable[T]) -> T:
    """The result of a pymodbus call; a cancellation meanwhile is not lost.

    Before Python 3.12 `asyncio.wait_for`, which pymodbus waits with, swallows a
    cancellation that comes in the moment its result does.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    result = await call
    if task.cancelling() > before:
        raise asyncio.CancelledError
    return result


async def dial_modbus(
    address: ModbusAddress, tap: WireTap | None = None
) -> ModbusRegisters:
    """Connect. `OSError` when nobody answers within `TIMEOUT_S`."""
    conversation = _Conversation(tap)
    client = AsyncModbusTcpClient(
        address.host,
        port=address.port,
        timeout=TIMEOUT_S,
        retries=0,
        reconnect_delay=0,  # the link reconnects, with its back-off
        trace_connect=conversation.on_connect,
    )
    conversation.client = client
    client.ctx.framer = _StrictTcp(conversation)
    try:
        connected = await _heard(client.connect())
    except BaseException:
        client.close()
        raise
    if not connected:
        client.close()
        raise ConnectionRefusedError(
            f"no Modbus server at {address.host}:{address.port}"
        )
    return ModbusRegisters(client, address.device_id)
