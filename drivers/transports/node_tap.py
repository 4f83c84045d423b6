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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from drivers.transports.base import NodeChanges, NodeClient
from drivers.transports.nodes import NodeRefusedError, NodeWrite, Typed
from drivers.wiretap import Direction, WireEvent, WireTap

T = TypeVar("T")
Frame = dict[str, Any]


class TappedNodes:
    """A `NodeClient`, listened to."""

    def __init__(self, client: NodeClient, tap: WireTap) -> None:
        self._client = client
        self._tap = tap
        self._wire = tap.opened()
        self._is_over = False

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        return await self._noted(
            {"op": "read", "nodes": list(nodes)},
            self._client.read(nodes),
            lambda values: {"values": values},
        )

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        rows = [[w.node, w.typed.type, w.typed.value, w.first] for w in writes]
        await self._noted(
            {"op": "write", "writes": rows},
            self._client.write(writes),
            lambda _: {"written": len(rows)},
        )

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        return await self._noted(
            {"op": "members", "owner": owner, "names": list(names)},
            self._client.members(owner, names),
            lambda members: {"members": members},
        )

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        told = list(arguments)
        return await self._noted(
            {"op": "call", "owner": owner, "method": method, "arguments": told},
            self._client.call(owner, method, arguments),
            lambda results: {"results": results},
        )

    async def subscribe(self, nodes: Sequence[str], *, every_s: float) -> NodeChanges:
        changes = await self._noted(
            {"op": "subscribe", "nodes": list(nodes), "every_s": every_s},
            self._client.subscribe(nodes, every_s=every_s),
            lambda _: {"subscribed": len(nodes)},
        )
        return _TappedChanges(changes, self._heard)

    async def watch(self) -> None:
        try:
            await self._client.watch()
        except OSError:
            self._over(WireEvent.FAILED)
            raise

    async def close(self) -> None:
        self._over(WireEvent.CLOSED)
        await self._client.close()

    async def _noted(
        self, call: Frame, answer: Awaitable[T], frame: Callable[[T], Frame]
    ) -> T:
        self._tap.record(Direction.SENT, _line(call), wire=self._wire)
        try:
            result = await answer
        except NodeRefusedError as error:
            self._heard({"refused": error.status, "node": error.node})
            raise
        except OSError:
            self._over(WireEvent.FAILED)
            raise
        self._heard(frame(result))
        return result

    def _heard(self, answer: Frame) -> None:
        self._tap.record(Direction.RECEIVED, _line(answer), wire=self._wire)

    def _over(self, event: WireEvent) -> None:
        if not self._is_over:
            self._is_over = True
            self._tap.became(event, self._wire)


class _TappedChanges:
    def __init__(self, changes: NodeChanges, heard: Callable[[Frame], None]) -> None:
        self._changes = changes
        self._heard = heard

    @property
    def overwritten(self) -> int:
        return self._changes.overwritten

    async def next(self) -> Mapping[str, Typed]:
        changes = await self._changes.next()
        self._heard({"changes": changes})
        return changes


def _line(frame: Frame) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
