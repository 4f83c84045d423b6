"""F38: however much a device sends, each turn of the event loop takes a bounded part of
it, so that no other device waits for it. Counted in turns, not in seconds."""

import asyncio
import socket
from types import SimpleNamespace

import pytest

from drivers.transports.tcp import BURST, CHUNK, PAUSE_S, TcpStream

FRAME = b"]d20106901234567892%06d\r"
FRAMES = 8000
FLOOD = b"".join(FRAME % n for n in range(FRAMES))


class Turns:
    """What `count()` rises by from one turn of the loop to the next, at most."""

    def __init__(self, count):
        self.most = 0
        self._count = count
        self._before = count()
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_soon(self._turn)
        self.full = asyncio.Event()

    def _turn(self):
        now = self._count()
        if now >= FRAMES:
            self.full.set()
        self.most = max(self.most, now - self._before)
        self._before = now
        self._next = self._loop.call_soon(self._turn)

    def end(self):
        self._next.cancel()


async def flood(stream):
    await stream.send(FLOOD)
    await stream.receive()


@pytest.fixture
async def tcp_flood(net_wires):
    return net_wires, await net_wires.serve(flood)


@pytest.mark.fault("F38")
@pytest.mark.parametrize("net_wires", ["tcp"], indirect=True)
async def test_a_stream_gives_one_piece_a_turn(tcp_flood):
    wires, address = tcp_flood
    stream = await wires.dialer.open_stream(address)
    got = 0
    turns = Turns(lambda: got)
    # As greedy as a driver can be: it never lets go of the loop by itself.
    while got < len(FLOOD):
        got += len(await stream.receive())
    turns.end()
    await stream.close()
    assert turns.most <= CHUNK


@pytest.mark.fault("F38")
@pytest.mark.parametrize("net_wires", ["tcp"], indirect=True)
@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "text_reader", "no_read": "NOREAD"},
        {"kind": "handheld", "aim": "required"},
    ],
    ids=lambda settings: settings["kind"],
)
async def test_a_reader_takes_few_frames_a_turn(
    tcp_flood, reader_on, running, settings
):
    wires, address = tcp_flood
    reader = reader_on(wires, address, **settings)
    turns = Turns(lambda: reader.counts.results)
    async with running(reader):
        async with asyncio.timeout(30):
            await turns.full.wait()
        turns.end()
    assert turns.most <= CHUNK // len(FRAME % 0) + 1
    assert reader.broken_frames == 0


def heard(data):
    """A stream that has heard `data` already."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    sock = socket.socket()
    transport = SimpleNamespace(
        set_write_buffer_limits=lambda high: None, abort=sock.close
    )
    writer = SimpleNamespace(transport=transport, get_extra_info=lambda name: sock)
    return reader, TcpStream(reader, writer)


async def timed(stream, size):
    """Seconds until so many bytes are received."""
    begun_s = asyncio.get_running_loop().time()
    while size > 0:
        size -= len(await stream.receive())
    return asyncio.get_running_loop().time() - begun_s


@pytest.mark.fault("F38")
def test_a_flood_is_slowed_down_and_a_long_answer_is_not(virtual):
    async def main():
        pieces = BURST + 1
        reader, stream = heard(bytes(CHUNK * pieces))
        assert await timed(stream, CHUNK * pieces) == 0
        reader.feed_data(bytes(CHUNK * 100))
        assert await timed(stream, CHUNK * 100) == pytest.approx(100 * PAUSE_S)
        # A pause of its own ends a flood.
        reader.feed_data(b"OK\r")
        await timed(stream, 3)
        reader.feed_data(bytes(CHUNK * pieces))
        assert await timed(stream, CHUNK * pieces) == 0
        await stream.close()

    virtual(main())
