"""The Zipher driver against the simulated printer, over memory, TCP and a pty."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import LinkState, PrinterState, PrintRecord, RecordState
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.videojet_zipher.driver import from_settings
from drivers.printers.videojet_zipher.settings import VideojetZipherSettings
from simulators.faces import face
from simulators.printers.videojet_zipher import (
    PrinterFault,
    ZipherPlan,
    ZipherPrinter,
)
from simulators.world.faults import PowerCycle, Slip

KIND = "videojet_zipher"


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **changes):
    settings = {
        "kind": KIND,
        "address": "tcp://printer:3003",
        "field": "CODE",
        "reply_timeout_s": wires.patience_s(0.5),
        "settle_timeout_s": wires.patience_s(5.0),
    } | changes
    model = VideojetZipherSettings(**settings).model_copy(update={"address": address})
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return from_settings("zipher", model, around)


@pytest.fixture
async def bench(any_wires, running):
    """A simulated printer and a running driver for it."""
    printer = ZipherPrinter()
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address)
    async with running(driver):
        yield printer, driver


async def until(is_so):
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("did not come to be so")


async def test_a_run(bench):
    printer, driver = bench
    assert await driver.job() == "LINE"
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.stop()
    await driver.clear()
    assert (await driver.progress()).queued == 0
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    await driver.queue(records(1, 20))
    printed = [printer.product_trigger(now()) for _ in range(5)]
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 15, 5)
    assert (progress.depth, progress.sent, progress.accepted) == (150, 20, 20)
    assert progress.state_of(5) is RecordState.PRINTED
    assert progress.state_of(6) is RecordState.ACCEPTED
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    assert printer.queued == 0
    assert printer.received == [f"CODE-{n}" for n in range(1, 51)]
    assert driver.foreign_frames == 0


async def test_codes_arrive_as_they_are(bench):
    printer, driver = bench
    texts = ["A^B\\C", "01069123\x1d21X", "~`<>&=;,", "  spaces  ", "-"]
    await driver.clear()
    await driver.start()
    await driver.queue(
        [PrintRecord(number=n, text=text) for n, text in enumerate(texts, 1)]
    )
    assert [printer.product_trigger(now()) for _ in texts] == texts


async def test_a_product_between_clear_and_the_first_code_gets_the_blank(bench):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 1))
    assert printer.product_trigger(now()) == "CODE-1"
    await driver.stop()
    await driver.clear()
    await driver.start()
    assert printer.product_trigger(now()) == "-"
    await driver.queue(records(1, 1))
    progress = await driver.progress()
    assert (progress.queued, progress.last_started, progress.doubt) == (1, 0, "")
    assert printer.product_trigger(now()) == "CODE-1"
    assert (await driver.progress()).state_of(1) is RecordState.PRINTED


async def test_a_print_done_message_makes_it_look_at_once(bench):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 3))
    printer.product_trigger(now())
    await until(lambda: driver._feed.ledger.printed == 1)
    assert driver.print_done_messages == 1


async def test_the_driver_keeps_to_the_depth_it_set(any_wires, running):
    printer = ZipherPrinter()
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, depth=5)
    async with running(driver):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 12))
        assert printer.queued == 5
        assert (await driver.progress()).queued == 12
        assert printer.product_trigger(now()) == "CODE-1"
        assert (await driver.progress()).queued == 11
        assert printer.queued == 5
        assert printer.refused == 0


async def test_misuse_is_refused_before_a_byte_leaves(bench):
    printer, driver = bench
    await driver.clear()
    await driver.queue(records(1, 2))
    for wrong in (
        records(2, 1),
        records(4, 1),
        [PrintRecord(number=3, text="A|B")],
        [PrintRecord(number=3, text="A\rB")],
        [PrintRecord(number=3, text="A\nB")],
        [PrintRecord(number=3, text="啤酒")],
        records(3, 500),
    ):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    assert printer.received == ["CODE-1", "CODE-2"]
    await driver.queue(records(3, 1))


async def test_gs_is_replaced_or_refused(any_wires, running):
    printer = ZipherPrinter()
    address = await any_wires.serve(face(printer.session, now))
    code = [PrintRecord(number=1, text="A\x1dB")]
    driver = driver_for(any_wires, address, group_separator="")
    async with running(driver):
        await driver.clear()
        with pytest.raises(MisuseError, match="settings refuse GS"):
            await driver.queue(code)
    driver = driver_for(any_wires, address, group_separator="~1")
    async with running(driver):
        await driver.clear()
        await driver.queue(code)
    assert printer.received == ["A~1B"]


async def test_nothing_is_queued_into_a_buffer_nobody_cleared(bench):
    printer, driver = bench
    with pytest.raises(LinkDown, match="not cleared since: the link came up"):
        await driver.queue(records(1, 1))
    await driver.clear()
    await driver.queue(records(1, 1))
    await driver.start()
    await driver.stop()
    with pytest.raises(LinkDown, match="the printer was stopped"):
        await driver.queue(records(2, 1))
    assert printer.received == ["CODE-1"]


async def test_the_old_index_is_no_progress_of_the_next_load(bench):
    printer, driver = bench
    for _ in range(3):
        await driver.clear()
        await driver.start()
        assert (await driver.progress()).last_started == 0
        await driver.queue(records(1, 3))
        assert (await driver.progress()).last_started == 0
        printer.product_trigger(now())
        assert (await driver.progress()).last_started == 1
        await driver.stop()


async def test_the_job_of_settings_is_selected(any_wires, running):
    printer = ZipherPrinter(ZipherPlan(job="OTHER"))
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, job="LINE")
    async with running(driver):
        await driver.clear()
        assert printer.job == "LINE"
        await driver.start()


@pytest.mark.fault("F26")
async def test_a_job_that_is_not_selected_is_found_out(any_wires, running):
    printer = ZipherPrinter(ZipherPlan(job="OTHER"))
    printer.keeps_job = True
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, job="LINE")
    async with running(driver):
        with pytest.raises(DeviceFault, match="has job 'OTHER' where 'LINE'"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
    assert printer.received == []


@pytest.mark.fault("F26")
async def test_a_job_changed_at_the_panel_is_found_out(bench):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 5))
    printer.choose_job("OTHER")
    await until(lambda: "job was changed to 'OTHER'" in driver._feed.ledger.doubt)
    progress = await driver.progress()
    assert progress.state_of(3) is RecordState.UNKNOWN
    with pytest.raises(LinkDown, match="job was changed"):
        await driver.queue(records(6, 1))
    await driver.stop()
    with pytest.raises(DeviceFault, match="has job 'OTHER' where 'LINE'"):
        await driver.start()


async def test_a_field_the_job_does_not_have(any_wires, running):
    printer = ZipherPrinter()
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, field="NOSUCH")
    async with running(driver):
        with pytest.raises(DeviceFault, match="check setting field = 'NOSUCH'"):
            await driver.clear()


async def test_faults_are_named_and_cleared(bench):
    printer, driver = bench
    await driver.clear()
    printer.fail(PrinterFault(number=6004, text="Head open"))
    status = await driver.status_of_printer()
    assert (status.state, status.error) == (PrinterState.FAULT, 6004)
    assert "Head open" in status.detail
    await driver.start()
    printer.fail(PrinterFault(number=6001, text="Ribbon out", clearable=False))
    with pytest.raises(DeviceFault, match="CAF refused"):
        await driver.start()


async def test_what_it_knows_is_readable(bench):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 2))
    printer.product_trigger(now())
    await driver.progress()
    shown = {r.name: r.value for r in driver.readings()}
    assert shown["job"] == "LINE"
    assert shown["queued"] == 1
    assert shown["total_prints"] == 1
    assert shown["state"] == "运行 running"
    assert shown["notifications"] == "PRC STS ERS JOB"


async def test_an_older_edition_is_only_polled(any_wires, running):
    printer = ZipherPrinter(ZipherPlan(edition=3))
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address)
    async with running(driver):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 2))
        printer.product_trigger(now())
        await until(lambda: driver._feed.ledger.printed == 1)
        assert driver.print_done_messages == 0


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\r\n\r"])
async def test_line_ends_of_every_sort_and_glued_messages(net_wires, running, ending):
    printer = ZipherPrinter(ZipherPlan(glues=True, ending=ending))
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        await driver.clear()
        await driver.start()
        for first in range(1, 31, 3):
            await driver.queue(records(first, 3))
            for n in range(first, first + 3):
                assert printer.product_trigger(now()) == f"CODE-{n}"
            assert (await driver.progress()).last_started == first + 2
        assert driver.print_done_messages == 30
        assert driver.foreign_frames == 0


def test_a_head_that_takes_its_time(virtual, memory_wires, running, loop_timers):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter(timers=loop_timers())
        address = await wires.serve(face(printer.session, now))
        async with running(driver_for(wires, address)) as driver:
            await driver.clear()
            begun = now()
            await driver.start()
            assert now() - begun == pytest.approx(3.0, abs=0.3)
            await driver.queue(records(1, 2))
            assert printer.product_trigger(now()) == "CODE-1"

    virtual(story())


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
@pytest.mark.parametrize("loaded", [0, 10, 150])
def test_after_a_power_cycle_the_old_load_is_not_added_to(
    virtual, memory_wires, running, mode, loaded
):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter(ZipherPlan(boot_s=5.0))

        async def handler(stream):
            if printer.powered(now()):
                await face(printer.session, now)(stream)

        address = await wires.serve(handler)
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, loaded))
            printer.product_trigger(now())
            printer.power_cycle(now(), mode, 3.0)
            wires.dialer.cut(address)
            await asyncio.sleep(0)
            await driver.link.wait_ready()
            assert driver.session == 2
            progress = await driver.progress()
            if loaded > 1:
                assert progress.doubt
                assert progress.state_of(loaded) is RecordState.UNKNOWN
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(records(loaded + 1, 5))
            assert (await driver.status_of_printer()).state is PrinterState.STARTING
            await asyncio.sleep(6)
            await driver.clear()
            assert printer.queued == 0
            await driver.start()
            await driver.queue(records(1, 2))
            assert len(printer.received) == loaded + 2
            assert driver.status().link is LinkState.READY

    virtual(story())


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", [PowerCycle.LOST, PowerCycle.LAST_AGAIN])
def test_a_power_cycle_behind_a_live_wire_is_noticed(
    virtual, memory_wires, running, mode
):
    """A serial adapter stays up while the printer restarts."""

    async def story():
        wires = memory_wires()
        printer = ZipherPrinter(ZipherPlan(boot_s=0.5))
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, 10))
            printer.product_trigger(now())
            assert (await driver.progress()).last_started == 1
            printer.power_cycle(now(), mode, 0.0)
            await asyncio.sleep(1)
            progress = await driver.progress()
            assert progress.last_started == 1
            assert progress.doubt
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(records(11, 1))

    virtual(story())


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
def test_a_slip_shows_between_index_and_count(virtual, memory_wires, running, slip):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter()
        address = await wires.serve(face(printer.session, now))
        async with running(driver_for(wires, address)) as driver:
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, 100))
            for _ in range(5):
                printer.product_trigger(now())
                await asyncio.sleep(0.1)
            assert not (await driver.progress()).doubt
            printer.slip(slip)
            for _ in range(30):
                printer.product_trigger(now())
                await asyncio.sleep(0.1)
            assert "a code twice, or one left out" in (await driver.progress()).doubt

    virtual(story())


@pytest.mark.fault("F22")
@pytest.mark.parametrize("copies", [0, 1, 2, 5])
def test_print_done_messages_may_lie(virtual, memory_wires, running, copies):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter()
        printer.print_done_copies = copies
        address = await wires.serve(face(printer.session, now))
        async with running(driver_for(wires, address)) as driver:
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, 50))
            for n in range(1, 21):
                printer.product_trigger(now())
                await asyncio.sleep(0.07)
                assert driver._feed.ledger.printed <= n
            progress = await driver.progress()
            assert (progress.last_started, progress.queued) == (20, 30)
            assert not progress.doubt

    virtual(story())


@pytest.mark.fault("F24")
def test_a_buffer_that_runs_dry_is_known_before_and_after(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter()
        address = await wires.serve(face(printer.session, now))
        async with running(driver_for(wires, address)) as driver:
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, 3))
            for n in (1, 2, 3):
                assert printer.product_trigger(now()) == f"CODE-{n}"
                assert (await driver.progress()).queued == 3 - n
            # The printer repeats its last text; the driver cannot prevent that.
            assert printer.product_trigger(now()) == "CODE-3"
            await asyncio.sleep(5)
            assert "counts 4 prints where 3" in (await driver.progress()).doubt
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(records(4, 1))

    virtual(story())


def test_blanks_before_the_first_code_are_no_doubt(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        printer = ZipherPrinter()
        address = await wires.serve(face(printer.session, now))
        async with running(driver_for(wires, address)) as driver:
            await driver.clear()
            await driver.start()
            for _ in range(3):
                assert printer.product_trigger(now()) == "-"
                await asyncio.sleep(2)
            await driver.queue(records(1, 5))
            for n in (1, 2, 3):
                assert printer.product_trigger(now()) == f"CODE-{n}"
                await asyncio.sleep(2)
            progress = await driver.progress()
            assert (progress.last_started, progress.doubt) == (3, "")

    virtual(story())
