"""The OPC UA nodes of a simulated device, below one object: pure, no server.

A table answers as a PLC's server would: unknown nodes, wrong types, read-only nodes and
index ranges past the end are refused with OPC UA's own status names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.transports.nodes import (
    NodeRefusedError,
    NodeType,
    NodeValue,
    NodeWrite,
    Typed,
    check_fits,
)

Put = Callable[[int, NodeValue], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A variable. `length` is that of an array, 0 for a single value.

    `put(first, value)` takes elements from `first` on (0 and the value itself for a
    single one); without it the node is read-only.
    """

    name: str
    type: NodeType
    get: Callable[[], NodeValue]
    put: Put | None = None
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method of the object, with the types of its arguments."""

    name: str
    run: Callable[[Sequence[NodeValue]], Sequence[Typed]]
    inputs: Sequence[NodeType] = ()


def _nothing() -> None:
    """Nothing to be done."""


class NodeTable:
    """Nodes `nsu=<uri>;s=<owner>.<name>` below `nsu=<uri>;s=<owner>`.

    `before` runs once a request, so that all its nodes show one moment; `after` once
    all values of a write were put. `requests` counts them by name.
    """

    def __init__(
        self,
        *,
        uri: str,
        owner: str,
        nodes: Sequence[Node],
        methods: Sequence[Method] = (),
        before: Callable[[], None] = _nothing,
        after: Callable[[], None] = _nothing,
    ) -> None:
        self.uri: Final = uri
        self.owner_name: Final = owner
        self.owner: Final = f"nsu={uri};s={owner}"
        self.nodes: Final = {self.id_of(node.name): node for node in nodes}
        self.methods: Final = {self.id_of(m.name): m for m in methods}
        self.requests = {"read": 0, "write": 0, "call": 0}
        self.written: list[tuple[str, NodeValue, int | None]] = []
        """Every write it was ever sent: name, value, first element."""
        self.whole_arrays_only = False
        """A server may refuse index ranges (AccessLevelEx, WriteFullArrayOnly)."""
        self._before = before
        self._after = after

    def id_of(self, name: str) -> str:
        """The node id of a name below the object."""
        return f"{self.owner}.{name}"

    def read(self, nodes: Sequence[str]) -> list[Typed]:
        """All at one moment."""
        self.requests["read"] += 1
        return self.look(nodes)

    def look(self, nodes: Sequence[str]) -> list[Typed]:
        """`read` by nobody: what a server's own sampling sees."""
        self._before()
        return [Typed(node.type, node.get()) for node in map(self._node, nodes)]

    def write(self, writes: Sequence[NodeWrite]) -> None:
        """In order; the first that is refused ends it."""
        self.requests["write"] += 1
        self._before()
        try:
            for write in writes:
                self._write(write)
        finally:
            self._after()

    def members(self, owner: str, names: Sequence[str]) -> list[str]:
        """By browse name."""
        if owner != self.owner:
            raise NodeRefusedError("BadNodeIdUnknown", owner)
        for name in names:
            node = self.id_of(name)
            if node not in self.nodes and node not in self.methods:
                raise NodeRefusedError("BadNoMatch", f"{name} of {owner}")
        return [self.id_of(name) for name in names]

    def call(
        self, owner: str, method: str, arguments: Sequence[Typed]
    ) -> Sequence[Typed]:
        """Count and types of the arguments are checked, as a PLC does."""
        self.requests["call"] += 1
        if owner != self.owner or method not in self.methods:
            raise NodeRefusedError("BadMethodInvalid", method)
        known = self.methods[method]
        if len(arguments) < len(known.inputs):
            raise NodeRefusedError("BadArgumentsMissing", method)
        if [a.type for a in arguments] != list(known.inputs):
            raise NodeRefusedError("BadInvalidArgument", method)
        self._before()
        return known.run([argument.value for argument in arguments])

    def _node(self, text: str) -> Node:
        try:
            return self.nodes[text]
        except KeyError:
            raise NodeRefusedError("BadNodeIdUnknown", text) from None

    def _write(self, write: NodeWrite) -> None:
        node = self._node(write.node)
        if node.put is None:
            raise NodeRefusedError("BadNotWritable", write.node)
        value, is_array = write.typed.value, isinstance(write.typed.value, tuple)
        if write.typed.type is not node.type:
            raise NodeRefusedError("BadTypeMismatch", write.node)
        try:
            check_fits(write.typed)
        except ValueError:
            raise NodeRefusedError("BadOutOfRange", write.node) from None
        if write.first is None:
            if is_array != bool(node.length) or (
                isinstance(value, tuple) and len(value) != node.length
            ):
                raise NodeRefusedError("BadTypeMismatch", write.node)
        else:
            self._check_range(node, write)
        self.written.append((node.name, value, write.first))
        node.put(write.first or 0, value)

    def _check_range(self, node: Node, write: NodeWrite) -> None:
        if not node.length or self.whole_arrays_only:
            raise NodeRefusedError("BadWriteNotSupported", write.node)
        value = write.typed.value
        count = len(value) if isinstance(value, tuple) else 1
        assert write.first is not None
        if write.first < 0 or write.first + count > node.length:
            raise NodeRefusedError("BadIndexRangeNoData", write.node)
