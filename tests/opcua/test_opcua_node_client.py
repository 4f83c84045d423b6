"""An independent client, node-opcua of npm, finds its way on the agent's server.

Skipped where there is no node, or the package cannot be had.
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGE, VERSION = "node-opcua-client", "2.156.0"
ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("browse.mjs")
# The package is fetched once; the client itself takes three seconds.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def modules():
    """Folder with the client in its node_modules."""
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        pytest.skip("node and npm are not installed; they run the independent client")
    folder = ROOT / ".venv" / "node-opcua"
    if _version(folder) != VERSION:
        _install(npm, folder)
    return folder


def _version(folder):
    path = folder / "node_modules" / PACKAGE / "package.json"
    return json.loads(path.read_text())["version"] if path.exists() else None


def _install(npm, folder):
    folder.parent.mkdir(exist_ok=True)
    # Test processes may get here at the same time: each installs, one moves in.
    with tempfile.TemporaryDirectory(dir=folder.parent) as made:
        command = [npm, "install", "--prefix", made, "--no-audit", "--no-fund"]
        command += ["--ignore-scripts", f"{PACKAGE}@{VERSION}"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=180, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm install {PACKAGE}@{VERSION} took over 180 s")
        if done.returncode:
            pytest.skip(f"npm cannot install {PACKAGE}@{VERSION}: {done.stderr[-300:]}")
        if _version(folder) != VERSION:
            shutil.rmtree(folder, ignore_errors=True)
            Path(made).rename(folder)
            Path(made).mkdir()


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
