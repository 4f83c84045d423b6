"""The server's process beside the agent: fed, and never the line's trouble."""

import asyncio
import socket
import sys

import pytest
from asyncua import ua

OWN = "urn:line-agent:opcua"


async def until(true):
    """Real processes take real time."""
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 (the process is another)
            await asyncio.sleep(0.02)


async def test_values_and_acts_go_through(papers, hosting, acts, held):
    acts.done.clear()
    acts.allowed = True
    async with hosting(acts) as (host, port, line):
        async with asyncio.timeout(30):
            await host.up.wait()
        assert host.alarm == ""
        async with papers.client(port, user="wang") as client:
            own = await client.get_namespace_index(OWN)
            packml = await client.get_namespace_index(
                "http://opcfoundation.org/UA/PackML/"
            )
            speed = client.get_node(ua.NodeId("PackML.CurMachSpeed", own))
            line.shown = held.model_copy(update={"per_minute": 99.0})
            async with asyncio.timeout(30):
                while await speed.read_value() != 99.0:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            node = client.get_node(ua.NodeId("PackML.ExecuteState", own))
            await node.call_method(f"{packml}:Hold")
            assert acts.done == [("Hold", "wang")]
            acts.allowed = False
            with pytest.raises(ua.UaStatusCodeError, match="BadInvalidState"):
                await node.call_method(f"{packml}:Hold")


async def test_a_taken_port_is_an_alarm_in_words(hosting, acts):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"opc.tcp://127.0.0.1:{taken.getsockname()[1]}"
        async with hosting(acts, address=address) as (host, _, _):
            await until(lambda: host.alarm)
            assert "OPC UA server is down" in host.alarm
            assert address in host.alarm
            assert "address already in use" in host.alarm


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; sys.exit(7)", "ended with code 7"),
        ("print('hello', flush=True); input(); input()", "what is no message"),
    ],
)
async def test_a_process_that_fails_is_an_alarm(hosting, acts, program, words):
    async with hosting(acts, command=(sys.executable, "-c", program)) as (host, _, _):
        await until(lambda: host.alarm)
        assert words in host.alarm


async def test_a_line_that_cannot_be_looked_at_ends_the_server(hosting, acts):
    """Values that stand still would be believed."""
    program = """print('{"ready": "here"}', flush=True)
import sys
sys.stdin.read()"""
    command = (sys.executable, "-c", program)
    async with hosting(acts, command=command) as (host, _, line):
        async with asyncio.timeout(30):
            await host.up.wait()
        line.snapshot = lambda: 1 / 0
        await until(lambda: host.alarm)
        assert "ZeroDivisionError" in host.alarm
