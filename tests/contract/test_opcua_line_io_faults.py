"""What goes wrong between the agent and a PLC behind an OPC UA server."""

import asyncio
import random
from dataclasses import replace

import pytest

from drivers.base import LineCommand, LinkState, Verdict
from drivers.errors import DeviceFault, LinkDown
from drivers.io.opcua_line_io.driver import OpcUaLineIO
from drivers.transports import opcua
from drivers.transports.nodes import NodeType, Typed
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import PlcNodes

KIND = "opcua_line_io"
TRANSPORTS = {"tcp": "opcua"}
RUN = LineCommand(run=True, stop=False)


class Bank:
    """The PLC's registers at this moment."""

    def __init__(self):
        self.plc = Plc(gate_mm=500, window_mm=20)

    def read(self, address, count):
        return self.plc.read(address, count, now(), 1234.0, 480.0)

    def write(self, address, values):
        self.plc.write(address, values, now())


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, plc, **options):
    return OpcUaLineIO(
        "plc",
        lambda tap: wires.dialer.open_nodes(address, tap=tap),
        rng=random.Random(3),
        owner=plc.table.owner,
        **{"exchange_timeout_s": wires.patience_s(0.3)} | options,
    )


@pytest.fixture
def story(virtual, memory_wires, running):
    """Runs a story of a PLC and a driver in memory, on virtual time."""

    def run(tell):
        async def told():
            wires, bank = memory_wires(), Bank()
            plc = PlcNodes(bank)
            address = await wires.serve_nodes(plc.table)
            driver = driver_for(wires, address, plc)
            async with running(driver):
                await tell(driver, plc, bank, wires.last)

        virtual(told())

    return run


@pytest.fixture
async def server(host, tcp_wires, running, patient_sessions, monkeypatch):
    """A PLC on a real server with a running driver: plc, bank, wire, driver."""
    # What ends a session is noticed at once, or by nobody.
    monkeypatch.setattr(patient_sessions, "WATCH_EVERY_S", 600)
    bank = Bank()
    plc = PlcNodes(bank)
    wire = await host.nodes("plc", plc.table)
    driver = driver_for(tcp_wires, wire.address, plc)
    async with running(driver):
        yield plc, bank, wire, driver


@pytest.mark.fault("F33")
def test_a_frozen_server_is_link_down_in_time_for_the_plcs_watchdog(story):
    async def tell(driver, _plc, _bank, wire):
        await driver.poll()
        wire.silence(on=True)
        asked_s = now()
        with pytest.raises(LinkDown, match="no answer in time"):
            await driver.poll()
        assert now() - asked_s <= 0.5
        with pytest.raises(LinkDown, match="not connected"):
            await driver.beat(RUN)
        wire.silence(on=False)
        await driver.link.wait_ready()
        assert driver.link.session == 2
        await driver.poll()

    story(tell)


@pytest.mark.fault("F36")
def test_a_frozen_server_is_noticed_even_when_nobody_asks(story):
    async def tell(driver, _plc, _bank, wire):
        frozen_s = now()
        wire.silence(on=True)
        await _until(lambda: driver.status().link is not LinkState.READY)
        assert now() - frozen_s <= 3

    story(tell)


@pytest.mark.fault("F36")
def test_a_plc_in_stop_behind_a_living_server_is_not_believed(story):
    async def tell(driver, plc, _bank, _wire):
        async def polling():
            while True:
                await driver.poll()
                await asyncio.sleep(0.02)

        plc.frozen = True
        frozen_s = now()
        with pytest.raises(LinkDown, match="heartbeat stands still"):
            await polling()
        assert 0.25 <= now() - frozen_s <= 0.45
        # It does not come up again as long as the heart does not beat.
        await asyncio.sleep(5)
        assert driver.status().link is not LinkState.READY
        assert "is its program running?" in driver.status().detail
        assert driver.link.session == 1
        with pytest.raises(LinkDown):
            await driver.beat(RUN)
        plc.frozen = False
        await driver.link.wait_ready()
        assert driver.link.session == 2
        await driver.poll()

    story(tell)


def test_a_heartbeat_that_moves_now_and_then_is_alive(story):
    async def tell(driver, _plc, _bank, _wire):
        for _ in range(100):
            await driver.poll()
            await asyncio.sleep(0.02)
        await asyncio.sleep(10)  # nobody asks for a while
        await driver.poll()
        assert driver.link.session == 1

    story(tell)


@pytest.mark.fault("F34")
def test_a_restarted_plc_gets_no_verdict_of_before(story):
    async def tell(driver, _plc, bank, _wire):
        await driver.beat(RUN)
        assert bank.plc.trigger(0.0) == 1
        await driver.write_verdicts({1: Verdict.PASS})
        boot_id = (await driver.poll()).boot_id
        bank.plc.reboot(now())
        assert bank.plc.trigger(1000.0) == 1
        await driver.beat(RUN)
        await driver.write_verdicts({2: Verdict.PASS})
        assert bank.plc.gate(1500.0, now()) is False
        state = await driver.poll()
        assert state.boot_id != boot_id
        assert state.rejects_fired == 1

    story(tell)


@pytest.mark.fault("F33")
def test_a_cut_in_the_middle_leaves_nothing_half_known(story):
    async def tell(driver, _plc, bank, wire):
        for session in range(1, 6):
            assert driver.link.session == session
            await driver.poll()
            wire.cut()
            with pytest.raises(LinkDown):
                await driver.write_verdicts({session: Verdict.PASS})
            await driver.link.wait_ready()
        assert list(bank.read(128, 64)) == [0] * 64

    story(tell)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("Heartbeat", {"type": NodeType.INT16, "get": lambda: 5}, "Heartbeat is Int16"),
        ("Running", {"type": NodeType.BYTE, "get": lambda: 1}, "Running is Byte"),
        ("Outcomes", {"get": lambda: (0,) * 32}, "Outcomes is an array of 32"),
        ("Outcomes", {"get": lambda: 0}, "Outcomes is a single value"),
        ("BootId", {"get": lambda: (1, 2)}, "BootId is an array of 2"),
    ],
)
async def test_nodes_of_another_type_are_named(net_wires, running, name, change, said):
    plc = PlcNodes(Bank())
    node = plc.table.id_of(name)
    plc.table.nodes[node] = replace(plc.table.nodes[node], **change)
    address = await net_wires.serve_nodes(plc.table)
    driver = driver_for(net_wires, address, plc)
    async with running(driver, ready=False):
        await _said(driver, said)
    assert plc.table.written == []


async def test_a_missing_node_is_named(net_wires, running):
    plc = PlcNodes(Bank())
    del plc.table.nodes[plc.table.id_of("RejectsConfirmed")]
    address = await net_wires.serve_nodes(plc.table)
    driver = driver_for(net_wires, address, plc)
    async with running(driver, ready=False):
        await _said(driver, "BadNoMatch for RejectsConfirmed")


async def test_a_value_that_goes_bad_is_refused_on_a_living_link(bench_refusing):
    plc, driver = bench_refusing
    node = plc.table.id_of("Encoder")
    plc.table.nodes[node] = replace(plc.table.nodes[node], type=NodeType.STRING)
    plc.table.nodes[node] = replace(plc.table.nodes[node], get=lambda: "n/a")
    with pytest.raises(DeviceFault, match="Encoder is String"):
        await driver.poll()
    assert driver.status().link is LinkState.READY


@pytest.fixture
async def bench_refusing(net_wires, running):
    plc = PlcNodes(Bank())
    driver = driver_for(net_wires, await net_wires.serve_nodes(plc.table), plc)
    async with running(driver):
        yield plc, driver


# On a real server.


@pytest.mark.fault("F36")
async def test_a_restarted_server_is_read_anew_whatever_its_indexes(server):
    _, bank, wire, driver = server
    before = (await driver.poll()).items_at_trigger
    await wire.restart(namespaces_before=3)
    bank.plc.trigger(0.0)
    await _until(lambda: driver.link.session == 2)
    assert (await driver.poll()).items_at_trigger == before + 1
    await driver.beat(RUN)
    assert bank.plc.infeed_open


@pytest.mark.fault("F36")
async def test_a_session_the_server_forgot_is_replaced(server):
    _, _, wire, driver = server
    await driver.poll()
    wire.server.expire_sessions()
    with pytest.raises(LinkDown):
        await driver.poll()
    await _until(lambda: driver.link.session == 2)
    await driver.poll()


@pytest.mark.fault("F33")
async def test_a_cut_cable_is_noticed_at_once(server):
    _, _, wire, driver = server
    wire.cut()
    await _until(lambda: driver.link.session == 2)
    await driver.poll()


@pytest.mark.fault("F36")
async def test_a_frozen_server_drops_the_session(server, monkeypatch):
    _, _, wire, driver = server
    monkeypatch.setattr(opcua, "WATCH_EVERY_S", 0.05)
    wire.cut()  # the next session watches at this pace
    await _until(lambda: driver.link.session == 2)
    monkeypatch.setattr(opcua, "WATCH_ANSWER_S", 1)
    wire.silence(on=True)
    await _until(lambda: driver.status().link is not LinkState.READY)
    wire.silence(on=False)
    await _until(lambda: driver.link.session > 2)
    assert (await driver.poll()).map_version == 1


@pytest.mark.fault("F33")
async def test_one_byte_at_a_time_is_as_good(server):
    _, _, wire, driver = server
    wire.fragment(on=True)
    state = await driver.poll()
    assert (state.map_version, state.belt_mm_s) == (1, 480)


async def test_a_closed_device_gives_its_session_back(server, tcp_wires, running):
    plc, _, wire, driver = server
    other = driver_for(tcp_wires, wire.address, plc)
    async with running(other):
        assert wire.server.sessions == 2
    await _until(lambda: wire.server.sessions == 1)
    await driver.poll()


class Fixed:
    """A node whose value is told."""

    value = 7

    def __call__(self):
        return self.value


def test_the_board_shows_what_was_polled(story):
    async def tell(driver, plc, _bank, _wire):
        fixed = Fixed()
        node = plc.table.id_of("RejectsFired")
        plc.table.nodes[node] = replace(plc.table.nodes[node], get=fixed)
        await driver.poll()
        assert (await driver.poll()).rejects_fired == 7
        assert plc.table.look([node]) == [Typed(NodeType.UINT32, 7)]

    story(tell)


async def _said(driver, text):
    await _until(lambda: text in driver.status().detail)


async def _until(is_so):
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 (a link has no event for each state)
            await asyncio.sleep(0.01)
