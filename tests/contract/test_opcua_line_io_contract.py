"""The OPC UA line I/O driver against the simulated PLC, in memory and on a server.

It is the contract of `test_line_io_contract.py`, over the other face.
"""

import asyncio
import random
import sys

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LineCommand, LineIO, LinkState, Outcome, Verdict
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.registry import MAKERS, models, open_device, open_line_io
from drivers.settings import DeviceSettings
from drivers.transports.memory import MemoryNetwork
from simulators.hosting import MemoryHost
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import OWNER, URI, PlcNodes
from simulators.line import SimulatedLine

KIND = "opcua_line_io"
TRANSPORTS = {"tcp": "opcua"}
RUN = LineCommand(run=True, stop=False)


class Bank:
    """The PLC's registers at this moment."""

    def __init__(self, **plc):
        self.plc = Plc(gate_mm=500, window_mm=20, **plc)
        self.writes = []

    def read(self, address, count):
        return self.plc.read(address, count, now(), 1234.0, 480.0)

    def write(self, address, values):
        self.writes.append((address, list(values)))
        self.plc.write(address, values, now())


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, plc, **settings):
    model = TypeAdapter(DeviceSettings).validate_python(
        {
            "kind": KIND,
            "address": address,
            "object": plc.table.owner,
            "exchange_timeout_s": 0.5,
            **settings,
        }
    )
    limit_s = wires.patience_s(model.exchange_timeout_s)
    model = model.model_copy(update={"exchange_timeout_s": limit_s})
    return open_line_io("plc", model, Around(dialer=wires.dialer, rng=random.Random(3)))


@pytest.fixture
async def bench(net_wires, running):
    # A watchdog that no busy machine trips; what trips it is timed in its own tests.
    bank = Bank(watchdog_s=60)
    plc = PlcNodes(bank)
    driver = driver_for(net_wires, await net_wires.serve_nodes(plc.table), plc)
    async with running(driver):
        yield bank, plc, driver


async def test_a_bottle_from_trigger_to_gate(bench):
    bank, _, io = bench
    assert isinstance(io, LineIO)
    await io.beat(RUN)
    assert bank.plc.infeed_open
    assert bank.plc.trigger(0.0) == 1
    assert bank.plc.trigger(80.0) == 2
    state = await io.poll()
    assert (state.items_at_trigger, state.items_at_gate) == (2, 0)
    assert (state.belt_mm_s, state.encoder) == (480, 1234)
    assert (state.map_version, state.boot_id) == (1, 1)
    assert state.air_ok
    assert state.confirm_ok
    assert not state.needs_reset
    await io.write_verdicts({1: Verdict.PASS, 2: Verdict.REJECT})
    assert bank.plc.gate(500.0, now()) is True
    assert bank.plc.gate(580.0, now()) is False
    state = await io.poll()
    assert state.outcome(1) is Outcome.PASSED
    assert state.outcome(2) is Outcome.REJECTED
    assert state.outcome(3) is Outcome.NONE
    assert (state.items_at_gate, state.rejects_fired) == (2, 1)


async def test_each_call_is_one_request(bench):
    _, plc, io = bench
    reads, writes = plc.table.requests["read"], plc.table.requests["write"]
    await io.poll()
    assert plc.table.requests["read"] == reads + 1
    await io.beat(RUN)
    await io.write_verdicts({3: Verdict.PASS, 4: Verdict.PASS, 9: Verdict.REJECT})
    assert plc.table.requests["write"] == writes + 2
    await io.write_verdicts({})
    assert plc.table.requests["write"] == writes + 2


async def test_only_the_slots_of_these_items_are_written(bench):
    bank, _, io = bench
    await io.write_verdicts({63: Verdict.PASS, 64: Verdict.PASS, 66: Verdict.REJECT})
    assert bank.writes == [(128, [257]), (130, [266]), (191, [253])]


async def test_each_beat_moves_the_heartbeat_under_one_boot_id(bench):
    bank, plc, io = bench
    for _ in range(3):
        await io.beat(LineCommand(run=False, stop=True, beacon=5))
    assert [values for _, values in bank.writes] == [
        [io.boot_id, beat, 2, 5] for beat in (1, 2, 3)
    ]
    # The heartbeat comes last in the request, after what it stands for.
    assert plc.table.written[-1][0] == "AgentHeartbeat"
    io._heartbeat = 65535
    await io.beat(RUN)
    assert bank.writes[-1] == (100, [io.boot_id, 0, 1, 0])


async def test_two_verdicts_for_one_slot_are_a_mistake(bench):
    bank, _, io = bench
    with pytest.raises(MisuseError, match="share slot 1"):
        await io.write_verdicts({1: Verdict.PASS, 65: Verdict.PASS})
    assert bank.writes == []


async def test_readings_show_the_line(bench):
    _, _, io = bench
    await io.poll()
    readings = {reading.name: reading for reading in io.readings()}
    assert (readings["belt_speed"].value, readings["belt_speed"].unit) == (480, "mm/s")
    assert readings["air_ok"].value is True
    assert "poll" in io.latency.by_exchange


async def test_an_output_is_held_while_the_line_stands(bench):
    bank, _, io = bench
    still = LineCommand(run=False, stop=False)
    await io.force("beacon_red", True)
    await io.beat(still)
    assert bank.writes[-1] == (100, [io.boot_id, 1, 0, 1])
    assert io.outputs()["beacon_red"] is True
    await io.release()
    await io.beat(still)
    assert bank.writes[-1] == (100, [io.boot_id, 2, 0, 0])
    await io.poll()
    assert io.inputs()["air_ok"] is True


async def test_a_server_without_index_ranges_takes_single_slots(net_wires, running):
    bank = Bank()
    plc = PlcNodes(bank, slot_nodes=True)
    plc.table.whole_arrays_only = True
    address = await net_wires.serve_nodes(plc.table)
    async with running(driver_for(net_wires, address, plc)) as io:
        with pytest.raises(DeviceFault, match=r"BadWriteNotSupported.*slot_node"):
            await io.write_verdicts({5: Verdict.PASS})
        assert io.status().link is LinkState.READY
    slot_node = plc.table.id_of("Verdicts[{slot}]")
    async with running(driver_for(net_wires, address, plc, slot_node=slot_node)) as io:
        await io.write_verdicts({5: Verdict.PASS, 6: Verdict.REJECT})
    assert bank.writes == [(133, [21]), (134, [26])]


async def test_a_wrong_object_is_named(net_wires, running):
    plc = PlcNodes(Bank())
    address = await net_wires.serve_nodes(plc.table)
    model = {"object": plc.table.owner + "2"}
    driver = driver_for(net_wires, address, plc)
    driver._owner = model["object"]
    async with running(driver, ready=False):
        await _said(driver, "is object right")
        with pytest.raises(LinkDown):
            await driver.beat(RUN)
    assert plc.table.written == []


async def test_another_map_version_is_never_commanded(net_wires, running):
    bank = Bank()
    plc = PlcNodes(bank)
    bank.plc._registers[0] = 2
    driver = driver_for(net_wires, await net_wires.serve_nodes(plc.table), plc)
    async with running(driver, ready=False):
        await _said(driver, "version 2, this agent speaks version 1")
        for call in (driver.poll(), driver.beat(RUN)):
            with pytest.raises((LinkDown, DeviceFault), match="version 2"):
                await call
    assert plc.table.written == []


async def test_a_version_that_changes_under_way_stops_every_command(bench):
    bank, _, io = bench
    bank.plc._registers[0] = 2
    with pytest.raises(DeviceFault, match=r"version 2.*version 1"):
        await io.poll()
    for call in (io.beat(RUN), io.write_verdicts({1: Verdict.PASS})):
        with pytest.raises(DeviceFault, match=r"version 2.*version 1"):
            await call
    assert bank.writes == []


def test_the_whole_simulated_line_has_this_face_too(virtual, running):
    async def story():
        network = MemoryNetwork()
        line = SimulatedLine(rng=random.Random(1))
        await line.start(MemoryHost(network), ["plc_opcua"])
        world = asyncio.create_task(line.run())
        model = TypeAdapter(DeviceSettings).validate_python(
            {
                "kind": KIND,
                "address": line.addresses["plc_opcua"],
                "object": f"nsu={URI};s={OWNER}",
            }
        )
        around = Around(dialer=network, rng=random.Random(3))
        async with running(open_line_io("plc", model, around)) as io:
            for _ in range(50):
                await io.beat(RUN)
                state = await io.poll()
                await asyncio.sleep(0.1)
            assert state.running
            assert state.items_at_trigger > 0
        world.cancel()
        await asyncio.gather(world, return_exceptions=True)
        await network.close()

    virtual(story())


@pytest.mark.parametrize("kind", ["opcua_line_io", "opcua_coder"])
def test_without_its_library_it_says_what_to_install(monkeypatch, kind):
    for module in (MAKERS[kind], "drivers.transports.opcua"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.delattr("drivers.transports.opcua", raising=False)
    monkeypatch.setitem(sys.modules, "asyncua", None)
    settings = models()[kind].model_construct(kind=kind)
    around = Around(dialer=MemoryNetwork(), rng=random.Random(1))
    with pytest.raises(MisuseError, match=r"pip install 'line-agent\[opcua\]'"):
        open_device("plc", settings, around)


def test_a_poll_in_memory_takes_no_task_switch(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        plc = PlcNodes(Bank())
        driver = driver_for(wires, await wires.serve_nodes(plc.table), plc)
        async with running(driver):
            ran = []
            asyncio.get_running_loop().call_soon(ran.append, True)
            for _ in range(10):
                await driver.poll()
                await driver.beat(RUN)
            assert ran == []

    virtual(story())


async def _said(driver, text):
    async with asyncio.timeout(30):
        while text not in driver.status().detail:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
