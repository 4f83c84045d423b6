"""OPC UA nodes as values: names, types, writes, refusals, security. No I/O.

A node is written as settings write it: `nsu=<namespace URI>;s=<name>` (also `i=` for a
number, `g=` for a GUID); `i=2259` alone is a node of the OPC UA standard itself. Never
by namespace index: a server hands those out anew when its program changes.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal, NamedTuple

Scalar = bool | int | float | str
NodeValue = Scalar | tuple[Scalar, ...]

# Namespace 0: the nodes every server has (OPC 10000-6, annex A).
STANDARD_URI = "http://opcfoundation.org/UA/"
SERVER_STATE = "i=2259"

_NODE = re.compile(r"(?:nsu=(?P<uri>[^;]+);)?(?P<kind>[sig])=(?P<identifier>.+)", re.S)
_INDEXED = re.compile(r"ns=\d+;")


class NodeType(StrEnum):
    """Built-in types a PLC's values have (OPC 10000-6, 5.1.2), by their own names."""

    BOOLEAN = "Boolean"
    SBYTE = "SByte"
    BYTE = "Byte"
    INT16 = "Int16"
    UINT16 = "UInt16"
    INT32 = "Int32"
    UINT32 = "UInt32"
    INT64 = "Int64"
    UINT64 = "UInt64"
    FLOAT = "Float"
    DOUBLE = "Double"
    STRING = "String"


_RANGES: Mapping[NodeType, tuple[int, int]] = {
    NodeType.SBYTE: (-(1 << 7), (1 << 7) - 1),
    NodeType.BYTE: (0, (1 << 8) - 1),
    NodeType.INT16: (-(1 << 15), (1 << 15) - 1),
    NodeType.UINT16: (0, (1 << 16) - 1),
    NodeType.INT32: (-(1 << 31), (1 << 31) - 1),
    NodeType.UINT32: (0, (1 << 32) - 1),
    NodeType.INT64: (-(1 << 63), (1 << 63) - 1),
    NodeType.UINT64: (0, (1 << 64) - 1),
}


class Typed(NamedTuple):
    """A value with its type; an array has a tuple and the type of its elements."""

    type: NodeType
    value: NodeValue


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWrite:
    """One value for one node; with `first`, elements of its array from there on."""

    node: str
    typed: Typed
    first: int | None = None


class NodeRefusedError(Exception):
    """The server answered no. `status` is OPC UA's own name (`BadNodeIdUnknown`)."""

    def __init__(self, status: str, node: str = "") -> None:
        super().__init__(f"{status} for {node}" if node else status)
        self.status = status
        self.node = node


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSecurity:
    """How a channel is secured and who logs in.

    With `Basic256Sha256` everything is signed and encrypted, and the server's
    certificate must be in (or issued by one in) `trust_folder`. Files are DER or PEM.
    Without `user` the login is anonymous; the password is the first line of its file.
    """

    policy: Literal["none", "Basic256Sha256"] = "none"
    certificate: Path | None = None
    private_key: Path | None = None
    trust_folder: Path | None = None
    user: str = ""
    password_file: Path | None = None


OPEN = NodeSecurity()


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeName:
    """A node's text taken apart. `kind` is `s`, `i` or `g`."""

    uri: str
    kind: str
    identifier: str


def parse_node(text: str) -> NodeName:
    """`text` taken apart. `ValueError` says what is wrong with it."""
    if _INDEXED.match(text):
        raise ValueError(
            f"{text!r}: name the namespace by its URI (nsu=…;s=…), its index changes"
        )
    match = _NODE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} must look like nsu=<namespace URI>;s=<name>")
    uri, kind, identifier = match["uri"], match["kind"], match["identifier"]
    if uri is None and kind != "i":
        raise ValueError(f"{text!r} names no namespace: nsu=<namespace URI>;{text}")
    if kind == "i" and not identifier.isdecimal():
        raise ValueError(f"{text!r}: {identifier!r} is not a number")
    if kind == "g":
        identifier = str(uuid.UUID(identifier))
    return NodeName(uri=uri or STANDARD_URI, kind=kind, identifier=identifier)


def node_text(name: NodeName) -> str:
    """The inverse of `parse_node`."""
    if name.uri == STANDARD_URI:
        return f"{name.kind}={name.identifier}"
    return f"nsu={name.uri};{name.kind}={name.identifier}"


def check_fits(typed: Typed) -> None:
    """`ValueError` unless the value can be carried by its type."""
    values = typed.value if isinstance(typed.value, tuple) else (typed.value,)
    for value in values:
        if not _fits(typed.type, value):
            raise ValueError(f"{value!r} is no {typed.type}")


def _fits(kind: NodeType, value: Scalar) -> bool:
    match kind:
        case NodeType.BOOLEAN:
            return isinstance(value, bool)
        case NodeType.STRING:
            return isinstance(value, str)
        case NodeType.FLOAT | NodeType.DOUBLE:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            low, high = _RANGES[kind]
            return (
                isinstance(value, int)
                and not isinstance(value, bool)
                and low <= value <= high
            )
