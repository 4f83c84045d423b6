"""A register bank on a Modbus RTU line: a pseudo terminal with a slave behind it.

Written from MODBUS over Serial Line V1.02 and the Application Protocol V1.1b3, without
the library the agent uses. A pty has no character times, so a frame ends where its
length says.
"""

import asyncio
import struct
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final

from drivers.transports.base import ByteStream, RegisterRefusedError
from simulators.hosting import RegisterBank
from simulators.pty_host import PtyDevice

_READ_BITS: Final = {1: "read_coils", 2: "read_discrete"}
_READ_WORDS: Final = {3: "read", 4: "read_input"}
_WRITE_MANY: Final = {15: "write_coils", 16: "write"}
_ILLEGAL_FUNCTION: Final = 1
_ILLEGAL_VALUE: Final = 3


def crc(data: bytes) -> bytes:
    """The checksum as it stands on the line, low byte first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def answer(bank: RegisterBank, request: bytes) -> bytes:
    """What a slave with this bank says to a request PDU."""
    function = request[0]
    try:
        return bytes((function,)) + _perform(bank, function, request[1:])
    except RegisterRefusedError as refusal:
        return bytes((function | 0x80, refusal.code))


def _perform(bank: RegisterBank, function: int, data: bytes) -> bytes:
    address, value = struct.unpack_from(">HH", data)
    if function in _READ_BITS:
        bits = _part(bank, _READ_BITS[function])(address, value)
        packed = _packed(bits)
        return bytes((len(packed),)) + packed
    if function in _READ_WORDS:
        words = _part(bank, _READ_WORDS[function])(address, value)
        return struct.pack(f">B{len(words)}H", 2 * len(words), *words)
    if function == 5:
        if value not in (0, 0xFF00):
            raise RegisterRefusedError(_ILLEGAL_VALUE)
        _part(bank, "write_coils")(address, [value != 0])
        return data[:4]
    if function == 6:
        _part(bank, "write")(address, [value])
        return data[:4]
    if function == 15:
        bits = [bool(data[5 + n // 8] >> n % 8 & 1) for n in range(value)]
        _part(bank, "write_coils")(address, bits)
        return data[:4]
    if function == 16:
        _part(bank, "write")(address, list(struct.unpack_from(f">{value}H", data, 5)))
        return data[:4]
    raise RegisterRefusedError(_ILLEGAL_FUNCTION)


def _part(bank: RegisterBank, name: str) -> Callable[..., Sequence[int]]:
    part: Callable[..., Sequence[int]] | None = getattr(bank, name, None)
    if part is None:
        raise RegisterRefusedError(_ILLEGAL_FUNCTION)
    return part


def _packed(bits: Sequence[int]) -> bytes:
    packed = bytearray((len(bits) + 7) // 8)
    for place, bit in enumerate(bits):
        packed[place // 8] |= bool(bit) << place % 8
    return bytes(packed)


class RtuSlave:
    """One device on the line. Pure: bytes in, bytes out."""

    def __init__(self, bank: RegisterBank, unit: int = 1) -> None:
        self._bank = bank
        self._unit = unit
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Bytes from the master; the reply, if a whole request of ours is among them.

        A request of another device, or a broken one, gets none.
        """
        self._buffer += data
        while (size := self._size()) and len(self._buffer) >= size:
            frame = self._buffer[:size]
            if crc(frame[:-2]) != frame[-2:]:
                self._buffer = self._buffer[1:]
                continue
            self._buffer = self._buffer[size:]
            if frame[0] == self._unit:
                reply = frame[:1] + answer(self._bank, frame[1:-2])
                return reply + crc(reply)
        return b""

    def _size(self) -> int:
        if len(self._buffer) < 2:
            return 0
        if self._buffer[1] not in _WRITE_MANY:
            return 8
        return 9 + self._buffer[6] if len(self._buffer) > 6 else 0


class RtuLine:
    """The slave behind a device path. `async with` it; leaving pulls the adapter.

    `late_s` holds back the next reply once; `before` and `behind` are put round each
    reply once (noise, another master). `silent`: hears and does nothing.
    """

    def __init__(self, bank: RegisterBank, unit: int = 1) -> None:
        self.slave = RtuSlave(bank, unit)
        self.silent = False
        self.late_s = 0.0
        self.before = b""
        self.behind = b""
        self.requests = 0
        self._unit = unit
        self._device = PtyDevice(self._serve)
        self._stream: ByteStream | None = None

    @property
    def address(self) -> str:
        """As settings write it; replies come at once, so the line need not rest."""
        path = self._device.path
        unit = f"device_id={self._unit}"
        return f"modbus-rtu:{path}?baud=115200&parity=N&{unit}&slowest_ms=20"

    async def say(self, data: bytes) -> None:
        """Bytes nobody asked for."""
        assert self._stream is not None, "somebody has opened the line"
        await self._stream.send(data)

    async def _serve(self, stream: ByteStream) -> None:
        self._stream = stream
        while data := await stream.receive():
            if self.silent or not (reply := self.slave.feed(data)):
                continue
            self.requests += 1
            late_s, self.late_s = self.late_s, 0.0
            if late_s:
                await asyncio.sleep(late_s)
            await stream.send(self.before + reply + self.behind)
            self.before = self.behind = b""

    async def __aenter__(self) -> "RtuLine":
        await self._device.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._device.__aexit__(kind, error, trace)
