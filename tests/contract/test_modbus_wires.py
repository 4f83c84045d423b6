"""Registers and bits over every Modbus wire: same answers, same frames in the tap."""

import pytest

from drivers.transports.base import RegisterRefusedError
from drivers.wiretap import Direction, WireTap


class Box:
    """A device with all four tables, of ten values each."""

    def __init__(self):
        self.registers = list(range(100, 110))
        self.coils = [False] * 10
        self.writes = []

    def read(self, address, count):
        return self._part(self.registers, address, count)

    def read_input(self, address, count):
        return self._part(range(200, 210), address, count)

    def read_coils(self, address, count):
        return self._part(self.coils, address, count)

    def read_discrete(self, address, count):
        return self._part([n % 3 == 0 for n in range(10)], address, count)

    def write(self, address, values):
        self._write(self.registers, address, values)

    def write_coils(self, address, values):
        self._write(self.coils, address, values)

    def _part(self, table, address, count):
        if address + count > len(table):
            raise RegisterRefusedError(2)
        return list(table[address : address + count])

    def _write(self, table, address, values):
        self._part(table, address, len(values))
        self.writes.append((address, list(values)))
        table[address : address + len(values)] = values


class Registers:
    """A device with holding registers only."""

    def read(self, address, count):
        return [7] * count

    def write(self, address, values):
        pass


@pytest.fixture
async def box(net_wires):
    box = Box()
    address = await net_wires.serve_registers(box)
    tap = WireTap("box")
    client = await net_wires.dialer.open_registers(address, tap)
    yield box, client, tap
    await client.close()


async def test_every_table_is_read(box):
    _, client, _ = box
    assert await client.read_holding(0, 2) == (100, 101)
    assert await client.read_input(8, 2) == (208, 209)
    assert await client.read_discrete(3, 4) == (True, False, False, True)
    assert await client.read_coils(0, 10) == (False,) * 10


async def test_every_write_happens_once(box):
    box, client, _ = box
    await client.write_coil(2, True)
    await client.write_coils(4, [True, False, True])
    await client.write_register(1, 0)
    await client.write_holding(2, [5, 65535])
    assert box.writes == [
        (2, [True]),
        (4, [True, False, True]),
        (1, [0]),
        (2, [5, 65535]),
    ]
    assert await client.read_coils(2, 5) == (True, False, True, False, True)
    assert await client.read_holding(0, 4) == (100, 0, 5, 65535)


async def test_what_is_not_there_is_refused_and_the_wire_lives(box):
    _, client, _ = box
    for call in (
        client.read_coils(9, 2),
        client.read_discrete(9, 2),
        client.read_input(9, 2),
        client.write_coil(10, True),
        client.write_coils(9, [True, True]),
        client.write_register(10, 1),
    ):
        with pytest.raises(RegisterRefusedError) as refused:
            await call
        assert refused.value.code == 2
    assert await client.read_holding(0, 1) == (100,)


async def test_a_table_the_device_lacks_is_an_illegal_function(net_wires):
    address = await net_wires.serve_registers(Registers())
    client = await net_wires.dialer.open_registers(address)
    for call in (
        client.read_coils(0, 1),
        client.read_discrete(0, 1),
        client.read_input(0, 1),
        client.write_coil(0, True),
    ):
        with pytest.raises(RegisterRefusedError) as refused:
            await call
        assert refused.value.code == 1
    assert await client.read_holding(3, 2) == (7, 7)
    await client.close()


async def test_the_tap_has_whole_frames_the_same_on_every_wire(box):
    _, client, tap = box
    await client.read_holding(0, 1)
    await client.read_discrete(0, 9)
    await client.write_coil(2, True)
    with pytest.raises(RegisterRefusedError):
        await client.read_input(10, 1)
    frames = [
        (f.direction, f.data.hex())
        for f in tap.frames()
        if f.direction in (Direction.SENT, Direction.RECEIVED)
    ]
    sent, received = Direction.SENT, Direction.RECEIVED
    assert frames == [
        (sent, "000100000006010300000001"),
        (received, "0001000000050103020064"),
        (sent, "000200000006010200000009"),
        (received, "0002000000050102024900"),
        (sent, "00030000000601050002ff00"),
        (received, "00030000000601050002ff00"),
        (sent, "0004000000060104000a0001"),
        (received, "000400000003018402"),
    ]
