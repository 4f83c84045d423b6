"""A network inside one process: no sockets, no threads, no clock.

Everything happens in the order it was asked for, so a run on a virtual clock repeats
itself exactly.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from drivers.transports.addresses import parse_registers, parse_stream
from drivers.transports.base import ByteStream, NodeClient, RegisterClient
from drivers.transports.memory_nodes import MemoryNodes, NodeBank
from drivers.transports.memory_wires import (
    Bank,
    Manipulator,
    MemoryRegisters,
    MemoryStream,
    joined,
)
from drivers.transports.node_tap import TappedNodes
from drivers.transports.nodes import OPEN, NodeSecurity
from drivers.wiretap import WireTap

Handler = Callable[[ByteStream], Awaitable[None]]

_End = TypeVar("_End", MemoryStream, MemoryRegisters, MemoryNodes)


class MemoryNetwork:
    """A `Dialer` whose peers live in the same process.

    Addresses are the texts settings use. `tcp-listen://h:p` waits until somebody
    here opens `tcp://h:p`.
    """

    def __init__(self, manipulate: Manipulator | None = None) -> None:
        self._manipulate = manipulate
        self._handlers: dict[str, tuple[Handler, Manipulator | None]] = {}
        self._banks: dict[str, Bank] = {}
        self._accepting: dict[str, asyncio.Future[MemoryStream]] = {}
        self._streams: dict[str, list[MemoryStream]] = {}
        self._registers: dict[str, list[MemoryRegisters]] = {}
        self._node_banks: dict[str, NodeBank] = {}
        self._nodes: dict[str, list[MemoryNodes]] = {}
        self._frozen: dict[str, bool] = {}
        self._tasks: dict[asyncio.Task[None], None] = {}

    def listen(
        self, address: str, handler: Handler, manipulate: Manipulator | None = None
    ) -> None:
        """Run `handler` for each connection to `address`, as a task of its own.

        `manipulate` stands in for the network's own on these connections.
        """
        self._handlers[address] = (handler, manipulate or self._manipulate)

    def bank(self, address: str, registers: Bank) -> None:
        """Answer register calls to `address` from `registers`."""
        self._banks[address] = registers

    def node_bank(self, address: str, nodes: NodeBank) -> None:
        """Answer calls to nodes at `address` (opc.tcp://…) from `nodes`."""
        self._node_banks[address] = nodes

    def unlisten(self, address: str) -> None:
        """Refuse new connections to `address`; open ones stay."""
        self._handlers.pop(address, None)
        self._banks.pop(address, None)
        self._node_banks.pop(address, None)

    def cut(self, address: str) -> None:
        """Break every open connection to `address`, losing what is under way."""
        for stream in self._streams.pop(address, ()):
            stream.cut()
        for registers in self._registers.pop(address, ()):
            registers.cut()
        for nodes in self._nodes.pop(address, ()):
            nodes.cut()

    def freeze(self, address: str) -> None:
        """Register and node calls to `address` get no answer until `thaw` or `cut`."""
        self._frozen[address] = True
        for registers in self._registers.get(address, ()):
            registers.freeze()
        for nodes in self._nodes.get(address, ()):
            nodes.freeze()

    def thaw(self, address: str) -> None:
        """End `freeze`."""
        self._frozen.pop(address, None)
        for registers in self._registers.get(address, ()):
            registers.thaw()
        for nodes in self._nodes.get(address, ()):
            nodes.thaw()

    async def open_stream(self, address: str) -> ByteStream:
        if address.startswith("tcp-listen:"):
            return await self._accept(address)
        ours, theirs = joined(self._manipulate)
        acceptor = self._accepting.pop(_listening_side(address), None)
        if acceptor is not None and not acceptor.done():
            acceptor.set_result(theirs)
        elif address in self._handlers:
            handler, manipulate = self._handlers[address]
            ours, theirs = joined(manipulate)
            self._start(address, handler, theirs)
        else:
            raise ConnectionRefusedError(f"nobody listens at {address}")
        _remember(self._streams, address, ours)
        return ours

    async def _accept(self, address: str) -> MemoryStream:
        parse_stream(address)
        loop = asyncio.get_running_loop()
        arrival: asyncio.Future[MemoryStream] = loop.create_future()
        self._accepting[address] = arrival
        return await arrival

    async def open_registers(
        self, address: str, tap: WireTap | None = None
    ) -> RegisterClient:
        if address not in self._banks:
            raise ConnectionRefusedError(f"nobody listens at {address}")
        unit = parse_registers(address).device_id
        registers = MemoryRegisters(self._banks[address], unit=unit, tap=tap)
        if address in self._frozen:
            registers.freeze()
        _remember(self._registers, address, registers)
        return registers

    async def open_nodes(
        self,
        address: str,
        security: NodeSecurity = OPEN,  # noqa: ARG002 (nobody listens in)
        tap: WireTap | None = None,
    ) -> NodeClient:
        if address not in self._node_banks:
            raise ConnectionRefusedError(f"nobody listens at {address}")
        nodes = MemoryNodes(self._node_banks[address])
        if address in self._frozen:
            nodes.freeze()
        _remember(self._nodes, address, nodes)
        return nodes if tap is None else TappedNodes(nodes, tap)

    def _start(self, address: str, handler: Handler, end: MemoryStream) -> None:
        task = asyncio.create_task(_serve(handler, end), name=f"peer {address}")
        self._tasks[task] = None
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler(
                {"message": f"{task.get_name()} failed", "exception": error}
            )

    async def close(self) -> None:
        """End every peer."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for address in [*self._streams, *self._registers, *self._nodes]:
            self.cut(address)


def _remember(known: dict[str, list[_End]], address: str, end: _End) -> None:
    known[address] = [e for e in known.get(address, ()) if not e.is_closed] + [end]


async def _serve(handler: Handler, end: MemoryStream) -> None:
    try:
        await handler(end)
    except OSError:
        pass  # the other side went away in the middle; a server shrugs
    finally:
        await end.close()


def _listening_side(address: str) -> str:
    return "tcp-listen" + address.removeprefix("tcp")
