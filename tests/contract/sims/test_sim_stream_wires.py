"""Simulated printers and readers on real sockets and a pty, with raw bytes."""

import asyncio
import gc
import os
import random
import socket
import struct
import termios
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from drivers.transports.base import ByteStream
from simulators.hosting import LoopbackHost, converse
from simulators.line import SimulatedLine
from simulators.line_faults import Interference
from simulators.printers.leibinger_jet import JetPrinter
from simulators.pty_host import PtyDevice
from simulators.readers.text_reader import ITEM_FORMAT, TextReader
from simulators.world.faults import LinkCut, Silence

WAIT_S = 5.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def dial() -> AsyncIterator[Callable[[str], "asyncio.Future[Connection]"]]:
    """Opens plain sockets and closes them after the test."""
    writers: list[asyncio.StreamWriter] = []

    async def dialled(address: str) -> Connection:
        parts = urlsplit(address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writers.append(writer)
        return reader, writer

    yield lambda address: asyncio.ensure_future(dialled(address))
    for writer in writers:
        writer.close()


async def until(reader: asyncio.StreamReader, end: bytes) -> bytes:
    return await asyncio.wait_for(reader.readuntil(end), WAIT_S)


async def test_jet_answers_over_tcp(line: SimulatedLine, dial) -> None:
    reader, writer = await dial(line.addresses["printer"])
    writer.write(b"^0=MR1\tA\r^0=MR2\tB\r^0!GO\r^0?SM\r")
    assert await until(reader, b"\r") == b"^0=SM256\t1\t0\t0\t1\t0\r"
    for byte in b"^0?RS\r\n":
        writer.write(bytes([byte]))
        await writer.drain()
    assert await until(reader, b"\r") == b"^0=RS2\t6\t0\t0\t0\t0\r"


async def test_zpl_answers_host_status_over_tcp(line: SimulatedLine, dial) -> None:
    reader, writer = await dial(line.addresses["case_printer"])
    writer.write(b"~HS")
    said = b"".join([await until(reader, b"\x03\r\n") for _ in range(3)])
    assert said == (
        b"\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n"
        b"\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n"
        b"\x021234,0\x03\r\n"
    )


async def test_a_label_comes_out_in_real_time(
    line: SimulatedLine, dial, eventually
) -> None:
    running = asyncio.create_task(line.run())
    _, writer = await dial(line.addresses["pallet_printer"])
    writer.write(b"^XA^BXN,6,200,,,,_^FD_10112_1215^FS^XZ")
    await eventually(lambda: len(line.world.pallets.labels) == 1)
    assert line.world.pallets.labels[0].text == "0112\x1d215"
    running.cancel()
    await asyncio.wait([running])


async def test_the_reader_pushes_to_everyone_connected(
    line: SimulatedLine, dial, eventually
) -> None:
    assert not line.reader.read("LOST", item=1)
    readers = [(await dial(line.addresses["reader"]))[0] for _ in range(2)]
    await eventually(lambda: line.reader.connected == 2)
    assert line.reader.read("A\x1dB", aim="]d2", item=2)
    assert line.reader.read(None, item=3)
    for reader in readers:
        assert await until(reader, b"\r") == b"2;]d2A\x1dB\r"
        assert await until(reader, b"\r") == b"3;NOREAD\r"
    assert line.reader.lost == 1


async def test_a_label_reader_speaks_without_item_numbers(
    line: SimulatedLine, dial, eventually
) -> None:
    reader, _ = await dial(line.addresses["case_reader"])
    (device, _) = line.label_readers.values()
    await eventually(lambda: device.connected == 1)
    device.read("0012345678", aim="]C1")
    device.read(None)
    assert await until(reader, b"\r\n") == b"]C10012345678\r\n"
    assert await until(reader, b"\r\n") == b"NOREAD\r\n"


async def test_a_host_that_does_not_listen_loses_frames_in_the_end() -> None:
    class Deaf:
        async def receive(self) -> bytes:
            await asyncio.Event().wait()
            return b""

        async def send(self, _data: bytes) -> None:
            await asyncio.Event().wait()

        async def close(self) -> None: ...

    device = TextReader(ITEM_FORMAT)
    serving = asyncio.create_task(device.serve(Deaf()))
    await asyncio.sleep(0)
    told = [device.read("A", item=item) for item in range(1100)]
    assert told.count(False) == device.lost == 100
    serving.cancel()
    await asyncio.wait([serving])
    assert device.connected == 0


async def test_a_cut_breaks_the_connection_and_refuses_for_its_time(
    line: SimulatedLine, dial
) -> None:
    reader, _ = await dial(line.addresses["printer"])
    await asyncio.sleep(0)
    line.sync()
    Interference(line).strike(LinkCut(at_s=0, device="printer", for_s=60))
    assert await broken(reader)
    refused, _ = await dial(line.addresses["printer"])
    assert await broken(refused)
    line.wires["printer"].refuse(on=False)
    reader, writer = await dial(line.addresses["printer"])
    writer.write(b"^0?JL\r")
    assert (await until(reader, b"\r")).startswith(b"^0=JL")


async def broken(reader: asyncio.StreamReader) -> bool:
    """Whether the peer closed or reset."""
    try:
        return await asyncio.wait_for(reader.read(), WAIT_S) == b""
    except ConnectionResetError:
        return True


async def test_a_silent_device_drops_what_it_hears(line: SimulatedLine, dial) -> None:
    reader, writer = await dial(line.addresses["printer"])
    line.sync()
    Interference(line).strike(Silence(at_s=0, device="printer", for_s=60))
    writer.write(b"^0=MR1\tA\r^0?SM\r")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    line.wires["printer"].silence(on=False)
    writer.write(b"^0?SM\r")
    assert (await until(reader, b"\r")).startswith(b"^0=SM256\t0\t")


async def test_a_peer_that_resets_in_the_middle_is_no_fault_of_the_device(
    line: SimulatedLine, dial, eventually
) -> None:
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    _, writer = await dial(line.addresses["reader"])
    await eventually(lambda: line.reader.connected == 1)
    linger_0 = struct.pack("ii", 1, 0)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_0)
    writer.transport.abort()
    await eventually(lambda: line.reader.connected == 0)
    await asyncio.sleep(0)
    gc.collect()
    assert not complaints


async def test_a_taken_port_says_which_device_and_where(host: LoopbackHost) -> None:
    async def face(_stream: ByteStream) -> None: ...

    wire = await host.stream("printer", face)
    port = urlsplit(wire.address).port
    assert port
    other = LoopbackHost({"zpl": port, "plc": port})
    with pytest.raises(OSError, match=f"zpl: cannot listen on 127.0.0.1:{port}"):
        await other.stream("zpl", face)
    line = SimulatedLine(rng=random.Random(1))
    with pytest.raises(OSError, match=f"plc: cannot listen on 127.0.0.1:{port}"):
        await line.start(other)
    await other.close()


async def test_a_jet_on_a_pty() -> None:
    printer = JetPrinter()

    async def face(stream: ByteStream) -> None:
        session = printer.session()
        await converse(stream, lambda data: session.feed(data, 0.0))

    async with PtyDevice(face) as device:
        port = os.open(device.path, os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcgetattr(port)  # it is a terminal, as pyserial wants it
            os.write(port, b"^0=MR1\tA\r^0?SM\r")
            said = b""
            while not said.endswith(b"\r"):
                said += await asyncio.wait_for(
                    asyncio.to_thread(os.read, port, 100), WAIT_S
                )
        finally:
            os.close(port)
    assert said == b"^0=SM256\t1\t0\t0\t1\t0\r"
    assert device.address.startswith("serial:/dev/")


async def test_leaving_a_pty_pulls_the_adapter() -> None:
    async def face(stream: ByteStream) -> None:
        await converse(stream, lambda data: data)

    async with PtyDevice(face) as device:
        port = os.open(device.path, os.O_RDWR | os.O_NOCTTY)
    try:
        with pytest.raises(OSError, match="Input/output error"):
            os.write(port, b"x")
    finally:
        os.close(port)
