"""PackML (OPC 30050): status, state machines, counters, and the methods we can do.

asyncua makes only the first level of what a type demands, so the instance is built
here member by member; with the official NodeSet its nodes have the official types, and
methods are the type's own, so that their arguments are declared as OPC 30050 has them.
"""

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Node, Server, ua
from asyncua.common.structures104 import new_struct, new_struct_field

from agent.opcua.access import caller
from agent.opcua.messages import ServerPlan, Snapshot
from agent.opcua.packml_states import ABORTED, CLEARED, RUNNING, STATES
from agent.opcua.values import HAS_COMPONENT, Values, place

URI: Final = "http://opcfoundation.org/UA/PackML/"
Act = Callable[[str, str], Awaitable[bool]]
T = ua.VariantType

ENTRY, MODES = 72, 11
BASE, ADMIN, STATUS = 6, 5, 4
BASE_MACHINE, MACHINE, EXECUTE = 3, 2, 1
PRODUCE: Final = 1
ENUMERATION: Final = ua.NodeId(29)

# States that this line can be in, by machine: node ids of the official NodeSet.
AVAILABLE: Final = {
    "base": [STATES[number][1] for number in (ABORTED, CLEARED)],
    "machine": [STATES[RUNNING][1]],
    "execute": [STATES[number][1] for number in (3, 4, 5, 6, 11, 16, 17)],
}
# Official methods: node id of the type's method, where it hangs in the instance.
METHODS: Final = {
    "SetUnitMode": (362, "object"),
    "SetMachSpeed": (400, "object"),
    "SetProduct": (401, "object"),
    "SetParameter": (402, "object"),
    "Abort": (364, "base"),
    "Clear": (363, "base"),
    "Stop": (375, "machine"),
    "Start": (369, "execute"),
    "Hold": (366, "execute"),
    "Unhold": (368, "execute"),
    "Suspend": (367, "execute"),
    "Unsuspend": (372, "execute"),
    "ToComplete": (365, "execute"),
    "Reset": (361, "execute"),
}
# What an agent beside the line can honestly do; the rest is the machine's.
OFFERED: Final = ("Hold", "Unhold")

_COUNT: Final = (
    ("ID", T.Int32, None),
    ("Name", T.String, None),
    ("Unit", T.ExtensionObject, ua.NodeId(ua.ObjectIds.EUInformation)),
    ("Count", T.Int32, None),
    ("AccCount", T.Int32, None),
)
_ALARM: Final = (
    ("ID", T.Int32, None),
    ("Value", T.Int32, None),
    ("Message", T.String, None),
    ("Category", T.Int32, None),
    ("DateTime", T.DateTime, ua.NodeId(ua.ObjectIds.UtcTime)),
    ("AckDateTime", T.DateTime, ua.NodeId(ua.ObjectIds.UtcTime)),
    ("Trigger", T.Boolean, None),
)


class PackMl:
    """The line as a PackML unit. `act` does what `OFFERED` lists; None: nobody may."""

    def __init__(self, plan: ServerPlan, act: Act | None, *, official: bool) -> None:
        self._plan = plan
        self._act = act
        self._official = official
        self._values = Values()
        self._index = self._own = 0

    async def build(self, server: Server, own: int) -> None:
        """Make the nodes."""
        self._own = own
        self._index = await server.register_namespace(URI)
        await self._types(server)
        objects = {"object": await self._entry(server)}
        unit = objects["object"]
        await self._property(unit, "PackMLVersion", "1.01")
        await self._property(unit, "TagID", self._plan.line)
        await self._status(await self._object(unit, "Status", STATUS))
        await self._admin(await self._object(unit, "Admin", ADMIN))
        above = unit
        for key, name, kind in (
            ("base", "BaseStateMachine", BASE_MACHINE),
            ("machine", "MachineState", MACHINE),
            ("execute", "ExecuteState", EXECUTE),
        ):
            above = objects[key] = await self._machine(above, key, name, kind)
        await self._methods(server, objects)

    async def show(self, now: Snapshot) -> None:
        """Write what changed."""
        put = self._values.put
        await put("UnitModeCurrent", PRODUCE)
        await put("CurMachSpeed", now.per_minute)
        await put("MachSpeed", None)
        await put("EquipmentStarved", now.starved)
        await put("EquipmentBlocked", None)
        await self._show_state(now.state)
        await put("AccTimeSinceReset", min(now.since_reset_s, 2**31 - 1))
        await put("StopReason", self._reason(now))
        for name in ("consumed", "processed", "defective"):
            rows = [
                (number, count.level, value)
                for number, count in enumerate(now.counts, 1)
                if (value := getattr(count, name)) is not None
            ]
            await put(f"Prod{name.capitalize()}Count", _counts(rows))

    async def _show_state(self, number: int) -> None:
        # A state machine inside a state that is not taken has no state (OPC 10000-5).
        aborted = number == ABORTED
        await self._put_state("base", number if aborted else CLEARED)
        await self._put_state("machine", None if aborted else RUNNING)
        await self._put_state("execute", None if aborted else number)

    async def _put_state(self, key: str, number: int | None) -> None:
        put = self._values.put
        if number is None:
            for part in ("", ".Id", ".Number"):
                await put(key + part, None, ua.StatusCodes.BadStateNotActive)
            return
        name, node = STATES[number]
        await put(key, ua.LocalizedText(name, "en"))
        await put(f"{key}.Number", number)
        official = ua.NodeId(node, self._index) if self._official else ua.NodeId()
        await put(f"{key}.Id", official)

    def _reason(self, now: Snapshot) -> Any:
        at = datetime.fromtimestamp((now.stopped_ms or 0) / 1000, UTC)
        return ua.PackMLAlarmDataType(
            ID=now.cause_id,
            Message=now.cause_text,
            DateTime=at.replace(tzinfo=None),
            AckDateTime=at.replace(tzinfo=None),
            Trigger=now.cause_id != 0,
        )

    async def _types(self, server: Server) -> None:
        if not self._official:
            # The higher first: asyncua numbers a type's encodings after the last node.
            for number, name, fields in (
                (15, "PackMLAlarmDataType", _ALARM),
                (14, "PackMLCountDataType", _COUNT),
            ):
                await new_struct(
                    server,
                    ua.NodeId(number, self._index),
                    ua.QualifiedName(name, self._index),
                    [
                        new_struct_field(field, datatype or kind)
                        for field, kind, datatype in fields
                    ],
                )
        await server.load_data_type_definitions()

    async def _entry(self, server: Server) -> Node:
        entry = server.get_node(ua.NodeId(ENTRY, self._index))
        if not self._official:
            entry = await server.nodes.objects.add_folder(
                entry.nodeid, ua.QualifiedName("PackMLObjects", self._index)
            )
        return await self._object(entry, self._plan.line, BASE, index=self._own)

    async def _object(
        self,
        parent: Node,
        name: str,
        kind: int,
        *,
        index: int | None = None,
    ) -> Node:
        """An object of one of PackML's types, empty."""
        made = await parent.add_object(
            *place("PackML", name, self._index if index is None else index, self._own)
        )
        if self._official:
            await _retype(made, ua.NodeId(kind, self._index))
        return made

    async def _property(self, parent: Node, name: str, value: str) -> None:
        await parent.add_property(*place("PackML", name, self._index, self._own), value)

    async def _variable(
        self,
        parent: Node,
        name: str,
        kind: ua.VariantType,
        datatype: ua.NodeId | None = None,
        *,
        array: bool = False,
    ) -> Node:
        where = place("PackML", name, self._index, self._own)
        return await self._values.add(parent, name, where, kind, datatype, array=array)

    async def _status(self, status: Node) -> None:
        await self._variable(status, "UnitModeCurrent", T.Int32, ENUMERATION)
        await status.add_property(
            *place("PackML", "UnitSupportedModes", self._index, self._own),
            ua.NodeId(MODES, self._index) if self._official else ua.NodeId(),
            varianttype=T.NodeId,
        )
        for name in ("CurMachSpeed", "MachSpeed"):
            speed = await self._variable(status, name, T.Float)
            await _retype(speed, ua.NodeId(ua.ObjectIds.AnalogItemType))
            await speed.add_property(
                ua.NodeId(f"PackML.{name}.EURange", self._own),
                ua.QualifiedName("EURange", 0),
                ua.Range(0.0, 10_000.0),
            )
        for name in ("EquipmentBlocked", "EquipmentStarved"):
            await self._variable(status, name, T.Boolean)

    async def _admin(self, admin: Node) -> None:
        await self._variable(admin, "AccTimeSinceReset", T.Int32)
        structure = T.ExtensionObject
        for name in ("ProdConsumedCount", "ProdProcessedCount", "ProdDefectiveCount"):
            counts = ua.NodeId(14, self._index)
            await self._variable(admin, name, structure, counts, array=True)
        await self._variable(admin, "StopReason", structure, ua.NodeId(15, self._index))

    async def _machine(self, above: Node, key: str, name: str, kind: int) -> Node:
        machine = await self._object(above, name, kind)
        where = (
            ua.NodeId(f"PackML.{name}.CurrentState", self._own),
            _base("CurrentState"),
        )
        state = await self._values.add(machine, key, where, T.LocalizedText)
        await _retype(state, ua.NodeId(ua.ObjectIds.FiniteStateVariableType))
        for part, variant in (("Id", T.NodeId), ("Number", T.UInt32)):
            node = await state.add_property(
                ua.NodeId(f"PackML.{name}.CurrentState.{part}", self._own),
                _base(part),
                ua.NodeId() if part == "Id" else 0,
                varianttype=variant,
            )
            self._values.take(f"{key}.{part}", node, variant)
        # With the official nodes only: there are no others to point at.
        states = [ua.NodeId(node, self._index) for node in AVAILABLE[key]]
        for list_name, listed in (
            ("AvailableStates", states if self._official else []),
            ("AvailableTransitions", []),
        ):
            variable = await machine.add_variable(
                ua.NodeId(f"PackML.{name}.{list_name}", self._own),
                _base(list_name),
                ua.Variant(listed, T.NodeId, is_array=True),
                datatype=ua.NodeId(ua.ObjectIds.NodeId),
            )
            await variable.write_value_rank(ua.ValueRank.OneDimension)
        return machine

    async def _methods(self, server: Server, objects: dict[str, Node]) -> None:
        for name, (number, where) in METHODS.items():
            if self._official:
                method = server.get_node(ua.NodeId(number, self._index))
                await objects[where].add_reference(method, HAS_COMPONENT)
                kinds = await _argument_types(method)
                server.link_method(method, self._runner(name, kinds))
            elif name in OFFERED:
                await objects[where].add_method(
                    *place("PackML", name, self._index, self._own),
                    self._runner(name, ()),
                    [],
                    [],
                )

    def _runner(
        self, name: str, kinds: Sequence[ua.NodeId]
    ) -> Callable[..., Awaitable[ua.StatusCode]]:
        async def run(_parent: ua.NodeId, *arguments: ua.Variant) -> ua.StatusCode:
            # asyncua does not look at them.
            if wrong := wrong_arguments(arguments, kinds):
                return ua.StatusCode(wrong)
            user = caller.get()
            if name not in OFFERED:
                return ua.StatusCode(ua.StatusCodes.BadNotSupported)
            if user is None or self._act is None:
                return ua.StatusCode(ua.StatusCodes.BadUserAccessDenied)
            try:
                done = await self._act(name, user)
            except TimeoutError:
                return ua.StatusCode(ua.StatusCodes.BadTimeout)
            return ua.StatusCode(0 if done else ua.StatusCodes.BadInvalidState)

        return run


def wrong_arguments(
    arguments: Sequence[ua.Variant], kinds: Sequence[ua.NodeId]
) -> int | None:
    """The status code for arguments that are not as declared."""
    if len(arguments) < len(kinds):
        return int(ua.StatusCodes.BadArgumentsMissing)
    if len(arguments) > len(kinds):
        return int(ua.StatusCodes.BadTooManyArguments)
    for argument, kind in zip(arguments, kinds, strict=True):
        plain = (
            kind.NamespaceIndex == 0 and int(kind.Identifier) <= T.DiagnosticInfo.value
        )
        expected = T(int(kind.Identifier)) if plain else T.ExtensionObject
        if argument.VariantType is not expected:
            return int(ua.StatusCodes.BadInvalidArgument)
    return None


def _counts(rows: Sequence[tuple[int, str, int]]) -> list[Any]:
    return [
        ua.PackMLCountDataType(ID=number, Name=level, Count=value, AccCount=value)
        for number, level, value in rows
    ]


def _base(name: str) -> ua.QualifiedName:
    return ua.QualifiedName(name, 0)


async def _argument_types(method: Node) -> list[ua.NodeId]:
    for child in await method.get_properties():
        if (await child.read_browse_name()).Name == "InputArguments":
            return [argument.DataType for argument in await child.read_value() or ()]
    return []


async def _retype(node: Node, kind: ua.NodeId) -> None:
    """Give a node another type definition; it stays as it is."""
    has_type = ua.NodeId(ua.ObjectIds.HasTypeDefinition)
    for reference in await node.get_references(has_type, ua.BrowseDirection.Forward):
        await node.delete_reference(reference.NodeId, has_type, bidirectional=False)
    await node.add_reference(kind, has_type, bidirectional=False)
