"""Who gets in, who may act, and what is said to the rest."""

import pytest
import pytest_asyncio
from asyncua import Client, ua

from agent.opcua.server import OpcUaError, OpcUaServer

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN = "urn:line-agent:opcua"
PACKML = "http://opcfoundation.org/UA/PackML/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(papers, serving, nodesets, acts):
    """A secured server whose named users may act."""
    async with serving(papers.plan(nodesets=nodesets), acts) as server:
        yield server


@pytest.fixture
def line(acts):
    acts.done.clear()
    acts.allowed = True
    return acts


async def call(client, where, method, *arguments):
    own = await client.get_namespace_index(OWN)
    index = await client.get_namespace_index(PACKML)
    node = client.get_node(ua.NodeId(f"PackML.{where}", own))
    return await node.call_method(f"{index}:{method}", *arguments)


async def refused(status, client, *request):
    with pytest.raises(ua.UaStatusCodeError, match=status):
        await call(client, *request)


async def test_a_named_user_holds_and_resumes(papers, running, line):
    async with papers.client(running.port, user="wang") as client:
        await call(client, "ExecuteState", "Hold")
        await call(client, "ExecuteState", "Unhold")
    assert line.done == [("Hold", "wang"), ("Unhold", "wang")]


async def test_a_line_in_another_state_says_so(papers, running, line):
    line.allowed = False
    async with papers.client(running.port, user="wang") as client:
        await refused("BadInvalidState", client, "ExecuteState", "Unhold")


async def test_nobody_in_particular_reads_and_does_not_act(papers, running, line):
    async with papers.client(running.port) as client:
        await refused("BadUserAccessDenied", client, "ExecuteState", "Hold")
        own = await client.get_namespace_index(OWN)
        speed = client.get_node(ua.NodeId("PackML.CurMachSpeed", own))
        assert await speed.read_value() == 120.0
    assert line.done == []


@pytest.mark.parametrize("user", ["", "wang"])
async def test_nothing_can_be_written(papers, running, user):
    async with papers.client(running.port, user=user) as client:
        own = await client.get_namespace_index(OWN)
        speed = client.get_node(ua.NodeId("PackML.CurMachSpeed", own))
        with pytest.raises(ua.UaStatusCodeError):
            await speed.write_value(ua.Variant(1.0, ua.VariantType.Float))
        assert await speed.read_value() == 120.0
        with pytest.raises(ua.UaStatusCodeError):
            await client.nodes.objects.add_folder(own, "mine")


async def test_what_the_agent_cannot_do_and_arguments(papers, running, nodesets, line):
    async with papers.client(running.port, user="wang") as client:
        await refused("BadTooManyArguments", client, "ExecuteState", "Hold", 1)
        if nodesets:
            speed = ua.Variant(1.0, ua.VariantType.Float)
            await refused("BadNotSupported", client, "MachineState", "Stop")
            await refused("BadArgumentsMissing", client, "ExecuteState", "Start")
            await refused("BadNotSupported", client, "L1", "SetMachSpeed", speed)
            await refused("BadInvalidArgument", client, "L1", "SetMachSpeed", "fast")
    assert line.done == []


async def test_a_stranger_is_not_trusted(papers, running):
    with pytest.raises((ua.UaError, OSError)):
        async with papers.client(running.port, who="stranger"):
            pytest.fail("a client nobody trusts got a session")


async def test_a_wrong_password_gets_no_session(papers, running):
    for user, password in (("wang", "wrong"), ("li", "geheim")):
        with pytest.raises(ua.UaStatusCodeError, match="BadUserAccessDenied"):
            async with papers.client(running.port, user=user, password=password):
                pytest.fail("got a session")


async def test_nobody_comes_in_without_security(running):
    with pytest.raises((ua.UaError, OSError)):
        async with Client(f"opc.tcp://127.0.0.1:{running.port}", timeout=5):
            pytest.fail("got a session without security")


async def test_sessions_are_capped(papers, running, monkeypatch):
    monkeypatch.setattr("agent.opcua.access.MAX_SESSIONS", 1)
    async with papers.client(running.port):
        with pytest.raises((ua.UaError, OSError)):
            async with papers.client(running.port):
                pytest.fail("got one too many")


async def test_without_security_everybody_reads_and_nobody_acts(papers, serving, line):
    plan = papers.plan(security="none", certificate="", key="", trust="", users={})
    async with (
        serving(plan, line) as server,
        Client(f"opc.tcp://127.0.0.1:{server.port}", timeout=5) as client,
    ):
        await refused("BadUserAccessDenied", client, "ExecuteState", "Hold")
    assert line.done == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certificate": "/none/server.der"}, "certificate /none/server.der"),
        ({"trust": "/none"}, "trust folder /none is missing"),
        ({"nodesets": "/none"}, "nodeset /none/Opc.Ua.Di.NodeSet2.xml is missing"),
        ({"address": "opc.tcp://192.0.2.1:4840"}, "opc.tcp://192.0.2.1:4840"),
    ],
)
async def test_why_a_server_cannot_be(papers, changes, words, line):
    server = OpcUaServer(papers.plan(**changes), line)
    with pytest.raises(OpcUaError, match=words):
        await server.start()


async def test_a_key_that_is_none(papers, tmp_path, line):
    (tmp_path / "key.pem").write_text("no key", encoding="utf-8")
    server = OpcUaServer(papers.plan(key=str(tmp_path / "key.pem")), line)
    with pytest.raises(OpcUaError, match=r"key .*key\.pem"):
        await server.start()
