"""Wires of every sort with a peer at the other end, for drivers under contract."""

import asyncio
import random
from contextlib import asynccontextmanager
from importlib import import_module

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LinkState
from drivers.registry import open_reader
from drivers.settings import DeviceSettings
from drivers.transports.dialer import RealDialer
from drivers.transports.memory import MemoryNetwork
from simulators.bench.virtual_time import run_virtual
from simulators.hosting import LoopbackHost, MemoryHost
from simulators.pty_host import PtyDevice

# On the real clock nothing here waits so long unless it is broken: a machine that is
# busy for a second is no fault of a device. `patience_s` of wires gives a device that.
PATIENCE_S = 20.0


def quick(seconds):
    """On virtual time a machine is never busy."""
    return seconds


def patient(seconds):
    return max(seconds, PATIENCE_S)


class MemoryWires:
    """Peers in this process, and as they are made here, on virtual time."""

    def __init__(self):
        self.patience_s = quick
        self.dialer = MemoryNetwork()
        self._host = MemoryHost(self.dialer)

    async def serve(self, handler):
        return (await self._host.stream("device", handler)).address

    async def serve_registers(self, bank):
        self.last = await self._host.registers("plc", bank)
        return self.last.address

    async def serve_nodes(self, table):
        self.last = await self._host.nodes("ua", table)
        return self.last.address

    async def close(self):
        await self._host.close()


class TcpWires:
    """Peers behind loopback sockets."""

    def __init__(self):
        self.patience_s = patient
        self.dialer = RealDialer()
        self._host = LoopbackHost()

    async def serve(self, handler):
        return (await self._host.stream("device", handler)).address

    async def serve_registers(self, bank):
        self.last = await self._host.registers("plc", bank)
        return self.last.address

    async def serve_nodes(self, table):
        self.last = await self._host.nodes("ua", table)
        return self.last.address

    async def close(self):
        await self._host.close()
        await self.dialer.close()


class PtyWires:
    """Peers behind pseudo terminals."""

    def __init__(self):
        self.patience_s = patient
        self.dialer = RealDialer()
        self._devices = []

    async def serve(self, handler):
        device = PtyDevice(handler)
        await device.__aenter__()
        self._devices.append(device)
        return device.address

    async def close(self):
        for device in self._devices:
            await device.__aexit__(None, None, None)


WIRES = {"memory": MemoryWires, "tcp": TcpWires, "pty": PtyWires}


@pytest.fixture(autouse=True)
def _patient_dialling(monkeypatch):
    monkeypatch.setattr("drivers.transports.modbus.CONNECT_S", PATIENCE_S)


@pytest.fixture
def patient_sessions(monkeypatch):
    """OPC UA sessions that no busy machine ends."""
    opcua = import_module("drivers.transports.opcua")  # slow to load
    for name in ("STEP_S", "WATCH_ANSWER_S", "FAREWELL_S"):
        monkeypatch.setattr(opcua, name, PATIENCE_S)
    monkeypatch.setattr(opcua, "SILENT_S", 3)
    return opcua


@pytest.fixture
async def host():
    """Sockets of devices, closed whatever becomes of the test."""
    host = LoopbackHost()
    yield host
    await host.close()


async def _wires(kind):
    wires = WIRES[kind]()
    wires.patience_s = patient
    yield wires
    await wires.close()


@pytest.fixture(params=["memory", "tcp", "pty"])
async def any_wires(request):
    async for wires in _wires(request.param):
        yield wires


@pytest.fixture(params=["memory", "tcp"])
async def net_wires(request):
    async for wires in _wires(request.param):
        yield wires


@pytest.fixture
async def tcp_wires():
    async for wires in _wires("tcp"):
        yield wires


@pytest.fixture
def memory_wires():
    return MemoryWires


@pytest.fixture
def virtual():
    """Runs a coroutine on virtual time."""
    return run_virtual


@asynccontextmanager
async def _running(device, *, ready=True):
    task = asyncio.create_task(device.run())
    try:
        if ready:
            async with asyncio.timeout(PATIENCE_S):
                await device.link.wait_ready()
        yield device
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def running():
    """Context manager: the device's `run` as a task, ready unless `ready=False`."""
    return _running


async def _turned_away(device, why=""):
    """Waits until its link is down after an attempt, with `why` in the reason."""
    async with asyncio.timeout(PATIENCE_S):
        while device.status().link is not LinkState.BACKING_OFF or (  # noqa: ASYNC110
            why not in device.status().detail
        ):
            await asyncio.sleep(0.002)


@pytest.fixture
def turned_away():
    """`await turned_away(device, "why")`: it came to no link."""
    return _turned_away


class Peer:
    """A device played from a rule: `answer(request)` to each request up to `end`.

    `heard` has the bytes of each connection. With `cut_after` set to n, the next
    connection that hears its n-th byte from then on is closed there. A `silent` peer
    hears and says nothing; `piece` sends answers in pieces of so many bytes.
    """

    def __init__(self, answer, *, end=b"\r", piece=0, greeting=b""):
        self.answer = answer
        self.heard = []
        self.cut_after = None
        self.silent = False
        self._end = end
        self._piece = piece
        self._greeting = greeting

    async def __call__(self, stream):
        heard, request = bytearray(), bytearray()
        self.heard.append(heard)
        if self._greeting:
            await stream.send(self._greeting)
        while data := await stream.receive():
            for byte in data:
                heard.append(byte)
                request.append(byte)
                if self.cut_after is not None:
                    self.cut_after -= 1
                    if self.cut_after == 0:
                        self.cut_after = None
                        return
                if request.endswith(self._end):
                    await self._say(stream, bytes(request))
                    request.clear()

    async def _say(self, stream, request):
        reply = b"" if self.silent else self.answer(request) or b""
        size = self._piece or max(1, len(reply))
        for start in range(0, len(reply), size):
            await stream.send(reply[start : start + size])


@pytest.fixture
def peer():
    return Peer


class LoopTimers:
    """Timers of simulated devices on the running loop."""

    def at(self, when_s, action):
        asyncio.get_running_loop().call_at(when_s, action, when_s)


@pytest.fixture
def loop_timers():
    return LoopTimers


def _serving(session_of):
    """A handler that feeds each connection's bytes to a session of its own."""

    async def serve(stream):
        session = session_of()
        loop = asyncio.get_running_loop()
        while data := await stream.receive():
            if reply := session.feed(data, loop.time()):
                await stream.send(reply)

    return serve


@pytest.fixture
def serving():
    return _serving


def _reader_on(wires, address, **settings):
    """The reader that these settings describe, on these wires."""
    described = TypeAdapter(DeviceSettings).validate_python(
        {"address": address, **settings}
    )
    limits = {"gap_ms": 1000 * wires.patience_s(described.gap_ms / 1000)}
    if "reply_timeout_s" in settings:
        limits["reply_timeout_s"] = wires.patience_s(described.reply_timeout_s)
    described = described.model_copy(update=limits)
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return open_reader("reader", described, around)


@pytest.fixture
def reader_on():
    return _reader_on


class Played:
    """A reader played from a list: says each piece to every connection, in its turn;
    `heard` has what was said to it."""

    def __init__(self, *pieces, answers=None):
        self.pieces = pieces
        self.heard = bytearray()
        self._answers = answers or {}

    async def __call__(self, stream):
        saying = asyncio.create_task(self._say(stream))
        try:
            while data := await stream.receive():
                self.heard += data
                for question, answer in self._answers.items():
                    if question in data:
                        await stream.send(answer)
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)

    async def _say(self, stream):
        for piece in self.pieces:
            if isinstance(piece, bytes):
                await stream.send(piece)
            else:
                await asyncio.sleep(piece)


@pytest.fixture
def played():
    """`played(b"bytes", 0.5, b"after half a second", answers={asked: said})`."""
    return Played
