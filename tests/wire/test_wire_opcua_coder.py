"""OPC UA coder: what its nodes' values mean, and what goes out.

Sources:
[P6]   OPC 10000-6 "Mappings", 5.2.2.16 (Variant) and 5.2.2.17 (DataValue: mask 0x01, a
       value alone)
[P3]   OPC 10000-3, 8: widths of the whole numbers, by which counts wrap
[PAGE] docs/devices/opcua-coder.md: a coder has no common node set, settings say it all
"""

import pytest
from asyncua.ua.ua_binary import struct_to_binary

from drivers.base import PrinterState
from drivers.printers.opcua_coder.codec import (
    MODULUS,
    check_node,
    command,
    decode_status,
    encode_code,
)
from drivers.transports.nodes import NodeType, Typed
from drivers.transports.opcua_values import to_data_value

KIND = "opcua_coder"
SOURCES = {
    "P6": "OPC 10000-6, 5.2.2.16 and 5.2.2.17",
    "P3": "OPC 10000-3, 8",
    "PAGE": "docs/devices/opcua-coder.md",
}
STATES = {"2": PrinterState.IDLE, "true": PrinterState.PRINTING}


@pytest.mark.parametrize(
    ("code", "separator", "wire"),
    [
        # [P6] 0C String: length, then UTF-8
        ("01", "\x1d", "01 0C 02000000 3031"),
        ("01\x1d21", "\x1d", "01 0C 05000000 30311D3231"),
        ("01\x1d21", "~1", "01 0C 06000000 30317E313231"),
        ("码", "\x1d", "01 0C 03000000 E7A081"),
    ],
)
def test_a_code_on_the_wire(code, separator, wire):
    typed = Typed(NodeType.STRING, encode_code(code, separator))
    assert struct_to_binary(to_data_value(typed)).hex() == bytes.fromhex(wire).hex()


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [  # [P6] 01 Boolean, 04 Int16, 05 UInt16, 06 Int32, 0C String
        (NodeType.BOOLEAN, 1, "01 01 01"),
        (NodeType.BOOLEAN, False, "01 01 00"),
        (NodeType.INT16, -1, "01 04 FFFF"),
        (NodeType.UINT16, 2, "01 05 0200"),
        (NodeType.INT32, 3, "01 06 03000000"),
        (NodeType.STRING, "GO", "01 0C 02000000 474F"),
    ],
)
def test_a_command_on_the_wire(kind, value, wire):
    written = struct_to_binary(to_data_value(command(kind, value)))
    assert written.hex() == bytes.fromhex(wire).hex()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (NodeType.UINT16, -1),
        (NodeType.INT16, 40_000),
        (NodeType.BOOLEAN, 2),
        (NodeType.INT16, True),
        (NodeType.STRING, 1),
    ],
)
def test_a_command_its_node_cannot_hold(kind, value):
    with pytest.raises(ValueError, match=f"is no {kind}"):
        command(kind, value)


@pytest.mark.parametrize(
    ("kind", "modulus"),
    [  # [P3]
        (NodeType.BYTE, 256),
        (NodeType.INT16, 65_536),
        (NodeType.UINT16, 65_536),
        (NodeType.INT32, 4_294_967_296),
        (NodeType.UINT32, 4_294_967_296),
        (NodeType.UINT64, 18_446_744_073_709_551_616),
    ],
)
def test_how_far_counts_go(kind, modulus):
    assert MODULUS[kind] == modulus


@pytest.mark.parametrize(
    ("state", "error", "expected"),
    [  # [PAGE]
        (Typed(NodeType.INT32, 2), None, (PrinterState.IDLE, 0, "state 2")),
        (
            Typed(NodeType.BOOLEAN, True),
            Typed(NodeType.UINT16, 7),
            (PrinterState.PRINTING, 7, "state true"),
        ),
        (
            Typed(NodeType.INT32, 2),
            Typed(NodeType.STRING, "墨水低 ink low"),
            (PrinterState.IDLE, 0, "墨水低 ink low (state 2)"),
        ),
        (
            Typed(NodeType.STRING, "RUN"),
            None,
            (PrinterState.FAULT, 0, "state RUN is not among states in settings"),
        ),
    ],
)
def test_states(state, error, expected):
    status = decode_status(state, error, STATES)
    assert (status.state, status.error, status.detail) == expected


@pytest.mark.parametrize("code", ["A\rB", "A\x00", "\x1e", "\x7f"])
def test_what_is_never_printed(code):
    with pytest.raises(ValueError, match="at position"):
        encode_code(code, "\x1d")


@pytest.mark.parametrize(
    ("setting", "typed", "said"),
    [
        ("text_node", Typed(NodeType.BYTE, 1), "text_node is Byte, not String"),
        ("count_node", Typed(NodeType.STRING, "1"), "not a whole number"),
        ("last_printed_node", Typed(NodeType.UINT16, 1), "too small"),
        ("state_node", Typed(NodeType.INT32, (1,)), "an array of Int32"),
    ],
)
def test_nodes_that_cannot_be_it(setting, typed, said):
    with pytest.raises(ValueError, match=said):
        check_node(setting, typed)
