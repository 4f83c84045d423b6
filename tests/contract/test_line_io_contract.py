"""The line I/O driver against the simulated PLC, in memory and on Modbus TCP."""

import asyncio
import random

import pytest

from drivers.base import LineCommand, LineIO, LinkState, Outcome, Verdict
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.io.line_io.driver import ModbusLineIO
from drivers.transports.base import RegisterRefusedError
from simulators.io.line_io import Plc
from simulators.modbus_rtu import RtuLine

KIND = "line_io"
TRANSPORTS = {"tcp": "modbus", "test_it_runs_over_rtu": "modbus-rtu"}
RUN = LineCommand(run=True, stop=False)


class Bank:
    """The PLC's registers at this moment."""

    def __init__(self, **plc):
        self.plc = Plc(gate_mm=500, window_mm=20, **plc)
        self.reads = 0
        self.writes = []

    def read(self, address, count):
        self.reads += 1
        return self.plc.read(address, count, now(), 1234.0, 480.0)

    def write(self, address, values):
        self.writes.append((address, list(values)))
        self.plc.write(address, values, now())


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return ModbusLineIO(
        "plc",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        **{"exchange_timeout_s": wires.patience_s(0.3)} | settings,
    )


@pytest.fixture
async def bench(net_wires, running):
    # A watchdog that no busy machine trips; what trips it is timed in its own tests.
    bank = Bank(watchdog_s=60)
    driver = driver_for(net_wires, await net_wires.serve_registers(bank))
    async with running(driver):
        yield bank, driver


async def test_a_bottle_from_trigger_to_gate(bench):
    bank, io = bench
    assert isinstance(io, LineIO)
    await io.beat(RUN)
    assert bank.plc.infeed_open
    assert bank.plc.trigger(0.0) == 1
    assert bank.plc.trigger(80.0) == 2
    state = await io.poll()
    assert (state.items_at_trigger, state.items_at_gate) == (2, 0)
    assert (state.belt_mm_s, state.encoder) == (480, 1234)
    assert state.air_ok
    assert state.confirm_ok
    await io.write_verdicts({1: Verdict.PASS, 2: Verdict.REJECT})
    assert bank.plc.gate(500.0, now()) is True
    assert bank.plc.gate(580.0, now()) is False
    state = await io.poll()
    assert state.outcome(1) is Outcome.PASSED
    assert state.outcome(2) is Outcome.REJECTED
    assert state.outcome(3) is Outcome.NONE
    assert (state.items_at_gate, state.rejects_fired) == (2, 1)


async def test_everything_is_one_read_and_verdicts_in_a_row_one_write(bench):
    bank, io = bench
    await io.poll()
    reads = bank.reads
    await io.poll()
    assert bank.reads == reads + 1
    await io.write_verdicts(dict.fromkeys(range(1, 6), Verdict.PASS))
    assert [address for address, _ in bank.writes] == [129]
    await io.write_verdicts({})
    assert len(bank.writes) == 1


async def test_each_beat_moves_the_heartbeat_under_one_boot_id(bench):
    bank, io = bench
    for _ in range(3):
        await io.beat(LineCommand(run=False, stop=True, beacon=5))
    assert [values for _, values in bank.writes] == [
        [io.boot_id, beat, 2, 5] for beat in (1, 2, 3)
    ]
    assert 1 <= io.boot_id <= 65535


async def test_what_the_plc_says_is_published(bench):
    _, io = bench
    await io.poll()
    shown = {reading.name: reading for reading in io.readings()}
    assert (shown["belt_speed"].value, shown["belt_speed"].unit) == (480, "mm/s")
    assert shown["needs_reset"].value is False
    assert shown["foreign_replies"].value == 0
    assert io.latency.by_exchange["poll"].total == 1


async def test_the_heartbeat_wraps(bench):
    bank, io = bench
    io._heartbeat = 65534
    for _ in range(3):
        await io.beat(RUN)
    assert [values[1] for _, values in bank.writes] == [65535, 0, 1]


async def test_two_verdicts_for_one_slot_are_a_mistake(bench):
    bank, io = bench
    with pytest.raises(MisuseError, match="share slot 1"):
        await io.write_verdicts({1: Verdict.PASS, 65: Verdict.PASS})
    assert bank.writes == []


async def test_registers_that_are_not_there_are_refused_on_a_living_link(
    net_wires, running
):
    address = await net_wires.serve_registers(Bank())
    driver = driver_for(net_wires, address, base=150)
    async with running(driver):
        with pytest.raises(DeviceFault, match="Modbus exception 2"):
            await driver.poll()
        assert driver.status().link is LinkState.READY


class OtherVersion(Bank):
    def read(self, address, count):
        registers = list(super().read(address, count))
        registers[0] = 2
        return registers


async def test_another_map_version_is_never_commanded(net_wires, running):
    bank = OtherVersion()
    driver = driver_for(net_wires, await net_wires.serve_registers(bank))
    async with running(driver):
        for call in (
            driver.poll(),
            driver.beat(RUN),
            driver.write_verdicts({1: Verdict.PASS}),
        ):
            with pytest.raises(DeviceFault, match=r"version 2.*version 1"):
                await call
        assert bank.writes == []


class NoRegisters:
    def read(self, address, count):
        raise RegisterRefusedError(2)

    def write(self, address, values):
        raise RegisterRefusedError(2)


def test_a_device_without_the_map_never_comes_up(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        driver = driver_for(wires, await wires.serve_registers(NoRegisters()))
        async with running(driver, ready=False):
            await asyncio.sleep(5)
            assert "is base right?" in driver.status().detail
            with pytest.raises(LinkDown):
                await driver.beat(RUN)

    virtual(story())


def test_a_silent_plc_is_link_down_in_time_for_its_watchdog(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        address = await wires.serve_registers(Bank())
        driver = driver_for(wires, address)
        async with running(driver):
            wires.dialer.freeze(address)
            asked_s = now()
            with pytest.raises(LinkDown, match="no answer in time"):
                await driver.poll()
            assert now() - asked_s <= 0.5
            with pytest.raises(LinkDown, match="not connected"):
                await driver.beat(RUN)
            wires.dialer.thaw(address)
            await driver.link.wait_ready()
            assert driver.link.session == 2
            await driver.poll()

    virtual(story())


async def test_a_lost_plc_is_dialled_again(net_wires, running):
    bank = Bank()
    address = await net_wires.serve_registers(bank)
    wire = net_wires.last
    driver = driver_for(net_wires, address)
    async with running(driver):
        await driver.poll()
        wire.cut()
        with pytest.raises(LinkDown):
            await driver.poll()
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.link.session == 2
        assert (await driver.poll()).map_version == 1


def test_a_poll_in_memory_takes_no_task_switch(virtual, memory_wires, running):
    """The bench polls a hundred times a simulated second, at 100 × real time."""

    async def story():
        wires = memory_wires()
        driver = driver_for(wires, await wires.serve_registers(Bank()))
        async with running(driver):
            ran = []
            asyncio.get_running_loop().call_soon(ran.append, True)
            for _ in range(10):
                await driver.poll()
                await driver.beat(RUN)
            assert ran == []

    virtual(story())


async def test_it_runs_over_rtu(tcp_wires, running):
    bank = Bank()

    async with RtuLine(bank) as line:
        driver = driver_for(tcp_wires, line.address)
        async with running(driver):
            await driver.beat(RUN)
            assert bank.plc.trigger(0.0) == 1
            await driver.write_verdicts({1: Verdict.PASS})
            assert (await driver.poll()).items_at_trigger == 1
            assert bank.plc.infeed_open
