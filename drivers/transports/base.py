"""The two shapes of wire a driver may stand on, and who makes them."""

from collections.abc import Sequence
from typing import Protocol


class ByteStream(Protocol):
    """A connected stream of bytes. Errors of the wire are `OSError`s."""

    async def receive(self) -> bytes:
        """The next bytes, at least one; `b""` once the peer has closed."""
        ...

    async def send(self, data: bytes) -> None: ...

    async def close(self) -> None:
        """Close without waiting for the peer. Closing twice is harmless."""
        ...


class RegisterClient(Protocol):
    """Holding registers of one Modbus device. Errors of the wire are `OSError`s.

    A refusal by the device (exception reply) is `RegisterRefusedError`.
    """

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]: ...

    async def write_holding(self, address: int, values: Sequence[int]) -> None: ...

    async def close(self) -> None: ...


class RegisterRefusedError(Exception):
    """The device answered a register request with exception `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Modbus exception {code}")
        self.code = code


class Dialer(Protocol):
    """Opens wires by address, as settings write them.

    `tcp://host:port` and `serial:/dev/…?baud=115200` are streams;
    `modbus://host:port/device_id` has registers. A malformed address is `ValueError`;
    a wire that cannot be opened is `OSError`.
    """

    async def open_stream(self, address: str) -> ByteStream: ...

    async def open_registers(self, address: str) -> RegisterClient: ...
