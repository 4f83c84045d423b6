"""The text reader driver: dialled, listening, flooded, cut, joined to the simulator."""

import asyncio
import random

import pytest

from drivers.base import LinkState
from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter
from drivers.readers.reads import QUEUE_READS
from drivers.readers.text_reader.driver import TextReader
from drivers.transports.addresses import TcpAddress
from drivers.transports.dialer import RealDialer
from drivers.transports.memory import MemoryNetwork
from drivers.transports.tcp import dial_tcp
from simulators.readers.text_reader import ITEM_FORMAT, LABEL_FORMAT
from simulators.readers.text_reader import TextReader as SimulatedReader

KIND = "text_reader"
GS_CODE = "0106141411234567\x1d21ABC"


def reader_for(dialer, address, **settings):
    interpreter = {
        key: settings.pop(key) for key in ("pattern", "heartbeat") if key in settings
    }
    silent_after_s = settings.pop("silent_after_s", 0)
    return TextReader(
        "reader",
        address=address,
        dialer=dialer,
        rng=random.Random(3),
        framer=Framer(**settings),
        interpreter=Interpreter(no_read="NOREAD", **interpreter),
        silent_after_s=silent_after_s,
    )


async def test_reads_of_the_simulated_reader(any_wires, running):
    simulated = SimulatedReader(LABEL_FORMAT)
    address = await any_wires.serve(simulated.serve)
    driver = reader_for(any_wires.dialer, address)
    async with running(driver):
        await _until_connected(simulated)
        simulated.read(GS_CODE, aim="]d2")
        simulated.read(None)
        simulated.read("https://example.com/x", aim="]Q1")
        async with asyncio.timeout(30):
            reads = [await driver.read() for _ in range(3)]
    assert [(read.text, read.aim, read.item) for read in reads] == [
        (GS_CODE, "]d2", None),
        (None, None, None),
        ("https://example.com/x", "]Q1", None),
    ]
    assert (driver.counts.reads, driver.counts.no_reads) == (2, 1)


async def test_the_trigger_number_comes_along(any_wires, running):
    simulated = SimulatedReader(ITEM_FORMAT)
    address = await any_wires.serve(simulated.serve)
    driver = reader_for(
        any_wires.dialer, address, pattern=r"(?P<item>\d+);(?P<code>.*)"
    )
    async with running(driver):
        await _until_connected(simulated)
        simulated.read(GS_CODE, aim="]d2", item=41)
        simulated.read(None, item=42)
        async with asyncio.timeout(30):
            reads = [await driver.read() for _ in range(2)]
    assert [(read.text, read.item) for read in reads] == [(GS_CODE, 41), (None, 42)]


async def _until_connected(simulated):
    async with asyncio.timeout(30):
        while not simulated.connected:  # noqa: ASYNC110  a socket's own pace
            await asyncio.sleep(0)


@pytest.mark.fault("F27")
@pytest.mark.parametrize("cut", range(1, 8))
def test_a_cut_inside_a_frame_gives_neither_half_nor_joint(
    virtual, memory_wires, running, cut
):
    frame = b"AB1234\r"

    async def story():
        wires = memory_wires()
        said = [frame[:cut], frame]

        async def handler(stream):
            if said:
                await stream.send(said.pop(0))
            else:
                await stream.receive()

        driver = reader_for(wires.dialer, await wires.serve(handler))
        async with running(driver, ready=False):
            await asyncio.sleep(30)
            taken = [await driver.read() for _ in range(driver.counts.reads)]
        whole = cut == len(frame)
        assert [read.text for read in taken] == ["AB1234"] * (1 + whole)
        assert driver.broken_frames == (not whole)

    virtual(story())


async def test_a_new_connection_raises_the_session_and_reads_go_on(net_wires, running):
    said = [b"ONE\r", b"TWO\r"]

    async def handler(stream):
        await stream.send(said.pop(0) if said else b"REST\r")
        if not said:
            await stream.receive()

    driver = reader_for(net_wires.dialer, await net_wires.serve(handler))
    async with running(driver), asyncio.timeout(30):
        assert [(await driver.read()).text for _ in range(2)] == ["ONE", "TWO"]
        assert driver.link.session == 2


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running):
    """Nobody takes the reads, and nobody else is kept waiting."""

    async def story():
        wires = memory_wires()

        async def handler(stream):
            for number in range(5000):
                await stream.send(b"CODE-%d\r" % number)
            await stream.receive()

        driver = reader_for(wires.dialer, await wires.serve(handler))
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 5000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 5000 - QUEUE_READS
            assert (await driver.read()).text == f"CODE-{5000 - QUEUE_READS}"

    virtual(story())


@pytest.mark.fault("F27")
async def test_a_megabyte_without_an_end_is_one_broken_frame(net_wires, running):
    async def handler(stream):
        for _ in range(64):
            await stream.send(b"x" * 16_384)
        await stream.send(b"\rGOOD\r")
        await stream.receive()

    driver = reader_for(net_wires.dialer, await net_wires.serve(handler), gap_s=0)
    async with running(driver), asyncio.timeout(30):
        assert (await driver.read()).text == "GOOD"
    assert driver.broken_frames == 1


def test_missing_heartbeats_end_the_link(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            for _ in range(5):
                await asyncio.sleep(2)
                await stream.send(b"HB\r")
            await stream.receive()

        driver = reader_for(
            wires.dialer,
            await wires.serve(handler),
            heartbeat="HB",
            silent_after_s=5,
        )
        async with running(driver):
            await asyncio.sleep(14.9)
            assert driver.status().link is LinkState.READY
            assert driver.link.session == 1
            await asyncio.sleep(0.5)
            assert driver.link.session == 2
            assert driver.counts.heartbeats == 5
            assert driver.counts.reads == 0

    virtual(story())


def test_a_reader_that_dials_in_memory(virtual, running):
    async def story():
        network = MemoryNetwork()
        driver = reader_for(network, "tcp-listen://0.0.0.0:9004")
        async with running(driver, ready=False):
            await asyncio.sleep(100)
            assert driver.status().link is LinkState.OPENING
            for session in (1, 2):
                device = await network.open_stream("tcp://0.0.0.0:9004")
                await device.send(b"CODE-%d\r" % session)
                assert (await driver.read()).text == f"CODE-{session}"
                assert driver.link.session == session
                await device.close()
                await asyncio.sleep(1)

    virtual(story())


async def test_a_reader_that_dials_over_tcp_the_newest_wins(running):
    address = TcpAddress(host="127.0.0.1", port=0, listen=True)
    dialer = RealDialer()
    driver = reader_for(dialer, "tcp-listen://127.0.0.1:0")
    async with running(driver, ready=False), asyncio.timeout(30):
        port = await _listening_port(dialer, address)
        device = TcpAddress(host="127.0.0.1", port=port)
        old = await dial_tcp(device)
        await old.send(b"OLD\rHALF")
        assert (await driver.read()).text == "OLD"
        new = await dial_tcp(device)
        await new.send(b"NEW\r")
        assert (await driver.read()).text == "NEW"
        assert await _ended(old)
        assert driver.link.session == 2
        assert driver.broken_frames == 1
        await old.close()
        await new.close()
    await dialer.close()
    with pytest.raises(ConnectionRefusedError):
        await dial_tcp(device)


async def _listening_port(dialer, address):
    while True:
        try:
            return dialer.listener(address).port
        except RuntimeError:
            await asyncio.sleep(0)


async def _ended(stream):
    try:
        return await stream.receive() == b""
    except ConnectionResetError:
        return True


async def test_a_taken_port_is_said_and_tried_again(running, turned_away):
    busy = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = busy.sockets[0].getsockname()[1]
    dialer = RealDialer()
    driver = reader_for(dialer, f"tcp-listen://127.0.0.1:{port}")
    async with running(driver, ready=False):
        await turned_away(driver, "address already in use")
        busy.close()
        await busy.wait_closed()
        async with asyncio.timeout(30):
            await _listening_port(
                dialer, TcpAddress(host="127.0.0.1", port=port, listen=True)
            )
    await dialer.close()
