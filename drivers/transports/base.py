"""The shapes of wire a driver may stand on, and who makes them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from drivers.transports.nodes import OPEN, NodeSecurity, NodeWrite, Typed

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


class NodeChanges(Protocol):
    """A subscription, as state: of each node the latest value counts.

    `overwritten` is how many values were replaced by newer ones before anybody asked.
    """

    @property
    def overwritten(self) -> int: ...

    async def next(self) -> Mapping[str, Typed]:
        """The nodes that changed since the last call, at least one; waits for it.

        `OSError` when neither a change nor a keep-alive came for two intervals.
        """
        ...


class NodeClient(Protocol):
    """A session with an OPC UA server. Errors of the wire are `OSError`s.

    A refusal by the server is `NodeRefusedError`, and the session goes on. Nodes are
    named as `drivers.transports.nodes` says. Everything asked in one call is one
    request: `read` in the order of its nodes, `write` likewise.
    """

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]: ...

    async def write(self, writes: Sequence[NodeWrite]) -> None: ...

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        """The nodes below `owner` with these browse names, in its own namespace."""
        ...

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]: ...

    async def subscribe(
        self, nodes: Sequence[str], *, every_s: float
    ) -> NodeChanges: ...

    async def watch(self) -> None:
        """Runs as long as the server lives. `OSError` within 3 s of its death.

        It asks for the server's state every second, beside whatever else is asked.
        """
        ...

    async def close(self) -> None: ...


class Dialer(Protocol):
    """Opens wires by address, as settings write them.

    `tcp://host:port` and `serial:/dev/…?baud=115200` are streams;
    `modbus://host:port/device_id` and `modbus-rtu:/dev/…?device_id=1` have registers;
    `opc.tcp://host:port/path` has nodes.
    A malformed address is `ValueError`; a wire that cannot be opened is `OSError`.
    Streams are listened to from outside (`WireTap.wrap`); the frames of registers and
    nodes are recorded by whoever makes them.
    """

    async def open_stream(self, address: str) -> ByteStream: ...

    async def open_registers(
        self, address: str, tap: "WireTap | None" = None
    ) -> RegisterClient: ...

    async def open_nodes(
        self,
        address: str,
        security: NodeSecurity = OPEN,
        tap: "WireTap | None" = None,
    ) -> NodeClient: ...
