"""Node values of a coder to what they mean, and codes to texts. No I/O, no state."""

import re
from collections.abc import Mapping

from drivers.base import PrinterState, PrinterStatus
from drivers.printers.opcua_coder.settings import CommandValue
from drivers.transports.nodes import NodeType, Typed, check_fits

GS = "\x1d"
_UNPRINTABLE = re.compile(r"[\x00-\x1c\x1e\x1f\x7f]")

# How far each whole number counts until it wraps.
MODULUS: Mapping[NodeType, int] = {
    NodeType.SBYTE: 1 << 8,
    NodeType.BYTE: 1 << 8,
    NodeType.INT16: 1 << 16,
    NodeType.UINT16: 1 << 16,
    NodeType.INT32: 1 << 32,
    NodeType.UINT32: 1 << 32,
    NodeType.INT64: 1 << 64,
    NodeType.UINT64: 1 << 64,
}
_TEXTS = ("job_node", "identity_node", "text_node")
_NUMBERS = ("count_node", "queued_node", "last_printed_node")
# Record numbers go on for a million and start over.
_SMALLEST_NUMBER = 1 << 32


def check_node(setting: str, typed: Typed) -> None:
    """`ValueError` names the setting whose node has a type that cannot be it."""
    if isinstance(typed.value, tuple):
        kind = f"an array of {typed.type}"
        raise ValueError(f"{setting} is {kind}, not a single value")  # noqa: TRY004
    if setting in _TEXTS and typed.type is not NodeType.STRING:
        raise ValueError(f"{setting} is {typed.type}, not String")
    if setting in _NUMBERS and typed.type not in MODULUS:
        raise ValueError(f"{setting} is {typed.type}, not a whole number")
    if setting == "last_printed_node" and MODULUS[typed.type] < _SMALLEST_NUMBER:
        raise ValueError(f"{setting} is {typed.type}, too small for record numbers")


def command(kind: NodeType, value: CommandValue) -> Typed:
    """The value to write. `ValueError` when the command node cannot hold it."""
    if kind is NodeType.BOOLEAN and value in (0, 1):
        value = bool(value)
    typed = Typed(kind, value)
    check_fits(typed)
    return typed


def decode_status(
    state: Typed, error: Typed | None, states: Mapping[str, PrinterState]
) -> PrinterStatus:
    """A state that settings do not know is a fault: nobody knows what it prints."""
    value = shown(state)
    known = states.get(value)
    detail = f"state {value}"
    if known is None:
        detail = f"state {value} is not among states in settings"
    number = 0
    if error is not None:
        if isinstance(error.value, int):
            number = int(error.value)
        elif error.value:
            detail = f"{error.value} ({detail})"
    return PrinterStatus(state=known or PrinterState.FAULT, error=number, detail=detail)


def shown(typed: Typed) -> str:
    """A value as settings write it."""
    if isinstance(typed.value, bool):
        return "true" if typed.value else "false"
    return str(typed.value)


def encode_code(code: str, group_separator: str) -> str:
    """The text that stands for `code`. `ValueError` names what cannot be printed."""
    if found := _UNPRINTABLE.search(code):
        raise ValueError(f"{code!r} has {found[0]!r} at position {found.start()}")
    if GS in code and not group_separator:
        raise ValueError(f"{code!r} has GS, and settings name nothing in its place")
    return code.replace(GS, group_separator)
