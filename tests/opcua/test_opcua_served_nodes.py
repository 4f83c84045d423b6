"""What a client finds on the agent's server, with the official NodeSets and without."""

import asyncio

import pytest
import pytest_asyncio
from asyncua import ua

from agent.opcua.messages import CodeEvent

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACKML = "http://opcfoundation.org/UA/PackML/"
SCS = "http://opcfoundation.org/UA/OPENSCS-SER/"
AUTOID = "http://opcfoundation.org/UA/AutoID/"
DI = "http://opcfoundation.org/UA/DI/"
OWN = "urn:line-agent:opcua"
STATE = ("BaseStateMachine", "MachineState", "ExecuteState")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(papers, serving, nodesets):
    """Starting one takes a second: all tests look at the same."""
    async with serving(papers.plan(nodesets=nodesets), None) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(papers, server):
    async with papers.client(server.port, user="wang") as connected:
        yield connected


async def find(client, *path):
    """The node at `path`: names, after a `/` in the namespace that the URI names."""
    steps = []
    uri = PACKML
    for step in path:
        if "://" in step or step == OWN:
            uri = step
        else:
            index = await client.get_namespace_index(uri) if uri else 0
            steps.append(f"{index}:{step}")
    return await client.nodes.objects.get_child(steps)


async def unit(client, *path):
    return await find(client, PACKML, "PackMLObjects", OWN, "L1", PACKML, *path)


async def read(client, *path):
    return await (await unit(client, *path)).read_value()


async def state(client, depth, part=()):
    own = await unit(client, *STATE[:depth])
    return await (await own.get_child(["0:CurrentState", *part])).read_value()


async def test_packml_shows_the_line(server, client, nodesets):
    await client.load_data_type_definitions()
    assert await read(client, "Status", "UnitModeCurrent") == 1
    assert await read(client, "Status", "CurMachSpeed") == 120.0
    assert await read(client, "Status", "EquipmentStarved") is False
    for unknown in ("EquipmentBlocked", "MachSpeed"):
        with pytest.raises(ua.UaStatusCodeError, match="BadNotSupported"):
            await read(client, "Status", unknown)
    states = [(await state(client, depth)).Text for depth in (1, 2, 3)]
    assert states == ["Cleared", "Running", "Held"]
    assert await state(client, 3, ["0:Number"]) == 11
    stop = await read(client, "Admin", "StopReason")
    assert (stop.ID, stop.Message) == (
        3,
        "printer: the printer reports an empty ink tank",
    )
    assert await read(client, "Admin", "AccTimeSinceReset") == 60
    processed = await read(client, "Admin", "ProdProcessedCount")
    assert [(row.Name, row.Count) for row in processed] == [
        ("unit", 103),
        ("case", 4),
    ]
    defective = await read(client, "Admin", "ProdDefectiveCount")
    assert [(row.Name, row.Count) for row in defective] == [("unit", 3)]


async def test_an_aborted_line_has_no_inner_state(server, client, nodesets, held):
    await server.show(held.model_copy(update={"state": 9}))
    try:
        assert (await state(client, 1)).Text == "Aborted"
        with pytest.raises(ua.UaStatusCodeError, match="BadStateNotActive"):
            await state(client, 3)
    finally:
        await server.show(held)


async def test_every_mandatory_member_of_the_official_types(server, client, nodesets):
    """OPC 30050: an instance must have what its type marks as mandatory."""
    if not nodesets:
        pytest.skip("without the NodeSets there are no official types")
    objects = [(), ("Status",), ("Admin",), STATE[:1], STATE[:2], STATE]
    for path in objects:
        node = await unit(client, *path)
        kind = client.get_node(await node.read_type_definition())
        have = {
            (await child.read_browse_name()).Name for child in await node.get_children()
        }
        for member in await kind.get_children():
            rules = await member.get_referenced_nodes(ua.ObjectIds.HasModellingRule)
            name = (await member.read_browse_name()).Name
            if [rule.nodeid.Identifier for rule in rules] == [
                ua.ObjectIds.ModellingRule_Mandatory
            ]:
                assert name in have, f"{path} lacks {name}"


async def test_pool_counts_in_open_scs_names(server, client, nodesets):
    pool = await find(client, OWN, "OpenSCS", "PoolManager", "unit")
    counts = {
        (await node.read_browse_name()).Name: await node.read_value()
        for node in await pool.get_children()
    }
    assert counts == {
        "Allocated": 897,
        "Encoded": 0,
        "Commissioned": 100,
        "LabelScrapped": 3,
        "SNInvalid": 0,
        "Sampled": 0,
    }


async def test_numbers_are_not_handed_out(server, client, nodesets):
    if not nodesets:
        pytest.skip("without the NodeSets these methods are not offered")
    pool = await find(client, OWN, "OpenSCS", "PoolManager")
    index = await client.get_namespace_index(SCS)
    arguments = (
        "collection",
        ua.Variant(5, ua.VariantType.UInt32),
        "format",
        ua.Variant([], ua.VariantType.ExtensionObject, is_array=True),
        "",
    )
    answer = await pool.call_method(f"{index}:SNRequestAllocated", *arguments)
    assert answer[0] == 11
    assert answer[1].Body is None
    assert answer[2] == ""
    with pytest.raises(ua.UaStatusCodeError, match="BadArgumentsMissing"):
        await pool.call_method(f"{index}:SNRequestAllocated", "collection")


async def test_readers_show_what_they_read(server, client, nodesets):

    async def value(name):
        node = await find(client, DI, "DeviceSet", OWN, "cam", AUTOID, name)
        return await node.read_value()

    assert await value("DeviceName") == "cam"
    assert await value("DeviceStatus") == 2
    assert await value("LastScanData") == "CODE1"
    assert (await value("LastScanTimestamp")).timestamp() == 1_700_000_000


class Heard:
    """Events, as they come."""

    def __init__(self):
        self.queue = asyncio.Queue()

    def event_notification(self, event):
        self.queue.put_nowait(event)


async def test_what_becomes_of_codes_comes_as_events(server, client, nodesets):
    heard = Heard()
    own = await client.get_namespace_index(OWN)
    kinds = [
        await client.nodes.base_event_type.get_child(f"{own}:{name}")
        for name in ("CodeEventType", "ScanEventType")
    ]
    subscription = await client.create_subscription(50, heard)
    await subscription.subscribe_events(client.nodes.server, kinds)
    at = 1_700_000_000_000
    for event in (
        CodeEvent(name="SIDCommissioningEvent", at_ms=at, codes=("A",)),
        CodeEvent(
            name="AggregationPackingEvent", at_ms=at, codes=("A", "B"), parent="P"
        ),
        CodeEvent(name="OpticalScanEvent", at_ms=at, codes=("A",), reader="cam"),
    ):
        await server.tell(event)
    async with asyncio.timeout(30):
        made, packed, scan = [await heard.queue.get() for _ in range(3)]
    assert (made.EventName, made.Codes) == ("SIDCommissioningEvent", ["A"])
    assert (packed.Codes, packed.Parent) == (["A", "B"], "P")
    assert (scan.DeviceName, scan.ScanData) == ("cam", "A")
    assert made.Time.timestamp() == 1_700_000_000
    await subscription.delete()
