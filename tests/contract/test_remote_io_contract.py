"""The remote I/O driver against simulated boxes, in memory and on Modbus TCP."""

import asyncio
import random
from pathlib import Path

import pytest

from drivers.around import Around
from drivers.base import LineCommand, LineIO, LinkState, Outcome, Role, Verdict
from drivers.base.forcing import Forcible
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.io.remote_io.settings import RemoteIOSettings
from drivers.registry import open_line_io
from simulators.io.line_io import Status
from simulators.io.remote_io import BRANDS, BoxBank, RemoteBox
from simulators.modbus_rtu import RtuLine

KIND = "remote_io"
TRANSPORTS = {"tcp": "modbus", "test_it_runs_over_rtu": "modbus-rtu"}
RUN = LineCommand(run=True, stop=False, beacon=4)
IDLE = LineCommand(run=False, stop=False, beacon=2)
STOP = LineCommand(run=False, stop=True, beacon=1)


class Clock:
    """A little later at each look: no watchdog sees a busy machine."""

    def __init__(self):
        self._now_s = 0.0

    def __call__(self):
        self._now_s += 0.0005
        return self._now_s


class Site:
    """A box beside a belt that a test moves by hand."""

    def __init__(self, brand="moxa_e1212", **box):
        self.box = RemoteBox(BRANDS[brand](), sees_ahead_mm=40, **box)
        self.mm = 0.0
        self.now_s = Clock()
        self.bank = BoxBank(self.box, lambda: (self.now_s(), self.mm))
        self.brand = brand

    def driver(self, wires, address, **settings):
        made = RemoteIOSettings.model_validate(
            {
                "kind": "remote_io",
                "address": address,
                "map": self.brand,
                "gate_mm": 400,
                "reject_mm": 40,
                "window_mm": 20,
                "min_pitch_mm": 50,
                "mm_per_count": 1,
                "poll_ms": 2,
                "max_mm_s": 20000,
                "watchdog_proven": "in a test",
                "exchange_timeout_s": 0.5,
                **settings,
            }
        )
        limit_s = wires.patience_s(made.exchange_timeout_s)
        made = made.model_copy(update={"exchange_timeout_s": limit_s})
        around = Around(dialer=wires.dialer, rng=random.Random(5))
        driver = open_line_io("io", made, around)
        driver._now_s = self.now_s
        return driver


class Still:
    """The driver's link alone: the test looks at the box when it wants."""

    def __init__(self, driver):
        self.link, self.run = driver.link, driver.link.run


async def looked(driver, looks=2):
    for _ in range(looks):
        await driver._look()


async def roll(site, driver, way_mm, step_mm=2):
    """The belt goes on in steps that the driver sees, its own loop beating."""
    for _ in range(round(way_mm / step_mm)):
        site.mm += step_mm
        await driver._look()
        await driver.beat(RUN)


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 (a link has no event to wait for)
            await asyncio.sleep(0.005)


@pytest.fixture(params=sorted(BRANDS))
async def bench(request, net_wires, running):
    site = Site(request.param)
    driver = site.driver(net_wires, await net_wires.serve_registers(site.bank))
    async with running(Still(driver)):
        await looked(driver)
        await driver.beat(IDLE)
        yield site, driver


async def press_reset(site, driver):
    site.box.operator_reset(site.now_s())
    await looked(driver)
    await driver.beat(RUN)


async def test_it_is_a_line_io_that_begins_stopped(bench):
    site, driver = bench
    assert isinstance(driver, LineIO)
    assert isinstance(driver, Forcible)
    state = await driver.poll()
    assert (state.map_version, state.needs_reset, state.estop) == (1, True, False)
    assert 1 <= state.boot_id <= 65535
    assert site.box.needs_reset, "its lamp calls a person"
    assert not site.box.conveyor(occupied=True)


async def test_reset_and_run_energise_the_permit_and_stop_drops_it(bench):
    site, driver = bench
    await press_reset(site, driver)
    assert site.box.conveyor(occupied=False)
    assert site.box.infeed_open
    assert not site.box.needs_reset
    await driver.beat(IDLE)
    assert not site.box.infeed_open
    await driver.beat(STOP)
    assert not site.box.conveyor(occupied=True)


async def test_the_beacon_follows_the_command(bench):
    site, driver = bench
    names = [n for n in ("red", "amber", "green", "buzzer") if n in driver.outputs()]
    bits = {"red": 1, "amber": 2, "green": 4, "buzzer": 8}
    for beacon in (1, 2, 4, 12):
        await driver.beat(LineCommand(run=False, stop=False, beacon=beacon))
        lit = {n for n in names if site.box.outputs[site.box.brand.outputs[n]]}
        assert lit == {n for n in names if beacon & bits[n]}


async def test_a_bottle_from_trigger_to_gate(bench):
    site, driver = bench
    await press_reset(site, driver)
    await roll(site, driver, 100)
    while site.box.outputs[site.box.brand.outputs["reject"]]:
        await looked(driver)  # a reject that the driver itself ends
    assert site.box.trigger(site.mm) == 1
    await roll(site, driver, 100)
    assert site.box.trigger(site.mm) == 2
    await roll(site, driver, 20)
    await driver.write_verdicts({1: Verdict.PASS, 2: Verdict.REJECT})
    pulses = len(site.box.pulses)
    await roll(site, driver, 280)
    site.box.at_sensor(site.mm)
    await roll(site, driver, 100)
    assert (await driver.poll()).outcome(1) is Outcome.PASSED
    assert len(site.box.pulses) == pulses
    site.box.at_sensor(site.mm)
    await roll(site, driver, 50)
    assert len(site.box.pulses) == pulses + 1
    site.box.reject_confirmed()
    await looked(driver)
    state = await driver.poll()
    assert state.outcome(2) is Outcome.REJECTED
    assert (state.items_at_trigger, state.items_at_gate) == (2, 2)
    assert (state.rejects_fired, state.rejects_confirmed) == (1, 1)
    assert state.encoder == site.box.counter("encoder")


async def test_inputs_are_seen_and_readings_published(bench):
    site, driver = bench
    site.box.set_estop(pressed=True)
    await looked(driver)
    state = await driver.poll()
    assert state.estop
    site.box.set_estop(pressed=False)
    driver._shown._shown_s = 0.0
    await looked(driver)
    await driver.poll()
    shown = {r.name: r for r in driver.readings()}
    assert shown["estop"].value is False
    assert shown["needs_reset"].value is True
    assert shown["belt_speed"].unit == "mm/s"
    assert shown["foreign_replies"].value == 0
    assert driver.identity.make in ("Moxa", "Advantech", "WAGO")
    assert set(driver.latency.by_exchange) == {"look", "beat"}


async def test_outputs_are_forced_and_released(bench):
    site, driver = bench
    await driver.force("red", True)
    await driver.beat(IDLE)
    assert site.box.outputs[site.box.brand.outputs["red"]]
    assert driver.outputs()["red"] is True
    await driver.release()
    await driver.beat(IDLE)
    assert not site.box.outputs[site.box.brand.outputs["red"]]
    with pytest.raises(MisuseError, match="no output 'gate'; there are run_permit"):
        await driver.force("gate", True)


async def test_a_counter_that_was_stopped_is_started(net_wires, running):
    site = Site()
    site.box.counting[0] = False
    driver = site.driver(net_wires, await net_wires.serve_registers(site.bank))
    async with running(driver):
        assert site.box.counting[0]


async def test_another_module_under_the_address_is_refused(net_wires, running):
    site = Site("adam_6052")
    address = await net_wires.serve_registers(site.bank)
    driver = site.driver(net_wires, address, identity="6060")
    async with running(driver, ready=False):
        await until(lambda: "another device" in driver.status().detail)
        assert "6052 0000; settings expect 6060" in driver.status().detail
        assert not any(site.box.outputs)
        with pytest.raises(LinkDown):
            await driver.beat(RUN)


async def test_the_module_tells_who_it_is(net_wires, running):
    site = Site("adam_6052")
    address = await net_wires.serve_registers(site.bank)
    driver = site.driver(net_wires, address, identity="6052")
    async with running(driver):
        assert str(driver.identity) == "Advantech ADAM-6052 6052 0000"


@pytest.mark.fault("F33")
@pytest.mark.parametrize(
    ("watchdog_s", "complaint"),
    [(0, "watchdog is set to 0 s"), (3.0, "set to 3 s: set it to at most 1 s")],
)
async def test_a_watchdog_that_does_not_guard_keeps_the_line_off(
    net_wires, running, watchdog_s, complaint
):
    site = Site("wago_750", watchdog_s=watchdog_s)
    driver = site.driver(net_wires, await net_wires.serve_registers(site.bank))
    async with running(driver, ready=False):
        await until(lambda: "watchdog" in driver.status().detail)
        assert complaint in driver.status().detail
        assert not any(site.box.outputs)


async def test_a_wrong_base_is_named(net_wires, running):
    site = Site()
    address = await net_wires.serve_registers(site.bank)
    driver = site.driver(net_wires, address, address_base=300)
    async with running(driver, ready=False):
        await until(lambda: "address_base" in driver.status().detail)
        assert driver.status().link is not LinkState.READY


async def test_it_runs_over_rtu(tcp_wires, running):
    site = Site("adam_6052")
    async with RtuLine(site.bank) as line:
        driver = site.driver(tcp_wires, line.address)
        async with running(Still(driver)):
            await looked(driver)
            await driver.beat(IDLE)
            await press_reset(site, driver)
            assert site.box.infeed_open


def settings(**changes):
    return {
        "kind": "remote_io",
        "address": "modbus://10.0.0.7",
        "map": "moxa_e1212",
        "gate_mm": 400,
        "window_mm": 20,
        "min_pitch_mm": 50,
        "mm_per_count": 1,
        "watchdog_proven": "2026-03-02 Li",
        **changes,
    }


def made(**changes):
    chosen = RemoteIOSettings.model_validate(settings(**changes))
    assert chosen.role is Role.LINE_IO
    return open_line_io("io", chosen, Around(dialer=None, rng=random.Random(1)))


def test_a_box_whose_watchdog_nobody_can_read_wants_a_record():
    with pytest.raises(MisuseError, match="pull its network cable"):
        made(watchdog_proven="")
    made(map="wago_750", watchdog_proven="")


def test_windows_of_neighbours_may_not_touch():
    with pytest.raises(ValueError, match="at least twice window_mm"):
        RemoteIOSettings.model_validate(settings(window_mm=30))


def test_a_map_of_ones_own(tmp_path):
    path = tmp_path / "box.toml"
    shipped = Path("drivers/io/remote_io/maps/moxa_e1212.toml")
    root = Path(__file__).parents[2]
    path.write_text((root / shipped).read_text().replace("E1212", "E1242"))
    assert isinstance(made(map=str(path)), LineIO)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("make = ", "mark = "), "make: Field required"),
        (('trigger = { table = "input"', 'trigger = { table = "coils"'), "a counter"),
        (('gate = { table = "input"', 'gate = { table = "holding"'), "in one table"),
        (("address = 0x16", "address = 0x1600"), "within 125 registers"),
        (("[counters]", "[counters"), "is not TOML"),
        (("run_permit = 0x01", "run_permit = 70000"), "outputs.run_permit"),
    ],
)
def test_a_bad_map_says_what_is_wrong(tmp_path, change, complaint):
    path = tmp_path / "box.toml"
    root = Path(__file__).parents[2]
    text = (root / "drivers/io/remote_io/maps/moxa_e1212.toml").read_text()
    assert change[0] in text
    path.write_text(text.replace(*change, 1))
    with pytest.raises(MisuseError, match=complaint):
        made(map=str(path))


def test_a_map_that_is_not_there():
    with pytest.raises(MisuseError, match=r"no map 'moxa'.*adam_6052, adam_6060"):
        made(map="moxa")


async def test_a_box_that_is_not_there_is_said():
    driver = made()
    with pytest.raises(LinkDown, match="not connected"):
        await driver.poll()
    with pytest.raises(LinkDown):
        await driver.write_verdicts({1: Verdict.PASS})


async def test_bin_and_air_stop_the_belt(net_wires, running):
    site = Site()
    driver = site.driver(net_wires, await net_wires.serve_registers(site.bank))
    async with running(Still(driver)):
        await looked(driver)
        await driver.beat(IDLE)
        await press_reset(site, driver)
        for bit, bad in ((Status.AIR_OK, False), (Status.BIN_FULL, True)):
            site.box.set_status(bit, on=bad)
            await looked(driver)
            assert not site.box.conveyor(occupied=True)
            site.box.set_status(bit, on=not bad)
            await looked(driver)
            await driver.beat(RUN)
            assert site.box.conveyor(occupied=True)


async def test_refused_requests_are_told_and_the_link_stays(net_wires, running):
    site = Site()
    driver = site.driver(net_wires, await net_wires.serve_registers(site.bank))
    async with running(Still(driver)):
        await looked(driver)
        await driver.beat(IDLE)
        site.box.refuse = 4
        await press_reset(site, driver)
        site.box.at_sensor(site.mm)
        with pytest.raises(DeviceFault, match="refuses a request"):
            await roll(site, driver, 80)
        state = await driver.poll()
        assert state.needs_reset
        assert "not fired: Modbus exception 4" in driver.register.stopped
        assert driver.status().link is LinkState.READY
        assert not site.box.conveyor(occupied=True)
