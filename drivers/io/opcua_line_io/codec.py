"""Node values to a line state and back. No I/O, no state."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drivers.base import LineCommand, LineState, Verdict
from drivers.io.line_io.codec import verdict_writes
from drivers.io.line_io.messages import RING_SLOTS, AgentRegister
from drivers.io.opcua_line_io.messages import AGENT_NODES, LAMPS, PLC_NODES
from drivers.transports.nodes import NodeValue, Typed, check_fits

_FIELDS: Mapping[str, str] = {
    "MapVersion": "map_version",
    "BootId": "boot_id",
    "Heartbeat": "heartbeat",
    "Running": "running",
    "EStop": "estop",
    "AirOk": "air_ok",
    "BinFull": "bin_full",
    "ConfirmOk": "confirm_ok",
    "Manual": "manual",
    "NeedsReset": "needs_reset",
    "ItemsAtTrigger": "items_at_trigger",
    "ItemsAtGate": "items_at_gate",
    "RejectsFired": "rejects_fired",
    "RejectsConfirmed": "rejects_confirmed",
    "BeltSpeed": "belt_mm_s",
    "Encoder": "encoder",
    "Outcomes": "outcomes",
}


def decode_state(values: Sequence[Typed]) -> LineState:
    """The values of `PLC_NODES`, in their order, as one picture.

    `ValueError` names the node whose type or length is not the contract's.
    """
    fields: dict[str, Any] = {}
    for (name, kind), typed in zip(PLC_NODES.items(), values, strict=True):
        if typed.type is not kind:
            raise ValueError(f"{name} is {typed.type}, the contract says {kind}")
        _check_shape(name, typed.value)
        fields[_FIELDS[name]] = typed.value
    return LineState(**fields)


def _check_shape(name: str, value: NodeValue) -> None:
    length = len(value) if isinstance(value, tuple) else 0
    expected = RING_SLOTS if name == "Outcomes" else 0
    if length != expected:
        shown = f"an array of {length}" if length else "a single value"
        wanted = f"an array of {expected}" if expected else "a single value"
        raise ValueError(f"{name} is {shown}, the contract says {wanted}")


def encode_beat(
    boot_id: int, heartbeat: int, command: LineCommand
) -> Iterator[tuple[str, Typed]]:
    """Names and values of `AGENT_NODES`, the heartbeat last."""
    values: dict[str, NodeValue] = {
        "AgentBootId": boot_id,
        "Run": command.run,
        "Stop": command.stop,
        **{name: bool(command.beacon & lamp) for name, lamp in LAMPS.items()},
        "AgentHeartbeat": heartbeat,
    }
    for name, kind in AGENT_NODES.items():
        typed = Typed(kind, values[name])
        check_fits(typed)
        yield name, typed


def encode_verdicts(
    verdicts: Mapping[int, Verdict],
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """(first slot, values) of each run of slots in a row, as on Modbus.

    `ValueError` when two items want one slot.
    """
    for address, values in verdict_writes(verdicts):
        yield address - AgentRegister.VERDICT_RING, tuple(values)
