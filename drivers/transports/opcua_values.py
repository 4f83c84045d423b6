"""Values between our types and asyncua's."""

from typing import Final, cast

from asyncua import ua

from drivers.transports.nodes import (
    NodeRefusedError,
    NodeType,
    NodeValue,
    Typed,
    check_fits,
)

_VARIANTS: Final = {kind: ua.VariantType[kind.value] for kind in NodeType}
_TYPES: Final = {variant: kind for kind, variant in _VARIANTS.items()}


def to_data_value(typed: Typed, *, as_array: bool = False) -> ua.DataValue:
    """As PLCs want it written: without time stamps and without a status.

    With either, Siemens S7 and others answer BadWriteNotSupported (OPC 10000-4, 5.10.4;
    FreeOpcUa issues 708, 1069, 1159). `ValueError` when the value does not fit.
    """
    check_fits(typed)
    value = list(typed.value) if isinstance(typed.value, tuple) else typed.value
    if as_array and not isinstance(value, list):
        value = [value]
    variant = ua.Variant(value, _VARIANTS[typed.type])
    return ua.DataValue(variant, StatusCode=None)


def from_variant(node: str, variant: ua.Variant | None) -> Typed:
    """`NodeRefusedError` for what is no plain value, or none."""
    kind = None if variant is None else _TYPES.get(variant.VariantType)
    if variant is None or kind is None:
        named = "nothing" if variant is None else variant.VariantType.name
        raise NodeRefusedError(f"the value is {named}, not a plain type", node)
    value = variant.Value
    if isinstance(value, list):
        return Typed(kind, tuple(value))
    if value is None and kind is NodeType.STRING:
        value = ""  # a null string, as PLCs show an empty one
    return Typed(kind, cast("NodeValue", value))
