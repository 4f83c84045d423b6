"""The JET driver against the simulated JET, over memory, TCP and a pseudo terminal."""

import asyncio
import random

import pytest

from drivers.base import LinkState, PrinterState, PrintRecord
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.leibinger_jet.driver import LeibingerJet
from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.world.faults import PowerCycle

KIND = "leibinger_jet"


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


@pytest.fixture
async def bench(any_wires, running, serving):
    """A simulated JET and a running driver for it."""
    jet = JetPrinter()
    address = await any_wires.serve(serving(jet.session))
    driver = LeibingerJet(
        "jet",
        address=address,
        dialer=any_wires.dialer,
        rng=random.Random(3),
        reply_timeout_s=any_wires.patience_s(0.5),
        settle_timeout_s=any_wires.patience_s(0.3),
    )
    async with running(driver):
        yield jet, driver


def now():
    return asyncio.get_running_loop().time()


async def test_a_run(bench):
    jet, driver = bench
    assert await driver.job() == r"\FFSDISK\JOBS\line.job"
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    await driver.queue(records(1, 20))
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    printed = [jet.product_trigger(now()) for _ in range(5)]
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 15, 5)
    assert progress.depth == 256
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    assert driver.foreign_frames == 0


async def test_codes_arrive_as_they_are(bench):
    jet, driver = bench
    texts = ["A^B\\C", "01069123\x1d21X", "~`|<>&", "café", "\\^\\"]
    await driver.clear()
    await driver.start()
    await driver.queue(
        [PrintRecord(number=n, text=text) for n, text in enumerate(texts, 1)]
    )
    assert [jet.product_trigger(now()) for _ in texts] == texts


async def test_one_record_and_a_full_buffer(bench):
    jet, driver = bench
    await driver.clear()
    await driver.queue(records(1, 1))
    await driver.queue(records(2, 255))
    assert jet.queued == 256
    with pytest.raises(DeviceFault, match="nothing sent: the printer holds 256 of"):
        await driver.queue(records(257, 1))
    assert jet.refused == 0
    await driver.start()
    jet.product_trigger(now())
    await driver.queue(records(257, 1))
    assert jet.queued == 256
    await driver.clear()
    assert jet.queued == 0


async def test_a_printer_that_expects_another_number_is_found_out(bench):
    jet, driver = bench
    await driver.clear()
    await driver.queue(records(1, 2))
    jet.execute("^0=MR3\tfrom somebody else", now())
    with pytest.raises(DeviceFault, match=r"nothing sent: .* up to number 3"):
        await driver.queue(records(3, 2))
    assert jet.refused == 0
    # What it holds is in doubt now: nothing more without a clear.
    with pytest.raises(LinkDown, match="not cleared"):
        await driver.queue(records(3, 2))


async def test_a_buffer_somebody_else_filled_is_found_out(bench):
    jet, driver = bench
    await driver.clear()
    jet.execute("^0=MR7\tsomebody was quicker", now())
    with pytest.raises(DeviceFault, match="nothing sent: the printer holds 1 of 256"):
        await driver.queue(records(1, 3))
    assert jet.queued == 1


async def test_a_job_without_a_printing_machine_does_not_start(bench):
    jet, driver = bench
    jet.execute("^0!NC", now())
    with pytest.raises(DeviceFault, match="does not start: 喷头未开"):
        await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.OFF


def test_a_printer_that_is_getting_ready_is_waited_for(
    virtual, memory_wires, running, serving
):
    async def story():
        wires = memory_wires()
        jet = JetPrinter(JetPlan(autostart=False, nozzle_s=2.0))
        driver = LeibingerJet(
            "jet",
            address=await wires.serve(serving(jet.session)),
            dialer=wires.dialer,
            rng=random.Random(3),
        )
        async with running(driver):
            with pytest.raises(DeviceFault, match="does not start: 喷头未开"):
                await driver.start()
            assert now() < 1
            jet.execute("^0!NO", now())
            status = await driver.status_of_printer()
            assert status.state is PrinterState.STARTING
            assert "nozzle is opening" in status.detail
            await driver.start()
            assert now() == pytest.approx(2, abs=0.2)
            assert (await driver.status_of_printer()).state is PrinterState.PRINTING

    virtual(story())


async def test_running_empty_is_a_fault_until_started_again(bench):
    jet, driver = bench
    await driver.clear()
    await driver.queue(records(1, 1))
    await driver.start()
    jet.product_trigger(now())
    assert jet.product_trigger(now()) is None
    status = await driver.status_of_printer()
    assert (status.state, status.error) == (PrinterState.FAULT, 5043)
    assert "mailing buffer ran empty" in status.detail
    await driver.clear()
    await driver.queue(records(1, 2))
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING


async def test_numbering_after_a_clear_starts_where_the_line_says(bench):
    jet, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(38, 3))
    assert (await driver.progress()).last_started == 0
    assert jet.product_trigger(now()) == "CODE-38"
    assert (await driver.progress()).last_started == 38
    await driver.stop()
    await driver.clear()
    assert (await driver.progress()).last_started == 0
    await driver.queue(records(1, 3))
    assert jet.queued == 3


async def test_misuse_is_refused_before_a_byte_leaves(bench):
    jet, driver = bench
    await driver.clear()
    await driver.queue(records(1, 2))
    sent = len(driver.tap.frames())
    for wrong in (
        records(2, 1),
        records(4, 1),
        [*records(3, 1), *records(5, 1)],
        [PrintRecord(number=3, text="A\tB")],
        [PrintRecord(number=3, text="啤酒")],
    ):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    assert len(driver.tap.frames()) == sent
    assert jet.queued == 2
    await driver.queue(records(3, 1))


async def test_nothing_is_queued_into_a_buffer_nobody_cleared(bench):
    jet, driver = bench
    with pytest.raises(LinkDown, match="not cleared since the link came up"):
        await driver.queue(records(1, 1))
    await driver.clear()
    await driver.queue(records(1, 1))
    await driver.start()
    await driver.stop()
    with pytest.raises(LinkDown, match="or the last stop"):
        await driver.queue(records(2, 1))
    assert jet.refused == 0


@pytest.mark.parametrize("mode", list(PowerCycle))
def test_after_a_power_cycle_the_old_load_is_not_added_to(
    virtual, memory_wires, running, serving, mode
):
    async def story():
        wires = memory_wires()
        jet = JetPrinter(JetPlan())

        async def handler(stream):
            if jet.powered(now()):
                await serving(jet.session)(stream)

        address = await wires.serve(handler)
        driver = LeibingerJet(
            "jet", address=address, dialer=wires.dialer, rng=random.Random(3)
        )
        async with running(driver):
            await driver.clear()
            await driver.queue(records(1, 10))
            await driver.start()
            jet.product_trigger(now())
            jet.power_cycle(now(), mode, 3.0)
            wires.dialer.cut(address)
            with pytest.raises(LinkDown):
                await driver.progress()
            await driver.link.wait_ready()
            assert driver.session == 2
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(records(11, 5))
            await driver.clear()
            assert jet.queued == 0
            assert driver.status().link is LinkState.READY

    virtual(story())


@pytest.mark.parametrize("size", [1, 2, 7])
def test_answers_in_pieces(virtual, memory_wires, running, serving, size):
    async def story():
        wires = memory_wires()
        jet = JetPrinter()
        address = "tcp://jet:3000"
        wires.dialer.listen(
            address,
            serving(jet.session),
            lambda data: [data[n : n + size] for n in range(0, len(data), size)],
        )
        driver = LeibingerJet(
            "jet", address=address, dialer=wires.dialer, rng=random.Random(3)
        )
        async with running(driver):
            await driver.clear()
            await driver.queue(records(1, 30))
            assert jet.queued == 30
            assert (await driver.progress()).queued == 30

    virtual(story())
