"""Variables whose value is written only when it has changed."""

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

from typing import Any, Final

from asyncua import Node, ua

Place = tuple[ua.NodeId, ua.QualifiedName]
HAS_COMPONENT: Final = ua.NodeId(ua.ObjectIds.HasComponent)


class Values:
    """Variables by a name of ours. None as a value says: the agent does not know."""

    def __init__(self) -> None:
        self._nodes: dict[str, tuple[Node, ua.VariantType]] = {}
        self._last: dict[str, object] = {}

    async def add(
        self,
        parent: Node,
        key: str,
        place: Place,
        kind: ua.VariantType,
        datatype: ua.NodeId | None = None,
        *,
        array: bool = False,
    ) -> Node:
        """Add a variable of `kind` under `parent`."""
        empty = ua.Variant([] if array else _empty(kind), kind, is_array=array)
        node = await parent.add_variable(
            *place, empty, datatype=datatype or ua.NodeId(kind.value)
        )
        self.take(key, node, kind)
        return node

    def take(self, key: str, node: Node, kind: ua.VariantType) -> None:
        """Keep a variable that is there already."""
        self._nodes[key] = (node, kind)

    async def put(
        self, key: str, value: Any, missing: int = ua.StatusCodes.BadNotSupported
    ) -> None:
        """Write the value, if it is another than before; None as status `missing`."""
        if key in self._last and self._last[key] == value:
            return
        node, kind = self._nodes[key]
        if value is None:
            data = ua.DataValue(StatusCode=ua.StatusCode(missing))
        else:
            data = ua.DataValue(ua.Variant(value, kind))
        await node.write_value(data)
        self._last[key] = value


def _empty(kind: ua.VariantType) -> Any:
    # NodeIds and structures have no plain zero; a null variant stands for them.
    zeros: dict[ua.VariantType, Any] = {
        ua.VariantType.String: "",
        ua.VariantType.Boolean: False,
        ua.VariantType.Float: 0.0,
        ua.VariantType.LocalizedText: ua.LocalizedText(""),
        ua.VariantType.NodeId: ua.NodeId(),
        ua.VariantType.DateTime: ua.uatypes.win_epoch_to_datetime(0),
    }
    return zeros.get(kind, 0)


def place(parent: str, name: str, index: int, own: int) -> Place:
    """A node of ours, `parent.name`, whose browse name is in namespace `index`."""
    return (
        ua.NodeId(f"{parent}.{name}" if parent else name, own),
        ua.QualifiedName(name, index),
    )
