"""The Codenet driver against the simulated printer, over memory, TCP and a pty."""

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
from drivers.printers.domino_codenet.driver import DominoCodenet
from simulators.faces import face
from simulators.printers.domino_codenet import A200, CodenetPlan, CodenetPrinter
from simulators.world.faults import PowerCycle, Slip

KIND = "domino_codenet"


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return DominoCodenet(
        "domino",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        **{"reply_timeout_s": wires.patience_s(0.5)} | settings,
    )


async def served(wires, printer):
    """Address of `printer`; a serial one feeds its RS-232 queue."""
    queue = "1" if type(wires).__name__ == "PtyWires" else "0"
    return await wires.serve(face(lambda: printer.session(queue), now))


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
    """A simulated Ax and a running driver for it."""
    printer = CodenetPrinter()
    driver = driver_for(any_wires, await served(any_wires, printer))
    async with running(driver):
        yield printer, driver


async def test_a_run(bench):
    printer, driver = bench
    assert driver.confirmation is Confirmation.EVENT
    assert str(driver.identity) == "Domino 01560670600"
    await driver.stop()
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    assert (await driver.progress()).queued == 0
    await driver.start()
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
    assert progress.state_of(6) is RecordState.ACCEPTED
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    assert not printer.head_on
    assert driver.foreign_bytes == 0
    assert driver.session == 1


@pytest.mark.parametrize("depth", [1, 3, 5])
async def test_a_queue_of_three_is_filled_and_no_record_is_sent_too_many(
    net_wires, running, depth
):
    """NAK is back-pressure: whatever depth is set, each record is printed once."""
    printer = CodenetPrinter(A200)
    driver = driver_for(net_wires, await served(net_wires, printer), queue_depth=depth)
    async with running(driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 30))
        assert printer.queued == min(depth, 3)
        printed = []
        while len(printed) < 30:
            await until(lambda: printer.queued)
            printed.append(printer.product_trigger(now()))
        assert printed == [f"CODE-{n}" for n in range(1, 31)]
        assert printer.refused == driver._feed.refusals + refused_questions()
        assert driver._feed.refusals == (1 if depth == 5 else 0)
        progress = await driver.progress()
        assert (progress.last_started, progress.queued, progress.doubt) == (30, 0, "")


def refused_questions():
    """What an A200+ does not know: `A?`, `O1?` in the status of a start, `[?`."""
    return 3


def test_readings_say_what_the_printer_holds(virtual_bench):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 4))
        printer.product_trigger(now())
        await asyncio.sleep(11)
        await driver.status_of_printer()
        shown = {r.name: r for r in driver.readings()}
        assert shown["ink"].value == 7
        assert shown["ink"].unit == "of 8"
        assert shown["products counted"].value == 304641328
        assert shown["records in printer"].value == 1
        assert shown["records ahead"].value == 3
        assert shown["prints confirmed"].value == 1
        assert shown["head enabled"].value is True
        assert "record" in driver.latency.by_exchange

    virtual_bench(story)


@pytest.fixture
def virtual_bench(virtual, memory_wires, running):
    """Runs `story(printer, driver)` on virtual time."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = CodenetPrinter(plan)
            address = await served(wires, printer)
            driver = driver_for(wires, address, **settings)
            driver.wires, driver.address = wires, address
            async with running(driver):
                await story(printer, driver)

        virtual(main())

    return run


async def test_codes_arrive_as_they_are(bench):
    printer, driver = bench
    texts = ["~`|<>&^\\", '"A,B"', "2", "0106912345678901215ABC"]
    await ready_to_print(driver)
    await driver.queue(
        [PrintRecord(number=n, text=text) for n, text in enumerate(texts, 1)]
    )
    for n, text in enumerate(texts, 1):
        await until(lambda n=n: len(printer.received) == n)
        assert printer.product_trigger(now()) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("A\x04B", r"'\\x04' at position 1"),
        ("A\x1bB", r"'\\x1b' at position 1"),
        ("A\rB", r"'\\r' at position 1"),
        ("啤酒", "printable ASCII only"),
        ("", "0 characters"),
        ("X" * 1025, "1025 characters"),
        ("01069\x1d21X", "settings refuse GS"),
    ],
)
async def test_what_codenet_cannot_carry_is_refused_before_a_byte_leaves(
    bench, text, complaint
):
    printer, driver = bench
    await driver.clear()
    sent = len(driver.tap.frames())
    with pytest.raises(MisuseError, match=complaint):
        await driver.queue([*records(1, 1), PrintRecord(number=2, text=text)])
    assert len(driver.tap.frames()) == sent
    assert printer.received == []
    await driver.queue(records(1, 1))


async def test_a_group_separator_goes_where_settings_let_it(net_wires, running):
    printer = CodenetPrinter()
    address = await served(net_wires, printer)
    driver = driver_for(net_wires, address, group_separator="\x1d")
    async with running(driver):
        await driver.clear()
        await driver.queue([PrintRecord(number=1, text="01069\x1d21X")])
        assert printer.received == ["01069\x1d21X"]


async def test_wrong_numbers_and_too_many_records_are_refused(bench):
    printer, driver = bench
    await driver.clear()
    await driver.queue(records(1, 2))
    for wrong in (records(2, 1), records(4, 1), records(3, 63)):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    assert printer.received == ["CODE-1"]
    await driver.queue(records(3, 62))
    assert (await driver.progress()).queued == 64


async def test_nothing_is_queued_into_a_printer_nobody_cleared(bench):
    printer, driver = bench
    with pytest.raises(LinkDown, match="not cleared since the link came up"):
        await driver.queue(records(1, 1))
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 1))
    await driver.stop()
    with pytest.raises(LinkDown, match="the printer was stopped"):
        await driver.queue(records(2, 1))
    assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN
    await driver.clear()
    assert printer.queued == 0
    assert printer.received == ["CODE-1"]


async def test_a_clear_empties_every_queue(net_wires, running):
    printer = CodenetPrinter(A200)
    for queue in "012":
        printer.session(queue).feed(b"\x1bOE0003OLD\x04", 0)
    driver = driver_for(net_wires, await served(net_wires, printer))
    async with running(driver):
        assert printer.queued == 3
        await driver.clear()
        assert printer.queued == 0


async def test_a_queue_that_is_not_there_need_not_be_cleared_but_ours_must(
    net_wires, running
):
    printer = CodenetPrinter()
    driver = driver_for(net_wires, await served(net_wires, printer))
    async with running(driver):
        printer.faults.refuse = {"OE00001": "007", "OE00002": "020"}
        await driver.clear()
        printer.faults.refuse = {"OE00001": "050"}
        with pytest.raises(DeviceFault, match="RS-232 queue is not cleared: NAK 050"):
            await driver.clear()
        printer.faults.refuse = {"OE00000": "007"}
        with pytest.raises(DeviceFault, match="TCP queue is not cleared: NAK 007"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert driver.status().link is LinkState.READY


async def test_the_label_of_the_settings_is_put_online_and_read_back(
    net_wires, running
):
    plan = CodenetPlan(labels=("OTHER", "NOICE KM 200ML", "017"))
    printer = CodenetPrinter(plan)
    address = await served(net_wires, printer)
    driver = driver_for(net_wires, address, label="NOICE KM 200ML")
    async with running(driver):
        # Of a name the printer shows three characters.
        assert await driver.job() == "OTH"
        await ready_to_print(driver)
        assert printer.label == "NOICE KM 200ML"
        assert await driver.job() == "NOICE KM 200ML"
        printer.label = "017"
        assert await driver.job() == "017"
    driver = driver_for(net_wires, address, label="17")
    async with running(driver):
        await ready_to_print(driver)
        assert printer.label == "017"
        assert await driver.job() == "17"


@pytest.mark.fault("F26")
@pytest.mark.parametrize(
    ("label", "keeps", "complaint"),
    [
        ("NOICE KM 200ML", True, "label 'OTH' is online, settings want 'NOICE KM"),
        ("GONE", False, "label 'GONE': NAK 016"),
        ("99", False, "label '99': NAK 017"),
    ],
)
async def test_another_label_does_not_start(
    net_wires, running, label, keeps, complaint
):
    printer = CodenetPrinter(CodenetPlan(labels=("OTHER", "NOICE KM 200ML")))
    printer.faults.keeps_label = keeps
    printer.head_on = False
    driver = driver_for(net_wires, await served(net_wires, printer), label=label)
    async with running(driver):
        await driver.clear()
        with pytest.raises(DeviceFault, match=complaint):
            await driver.start()
        assert not printer.head_on
        assert await driver.job() == "OTH"


async def test_continuous_printing_is_switched_off(bench):
    printer, driver = bench
    printer.continuous = True
    await ready_to_print(driver)
    assert not printer.continuous


@pytest.mark.parametrize(
    ("jet", "status", "state"),
    [
        (9, 0, PrinterState.OFF),
        (3, 0, PrinterState.OFF),
        (2, 0, PrinterState.STARTING),
        (11, 0, PrinterState.FAULT),
        (1, 204, PrinterState.FAULT),
        (1, 101, PrinterState.PRINTING),
        (45, 0, PrinterState.PRINTING),
    ],
)
async def test_states_of_the_printer(bench, jet, status, state):
    printer, driver = bench
    printer.jet, printer.status = jet, status
    shown = await driver.status_of_printer()
    assert (shown.state, shown.error) == (state, status)
    if state not in (PrinterState.PRINTING, PrinterState.IDLE):
        with pytest.raises(DeviceFault, match="does not start"):
            await driver.start()


async def test_a_head_that_stays_on_is_a_fault(bench):
    printer, driver = bench
    printer.faults.refuse = {"Q1N": "050"}
    with pytest.raises(DeviceFault, match="does not stop: NAK 050"):
        await driver.stop()
    assert driver.session == 1


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
def test_after_a_power_cycle_nothing_is_sent_again(virtual_bench, mode):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        printed = [printer.product_trigger(now())]
        await asyncio.sleep(0.1)
        sent = list(printer.received)
        printer.power_cycle(now(), mode, 3.0)
        driver.wires.dialer.cut(driver.address)
        with pytest.raises(LinkDown):
            await driver.progress()
        await driver.link.wait_ready()
        assert driver.session == 2
        progress = await driver.progress()
        assert progress.doubt == "the connection was lost"
        assert progress.state_of(2) is RecordState.UNKNOWN
        # Whatever passes now gets what the printer kept; we add nothing to it.
        await asyncio.sleep(4)
        printed += [printer.product_trigger(now()) for _ in range(3)]
        await asyncio.sleep(1)
        assert printer.received == sent
        with pytest.raises(LinkDown, match="not cleared since the link"):
            await driver.queue(records(11, 5))
        await ready_to_print(driver)
        assert printer.queued == 0
        await driver.queue(records(1, 3, "NEW-{}"))
        await asyncio.sleep(0.1)
        # The agent voids what was outstanding, and hands out new codes only.
        assert printer.received == [*sent, "NEW-1"]

    virtual_bench(story)


@pytest.mark.fault("F20")
def test_confirmations_are_asked_for_again_after_a_reconnect(virtual_bench):
    async def story(printer, driver):
        driver.wires.dialer.cut(driver.address)
        await asyncio.sleep(0)
        await driver.link.wait_ready()
        await driver.clear()
        await driver.queue(records(1, 3))
        for n in (1, 2, 3):
            assert printer.product_trigger(now()) == f"CODE-{n}"
            await asyncio.sleep(0.1)
        assert (await driver.progress()).last_started == 3

    virtual_bench(story)


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
def test_a_slip_shows_in_what_is_printed_and_never_repeats_a_record(
    virtual_bench, slip
):
    """The driver cannot see a skip; a repeat leaves a confirmation without a record."""

    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        printer.product_trigger(now())
        await asyncio.sleep(0.1)
        printer.slip(slip)
        printer.product_trigger(now())
        await asyncio.sleep(0.1)
        sent = list(printer.received)
        assert len(sent) == len(set(sent))
        progress = await driver.progress()
        assert progress.last_started == (2 if slip is Slip.REPEAT else 1)
        if slip is Slip.REPEAT:
            # The confirmation was anonymous; the printer still holds record 2.
            assert "as if the queue were full" in progress.doubt

    virtual_bench(story)


@pytest.mark.fault("F24")
def test_a_dry_printer_prints_nothing_and_goes_on(virtual_bench):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 2))
        printed = []
        for _ in range(9):
            printed.append(printer.product_trigger(now()))
            await asyncio.sleep(0.1)
            await driver.progress()
        assert printed == ["CODE-1", "CODE-2"] + [None] * 7
        progress = await driver.progress()
        assert (progress.queued, progress.doubt) == (0, "")
        await driver.queue(records(3, 2))
        assert printer.product_trigger(now()) == "CODE-3"
        await asyncio.sleep(0.1)
        assert printer.product_trigger(now()) == "CODE-4"
        await asyncio.sleep(0.1)
        progress = await driver.progress()
        assert (progress.last_started, progress.doubt) == (4, "")

    virtual_bench(story)
