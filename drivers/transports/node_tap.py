"""OPC UA calls taken down as text, one JSON object a frame.

Under encryption the bytes of the wire say nothing, so the tap holds the calls
themselves, in the order they were made; each answer follows its call:

    sent                                                received
    {"op": "read", "nodes": ["nsu=…;s=A"]}              {"values": [["UInt16", 7]]}
    {"op": "write", "writes": [["nsu=…;s=A", "Boolean", true, null]]}  {"written": 1}
    {"op": "members", "owner": "nsu=…;s=O", "names": ["A"]}  {"members": ["nsu=…"]}
    {"op": "call", "owner": "nsu=…", "method": "nsu=…", "arguments": [["String", "X"]]}
                                                        {"results": []}
    {"op": "subscribe", "nodes": [...], "every_s": 0.1} {"subscribed": 1}
                                                        {"changes": {"nsu=…": [...]}}

A value is [type, value], an array's value a list; a write is [node, type, value, first
element or null]. A refusal is received as {"refused": "BadNodeIdUnknown", "node": "…"}.
A call without an answer was under way when the connection was lost. Whoever replays a
conversation gives each call the answer that follows it. Questions that only keep the
link alive are not taken down.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from drivers.transports.base import NodeChanges, NodeClient
from drivers.transports.nodes import NodeRefusedError, NodeWrite, Typed
from drivers.wiretap import Direction, WireTap


class TappedNodes:
    """A `NodeClient`, listened to."""

    def __init__(self, client: NodeClient, tap: WireTap) -> None:
        self._client = client
        self._tap = tap

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        self._sent({"op": "read", "nodes": list(nodes)})
        try:
            values = await self._client.read(nodes)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        self._heard({"values": values})
        return values

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        rows = [[w.node, w.typed.type, w.typed.value, w.first] for w in writes]
        self._sent({"op": "write", "writes": rows})
        try:
            await self._client.write(writes)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        self._heard({"written": len(rows)})

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        self._sent({"op": "members", "owner": owner, "names": list(names)})
        try:
            members = await self._client.members(owner, names)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        self._heard({"members": members})
        return members

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        self._sent(
            {
                "op": "call",
                "owner": owner,
                "method": method,
                "arguments": list(arguments),
            }
        )
        try:
            results = await self._client.call(owner, method, arguments)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        self._heard({"results": results})
        return results

    async def subscribe(self, nodes: Sequence[str], *, every_s: float) -> NodeChanges:
        self._sent({"op": "subscribe", "nodes": list(nodes), "every_s": every_s})
        try:
            changes = await self._client.subscribe(nodes, every_s=every_s)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        self._heard({"subscribed": len(nodes)})
        return _TappedChanges(changes, self._heard)

    async def watch(self) -> None:
        await self._client.watch()

    async def close(self) -> None:
        await self._client.close()

    def _refused(self, error: NodeRefusedError) -> NodeRefusedError:
        self._heard({"refused": error.status, "node": error.node})
        return error

    def _sent(self, call: dict[str, Any]) -> None:
        self._tap.record(Direction.SENT, _line(call))

    def _heard(self, answer: dict[str, Any]) -> None:
        self._tap.record(Direction.RECEIVED, _line(answer))


class _TappedChanges:
    def __init__(self, changes: NodeChanges, heard: Any) -> None:
        self._changes = changes
        self._heard = heard

    @property
    def overwritten(self) -> int:
        return self._changes.overwritten

    async def next(self) -> Mapping[str, Typed]:
        changes = await self._changes.next()
        self._heard({"changes": changes})
        return changes


def _line(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
