"""A PLC with the line I/O object on OPC UA as settings describe it."""

from typing import ClassVar, Literal

from pydantic import Field

from drivers.base import Role
from drivers.opcua_settings import NodeText, OpcUaModel, SlotNode


class OpcUaLineIOSettings(OpcUaModel):
    """A PLC with the line I/O object (docs/devices/opcua-line-io.md)."""

    role: ClassVar[Role] = Role.LINE_IO
    kind: Literal["opcua_line_io"]
    object: NodeText = Field(
        description="the object whose members the nodes are: nsu=<namespace URI>;s=…"
    )
    slot_node: SlotNode = Field(
        default="",
        description="for a server that refuses index ranges: the node of one slot of "
        "the verdict ring, with {slot} for its number",
    )
    exchange_timeout_s: float = Field(
        default=0.3, ge=0.05, le=0.5, description="longest wait for an answer, s"
    )
    heartbeat_timeout_s: float = Field(
        default=0.3,
        ge=0.2,
        le=0.5,
        description="the PLC's heartbeat unchanged for so long: the link is down, s",
    )
