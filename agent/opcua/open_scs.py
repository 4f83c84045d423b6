"""OPEN-SCS (OPC 30260): codes by state, and what became of them as events.

The platform hands out the numbers, not this line: the methods that would are answered
with OPEN-SCS return code 11, not allowed. They exist with the official NodeSet only.
"""

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Node, Server, ua

from agent.domain.code_state import OPEN_SCS
from agent.opcua.messages import CodeEvent, ServerPlan, Snapshot
from agent.opcua.values import Values, place

URI: Final = "http://opcfoundation.org/UA/OPENSCS-SER/"
POOL, EVENTS, AGGREGATION = 15032, 15062, 15094
NOT_ALLOWED: Final = 11
T = ua.VariantType


class OpenScs:
    """Pool, event and aggregation manager of the line."""

    def __init__(self, plan: ServerPlan, *, official: bool) -> None:
        self._plan = plan
        self._official = official
        self._values = Values()
        self._index = self._own = 0
        self._tellers: dict[str, Any] = {}

    async def build(self, server: Server, own: int) -> None:
        """Make the nodes."""
        self._own = own
        self._index = await server.register_namespace(URI)
        root = await server.nodes.objects.add_folder(
            ua.NodeId("OpenSCS", own), ua.QualifiedName("OpenSCS", own)
        )
        pool = await self._manager(server, root, "PoolManager", POOL)
        events = await self._manager(server, root, "EventManager", EVENTS)
        packing = await self._manager(server, root, "AggregationManager", AGGREGATION)
        for level in self._plan.levels:
            await self._pool(pool, level)
        kind = await server.create_custom_event_type(
            own,
            "CodeEventType",
            ua.ObjectIds.BaseEventType,
            [("EventName", T.String), ("Codes", T.String), ("Parent", T.String)],
        )
        for name, manager in (("events", events), ("aggregation", packing)):
            await _may_tell(server, manager)
            teller = await server.get_event_generator(kind, manager)
            self._tellers[name] = teller

    async def show(self, now: Snapshot) -> None:
        """Write what changed."""
        for level, states in now.pool.items():
            for state, count in states.items():
                await self._values.put(f"{level}.{state}", count)

    async def tell(self, event: CodeEvent) -> None:
        """Send it from the manager it belongs to."""
        packs = event.name.startswith("Aggregation")
        teller = self._tellers["aggregation" if packs else "events"]
        teller.event.EventName = event.name
        teller.event.Codes = list(event.codes)
        teller.event.Parent = event.parent
        await send(teller, event)

    async def _pool(self, pool: Node, level: str) -> None:
        at = await pool.add_object(*place("OpenSCS.Pool", level, self._own, self._own))
        for state in OPEN_SCS.values():
            where = place(f"OpenSCS.Pool.{level}", state, self._own, self._own)
            await self._values.add(at, f"{level}.{state}", where, T.UInt32)
            await self._values.put(f"{level}.{state}", 0)

    async def _manager(self, server: Server, root: Node, name: str, kind: int) -> Node:
        where = place("OpenSCS", name, self._own, self._own)
        if not self._official:
            return await root.add_object(*where)
        manager = await root.add_object(
            *where,
            objecttype=ua.NodeId(kind, self._index),
            instantiate_optional=False,
        )
        for method in await manager.get_methods():
            server.link_method(method, await _refusal(method))
        for limit in await manager.get_properties():
            if (await limit.read_browse_name()).Name.startswith("Max"):
                await limit.write_value(ua.Variant(0, T.UInt32))
        return manager


async def _refusal(method: Node) -> Callable[..., Awaitable[Any]]:
    """An answer of the declared shape that says: not allowed, and brings no number."""
    inputs: Sequence[ua.Argument] = ()
    outputs: Sequence[ua.Argument] = ()
    for child in await method.get_properties():
        name = (await child.read_browse_name()).Name
        if name == "InputArguments":
            inputs = await child.read_value() or ()
        elif name == "OutputArguments":
            outputs = await child.read_value() or ()
    wanted = len(inputs)

    async def run(_parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        if len(arguments) < wanted:
            return ua.StatusCode(ua.StatusCodes.BadArgumentsMissing)
        if len(arguments) > wanted:
            return ua.StatusCode(ua.StatusCodes.BadTooManyArguments)
        return [_nothing(output) for output in outputs]

    return run


def _nothing(output: ua.Argument) -> ua.Variant:
    """The return code, or an empty value of the output's type."""
    kind = output.DataType
    if kind.NamespaceIndex == 0:
        if kind.Identifier == ua.ObjectIds.String:
            return ua.Variant("", T.String)
        return ua.Variant(None, T(int(kind.Identifier)))
    if output.ValueRank >= 0:
        return ua.Variant([], T.ExtensionObject, is_array=True)
    if output.Name == "ReturnStatus":
        return ua.Variant(NOT_ALLOWED, T.Int32)
    return ua.Variant(None, T.ExtensionObject)


async def send(teller: Any, event: CodeEvent) -> None:
    """Trigger it with its own time, at its node and at the Server object.

    Clients mostly subscribe to the Server object, which hears of all below it;
    asyncua tells only those who subscribed to the very node.
    """
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC)
    node = teller.event.emitting_node
    try:
        for emitting in (node, ua.NodeId(ua.ObjectIds.Server)):
            teller.event.emitting_node = emitting
            await teller.trigger(time_attr=at, message=event.detail or event.name)
    finally:
        teller.event.emitting_node = node


async def _may_tell(server: Server, manager: Node) -> None:
    """Make clients find that events come from here, and the server pass them on."""
    await manager.set_event_notifier([ua.EventNotifier.SubscribeToEvents])
    await server.nodes.server.add_reference(
        manager, ua.NodeId(ua.ObjectIds.HasNotifier)
    )
