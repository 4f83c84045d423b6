"""The in-memory wires behave as sockets do where a driver could notice."""

import asyncio

import pytest

from drivers.transports.base import RegisterRefusedError
from drivers.transports.memory import MemoryNetwork
from drivers.transports.memory_wires import BUFFER_BYTES, joined

ADDRESS = "tcp://device:1"
PLC = "modbus://plc:502/1"


class Bank:
    def __init__(self):
        self.registers = list(range(10))

    def read(self, address, count):
        if address + count > len(self.registers):
            raise RegisterRefusedError(2)
        return self.registers[address : address + count]

    def write(self, address, values):
        self.registers[address : address + len(values)] = values


async def echo(stream):
    while data := await stream.receive():
        await stream.send(data.upper())


async def test_a_handler_serves_each_connection():
    network = MemoryNetwork()
    network.listen(ADDRESS, echo)
    one, two = [await network.open_stream(ADDRESS) for _ in range(2)]
    await one.send(b"one")
    await two.send(b"two")
    assert (await one.receive(), await two.receive()) == (b"ONE", b"TWO")
    await network.close()


async def test_nobody_listening_refuses():
    network = MemoryNetwork()
    with pytest.raises(ConnectionRefusedError, match="device:1"):
        await network.open_stream(ADDRESS)
    with pytest.raises(ConnectionRefusedError, match="plc:502"):
        await network.open_registers(PLC)
    network.listen(ADDRESS, echo)
    network.unlisten(ADDRESS)
    with pytest.raises(ConnectionRefusedError):
        await network.open_stream(ADDRESS)


async def test_a_cut_ends_both_sides_and_loses_what_was_under_way():
    network = MemoryNetwork()
    ended = asyncio.Event()

    async def talker(stream):
        await stream.send(b"never read")
        while await stream.receive():
            pass
        ended.set()

    network.listen(ADDRESS, talker)
    stream = await network.open_stream(ADDRESS)
    await asyncio.sleep(0)
    network.cut(ADDRESS)
    assert await stream.receive() == b""
    with pytest.raises(ConnectionResetError):
        await stream.send(b"x")
    await ended.wait()


async def test_a_closing_peer_is_read_to_the_end_first():
    ours, theirs = joined()
    await theirs.send(b"last words")
    await theirs.close()
    assert await ours.receive() == b"last words"
    assert await ours.receive() == b""
    with pytest.raises(ConnectionResetError):
        await ours.send(b"x")


async def test_closing_our_end_wakes_our_own_reader():
    ours, _ = joined()
    reading = asyncio.ensure_future(ours.receive())
    await asyncio.sleep(0)
    await ours.close()
    assert await reading == b""


async def test_a_cancelled_read_loses_nothing():
    ours, theirs = joined()
    reading = asyncio.ensure_future(ours.receive())
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await theirs.send(b"still here")
    assert await ours.receive() == b"still here"


async def test_a_full_buffer_makes_the_sender_wait():
    ours, theirs = joined()
    sending = asyncio.ensure_future(ours.send(b"x" * (BUFFER_BYTES + 1)))
    await asyncio.sleep(0)
    assert not sending.done()
    await theirs.receive()
    await sending


@pytest.mark.parametrize(
    ("manipulate", "pieces"),
    [
        (lambda data: [data[:1], data[1:]], [b"A", b"BC"]),
        (lambda data: [data, data], [b"ABC", b"ABC"]),
    ],
)
async def test_traffic_may_be_manipulated(manipulate, pieces):
    network = MemoryNetwork()

    async def speaker(stream):
        await stream.send(b"ABC")

    network.listen(ADDRESS, speaker, manipulate)
    stream = await network.open_stream(ADDRESS)
    assert [await stream.receive() for _ in pieces] == pieces


async def test_a_failing_handler_is_reported_not_swallowed():
    network = MemoryNetwork()
    reports = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: reports.append(context)
    )

    async def broken(stream):
        raise ZeroDivisionError

    network.listen(ADDRESS, broken)
    stream = await network.open_stream(ADDRESS)
    assert await stream.receive() == b""
    await asyncio.sleep(0)
    assert isinstance(reports[0]["exception"], ZeroDivisionError)


async def test_registers_are_read_written_refused_and_cut():
    network = MemoryNetwork()
    bank = Bank()
    network.bank(PLC, bank)
    wire = await network.open_registers(PLC)
    assert await wire.read_holding(2, 3) == (2, 3, 4)
    await wire.write_holding(0, [9, 8])
    assert bank.registers[:3] == [9, 8, 2]
    with pytest.raises(RegisterRefusedError) as refused:
        await wire.read_holding(9, 2)
    assert refused.value.code == 2
    network.cut(PLC)
    with pytest.raises(ConnectionResetError):
        await wire.read_holding(0, 1)


async def test_a_frozen_bank_answers_only_when_thawed():
    network = MemoryNetwork()
    network.bank(PLC, Bank())
    network.freeze(PLC)
    wire = await network.open_registers(PLC)
    reading = asyncio.ensure_future(wire.read_holding(0, 1))
    await asyncio.sleep(0)
    assert not reading.done()
    network.thaw(PLC)
    assert await reading == (0,)


async def test_a_frozen_bank_that_is_cut_fails_the_waiting_call():
    network = MemoryNetwork()
    network.bank(PLC, Bank())
    wire = await network.open_registers(PLC)
    network.freeze(PLC)
    reading = asyncio.ensure_future(wire.read_holding(0, 1))
    await asyncio.sleep(0)
    network.cut(PLC)
    with pytest.raises(ConnectionResetError):
        await reading


async def test_a_device_that_dials_meets_whoever_listens():
    network = MemoryNetwork()
    waiting = asyncio.ensure_future(network.open_stream("tcp-listen://0.0.0.0:9004"))
    await asyncio.sleep(0)
    device = await network.open_stream("tcp://0.0.0.0:9004")
    ours = await waiting
    await device.send(b"CODE\r")
    assert await ours.receive() == b"CODE\r"
    with pytest.raises(ConnectionRefusedError):
        await network.open_stream("tcp://0.0.0.0:9004")
