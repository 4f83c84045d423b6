"""The simulated PLC behind Modbus TCP, as a foreign client sees it."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from simulators.line import SimulatedLine


@pytest.fixture
async def client(line: SimulatedLine) -> AsyncIterator[AsyncModbusTcpClient]:
    parts = urlsplit(line.addresses["plc"])
    assert parts.hostname
    assert parts.port
    client = AsyncModbusTcpClient(
        parts.hostname, port=parts.port, timeout=20, retries=0, reconnect_delay=0
    )
    await client.connect()
    yield client
    client.close()


async def read(client: AsyncModbusTcpClient, address: int, count: int) -> list[int]:
    answer = await client.read_holding_registers(address, count=count, device_id=1)
    assert not answer.isError()
    return answer.registers


async def test_the_whole_plc_side_in_one_read(client: AsyncModbusTcpClient) -> None:
    registers = await read(client, 0, 96)
    assert registers[:2] == [1, 1]
    assert registers[3] == 4 + 16
    assert registers[4:12] == [0] * 8


async def test_writes_of_one_and_of_many_apply_at_once(
    client: AsyncModbusTcpClient, line: SimulatedLine
) -> None:
    await client.write_registers(100, [9, 1, 1, 4], device_id=1)
    assert line.world.plc.infeed_open
    assert line.world.belt.moving
    await client.write_register(102, 2, device_id=1)
    assert not line.world.belt.moving
    await client.write_registers(128, [5] * 64, device_id=1)
    assert await read(client, 128, 64) == [5] * 64
    assert await read(client, 100, 4) == [9, 1, 2, 4]


async def test_bottles_show_in_the_counters(
    client: AsyncModbusTcpClient, line: SimulatedLine
) -> None:
    await client.write_registers(100, [9, 1, 1, 0], device_id=1)
    line.world.advance(line.start_s + 0.45)
    high, low = await read(client, 4, 2)
    assert (high, low) == (0, len(line.world.record.bottles) - 2)


@pytest.mark.parametrize(("address", "count"), [(191, 2), (192, 1), (60000, 1)])
async def test_outside_the_map_is_exception_2(
    client: AsyncModbusTcpClient, address: int, count: int
) -> None:
    answer = await client.read_holding_registers(address, count=count, device_id=1)
    assert answer.isError()
    assert answer.exception_code == 2


async def test_writing_the_plcs_own_side_is_exception_2(
    client: AsyncModbusTcpClient,
) -> None:
    before = await read(client, 4, 4)
    for answer in (
        await client.write_register(4, 7, device_id=1),
        await client.write_registers(4, [7, 7], device_id=1),
    ):
        assert answer.exception_code == 2
    assert await read(client, 4, 4) == before


async def test_other_functions_are_exception_1(client: AsyncModbusTcpClient) -> None:
    for answer in (
        await client.read_coils(0, count=1, device_id=1),
        await client.read_input_registers(0, count=1, device_id=1),
    ):
        assert answer.exception_code == 1


async def test_another_unit_is_exception_11(client: AsyncModbusTcpClient) -> None:
    answer = await client.read_holding_registers(0, count=1, device_id=2)
    assert answer.exception_code == 11


async def test_a_silent_plc_neither_acts_nor_answers(
    client: AsyncModbusTcpClient, line: SimulatedLine
) -> None:
    line.wires["plc"].silence(on=True)
    client.ctx.comm_params.timeout_connect = 0.3
    with pytest.raises(ModbusIOException):
        await client.write_register(100, 7, device_id=1)
    line.wires["plc"].silence(on=False)
    client.ctx.comm_params.timeout_connect = 20
    assert await read(client, 100, 1) == [0]


async def test_a_cut_breaks_the_link_and_a_refusal_keeps_it_broken(
    client: AsyncModbusTcpClient, line: SimulatedLine, eventually
) -> None:
    parts = urlsplit(line.addresses["plc"])
    wire = line.wires["plc"]
    await read(client, 0, 1)
    wire.refuse(on=True)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    assert await asyncio.wait_for(reader.read(), 30) == b""
    writer.close()
    assert await read(client, 0, 1) == [1], "open connections stay"
    wire.cut()
    await eventually(lambda: not client.connected)
    wire.refuse(on=False)
    assert await client.connect()
    assert await read(client, 0, 1) == [1]
