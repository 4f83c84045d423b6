"""The WSI driver against the simulated printer, over memory, TCP and a pty."""

import asyncio
import random

import pytest

from drivers.base import (
    Confirmation,
    LinkState,
    PrinterState,
    PrintRecord,
    RecordState,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.videojet_wsi.driver import VideojetWsi
from simulators.faces import face
from simulators.printers.videojet_wsi import (
    VIDEOJET_1710,
    Unknown,
    WsiPlan,
    WsiPrinter,
)
from simulators.world.faults import PowerCycle, Slip

KIND = "videojet_wsi"


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return VideojetWsi(
        "videojet",
        address=address,
        field=settings.pop("field", "CODE"),
        dialer=wires.dialer,
        rng=random.Random(3),
        **{"reply_timeout_s": wires.patience_s(0.5), "poll_s": 0.005} | settings,
    )


async def until(is_so):
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def ready_to_print(driver):
    await driver.stop()
    await driver.clear()
    await driver.start()


@pytest.fixture
async def bench(any_wires, running):
    """A simulated printer and a running driver for it."""
    printer = WsiPrinter()
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address)
    async with running(driver):
        yield printer, driver


@pytest.fixture
def story_of(virtual, memory_wires, running):
    """Runs `story(printer, driver)` on virtual time."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = WsiPrinter(plan)
            address = await wires.serve(face(printer.session, now))
            driver = driver_for(wires, address, **settings)
            driver.wires, driver.address = wires, address
            async with running(driver):
                await story(printer, driver)

        virtual(main())

    return run


async def pass_by(printer, count=1):
    """So many products, 100 ms apart: what was printed on them."""
    printed = []
    for _ in range(count):
        printed.append(printer.product_trigger(now()))
        await asyncio.sleep(0.1)
    return printed


async def test_a_run(bench):
    printer, driver = bench
    assert driver.confirmation is Confirmation.COUNTER
    assert str(driver.identity) == "Videojet 1.0.385W"
    assert await driver.job() == "BEER 500ML"
    await driver.stop()
    assert not printer.print_on
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    assert (await driver.progress()).queued == 0
    await driver.start()
    assert printer.print_on
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    await driver.queue(records(1, 20))
    assert printer.received == ["CODE-1"]
    printed = []
    for n in range(5):
        await until(lambda n=n: len(printer.received) == n + 1)
        printed.append(printer.product_trigger(now()))
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    await until(lambda: len(printer.received) == 6)
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 15, 5)
    assert (progress.sent, progress.doubt, progress.finished) == (6, "", True)
    assert progress.state_of(5) is RecordState.PRINTED
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    await driver.clear()
    assert printer.queued == 0
    assert driver.foreign_bytes == 0
    assert driver.session == 1


async def test_readings_say_how_the_printer_is(bench):
    printer, driver = bench
    printer.faults, printer.lamp = "040000", 2
    status = await driver.status_of_printer()
    assert status.detail == "灯 lamp 黄 amber, 墨芯保养逾期 ink core service overdue"
    await driver.clear()
    await driver.queue(records(1, 3))
    shown = {r.name: r.value for r in driver.readings()}
    assert shown["lamp"] == "灯 lamp 黄 amber"
    assert shown["faults"] == "墨芯保养逾期 ink core service overdue"
    assert shown["message"] == "BEER 500ML"
    assert shown["print count"] == 678
    assert shown["records in printer"] == 1
    assert shown["records ahead"] == 3
    assert {"field", "count", "status"} <= set(driver.latency.by_exchange)


async def test_codes_arrive_as_they_are(bench):
    printer, driver = bench
    texts = ["~`|<>&^\\", "$7F!45", " A B ", "0106912345678901215ABC\x7f"]
    await ready_to_print(driver)
    await driver.queue([PrintRecord(number=n, text=t) for n, t in enumerate(texts, 1)])
    for n, text in enumerate(texts, 1):
        await until(lambda n=n: len(printer.received) == n)
        assert printer.product_trigger(now()) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("01069\x1d21X", r"'\\x1d' at position 5: WSI, GS cannot be sent at all"),
        ("A\nB", r"'\\n' at position 1: WSI, only 20h to 7Fh"),
        ("A\x03B", r"'\\x03' at position 1"),
        ("啤酒", "position 0"),
        ("", "0 characters, of 1 to 50"),
        ("X" * 51, "51 characters, of 1 to 50"),
    ],
)
async def test_what_wsi_cannot_carry_is_refused_before_a_byte_leaves(
    net_wires, running, text, complaint
):
    printer = WsiPrinter()
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        await driver.clear()
        sent = len(driver.tap.frames())
        with pytest.raises(MisuseError, match=complaint):
            await driver.queue([*records(1, 1), PrintRecord(number=2, text=text)])
        assert len(driver.tap.frames()) == sent
        assert printer.received == []


async def test_nothing_is_queued_into_a_printer_nobody_cleared(bench):
    printer, driver = bench
    with pytest.raises(LinkDown, match="not cleared since the link came up"):
        await driver.queue(records(1, 1))
    await driver.clear()
    await driver.start()
    for wrong in (records(1, 65), [*records(1, 1), *records(3, 1)]):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    await driver.queue(records(1, 1))
    await driver.stop()
    with pytest.raises(LinkDown, match="the printer was stopped"):
        await driver.queue(records(2, 1))
    assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN
    assert printer.received == ["CODE-1"]


async def test_a_blank_of_the_settings_stands_in_for_a_code(net_wires, running):
    printer = WsiPrinter()
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, blank="-")
    async with running(driver):
        await ready_to_print(driver)
        assert printer.product_trigger(now()) == "-"


@pytest.mark.fault("F26")
@pytest.mark.parametrize(
    ("message", "keeps", "complaint"),
    [
        ("WATER", True, "message 'BEER 500ML' is selected, settings want 'WATER'"),
        ("GONE", False, "message 'GONE' refused: no such message"),
    ],
)
async def test_another_message_does_not_start(
    net_wires, running, message, keeps, complaint
):
    printer = WsiPrinter()
    printer.keeps_message = keeps
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, message=message)
    async with running(driver):
        await driver.stop()
        await driver.clear()
        with pytest.raises(DeviceFault, match=complaint):
            await driver.start()
        assert not printer.print_on
        assert await driver.job() == "BEER 500ML"


async def test_the_message_of_the_settings_is_selected(net_wires, running):
    printer = WsiPrinter()
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, message="WATER")
    async with running(driver):
        await ready_to_print(driver)
        assert await driver.job() == printer.message == "WATER"


@pytest.mark.fault("F26")
async def test_a_message_without_the_field_is_found_out_before_a_code_is_sent(
    net_wires, running
):
    printer = WsiPrinter()
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, field="SERIAL")
    async with running(driver):
        with pytest.raises(DeviceFault, match="field 'SERIAL' refused: is it in the"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert printer.received == []
        assert driver.status().link is LinkState.READY


@pytest.mark.parametrize("unknown", list(Unknown))
async def test_a_model_that_does_not_count_is_refused_in_words(
    net_wires, running, turned_away, unknown
):
    plan = WsiPlan(lacks=VIDEOJET_1710.lacks, unknown=unknown)
    printer = WsiPrinter(plan)
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, reply_timeout_s=0.5)
    async with running(driver, ready=False):
        await turned_away(driver, "as a 1710 and a 1610 DH do not")
        assert driver.session == 0
        with pytest.raises(LinkDown, match="1710"):
            await driver.clear()


@pytest.mark.parametrize(
    ("lamp", "jet_on", "state", "complaint"),
    [
        (
            4,
            True,
            PrinterState.FAULT,
            "does not start: 灯 lamp 红 red, 回收故障 gutter",
        ),
        (1, False, PrinterState.IDLE, "print on .O1. refused"),
        (0, False, PrinterState.OFF, "print on .O1. refused"),
    ],
)
async def test_a_printer_that_cannot_print_does_not_start(
    bench, lamp, jet_on, state, complaint
):
    printer, driver = bench
    printer.lamp, printer.jet_on = lamp, jet_on
    printer.faults = "400000" if lamp == 4 else "000000"
    assert (await driver.status_of_printer()).state is state
    with pytest.raises(DeviceFault, match=complaint):
        await driver.start()
    assert (await driver.status_of_printer()).state is state


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
def test_after_a_power_cycle_nothing_is_sent_again(story_of, mode):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        await pass_by(printer)
        sent = list(printer.received)
        printer.power_cycle(now(), mode, 3.0)
        driver.wires.dialer.cut(driver.address)
        await asyncio.sleep(0.1)
        with pytest.raises(LinkDown):
            await driver.progress()
        while driver.status().link is not LinkState.READY:
            await driver.link.wait_ready()
        await asyncio.sleep(0.1)
        # The code that stood in the field is gone, and nothing took its place.
        assert printer.queued == 0
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(2) is RecordState.UNKNOWN
        assert printer.received == sent
        with pytest.raises(LinkDown):
            await driver.queue(records(11, 5))
        await ready_to_print(driver)
        await driver.queue(records(1, 3, "NEW-{}"))
        assert printer.received == [*sent, "NEW-1"]

    story_of(story)


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
def test_a_slip_sends_no_code_twice(story_of, slip):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        await pass_by(printer)
        printer.slip(slip)
        assert await pass_by(printer, 3) == [
            "CODE-1" if slip is Slip.REPEAT else None,
            "CODE-3",
            "CODE-4",
        ]
        assert printer.received == [f"CODE-{n}" for n in range(1, 6)]

    story_of(story)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("count", [0, 100])
def test_a_count_that_goes_back_is_doubt_and_the_field_is_blanked(story_of, count):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        printer.prints = count
        await asyncio.sleep(0.1)
        assert "went back" in (await driver.progress()).doubt
        assert printer.queued == 0
        assert await pass_by(printer, 2) == [None, None]
        with pytest.raises(LinkDown, match="went back"):
            await driver.queue(records(4, 1))

    story_of(story)


@pytest.mark.fault("F22")
def test_a_count_that_rolls_over_at_its_width_is_doubt_not_a_guess(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        assert await pass_by(printer, 3) == ["CODE-1", "CODE-2", None]
        assert "went back" in (await driver.progress()).doubt

    story_of(story, WsiPlan(count=10**8 - 2))


@pytest.mark.fault("F25")
def test_two_products_closer_than_the_poll_are_doubt_and_the_field_is_blanked(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        await asyncio.sleep(0.05)
        assert [printer.product_trigger(now()) for _ in range(2)] == ["CODE-1"] * 2
        await asyncio.sleep(0.1)
        assert "printed 1 more than it was given" in (await driver.progress()).doubt
        assert await pass_by(printer, 2) == [None, None]
        assert printer.received == ["CODE-1"]

    story_of(story)


@pytest.mark.fault("F24")
def test_a_dry_feed_prints_blanks_and_goes_on(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 2))
        assert await pass_by(printer, 5) == ["CODE-1", "CODE-2", None, None, None]
        progress = await driver.progress()
        assert (progress.queued, progress.last_started, progress.doubt) == (0, 2, "")
        printer.product_trigger(now())  # between the last look and the next record
        await driver.queue(records(3, 2))
        assert await pass_by(printer, 3) == ["CODE-3", "CODE-4", None]
        progress = await driver.progress()
        assert (progress.queued, progress.last_started, progress.doubt) == (0, 4, "")

    story_of(story)


@pytest.mark.fault("F24")
def test_products_before_the_first_record_are_not_taken_for_it(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        assert await pass_by(printer, 3) == [None] * 3
        await driver.queue(records(1, 2))
        await asyncio.sleep(0.1)
        assert (await driver.progress()).last_started == 0
        assert await pass_by(printer, 2) == ["CODE-1", "CODE-2"]
        assert (await driver.progress()).last_started == 2

    story_of(story)
