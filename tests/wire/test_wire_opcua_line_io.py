"""OPC UA line I/O: encodings, node names and types, byte for byte where bytes are seen.

Sources:
[P6]   OPC 10000-6 "Mappings", 5.2.2.9 (NodeId, with its worked examples), 5.2.2.16
       (Variant: type number, 0x80 for an array), 5.2.2.17 (DataValue: one mask byte,
       0x01 for a value alone)
[P4]   OPC 10000-4 "Services", 5.11.4 (Write: with an index range the value is an array
       even for one element; servers may refuse time stamps), 7.27 (NumericRange)
[CAP]  python_opcua-client-server_minimal-2.pcap of cisagov/icsnpp-opcua-binary: a
       client and a server browse a path and read a value
[MAP]  section 5 of the design, written out in docs/devices/opcua-line-io.md
[TOOL] `uaread`, a client program of its own in a process of its own
"""

import asyncio
import json
import random
import struct
import sys
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import (
    nodeid_to_binary,
    struct_from_binary,
    struct_to_binary,
)

from drivers.base import LineCommand, Verdict
from drivers.io.opcua_line_io.codec import decode_state, encode_beat, encode_verdicts
from drivers.io.opcua_line_io.driver import OpcUaLineIO
from drivers.io.opcua_line_io.messages import AGENT_NODES, PLC_NODES
from drivers.transports import opcua
from drivers.transports.memory import MemoryNetwork
from drivers.transports.nodes import NodeType, NodeWrite, Typed, node_text, parse_node
from drivers.transports.opcua_values import from_variant, to_data_value
from drivers.wiretap import Direction
from simulators.bench.virtual_time import run_virtual
from simulators.hosting import LoopbackHost
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import PlcNodes

KIND = "opcua_line_io"
SOURCES = {
    "P6": "OPC 10000-6, 5.2.2.9, 5.2.2.16 and 5.2.2.17",
    "P4": "OPC 10000-4, 5.11.4 and 7.27",
    "CAP": "cisagov/icsnpp-opcua-binary, python_opcua-client-server_minimal-2.pcap",
    "MAP": "docs/devices/opcua-line-io.md",
    "TOOL": "uaread of asyncua 2.1 in a process of its own",
}
# As a session resolves them: the URI's place in the server's NamespaceArray.
NAMESPACES = [
    "http://opcfoundation.org/UA/",
    "urn:one",
    "urn:two",
    "3",
    "4",
    "urn:five",
]


@pytest.fixture
async def resolved():
    """The node id a session makes of a text."""
    nodes = opcua.OpcUaNodes(opcua.Client("opc.tcp://127.0.0.1:1"), NAMESPACES)
    yield nodes._node
    await nodes.close()


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        # [P6] table of examples: a string "Hot水" in namespace 1
        ("nsu=urn:one;s=Hot水", "03 0100 06000000 486F74E6B0B4"),
        # [P6] two-byte form: 72 in namespace 0
        ("i=72", "00 48"),
        # [P6] four-byte form: 1025 in namespace 5
        ("nsu=urn:five;i=1025", "01 05 0104"),
        # [P6] GUID {72962B91-FA75-4AE6-8D28-B404DC7DAF63}, fields little-endian
        (
            "nsu=urn:five;g=72962B91-FA75-4AE6-8D28-B404DC7DAF63",
            "04 0500 912B9672 75FA E64A 8D28B404DC7DAF63",
        ),
    ],
)
async def test_node_ids(resolved, text, wire):
    node = resolved(text)
    if text.startswith(("i=", "nsu=urn:five;i=")):
        assert (node.NamespaceIndex, node.Identifier) == (
            (0, 72) if text == "i=72" else (5, 1025)
        )
        node = ua.NodeId(node.Identifier, node.NamespaceIndex)
    assert nodeid_to_binary(node).hex() == bytes.fromhex(wire).hex()


@pytest.mark.parametrize(
    ("typed", "as_array", "wire"),
    [
        # [P6] mask 01; type 1 Boolean, 5 UInt16, 7 UInt32, 12 String; 80 array + length
        (Typed(NodeType.BOOLEAN, True), False, "01 01 01"),
        (Typed(NodeType.UINT16, 0xBEEF), False, "01 05 EFBE"),
        (Typed(NodeType.UINT32, 65538), False, "01 07 02000100"),
        (Typed(NodeType.STRING, "码"), False, "01 0C 03000000 E7A081"),
        (Typed(NodeType.UINT16, (257, 258)), True, "01 85 02000000 0101 0201"),
        # [P4] one element of an array is still an array
        (Typed(NodeType.UINT16, 253), True, "01 85 01000000 FD00"),
    ],
)
def test_values_go_out_without_status_and_time_stamps(typed, as_array, wire):
    written = struct_to_binary(to_data_value(typed, as_array=as_array))
    assert written.hex() == bytes.fromhex(wire).hex()


@pytest.mark.parametrize(
    ("first", "value", "text"),
    [  # [P4] 7.27: "5" one element, "5:6" from and to, both inclusive
        (5, (21,), "5"),
        (5, (21, 26), "5:6"),
        (0, (0,) * 64, "0:63"),
        (None, 21, None),
    ],
)
def test_index_ranges(first, value, text):
    write = NodeWrite(node="i=1", typed=Typed(NodeType.UINT16, value), first=first)
    assert opcua._index_range(write) == text


def test_what_is_asked_of_a_path():
    # [CAP] TranslateBrowsePathsToNodeIds: i=33, forward, with subtypes, 2:MyObject
    path = opcua._path(ua.NodeId(84, 2), "MyObject")
    captured = "0021 00 01 0200 08000000 4d794f626a656374"
    assert struct_to_binary(path.RelativePath.Elements[0]).hex() == (
        bytes.fromhex(captured).hex()
    )


def test_what_is_asked_of_a_value():
    # [CAP] Read: ns=2;i=2, attribute 13, no index range, no data encoding
    asked = ua.ReadValueId(
        NodeId=ua.NumericNodeId(2, 2), AttributeId=ua.AttributeIds.Value
    )
    captured = "02 0200 02000000 0d000000 ffffffff 0000 ffffffff"
    assert struct_to_binary(asked).hex() == bytes.fromhex(captured).hex()


def test_an_answer_from_the_wire():
    # [CAP] ReadResponse: a Double with status Good and a source time stamp
    captured = "07 0b c2cccccccccc2340 00000000 c415546550d1d501"
    value = struct_from_binary(ua.DataValue, _buffer(captured))
    assert value.StatusCode.is_good()
    assert from_variant("x", value.Value) == Typed(
        NodeType.DOUBLE, struct.unpack("<d", bytes.fromhex("c2cccccccccc2340"))[0]
    )
    assert value.Value.Value == pytest.approx(9.9)


def _buffer(text):
    return ua.utils.Buffer(bytes.fromhex(text))


@pytest.mark.parametrize(
    "text",
    ['nsu=http://x;s="LineIO"."Run"', "nsu=urn:a;i=7", "i=2259", "nsu=urn:a;s=a;b=c"],
)
def test_texts_of_nodes_come_back(text):
    assert node_text(parse_node(text)) == text


def test_the_names_and_types_of_the_contract():
    # [MAP]
    assert {name: str(kind) for name, kind in PLC_NODES.items()} == {
        "MapVersion": "UInt16",
        "BootId": "UInt16",
        "Heartbeat": "UInt16",
        "Running": "Boolean",
        "EStop": "Boolean",
        "AirOk": "Boolean",
        "BinFull": "Boolean",
        "ConfirmOk": "Boolean",
        "Manual": "Boolean",
        "NeedsReset": "Boolean",
        "ItemsAtTrigger": "UInt32",
        "ItemsAtGate": "UInt32",
        "RejectsFired": "UInt32",
        "RejectsConfirmed": "UInt32",
        "BeltSpeed": "UInt16",
        "Encoder": "UInt32",
        "Outcomes": "UInt16",
    }
    assert list(AGENT_NODES)[-1] == "AgentHeartbeat"
    assert list(PLC_NODES).index("Outcomes") > list(PLC_NODES).index("ItemsAtGate")


def test_a_picture_of_the_line():
    # [MAP] item 5 passed, item 63 (of 16383) absent
    outcomes = [0] * 64
    outcomes[5], outcomes[63] = 21, 65535
    values = [1, 7, 65535, True, False, True, False, True, False, True]
    values += [65538, 65535, 3, 2, 480, 1179700, tuple(outcomes)]
    state = decode_state(
        [Typed(k, v) for k, v in zip(PLC_NODES.values(), values, strict=True)]
    )
    assert (state.map_version, state.boot_id, state.heartbeat) == (1, 7, 65535)
    assert (state.running, state.estop, state.air_ok) == (True, False, True)
    assert (state.bin_full, state.confirm_ok, state.manual) == (False, True, False)
    assert state.needs_reset
    assert (state.items_at_trigger, state.items_at_gate) == (65538, 65535)
    assert (state.rejects_fired, state.rejects_confirmed) == (3, 2)
    assert (state.belt_mm_s, state.encoder) == (480, 1179700)
    assert (state.outcome(5), state.outcome(16383), state.outcome(6)) == (1, 3, 0)


def test_a_beat():
    # [MAP]
    command = LineCommand(run=False, stop=True, beacon=9)
    assert list(encode_beat(0xBEEF, 2, command)) == [
        ("AgentBootId", ("UInt16", 48879)),
        ("Run", ("Boolean", False)),
        ("Stop", ("Boolean", True)),
        ("BeaconRed", ("Boolean", True)),
        ("BeaconAmber", ("Boolean", False)),
        ("BeaconGreen", ("Boolean", False)),
        ("Buzzer", ("Boolean", True)),
        ("AgentHeartbeat", ("UInt16", 2)),
    ]


def test_verdicts():
    # [MAP] slot = item mod 64, value = (item mod 16384) × 4 + verdict
    verdicts = {64: Verdict.PASS, 65: Verdict.REJECT, 16383: Verdict.PASS}
    assert list(encode_verdicts(verdicts)) == [(0, (257, 262)), (63, (65533,))]


class Bank:
    """A PLC that stands still at one moment."""

    def __init__(self):
        self.plc = Plc(gate_mm=500, window_mm=20)
        self.plc.trigger(0.0)
        self.plc.window_closed(1)
        self.now_s = 1.0

    def read(self, address, count):
        self.now_s += 0.1
        return self.plc.read(address, count, self.now_s, 70000.0, 480.0)

    def write(self, address, values):
        self.plc.write(address, values, self.now_s)


async def test_what_another_client_reads_of_the_simulated_plc():
    # [TOOL], [MAP]
    host = LoopbackHost()
    wire = await host.nodes("plc", PlcNodes(Bank()).table)
    expected = {
        "ItemsAtTrigger": ("UInt32", "1"),
        "Encoder": ("UInt32", "70000"),
        "ConfirmOk": ("Boolean", "True"),
        "Outcomes": ("UInt16", str([0, 7, *[0] * 62])),
    }
    try:
        answers = await asyncio.gather(
            *(_uaread(wire.address, name) for name in expected)
        )
    finally:
        await host.close()
    for (name, (kind, value)), answer in zip(expected.items(), answers, strict=True):
        assert f"VariantType.{kind}" in answer or f".{kind}:" in answer, (name, answer)
        assert value in answer, (name, answer)


async def _uaread(url, name):
    tool = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "uaread"),
        *("-u", url, "-n", f"ns=2;s=LineIO.{name}", "-t", "variant"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await tool.communicate()
    return out.decode()


def test_a_conversation_as_the_tap_has_it():
    async def story():
        plc = PlcNodes(Bank())
        network = MemoryNetwork()
        network.node_bank("opc.tcp://plc:4840/", plc.table)
        io = OpcUaLineIO(
            "plc",
            lambda tap: network.open_nodes("opc.tcp://plc:4840/", tap=tap),
            rng=random.Random(1),
            owner=plc.table.owner,
        )
        io.boot_id = 48879
        task = asyncio.create_task(io.run())
        await io.link.wait_ready()
        seen = len(io.tap.frames())
        await io.beat(LineCommand(run=True, stop=False, beacon=4))
        await io.write_verdicts({5: Verdict.PASS, 6: Verdict.REJECT})
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [
            (frame.direction, json.loads(frame.data))
            for frame in io.tap.frames()[seen:]
        ]

    def row(name, kind, value, first=None):
        return [f"nsu=urn:line-sim:plc;s=LineIO.{name}", kind, value, first]

    beat = [
        row("AgentBootId", "UInt16", 48879),
        row("Run", "Boolean", True),
        row("Stop", "Boolean", False),
        row("BeaconRed", "Boolean", False),
        row("BeaconAmber", "Boolean", False),
        row("BeaconGreen", "Boolean", True),
        row("Buzzer", "Boolean", False),
        row("AgentHeartbeat", "UInt16", 1),
    ]
    assert run_virtual(story()) == [
        (Direction.SENT, {"op": "write", "writes": beat}),
        (Direction.RECEIVED, {"written": 8}),
        (
            Direction.SENT,
            {"op": "write", "writes": [row("Verdicts", "UInt16", [21, 26], 5)]},
        ),
        (Direction.RECEIVED, {"written": 1}),
    ]
