"""Twelve devices, or one reader that floods, in a process of their own (`lag`).

`plant` prints the settings of each device as one line of JSON, then a reader reads
every 50 ms, until its input ends. `flood` prints its address and takes lines: each is
for how many seconds to send, answered by how many frames the socket took.
"""

import asyncio
import contextlib
import json
import select
import socket
import sys
import time
from collections.abc import Mapping, Sequence

from simulators.catalogue import CONTROLS, PACKING_READERS, PRINTERS, READERS
from simulators.catalogue.printers import Site
from simulators.catalogue.readers import LineReader
from simulators.faces import face
from simulators.hosting import LoopbackHost
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import PlcNodes
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.world.agenda import Action
from simulators.world.plan import LinePlan

PRINTER_KINDS = ("leibinger_jet", "domino_codenet", "videojet_wsi", "videojet_zipher")
READ_EVERY_S = 0.05
AIM = "]d2"
# What a scanner stuck in continuous read says in 20 ms at 100,000 frames a second.
BLOCK = b"".join(b"]d20106901234567892%06d\r" % n for n in range(2000))
BLOCK_FRAMES = 2000


class _Timers:
    def at(self, when_s: float, action: Action) -> None:
        asyncio.get_running_loop().call_at(when_s, action, when_s)


class _Bank:
    """The registers of a PLC whose belt stands still."""

    def __init__(self) -> None:
        self._plc = Plc(gate_mm=LinePlan().gate_mm, window_mm=LinePlan().window_mm)

    def read(self, address: int, count: int) -> list[int]:
        now_s = asyncio.get_running_loop().time()
        return self._plc.read(address, count, now_s, 0.0, 0.0)

    def write(self, address: int, values: Sequence[int]) -> None:
        self._plc.write(address, values, asyncio.get_running_loop().time())


async def listen(
    host: LoopbackHost,
) -> tuple[dict[str, dict[str, object]], list[LineReader]]:
    """The settings of each device by its name, and those that read."""
    made: dict[str, dict[str, object]] = {}
    now_s = asyncio.get_running_loop().time

    def made_at(kind: str, address: str, settings: Mapping[str, object]) -> None:
        made[kind] = {"kind": kind, "address": address, **settings}

    made_at("line_io", (await host.registers("plc", _Bank())).address, {})
    nodes = (await host.nodes("ua", PlcNodes(_Bank()).table)).address
    made_at("opcua_line_io", nodes, CONTROLS["opcua_line_io"].settings(LinePlan()))
    for kind in PRINTER_KINDS:
        printer = PRINTERS[kind]
        session = printer.build(Site(now_s=now_s, timers=_Timers())).session
        assert session is not None
        wire = await host.stream(kind, face(session, now_s))
        made_at(kind, wire.address, printer.settings)
    labels = ZplPrinter(_Timers())
    wire = await host.stream("zebra_zpl", face(labels.session, now_s))
    made_at("zebra_zpl", wire.address, {})
    readers: list[LineReader] = []
    handheld = {"handheld": PACKING_READERS["handheld"]}
    for kind, reader in {**READERS, **handheld}.items():
        readers.append(reader.build())
        wire = await host.stream(kind, readers[-1].serve)
        made_at(kind, wire.address, reader.settings)
    return made, readers


async def plant() -> None:
    """Listen and read until standard input ends."""
    host = LoopbackHost()
    made, readers = await listen(host)
    sys.stdout.write(json.dumps(made) + "\n")
    sys.stdout.flush()
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    item = 0
    while not ended.done():
        item += 1
        for reader in readers:
            reader.read(f"0106901234567892{item:06d}", aim=AIM, item=item)
        await asyncio.sleep(READ_EVERY_S)
    await host.close()


def flood() -> None:
    """Send blocks for as long as told, as fast as they are taken."""
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"tcp://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201
    peer, _ = listening.accept()
    peer.setblocking(False)
    # A scanner has little room; what the kernel here kept would come after its time.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
    for line in sys.stdin:
        print(_send_for(peer, float(line)), flush=True)  # noqa: T201


def _send_for(peer: socket.socket, seconds: float) -> int:
    """Frames sent whole."""
    until_s = time.monotonic() + seconds
    sent = 0
    while (left_s := until_s - time.monotonic()) > 0:
        select.select([], [peer], [], left_s)
        with contextlib.suppress(BlockingIOError):
            sent += peer.send(memoryview(BLOCK)[sent % len(BLOCK) :])
    return sent * BLOCK_FRAMES // len(BLOCK)


if __name__ == "__main__":
    if sys.argv[1:] == ["flood"]:
        flood()
    else:
        asyncio.run(plant())
