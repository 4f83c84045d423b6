"""A coder on OPC UA as settings describe it: which node is what."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from drivers.base import PrinterState, Role
from drivers.opcua_settings import NodeText, OpcUaModel, OptionalNode
from drivers.settings_base import ReplyTimeout

CommandValue = bool | int | str


class OpcUaCoderSettings(OpcUaModel):
    """A coder by its nodes (docs/devices/opcua-coder.md).

    With `text_node` it prints that text at each trigger and `count_node` says how
    often; with `queue_method` it keeps a queue and `last_printed_node` names the last
    record printed.
    """

    role: ClassVar[Role] = Role.PRINTER
    kind: Literal["opcua_coder"]
    state_node: NodeText = Field(description="its state, a number, text or Boolean")
    states: dict[str, PrinterState] = Field(
        min_length=1,
        description="value of state_node to off, starting, idle, printing or fault",
    )
    job_node: NodeText = Field(
        description="name of the job or message selected, String"
    )
    error_node: OptionalNode = Field(default="", description="error number or text")
    identity_node: OptionalNode = Field(
        default="", description="text it can be known by (serial number), String"
    )
    identity: str = Field(
        default="", description="text that identity_node must contain"
    )
    text_node: OptionalNode = Field(
        default="", description="the text it prints now, String, written"
    )
    blank_text: str = Field(
        default=" ",
        description="written while there is no code; nobody takes it for one",
    )
    count_node: OptionalNode = Field(
        default="", description="its print count, a whole number"
    )
    object: OptionalNode = Field(
        default="", description="the object whose methods are called"
    )
    queue_method: OptionalNode = Field(
        default="", description="takes (number, text): one more record to print"
    )
    clear_method: OptionalNode = Field(
        default="", description="empties the queue, without arguments"
    )
    queued_node: OptionalNode = Field(
        default="", description="how many records wait, a whole number"
    )
    last_printed_node: OptionalNode = Field(
        default="", description="number of the last record printed, a whole number"
    )
    depth: int = Field(default=64, ge=1, le=10_000, description="records it can queue")
    start_method: OptionalNode = Field(
        default="", description="starts printing, without arguments"
    )
    stop_method: OptionalNode = Field(
        default="", description="stops printing, without arguments"
    )
    command_node: OptionalNode = Field(
        default="", description="instead of methods: written with the two values below"
    )
    start_value: CommandValue = Field(default=1, description="starts printing")
    stop_value: CommandValue = Field(default=0, description="stops printing")
    group_separator: str = Field(
        default="\x1d", description="sent in place of GS in a code; empty refuses GS"
    )
    reply_timeout_s: ReplyTimeout = Field(
        default=1.0, description="longest wait for an answer, s"
    )
    settle_timeout_s: float = Field(
        default=3.0, ge=0, le=60, description="longest wait until an order shows, s"
    )
    poll_s: float = Field(
        default=0.02, ge=0.005, le=1, description="pause between two looks at the count"
    )
    publish_s: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="publishing interval of a subscription that wakes up the look "
        "early; 0: none",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        queue = (self.clear_method, self.queued_node, self.last_printed_node)
        if bool(self.text_node) == bool(self.queue_method):
            raise ValueError("needs text_node or queue_method, and not both")
        if self.text_node and not self.count_node:
            raise ValueError("text_node needs count_node: nothing else tells of prints")
        if self.queue_method and not all(queue):
            raise ValueError(
                "queue_method needs clear_method, queued_node and last_printed_node"
            )
        if self.text_node and any(queue):
            raise ValueError(
                "clear_method, queued_node and last_printed_node need queue_method"
            )
        if bool(self.start_method) != bool(self.stop_method):
            raise ValueError("start_method and stop_method come together")
        if self.start_method and self.command_node:
            raise ValueError("start_method or command_node, not both")
        if (self.queue_method or self.start_method) and not self.object:
            raise ValueError("methods need object, the node they belong to")
        if self.identity and not self.identity_node:
            raise ValueError("identity needs identity_node")
        return self

    def nodes(self) -> dict[str, str]:
        """The variables in use, by the setting that names each."""
        every = {
            "state_node": self.state_node,
            "job_node": self.job_node,
            "error_node": self.error_node,
            "identity_node": self.identity_node,
            "text_node": self.text_node,
            "count_node": self.count_node,
            "queued_node": self.queued_node,
            "last_printed_node": self.last_printed_node,
            "command_node": self.command_node,
        }
        return {setting: node for setting, node in every.items() if node}
