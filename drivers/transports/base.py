"""The two shapes of wire a driver may stand on, and who makes them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from drivers.wiretap import WireTap


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
    """Registers and bits of one Modbus device. Errors of the wire are `OSError`s.

    A refusal by the device (exception reply) is `RegisterRefusedError`. Addresses are
    those on the wire, from 0.
    """

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]: ...

    async def read_input(self, address: int, count: int) -> tuple[int, ...]: ...

    async def read_coils(self, address: int, count: int) -> tuple[bool, ...]: ...

    async def read_discrete(self, address: int, count: int) -> tuple[bool, ...]: ...

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        """Function 16."""
        ...

    async def write_register(self, address: int, value: int) -> None:
        """Function 6."""
        ...

    async def write_coil(self, address: int, value: bool) -> None:
        """Function 5."""
        ...

    async def write_coils(self, address: int, values: Sequence[bool]) -> None:
        """Function 15."""
        ...

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
    a wire that cannot be opened is `OSError`. Streams are listened to from outside
    (`WireTap.wrap`); the frames of registers are recorded by whoever makes them.
    """

    async def open_stream(self, address: str) -> ByteStream: ...

    async def open_registers(
        self, address: str, tap: "WireTap | None" = None
    ) -> RegisterClient: ...
