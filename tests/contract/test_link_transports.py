"""Real wires: sockets, pseudo terminals, Modbus; what they do when things end."""

import asyncio
import contextlib
import os
import random
import socket
import tty
from pathlib import Path

import pytest

from drivers.link import Link, received
from drivers.transports.addresses import SerialAddress, TcpAddress
from drivers.transports.base import RegisterRefusedError
from drivers.transports.dialer import RealDialer
from drivers.transports.serial import open_serial
from drivers.transports.tcp import dial_tcp


@pytest.fixture
def pty():
    """(device end, path): the device end raw, as a device would be."""
    device, line = os.openpty()
    tty.setraw(line)
    path = os.ttyname(line)
    ends = {"device": device, "line": line}

    class Pty:
        pass

    pty = Pty()
    pty.device, pty.path = device, path

    def unplug():
        for name in list(ends):
            os.close(ends.pop(name))

    pty.unplug = unplug
    yield pty
    unplug()


@pytest.fixture
async def tcp_pair():
    """A dialled stream and the reader and writer at the other end."""
    arrived = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(
        lambda reader, writer: arrived.set_result((reader, writer)), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    stream = await dial_tcp(TcpAddress(host="127.0.0.1", port=port))
    reader, writer = await arrived
    yield stream, reader, writer
    await stream.close()
    writer.close()
    server.close()


async def test_tcp_does_not_delay_and_notices_a_dead_host(tcp_pair):
    stream, _, _ = tcp_pair
    sock = stream._writer.get_extra_info("socket")
    options = {
        name: sock.getsockopt(level, getattr(socket, name))
        for level, name in (
            (socket.IPPROTO_TCP, "TCP_NODELAY"),
            (socket.SOL_SOCKET, "SO_KEEPALIVE"),
            (socket.IPPROTO_TCP, "TCP_KEEPIDLE"),
            (socket.IPPROTO_TCP, "TCP_KEEPINTVL"),
            (socket.IPPROTO_TCP, "TCP_KEEPCNT"),
        )
    }
    assert options == {
        "TCP_NODELAY": 1,
        "SO_KEEPALIVE": 1,
        "TCP_KEEPIDLE": 5,
        "TCP_KEEPINTVL": 2,
        "TCP_KEEPCNT": 3,
    }


async def test_tcp_what_was_sent_before_a_close_arrives(tcp_pair):
    stream, reader, _ = tcp_pair
    data = b"x" * 100_000
    reading = asyncio.create_task(reader.readexactly(len(data)))
    await stream.send(data)
    await stream.close()
    assert await reading == data


async def test_tcp_ends_are_seen_on_both_sides(tcp_pair):
    stream, reader, writer = tcp_pair
    writer.write(b"bye")
    writer.close()
    assert await stream.receive() == b"bye"
    assert await stream.receive() == b""
    await stream.close()
    await stream.close()
    with pytest.raises(OSError):
        await stream.send(b"x")
    assert await reader.read() == b""


async def test_tcp_our_own_close_wakes_our_reader(tcp_pair):
    stream, _, _ = tcp_pair
    reading = asyncio.ensure_future(stream.receive())
    await asyncio.sleep(0)
    await stream.close()
    assert await reading == b""


async def test_a_full_pipe_does_not_hold_up_a_close(tcp_pair):
    stream, _, writer = tcp_pair
    writer.transport.pause_reading()
    sending = asyncio.ensure_future(stream.send(b"x" * 20_000_000))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await stream.close()
    with pytest.raises(OSError):
        await sending


async def test_serial_both_ways(pty):
    stream = await open_serial(SerialAddress(path=pty.path, baud=115200))
    await stream.send(b"^0?RS\r")
    assert os.read(pty.device, 100) == b"^0?RS\r"
    os.write(pty.device, b"\x00\x11\x13\x1d\r\n\xff")
    assert await stream.receive() == b"\x00\x11\x13\x1d\r\n\xff"
    await stream.close()
    await stream.close()
    assert await stream.receive() == b""
    with pytest.raises(OSError):
        await stream.send(b"x")


async def test_a_serial_port_is_ours_alone(pty):
    stream = await open_serial(SerialAddress(path=pty.path))
    with pytest.raises(OSError, match=r"[Ll]ock"):
        await open_serial(SerialAddress(path=pty.path))
    await stream.close()
    await (await open_serial(SerialAddress(path=pty.path))).close()


async def test_a_serial_port_that_is_not_there():
    with pytest.raises(OSError, match="/dev/serial/by-id/nothing"):
        await open_serial(SerialAddress(path="/dev/serial/by-id/nothing"))


async def test_an_adapter_pulled_while_we_wait_is_a_lost_wire(pty):
    stream = await open_serial(SerialAddress(path=pty.path))
    reading = asyncio.ensure_future(received(stream))
    await asyncio.sleep(0)
    pty.unplug()
    with pytest.raises(OSError):
        await reading
    with pytest.raises(OSError):
        await stream.send(b"x")
    await stream.close()


async def test_serial_our_own_close_wakes_reader_and_writer(pty):
    stream = await open_serial(SerialAddress(path=pty.path))
    reading = asyncio.ensure_future(stream.receive())
    writing = asyncio.ensure_future(stream.send(b"x" * 1_000_000))
    await asyncio.sleep(0.01)
    assert not writing.done()
    async with asyncio.timeout(30):
        await stream.close()
    assert await reading == b""
    with pytest.raises(OSError):
        await writing


async def test_serial_writes_more_than_the_line_takes_at_once(pty):
    stream = await open_serial(SerialAddress(path=pty.path))
    data = bytes(range(256)) * 400
    writing = asyncio.ensure_future(stream.send(data))
    got = b""
    os.set_blocking(pty.device, False)
    async with asyncio.timeout(30):
        while len(got) < len(data):
            await asyncio.sleep(0)
            with contextlib.suppress(BlockingIOError):
                got += os.read(pty.device, 4096)
    await writing
    assert got == data
    await stream.close()


async def test_a_cancelled_open_leaves_no_port_open(pty):
    for _ in range(20):
        opening = asyncio.ensure_future(open_serial(SerialAddress(path=pty.path)))
        await asyncio.sleep(0)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
    async with asyncio.timeout(30):
        while True:
            try:
                stream = await open_serial(SerialAddress(path=pty.path))
                break
            except OSError:  # a late one is being closed
                await asyncio.sleep(0.01)
    await stream.close()


def _open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_thousand_reconnections_leak_no_descriptor(pty, running):
    """F37, on a pty and on a socket."""
    slam = await asyncio.start_server(
        lambda _reader, writer: writer.transport.abort(), "127.0.0.1", 0
    )
    port = slam.sockets[0].getsockname()[1]
    dialer = RealDialer()
    before = _open_files()
    for address, cycles in (
        (f"serial:{pty.path}", 300),
        (f"tcp://127.0.0.1:{port}", 700),
    ):
        for _ in range(cycles):
            stream = await dialer.open_stream(address)
            await stream.close()
    async with asyncio.timeout(30):
        while _open_files() > before:  # noqa: ASYNC110 (no event for it)
            await asyncio.sleep(0.01)
    slam.close()


class Bank:
    def __init__(self):
        self.registers = list(range(100))

    def read(self, address, count):
        if address + count > len(self.registers):
            raise RegisterRefusedError(2)
        return self.registers[address : address + count]

    def write(self, address, values):
        if address < 50:
            raise RegisterRefusedError(3)
        self.registers[address : address + len(values)] = values


@pytest.fixture
async def modbus(host):
    bank = Bank()
    return bank, await host.registers("plc", bank)


async def test_modbus_reads_writes_and_is_refused(modbus):
    bank, wire = modbus
    client = await RealDialer().open_registers(wire.address)
    assert await client.read_holding(7, 3) == (7, 8, 9)
    await client.write_holding(60, [65535, 0])
    assert bank.registers[60:62] == [65535, 0]
    for call, code in (
        (client.read_holding(99, 2), 2),
        (client.write_holding(1, [1]), 3),
    ):
        with pytest.raises(RegisterRefusedError) as refused:
            await call
        assert refused.value.code == code
    assert await client.read_holding(0, 1) == (0,)
    await client.close()
    with pytest.raises(OSError):
        await client.read_holding(0, 1)


async def test_a_modbus_call_given_up_closes_the_wire(modbus):
    _, wire = modbus
    client = await RealDialer().open_registers(wire.address)
    wire.silence(on=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await client.read_holding(0, 1)
    wire.silence(on=False)
    with pytest.raises(OSError):
        await client.read_holding(0, 1)


async def test_modbus_nobody_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="no Modbus server"):
            await RealDialer().open_registers(f"modbus://127.0.0.1:{port}")


async def test_modbus_calls_never_overlap_on_a_link(modbus, running):
    _, wire = modbus
    link = Link(
        "plc",
        lambda: RealDialer().open_registers(wire.address),
        rng=random.Random(1),
    )

    class Device:
        pass

    device = Device()
    device.link, device.run = link, link.run

    async def read(address):
        async with link.exchange(timeout_s=30) as client:
            return await client.read_holding(address, 1)

    async with running(device):
        answers = await asyncio.gather(*(read(n) for n in range(100)))
    assert answers == [(n,) for n in range(100)]
