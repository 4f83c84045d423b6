"""OPC UA nodes inside one process: calls go straight to a bank, with no task switch."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from drivers.transports.nodes import NodeWrite, Typed

# As on a real session: the state is asked for each second, an answer waited for one.
WATCH_EVERY_S = 1.0
WATCH_ANSWER_S = 1.0


class NodeBank(Protocol):
    """Nodes of a device in this process. All may raise `NodeRefusedError`."""

    def read(self, nodes: Sequence[str]) -> Sequence[Typed]: ...

    def write(self, writes: Sequence[NodeWrite]) -> None: ...

    def members(self, owner: str, names: Sequence[str]) -> Sequence[str]: ...

    def call(
        self, owner: str, method: str, arguments: Sequence[Typed]
    ) -> Sequence[Typed]: ...


class MemoryNodes:
    """A `NodeClient` onto a `NodeBank`."""

    def __init__(self, bank: NodeBank) -> None:
        self._bank = bank
        self._closed = asyncio.Event()
        self._thawed: asyncio.Future[None] | None = None

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        await self._usable()
        return tuple(self._bank.read(nodes))

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        await self._usable()
        self._bank.write(writes)

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        await self._usable()
        return tuple(self._bank.members(owner, names))

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        await self._usable()
        return tuple(self._bank.call(owner, method, arguments))

    async def subscribe(
        self, nodes: Sequence[str], *, every_s: float
    ) -> "MemoryChanges":
        await self.read(nodes)
        return MemoryChanges(self, nodes, every_s)

    async def watch(self) -> None:
        while True:
            try:
                async with asyncio.timeout(WATCH_EVERY_S):
                    await self._closed.wait()
            except TimeoutError:
                pass
            async with asyncio.timeout(WATCH_ANSWER_S):
                await self._usable()

    async def _usable(self) -> None:
        if self._thawed is not None:
            await asyncio.shield(self._thawed)
        if self._closed.is_set():
            raise ConnectionResetError("the connection is closed")

    async def close(self) -> None:
        self.cut()

    def cut(self) -> None:
        """Close without awaiting."""
        self._closed.set()
        self.thaw()

    def freeze(self) -> None:
        """From now on calls wait until `thaw` or `cut`."""
        if self._thawed is None:
            self._thawed = asyncio.get_running_loop().create_future()

    def thaw(self) -> None:
        """Let waiting calls go on."""
        if self._thawed is not None and not self._thawed.done():
            self._thawed.set_result(None)
        self._thawed = None

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()


class MemoryChanges:
    """A `NodeChanges` that looks each interval."""

    def __init__(
        self, client: MemoryNodes, nodes: Sequence[str], every_s: float
    ) -> None:
        self.overwritten = 0
        self._client = client
        self._nodes = tuple(nodes)
        self._every_s = every_s
        self._known: dict[str, Typed] = {}

    async def next(self) -> Mapping[str, Typed]:
        while True:
            async with asyncio.timeout(2 * self._every_s):
                values = await self._client.read(self._nodes)
            now = dict(zip(self._nodes, values, strict=True))
            changed = {n: v for n, v in now.items() if self._known.get(n) != v}
            self._known = now
            if changed:
                return changed
            await asyncio.sleep(self._every_s)
