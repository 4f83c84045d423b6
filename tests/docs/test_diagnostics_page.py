"""The diagnostics page: typed beside a running agent and a simulated PLC and reader."""

import asyncio

from agent.client import AgentClient
from simulators.hosting import LoopbackHost
from simulators.io.line_io import Plc
from simulators.readers.text_reader import LABEL_FORMAT, TextReader

SETTINGS = """\
[line]
id = "L01"
data = "{data}"
[platform]
url = "http://127.0.0.1:1"
[devices.plc]
kind = "line_io"
address = "{plc}"
[devices.eye]
kind = "text_reader"
address = "{eye}"
no_read = "NOREAD"
[[stations]]
kind = "reading"
io = "plc"
reader = "eye"
"""


class Bank:
    """The registers of a line at rest."""

    def __init__(self):
        self._plc = Plc(gate_mm=500, window_mm=20)

    def read(self, address, count):
        now_s = asyncio.get_running_loop().time()
        return self._plc.read(address, count, now_s, 0.0, 0.0)

    def write(self, address, values):
        self._plc.write(address, values, asyncio.get_running_loop().time())


async def connected(path):
    """All devices are ready, and the PLC was looked at."""
    async with AgentClient(path) as client, asyncio.timeout(30):
        while {d.link for d in await client.devices.all()} != {"ready"}:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while not (await client.devices.points("plc")).inputs:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_the_page_is_what_happens(root, steps, session, tmp_path):
    host = LoopbackHost()
    try:
        plc = await host.registers("plc", Bank())
        eye = await host.stream("eye", TextReader(LABEL_FORMAT).serve)
        (tmp_path / "line.toml").write_text(
            SETTINGS.format(data=tmp_path / "d", plc=plc.address, eye=eye.address),
            encoding="utf-8",
        )
        terminal = session()
        for step in steps(root / "docs" / "diagnostics.md"):
            await terminal.do(step)
            if step.command == "line-agent run":
                await connected(tmp_path / "d" / "agent.sock")
        assert await terminal.stop() == [0]
    finally:
        await host.close()
