"""OPC UA calls out of a recording: its lines are those of `transports.node_tap`."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from drivers.replay.script import PlayedWire, Script
from drivers.transports.base import NodeChanges
from drivers.transports.nodes import NodeRefusedError, NodeType, NodeWrite, Typed


class ReplayNodes:
    """One recorded session as a `NodeClient`."""

    def __init__(self, script: Script, wire: PlayedWire) -> None:
        self._script = script
        self._wire = wire

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        answer = await self._ask({"op": "read", "nodes": list(nodes)})
        return tuple(map(_typed, answer["values"]))

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        rows = [[w.node, w.typed.type, w.typed.value, w.first] for w in writes]
        await self._ask({"op": "write", "writes": rows})

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        what = {"op": "members", "owner": owner, "names": list(names)}
        return tuple((await self._ask(what))["members"])

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        what = {
            "op": "call",
            "owner": owner,
            "method": method,
            "arguments": list(arguments),
        }
        return tuple(map(_typed, (await self._ask(what))["results"]))

    async def subscribe(self, nodes: Sequence[str], *, every_s: float) -> NodeChanges:
        await self._ask({"op": "subscribe", "nodes": list(nodes), "every_s": every_s})
        return _ReplayChanges(self._script, self._wire)

    async def watch(self) -> None:
        """Until the recorded session ends."""
        await self._script.over(self._wire)

    async def close(self) -> None:
        if not self._wire.left:
            self._script.leave(self._wire)

    async def _ask(self, call: dict[str, Any]) -> dict[str, Any]:
        wire = self._wire
        if wire.left:
            raise ConnectionResetError("the connection is closed")
        told = json.dumps(call, ensure_ascii=False).encode()
        if not wire.said:
            if self._script.is_over(wire):
                await asyncio.Event().wait()
            # It broke before the call went out, or the next session would not be.
            raise ConnectionResetError("the session broke, as recorded")
        asked = wire.said[0]
        if json.loads(asked.data) != json.loads(told):
            raise self._script.fail(
                wire, asked.position, "another call", asked.data, told
            )
        wire.said.popleft()
        wire.done += 1
        self._script.changed()
        frame = await self._script.heard(wire, _is_answer)
        if frame is None:
            raise ConnectionResetError("closed by the server, as recorded")
        answer: dict[str, Any] = json.loads(frame)
        if "refused" in answer:
            raise NodeRefusedError(answer["refused"], answer["node"])
        return answer


class _ReplayChanges:
    """A recorded subscription as `NodeChanges`."""

    overwritten = 0

    def __init__(self, script: Script, wire: PlayedWire) -> None:
        self._script = script
        self._wire = wire

    async def next(self) -> Mapping[str, Typed]:
        frame = await self._script.heard(self._wire, _is_change)
        if frame is None:
            raise ConnectionResetError("closed by the server, as recorded")
        changes: dict[str, Any] = json.loads(frame)["changes"]
        return {node: _typed(value) for node, value in changes.items()}


def _typed(value: Sequence[Any]) -> Typed:
    kind, plain = value
    return Typed(NodeType(kind), tuple(plain) if isinstance(plain, list) else plain)


def _is_change(data: bytes) -> bool:
    return data.startswith(b'{"changes"')


def _is_answer(data: bytes) -> bool:
    return not _is_change(data)
