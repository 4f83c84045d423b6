"""Sessions with a real OPC UA server: values, refusals, subscriptions, channel keys."""

import asyncio

import pytest
from asyncua import ua

from drivers.transports.dialer import RealDialer
from drivers.transports.nodes import NodeRefusedError, NodeType, NodeWrite, Typed
from drivers.transports.opcua import OpcUaChanges
from drivers.wiretap import WireTap
from simulators.nodes import Method, Node, NodeTable


class Store:
    """Values a client may write."""

    def __init__(self):
        self.values = {"Text": "", "Count": 0, "Real": 0.0, "Ring": (0, 0, 0, 0)}
        self.called = []
        kinds = {
            "Text": NodeType.STRING,
            "Count": NodeType.INT32,
            "Real": NodeType.FLOAT,
        }
        nodes = [
            Node(
                name=name,
                type=kind,
                get=lambda n=name: self.values[n],
                put=lambda _first, value, n=name: self.values.update({n: value}),
            )
            for name, kind in kinds.items()
        ]
        nodes.append(
            Node(
                name="Ring",
                type=NodeType.UINT16,
                length=4,
                get=lambda: self.values["Ring"],
                put=self.put_ring,
            )
        )
        nodes.append(Node(name="Fixed", type=NodeType.BOOLEAN, get=lambda: True))
        self.table = NodeTable(
            uri="urn:store",
            owner="Store",
            nodes=nodes,
            methods=[
                Method(
                    name="Echo",
                    run=self.echo,
                    inputs=(NodeType.STRING, NodeType.UINT32),
                )
            ],
        )

    def put_ring(self, first, values):
        ring = list(self.values["Ring"])
        ring[first : first + len(values)] = values
        self.values["Ring"] = tuple(ring)

    def echo(self, arguments):
        self.called.append(arguments)
        return [Typed(NodeType.STRING, str(arguments[0]))]


@pytest.fixture(autouse=True)
def opcua(patient_sessions):
    """The module of the sessions."""
    return patient_sessions


@pytest.fixture
async def opened():
    """Opens sessions; closes them whatever becomes of the test."""
    clients = []

    async def open_(address):
        clients.append(await RealDialer().open_nodes(address))
        return clients[-1]

    yield open_
    for client in clients:
        await client.close()


@pytest.fixture
async def served(net_wires):
    """A store, a session with it, and its tap; in memory and on a server."""
    store = Store()
    address = await net_wires.serve_nodes(store.table)
    tap = WireTap("store")
    client = await net_wires.dialer.open_nodes(address, tap=tap)
    yield store, client, tap
    await client.close()


def node(name):
    return f"nsu=urn:store;s=Store.{name}"


def write(name, kind, value, first=None):
    return NodeWrite(node=node(name), typed=Typed(kind, value), first=first)


async def test_values_come_back_as_they_went(served):
    store, client, _ = served
    await client.write(
        [
            write("Text", NodeType.STRING, "0106901\x1d21码"),
            write("Count", NodeType.INT32, -7),
            write("Real", NodeType.FLOAT, 0.5),
            write("Ring", NodeType.UINT16, (8, 9), first=1),
        ]
    )
    assert await client.read([node("Ring"), node("Text"), node("Count")]) == (
        Typed(NodeType.UINT16, (0, 8, 9, 0)),
        Typed(NodeType.STRING, "0106901\x1d21码"),
        Typed(NodeType.INT32, -7),
    )
    assert store.values["Real"] == 0.5


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (write("Text", NodeType.UINT16, 1), "BadTypeMismatch"),
        (write("Count", NodeType.UINT32, 1), "BadTypeMismatch"),
        (write("Ring", NodeType.UINT16, (1, 2)), "BadTypeMismatch"),
        (write("Fixed", NodeType.BOOLEAN, False), "BadNotWritable"),
        (write("Nowhere", NodeType.BOOLEAN, False), "BadNodeIdUnknown"),
        (write("Ring", NodeType.UINT16, (1, 2), first=3), "BadIndexRangeNoData"),
    ],
)
async def test_a_refusal_leaves_the_session_standing(served, refused, status):
    store, client, _ = served
    with pytest.raises(NodeRefusedError) as caught:
        await client.write([refused])
    assert caught.value.status == status
    assert await client.read([node("Fixed")]) == (Typed(NodeType.BOOLEAN, True),)
    assert store.values["Ring"] == (0, 0, 0, 0)


async def test_a_value_that_no_type_carries_never_leaves(net_wires):
    store = Store()
    client = await net_wires.dialer.open_nodes(await net_wires.serve_nodes(store.table))
    with pytest.raises((ValueError, NodeRefusedError)):
        await client.write([write("Ring", NodeType.UINT16, (70_000,), first=0)])
    assert store.values["Ring"] == (0, 0, 0, 0)
    await client.close()


async def test_methods(served):
    store, client, _ = served
    arguments = [Typed(NodeType.STRING, "x"), Typed(NodeType.UINT32, 5)]
    owner = store.table.owner
    assert await client.call(owner, node("Echo"), arguments) == (
        Typed(NodeType.STRING, "x"),
    )
    assert store.called == [["x", 5]]
    with pytest.raises(NodeRefusedError, match="BadArgumentsMissing"):
        await client.call(owner, node("Echo"), arguments[:1])
    with pytest.raises(NodeRefusedError, match="BadInvalidArgument"):
        await client.call(owner, node("Echo"), [arguments[1], arguments[0]])
    with pytest.raises(NodeRefusedError):
        await client.call(owner, node("Nowhere"), [])
    assert len(store.called) == 1


async def test_a_namespace_the_server_has_not_is_named_with_those_it_has(host, opened):
    wire = await host.nodes("store", Store().table)
    client = await opened(wire.address)
    with pytest.raises(NodeRefusedError, match=r"urn:elsewhere.*but .*urn:store"):
        await client.read(["nsu=urn:elsewhere;s=A"])


async def test_a_subscription_brings_the_latest_of_each_node(served):
    store, client, _ = served
    changes = await client.subscribe([node("Count"), node("Text")], every_s=0.05)
    async with asyncio.timeout(30):
        seen = dict(await changes.next())
        while len(seen) < 2:
            seen |= await changes.next()
        assert seen[node("Count")].value == 0
        store.values["Count"] = 5
        assert dict(await changes.next()) == {node("Count"): Typed(NodeType.INT32, 5)}


@pytest.mark.fault("F36")
async def test_a_server_that_stops_publishing_is_noticed(host, opened):
    store = Store()
    wire = await host.nodes("store", store.table)
    client = await opened(wire.address)
    changes = await client.subscribe([node("Count")], every_s=0.05)
    await changes.next()
    # Keep-alives keep it up while nothing changes.
    quiet = asyncio.create_task(changes.next())
    store.values["Count"] = 1
    async with asyncio.timeout(30):
        await quiet
    wire.server.stop_publishing()
    async with asyncio.timeout(30):
        with pytest.raises(OSError, match="stopped publishing"):
            await changes.next()
    # The rest of the session still answers: only the subscription is dead.
    assert (await client.read([node("Count")]))[0].value == 1


@pytest.mark.fault("F38")
async def test_a_flooding_tag_stays_bounded():
    changes = OpcUaChanges([node("Count")])
    for number in range(100_000):
        changes._take(node("Count"), _good(number))
    assert len(changes._latest) == 1
    assert changes.overwritten == 99_999
    changes._heard.set()
    assert (await changes.next())[node("Count")].value == 99_999


def _good(number):
    return ua.DataValue(ua.Variant(number, ua.VariantType.Int32))


async def test_a_subscription_ends_with_its_session(served):
    _, client, _ = served
    changes = await client.subscribe([node("Count")], every_s=0.05)
    await changes.next()
    await client.close()
    with pytest.raises(OSError, match=r"ended|closed"):
        await changes.next()


@pytest.mark.fault("F36")
async def test_channel_keys_are_renewed_and_a_failed_renewal_ends_it(
    host, opened, opcua, monkeypatch
):
    # Often, but with 20 s for each answer: a busy machine is no fault.
    monkeypatch.setattr(opcua, "CHANNEL_MS", 100_000)
    monkeypatch.setattr(opcua, "RENEW_AT", 0.0005)
    monkeypatch.setattr(opcua, "RENEW_WITHIN", 0.2)
    monkeypatch.setattr(opcua, "WATCH_EVERY_S", 60)  # it is not the watch that notices
    wire = await host.nodes("store", Store().table)
    client = await opened(wire.address)
    tokens = {}
    async with asyncio.timeout(30):
        while len(tokens) < 3:
            await client.read([node("Count")])
            connection = client._client.uaclient.protocol._connection
            tokens[connection.security_token.TokenId] = None
            await asyncio.sleep(0.01)
    monkeypatch.setattr(opcua, "RENEW_WITHIN", 0.005)
    wire.silence(on=True)
    async with asyncio.timeout(30):
        with pytest.raises(OSError):
            await client.watch()
    with pytest.raises(OSError):
        await client.read([node("Count")])


class Garbage:
    """A peer that answers every request with this."""

    def __init__(self, answer):
        self.answer = answer

    async def __call__(self, stream):
        while await stream.receive():
            await stream.send(self.answer)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00" * 64,
        b"ACKF\xff\xff\xff\xff" + b"\x00" * 20,
        # [OPC 10000-6, 7.1.2.5] an error message: BadTcpEndpointUrlInvalid
        bytes.fromhex("455252461000000000008380ffffffff"),
        b"",
    ],
    ids=["http", "zeros", "long", "error", "silent"],
)
async def test_a_stranger_is_no_server(host, opcua, answer, monkeypatch):
    monkeypatch.setattr(opcua, "STEP_S", 0.2)
    wire = await host.stream("stranger", Garbage(answer))
    async with asyncio.timeout(30):
        with pytest.raises(OSError):
            await RealDialer().open_nodes("opc." + wire.address)


@pytest.mark.fault("F33")
async def test_a_link_cut_anywhere_in_the_greeting_is_an_error_of_the_wire(host):
    """The server's answers end after n bytes, for many n."""
    wire = await host.nodes("store", Store().table)
    heard = []

    async def measure(stream):
        await _through(stream, wire.server.port, 1 << 30, heard)

    whole = await host.stream("whole", measure)
    client = await RealDialer().open_nodes("opc." + whole.address)
    await client.close()
    total = sum(heard)
    assert total > 500
    for limit in range(0, total - 100, 37):

        async def cut(stream, limit=limit):
            await _through(stream, wire.server.port, limit, [])

        relay = await host.stream(f"cut{limit}", cut)
        with pytest.raises(OSError):
            await RealDialer().open_nodes("opc." + relay.address)


async def _through(stream, port, limit, heard):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def up():
        while data := await stream.receive():
            writer.write(data)
            await writer.drain()
        writer.close()

    rising = asyncio.create_task(up())
    try:
        while limit > 0 and (data := await reader.read(4096)):
            heard.append(len(data))
            await stream.send(data[:limit])
            limit -= len(data)
    finally:
        rising.cancel()
        writer.transport.abort()
        await asyncio.gather(rising, return_exceptions=True)
