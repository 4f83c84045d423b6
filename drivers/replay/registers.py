"""Modbus registers out of a recording: requests are matched by PDU.

The transaction number on TCP and the checksum on RTU are the transport's own; what was
asked and answered is not.
"""

import asyncio
from collections.abc import Sequence

from drivers.replay.script import PlayedWire, Script
from drivers.transports import adu
from drivers.transports.adu import Function
from drivers.transports.base import RegisterRefusedError

_CRC_BYTES = 2


class ReplayRegisters:
    """One recorded connection as a `RegisterClient`."""

    def __init__(self, script: Script, wire: PlayedWire) -> None:
        self._script = script
        self._wire = wire

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        return _registers(await self._read(Function.READ_HOLDING, address, count))

    async def read_input(self, address: int, count: int) -> tuple[int, ...]:
        return _registers(await self._read(Function.READ_INPUT, address, count))

    async def read_coils(self, address: int, count: int) -> tuple[bool, ...]:
        return _bits(await self._read(Function.READ_COILS, address, count), count)

    async def read_discrete(self, address: int, count: int) -> tuple[bool, ...]:
        return _bits(await self._read(Function.READ_DISCRETE, address, count), count)

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        await self._write(Function.WRITE_HOLDING, address, values)

    async def write_register(self, address: int, value: int) -> None:
        await self._write(Function.WRITE_REGISTER, address, (value,))

    async def write_coil(self, address: int, value: bool) -> None:
        await self._write(Function.WRITE_COIL, address, (value,))

    async def write_coils(self, address: int, values: Sequence[bool]) -> None:
        await self._write(Function.WRITE_COILS, address, values)

    async def close(self) -> None:
        if not self._wire.left:
            self._script.leave(self._wire)

    async def _read(self, function: int, address: int, count: int) -> bytes:
        return await self._ask(adu.read_request(function, address, count))

    async def _write(self, function: int, address: int, values: Sequence[int]) -> None:
        await self._ask(adu.write_request(function, address, values))

    async def _ask(self, pdu: bytes) -> bytes:
        """The recorded answer to `pdu`, which must be what was asked then."""
        wire = self._wire
        if wire.left:
            raise ConnectionResetError("the connection is closed")
        if not wire.said:
            if self._script.is_over(wire):
                await asyncio.Event().wait()
            # It broke before the request went out, or the next would not have come.
            raise ConnectionResetError("the connection broke, as recorded")
        asked = wire.said[0]
        if pdu_of(asked.data) != pdu:
            raise self._script.fail(
                wire, asked.position, "another request", pdu_of(asked.data), pdu
            )
        wire.said.popleft()
        wire.done += 1
        number = wire.done
        self._script.changed()
        return await self._answer(pdu, asked.data, number)

    async def _answer(self, pdu: bytes, asked: bytes, number: int) -> bytes:
        def is_answer(frame: bytes) -> bool:
            return _same_transaction(asked, frame) and adu.is_answer(pdu, pdu_of(frame))

        # Frames of others are passed over, as the driver's own framing did.
        while any(piece.after <= number for piece in self._wire.heard):
            frame = await self._script.heard(self._wire)
            if frame is not None and is_answer(frame):
                reply = pdu_of(frame)
                if reply[0] & 0x80:
                    raise RegisterRefusedError(reply[1])
                return reply
        # Not answered then: the driver's own patience ends it, as it did.
        if await self._script.heard(self._wire, is_answer) is None:
            raise ConnectionResetError("closed by the device, as recorded")
        raise ConnectionResetError("not answered in the recording")


def pdu_of(frame: bytes) -> bytes:
    """What a whole frame carries, on TCP or RTU."""
    return frame[adu.MBAP_BYTES :] if _is_tcp(frame) else frame[1:-_CRC_BYTES]


def _is_tcp(frame: bytes) -> bool:
    try:
        return adu.mbap_size(frame) == len(frame)
    except ValueError:
        return False


def _same_transaction(request: bytes, reply: bytes) -> bool:
    if _is_tcp(request) and _is_tcp(reply):
        return request[:2] == reply[:2]
    return True


def _registers(reply: bytes) -> tuple[int, ...]:
    data = reply[2:]
    return tuple(
        int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)
    )


def _bits(reply: bytes, count: int) -> tuple[bool, ...]:
    data = reply[2:]
    return tuple(bool(data[at >> 3] >> (at & 7) & 1) for at in range(count))
