"""An independent client, node-opcua of npm, finds its way on the agent's server.

Skipped where there is no node, or the package cannot be had.
"""

import asyncio
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("browse.mjs")
# The package is fetched once; the client itself takes three seconds.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def modules(npm_package):
    """Folder with the client in its node_modules."""
    return npm_package("node-opcua-client", "2.156.0")


async def _run(modules, papers, port, pki):
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        str(modules),
        f"opc.tcp://127.0.0.1:{port}",
        str(papers.folder / "client.crt"),
        str(papers.folder / "client.pem"),
        "wang",
        "geheim",
        str(pki),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            said, complained = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, complained.decode()[-2000:]
    # The client logs to the same place; the answer is the last line.
    return json.loads(said.decode().splitlines()[-1])


async def test_node_opcua_reads_and_holds_the_line(
    modules, papers, hosting, acts, nodesets, tmp_path
):
    acts.done.clear()
    acts.allowed = True
    async with hosting(acts, nodesets=nodesets) as (host, port, _):
        async with asyncio.timeout(30):
            await host.up.wait()
        answer = await _run(modules, papers, port, tmp_path / "pki")
    assert answer["entry"] == ["L1"]
    assert {"Status", "Admin", "BaseStateMachine"} <= set(answer["unit"])
    assert (answer["state"], answer["number"]) == ("Held", 11)
    assert answer["reason"] == "printer: the printer reports an empty ink tank"
    assert answer["processed"] == [["unit", 103], ["case", 4]]
    assert {"PoolManager", "EventManager", "AggregationManager"} <= set(answer["scs"])
    assert "Commissioned" in answer["pool"]
    assert answer["commissioned"] == 100
    assert answer["called"] == "Good"
    assert acts.done == [("Hold", "wang")]
    assert answer["written"].startswith("Bad")
