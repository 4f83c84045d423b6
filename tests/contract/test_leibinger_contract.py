"""A JET beyond feeding: who it is, its job, its account of records, maintenance."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest

from drivers.base import PrinterState, PrintRecord, RecordState
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.leibinger_jet.driver import LeibingerJet
from simulators.printers.leibinger_jet import JetPlan, JetPrinter

KIND = "leibinger_jet"
AT_ONCE = JetPlan(init_s=0, nozzle_s=0, print_s=0)
JOB = r"\FFSDISK\JOBS\line.job"


def now():
    return asyncio.get_running_loop().time()


def records(first, count):
    return [
        PrintRecord(number=n, text=f"CODE-{n}") for n in range(first, first + count)
    ]


def shown(driver):
    return {reading.name: reading.value for reading in driver.readings()}


@pytest.fixture
def bench(running, serving):
    """Context manager: a simulated JET and a running driver on some wires."""

    @asynccontextmanager
    async def made(wires, plan=None, *, ready=True, **settings):
        jet = JetPrinter(plan)
        driver = LeibingerJet(
            "jet",
            address=await wires.serve(serving(jet.session)),
            dialer=wires.dialer,
            rng=random.Random(3),
            **{
                "reply_timeout_s": wires.patience_s(0.5),
                "settle_timeout_s": wires.patience_s(0.3),
            }
            | settings,
        )
        async with running(driver, ready=ready):
            yield jet, driver

    return made


async def test_it_names_itself_and_shows_what_it_says(any_wires, bench):
    async with bench(any_wires, identity="JET2neo") as (jet, driver):
        assert str(driver.identity) == "Leibinger JET2neo 307252 V75.0.11.2"
        jet.belt_mm_s = 500
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 3))
        jet.product_trigger(now())
        await driver.progress()
        await driver.status_of_printer()
        await driver.job()
        assert shown(driver) == {
            "machine": "打印中 printing",
            "nozzle": "打开 open",
            "error": 0,
            "error text": "",
            "head cover": "closed",
            "belt speed": 30.0,
            "records waiting": 1,
            "last record begun": 1,
            "product triggers": 1,
            "mail field length": 60,
            "product count": 1,
            "total count": 1,
            "job": JOB,
            "foreign frames": 0,
        }
        exchanges = {"clear", "start", "queue", "progress", "status", "job"}
        assert set(driver.latency.by_exchange) == exchanges


@pytest.mark.fault("F37")
def test_another_jet_under_the_address_gets_nothing(virtual, memory_wires, bench):
    async def story():
        wires = memory_wires()
        async with bench(wires, ready=False, identity="JET3up") as (jet, driver):
            await asyncio.sleep(20)
            assert driver.session == 0
            assert "settings expect JET3up" in driver.status().detail
            assert {
                frame.data for frame in driver.tap.frames() if frame.data[2:3] == b"?"
            } == {b"^0?RS\r", b"^0?VS\r"}
            with pytest.raises(LinkDown):
                await driver.clear()
            assert jet.received == []

    virtual(story())


@pytest.mark.parametrize(
    "plan",
    [
        JetPlan(mail_field=0),
        JetPlan(mail_field=2),
        JetPlan(job=r"\fixed.job", jobs=(r"\fixed.job",)),
    ],
)
@pytest.mark.fault("F26")
async def test_a_job_that_prints_no_records_is_not_started(net_wires, bench, plan):
    async with bench(net_wires, plan) as (_, driver):
        await driver.clear()
        with pytest.raises(
            DeviceFault, match="no EXTERN TEXT in mail mode with field 1"
        ):
            await driver.start()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE
        assert shown(driver)["mail field length"] == 0


async def test_the_job_check_may_be_left_out(memory_wires, bench):
    async with bench(memory_wires(), JetPlan(mail_field=0), checks_job=False) as (
        _,
        driver,
    ):
        await driver.start()
        assert (await driver.status_of_printer()).state is PrinterState.PRINTING
        assert b"^0?JB\r" not in [frame.data for frame in driver.tap.frames()]


def test_a_printer_that_does_not_tell_its_job_is_started_and_not_asked_again(
    virtual, memory_wires, bench
):
    async def story():
        async with bench(memory_wires(), JetPlan(tells_job=False)) as (_, driver):
            for _ in range(2):
                await driver.start()
                await driver.stop()
            asked = [frame.data for frame in driver.tap.frames()]
            assert asked.count(b"^0?JB\r") == 1
            assert driver.session == 1

    virtual(story())


async def test_sent_accepted_and_printed(any_wires, bench):
    async with bench(any_wires, AT_ONCE) as (jet, driver):
        await driver.clear()
        progress = await driver.progress()
        assert (progress.sent, progress.accepted, progress.doubt) == (0, 0, "")
        await driver.start()
        await driver.queue(records(1, 5))
        for _ in range(2):
            jet.product_trigger(now())
        progress = await driver.progress()
        assert (progress.sent, progress.accepted, progress.last_started) == (5, 5, 2)
        states = [progress.state_of(n) for n in range(1, 6)]
        assert states == [RecordState.PRINTED] * 2 + [RecordState.ACCEPTED] * 3


async def test_what_a_stop_leaves_unprinted_is_unknown_until_a_clear(net_wires, bench):
    async with bench(net_wires, AT_ONCE) as (jet, driver):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 5))
        jet.product_trigger(now())
        await driver.progress()
        await driver.stop()
        progress = await driver.progress()
        assert progress.doubt == "the printer was stopped"
        assert (progress.sent, progress.last_started, progress.queued) == (5, 1, 0)
        assert progress.state_of(1) is RecordState.PRINTED
        assert progress.state_of(2) is RecordState.UNKNOWN
        await driver.clear()
        progress = await driver.progress()
        assert (progress.sent, progress.doubt) == (0, "")


@pytest.mark.fault("F23")
async def test_what_a_cut_leaves_behind_is_unknown(net_wires, bench):
    async with bench(net_wires, AT_ONCE) as (jet, driver):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 5))
        jet.product_trigger(now())
        await driver.progress()
        await driver.link._lose(driver.link._wire, "cut by the test")
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        jet.product_trigger(now())
        progress = await driver.progress()
        assert progress.doubt == "the connection was lost"
        # Of the second one only its own session could have told.
        assert (progress.sent, progress.last_started) == (5, 1)
        assert progress.state_of(2) is RecordState.UNKNOWN
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(6, 1))


@pytest.mark.fault("F22")
async def test_records_sent_and_not_taken_are_sent_and_unknown(
    net_wires, running, peer
):
    said = {
        b"^0?RS\r": b"^0=RS2\t6\t0\t0\t0\t0\r",
        b"^0?SM\r": b"^0=SM256\t0\t0\t0\t1\t0\r",
        b"^0?VS\r": b"^0=VSV75.0.11.2\r",
    }
    driver = LeibingerJet(
        "jet",
        address=await net_wires.serve(peer(said.get)),
        dialer=net_wires.dialer,
        rng=random.Random(3),
        reply_timeout_s=net_wires.patience_s(0.5),
        settle_timeout_s=0.1,
    )
    async with running(driver):
        await driver.clear()
        with pytest.raises(DeviceFault, match="records up to 2 not taken"):
            await driver.queue(records(1, 2))
        progress = await driver.progress()
        assert (progress.sent, progress.accepted) == (2, 0)
        assert "not taken" in progress.doubt
        assert progress.state_of(1) is RecordState.UNKNOWN


async def test_nozzle_and_standby(any_wires, bench):
    async with bench(any_wires, AT_ONCE) as (_, driver):
        await driver.clear()
        await driver.queue(records(1, 3))
        await driver.close_nozzle()
        assert shown(driver)["nozzle"] == "关闭 closed"
        assert (await driver.progress()).doubt == "the nozzle was closed"
        await driver.close_nozzle()
        await driver.open_nozzle()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE
        await driver.open_nozzle()
        await driver.standby()
        assert (await driver.status_of_printer()).state is PrinterState.OFF
        await driver.power_on()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE
        await driver.start()
        for act in (driver.close_nozzle, driver.standby):
            with pytest.raises(DeviceFault, match="打印中 printing"):
                await act()
        assert (await driver.status_of_printer()).state is PrinterState.PRINTING


async def test_an_error_is_acknowledged(net_wires, bench):
    async with bench(net_wires) as (jet, driver):
        await driver.acknowledge()
        await driver.start()
        jet.product_trigger(now())
        assert (await driver.status_of_printer()).error == 5043
        await driver.acknowledge()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE


async def test_counters(net_wires, bench):
    async with bench(net_wires) as (jet, driver):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 3))
        for _ in range(3):
            jet.product_trigger(now())
        counters = await driver.counters()
        assert (counters.product, counters.total) == (3, 3)
        await driver.reset_counter()
        assert shown(driver)["product count"] == 0
        assert shown(driver)["total count"] == 3


async def test_a_job_is_loaded_and_read_back(any_wires, bench):
    plan = JetPlan(jobs=(JOB, r"\FFSDISK\JOBS\other.job"))
    async with bench(any_wires, plan, settle_timeout_s=1) as (jet, driver):
        await driver.clear()
        await driver.queue(records(1, 1))
        await driver.select_job(plan.jobs[1])
        assert await driver.job() == jet.job == plan.jobs[1]
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(2, 1))
        with pytest.raises(DeviceFault, match=r"keeps job .*other\.job"):
            await driver.select_job(r"\no\such.job")
        with pytest.raises(MisuseError, match="cannot be the path of a job"):
            await driver.select_job("^0!PF")
        await driver.start()
        with pytest.raises(DeviceFault, match="prints: stop it before"):
            await driver.select_job(JOB)
        assert jet.job == plan.jobs[1]


def test_counters_are_looked_at_now_and_then(virtual, memory_wires, bench):
    async def story():
        async with bench(memory_wires()) as (_, driver):
            for _ in range(100):
                await driver.status_of_printer()
                await asyncio.sleep(0.25)
            asked = [frame.data for frame in driver.tap.frames()]
            assert asked.count(b"^0?CC\r") == 3

    virtual(story())
