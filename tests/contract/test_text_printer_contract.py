"""The table-driven driver against simulated coders: all five confirmation models."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import (
    Confirmation,
    Identity,
    LinkState,
    PrinterState,
    PrintRecord,
    RecordState,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.text_printer.driver import from_settings
from drivers.printers.text_printer.settings import TextPrinterSettings
from simulators.faces import face
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan
from simulators.world.faults import PowerCycle, Slip

KIND = "text_printer"

# Table, and the simulated machine that speaks it.
MACHINES = {
    "example_counter": TextPrinterPlan(dialect="plain"),
    "example_handshake": TextPrinterPlan(dialect="enq"),
    "example_event": TextPrinterPlan(dialect="plain", queues=True, depth=16),
    "example_numbered": TextPrinterPlan(dialect="plain", queues=True, depth=32),
    "keyence_mkg": TextPrinterPlan(dialect="keyence"),
    "panasonic_lp_gs": TextPrinterPlan(dialect="panasonic"),
}
QUEUES = [name for name, plan in MACHINES.items() if plan.queues]
# What a product gets when no code is due: a harmless text, or nothing.
BLANKS = {"example_counter": "-", "keyence_mkg": "-", "panasonic_lp_gs": "0"}
# Printing fast for the test: the product comes once the driver has seen the last one.
POLL_S = 0.01


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, table, **changes):
    settings = {
        "kind": KIND,
        "address": "tcp://printer:9004",
        "table": f"builtin:{table}",
        "poll_s": POLL_S,
        "reply_timeout_s": wires.patience_s(0.5),
        "settle_timeout_s": wires.patience_s(0.5),
    } | changes
    model = TextPrinterSettings(**settings).model_copy(update={"address": address})
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return from_settings("coder", model, around)


@pytest.fixture(params=list(MACHINES))
def table(request):
    return request.param


@pytest.fixture
async def bench(any_wires, running, table):
    """A simulated coder and a running driver for it."""
    printer = TextPrinter(MACHINES[table])
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, table)
    async with running(driver):
        yield printer, driver


async def until(is_so):
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("did not come to be so")


async def print_one(printer, driver):
    """One product, and the driver having seen its print and put the next code."""
    ledger = driver._feed.ledger
    before = ledger.printed
    printed = printer.product_trigger(now())
    await until(
        lambda: (
            ledger.doubt
            or (ledger.printed > before and (ledger.in_printer or not ledger.next))
        )
    )
    await driver.status_of_printer()
    return printed


async def test_a_run(bench, table):
    printer, driver = bench
    assert int(await driver.job()) == 1
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.stop()
    await driver.clear()
    assert (await driver.progress()).queued == 0
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    await driver.queue(records(1, 10))
    printed = [await print_one(printer, driver) for _ in range(5)]
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 5, 5)
    assert not progress.doubt
    assert progress.state_of(5) is RecordState.PRINTED
    assert progress.state_of(6) is RecordState.ACCEPTED
    await driver.queue(records(11, 20))
    assert (await driver.progress()).queued == 25
    await driver.stop()
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    await driver.start()
    assert printer.product_trigger(now()) == BLANKS.get(table)
    codes = [text for text in printer.received if text.startswith("CODE")]
    assert len(codes) == len(set(codes))
    assert driver.foreign_frames == 0


async def test_the_table_says_which_model(bench, table):
    _, driver = bench
    assert (
        driver.confirmation
        is {
            "example_counter": Confirmation.COUNTER,
            "example_handshake": Confirmation.HANDSHAKE,
            "example_event": Confirmation.EVENT,
            "example_numbered": Confirmation.NUMBERED,
            "keyence_mkg": Confirmation.READ_BACK,
            "panasonic_lp_gs": Confirmation.EVENT,
        }[table]
    )


async def test_codes_arrive_as_they_are(bench, table):
    printer, driver = bench
    texts = ["A^B\\C", "~`<>&{}\"'", "  spaces  ", "0104601234567893215ABCDEF12345678"]
    if table.startswith("example"):
        texts.append("01069123\x1d21X,\\,\\")
    await driver.clear()
    await driver.start()
    await driver.queue(
        [PrintRecord(number=n, text=text) for n, text in enumerate(texts, 1)]
    )
    assert [await print_one(printer, driver) for _ in texts] == texts
    assert (await driver.progress()).doubt == ""


async def test_no_code_stays_where_the_next_product_could_get_it(bench, table):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 2))
    for n in (1, 2):
        assert await print_one(printer, driver) == f"CODE-{n}"
    await driver.progress()
    await until(lambda: printer.text in ("", "-", "0"))
    assert printer.product_trigger(now()) == BLANKS.get(table)


async def test_misuse_is_refused_before_a_byte_leaves(bench, table):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 2))
    sent = list(printer.received)
    wrong_texts = ["A\rB", "A\nB", "A\x02B", "啤酒", "X" * 300, "A\x03"]
    if table in BLANKS:
        wrong_texts.append(BLANKS[table])
    for wrong in (
        records(2, 1),
        records(4, 1),
        records(3, 500),
        *([PrintRecord(number=3, text=text)] for text in wrong_texts),
    ):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    assert printer.received == sent
    await driver.queue(records(3, 1))


async def test_nothing_is_queued_into_a_printer_nobody_cleared(bench):
    printer, driver = bench
    with pytest.raises(LinkDown, match="not cleared"):
        await driver.queue(records(1, 1))
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 1))
    await driver.stop()
    with pytest.raises(LinkDown, match="stopped"):
        await driver.queue(records(2, 1))
    assert printer.received.count("CODE-1") == 1
    assert "CODE-2" not in printer.received


@pytest.mark.parametrize("table", ["example_event", "example_numbered"])
async def test_no_more_than_the_depth_is_handed_over(any_wires, running, table):
    printer = TextPrinter(MACHINES[table])
    address = await any_wires.serve(face(printer.session, now))
    depth = MACHINES[table].depth
    async with running(driver_for(any_wires, address, table)) as driver:
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 60))
        assert len(printer.queue) == depth
        assert (await driver.progress()).queued == 60
        await print_one(printer, driver)
        await until(lambda: len(printer.queue) == depth)
        assert printer.refused == 0


@pytest.mark.parametrize("table", list(MACHINES))
async def test_a_job_is_selected_and_read_back(net_wires, running, table):
    if table == "example_handshake":
        pytest.skip("this table cannot select a job")
    printer = TextPrinter(MACHINES[table])
    address = await net_wires.serve(face(printer.session, now))
    async with running(driver_for(net_wires, address, table, job="2")) as driver:
        await driver.clear()
        assert printer.job == "2"
        await driver.start()


@pytest.mark.fault("F26")
@pytest.mark.parametrize("table", list(MACHINES))
async def test_a_job_that_is_not_selected_is_found_out(net_wires, running, table):
    if table == "example_handshake":
        pytest.skip("this table cannot select a job")
    printer = TextPrinter(MACHINES[table])
    printer.keeps_job = True
    address = await net_wires.serve(face(printer.session, now))
    async with running(driver_for(net_wires, address, table, job="2")) as driver:
        with pytest.raises(DeviceFault, match="where '2' was selected"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert not any(text.startswith("CODE") for text in printer.received)


@pytest.mark.fault("F26")
async def test_a_job_changed_at_the_panel_is_found_out_before_start(bench):
    printer, driver = bench
    await driver.clear()
    printer.select("2")
    with pytest.raises(DeviceFault, match=r"has job '0*2' where '0*1' was selected"):
        await driver.start()


async def test_a_fault_is_named_and_reset(any_wires, running):
    printer = TextPrinter(MACHINES["example_event"])
    address = await any_wires.serve(face(printer.session, now))
    async with running(driver_for(any_wires, address, "example_event")) as driver:
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 3))
        printer.fail(11)
        status = await driver.status_of_printer()
        assert (status.state, status.error) == (PrinterState.FAULT, 11)
        assert "out of ink" in status.detail
        progress = await driver.progress()
        assert "a print failed: 11 墨盒用完 out of ink" in progress.doubt
        await driver.clear()
        await driver.start()


async def test_a_marking_that_failed_is_doubt(any_wires, running):
    printer = TextPrinter(MACHINES["panasonic_lp_gs"])
    address = await any_wires.serve(face(printer.session, now))
    async with running(driver_for(any_wires, address, "panasonic_lp_gs")) as driver:
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 3))
        printer.fail(400)
        await until(lambda: driver._feed.ledger.doubt)
        assert "a print failed: 400" in (await driver.progress()).doubt
        assert (await driver.status_of_printer()).state is PrinterState.FAULT


async def test_it_says_who_it_is(any_wires, running):
    printer = TextPrinter(MACHINES["example_counter"])
    address = await any_wires.serve(face(printer.session, now))
    settings = {"identity": "SN0042"}
    driver = driver_for(any_wires, address, "example_counter", **settings)
    async with running(driver):
        assert driver.identity == Identity(
            make="EXAMPLE", model="TIJ-1", serial="SN0042", firmware="2.1"
        )


@pytest.mark.fault("F37")
async def test_another_printer_of_the_plant_is_found_out(any_wires, running):
    printer = TextPrinter(MACHINES["example_counter"])
    address = await any_wires.serve(face(printer.session, now))
    settings = {"identity": "SN9999"}
    driver = driver_for(any_wires, address, "example_counter", **settings)
    async with running(driver, ready=False):
        await until(lambda: "settings expect SN9999" in driver.status().detail)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        assert printer.received == []


async def test_what_it_knows_is_readable(bench):
    printer, driver = bench
    await driver.clear()
    await driver.start()
    await driver.queue(records(1, 2))
    await print_one(printer, driver)
    shown = {r.name: r.value for r in driver.readings()}
    assert int(shown["job"]) == 1
    assert (shown["queued"], shown["printed"], shown["doubt"]) == (1, 1, "")
    assert shown["state"]


def story_bench(virtual, memory_wires, running, table, story, plan=None, **changes):
    """Run `story(printer, driver, wires, address)` on virtual time."""

    async def act():
        wires = memory_wires()
        printer = TextPrinter(plan or MACHINES[table])

        async def handler(stream):
            if printer.powered(now()):
                await face(printer.session, now)(stream)

        address = await wires.serve(handler)
        driver = driver_for(wires, address, table, poll_s=0.05, **changes)
        async with running(driver):
            await story(printer, driver, wires, address)

    virtual(act())


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
@pytest.mark.parametrize("table", list(MACHINES))
def test_after_a_power_cycle_the_old_load_is_not_added_to(
    virtual, memory_wires, running, table, mode
):
    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 10))
        printer.product_trigger(now())
        printer.power_cycle(now(), mode, 3.0)
        wires.dialer.cut(address)
        await asyncio.sleep(0)
        await driver.link.wait_ready()
        assert driver.session == 2
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(10) is RecordState.UNKNOWN
        with pytest.raises(LinkDown, match=r"not cleared|connect|restarted"):
            await driver.queue(records(11, 5))
        await asyncio.sleep(3)
        before = len(printer.received)
        await driver.stop()
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 2, "NEW-{}"))
        sent = printer.received[before:]
        assert not any(text.startswith("CODE") for text in sent)
        # Once: the last code sits in the head after some power cycles.
        first = printer.product_trigger(now())
        assert first == ("CODE-1" if mode is PowerCycle.LAST_AGAIN else "NEW-1")
        assert driver.status().link is LinkState.READY

    story_bench(virtual, memory_wires, running, table, story)


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", [PowerCycle.LOST, PowerCycle.LAST_AGAIN])
@pytest.mark.parametrize(
    "table", ["example_counter", "example_handshake", "example_numbered", "keyence_mkg"]
)
def test_a_power_cycle_behind_a_live_wire_is_noticed(
    virtual, memory_wires, running, table, mode
):
    """A serial adapter stays up while the printer restarts: its count goes back."""

    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 10))
        for _ in range(3):
            printer.product_trigger(now())
            await asyncio.sleep(0.3)
        assert (await driver.progress()).last_started == 3
        printer.power_cycle(now(), mode, 0.0)
        await asyncio.sleep(1)
        progress = await driver.progress()
        assert progress.last_started == 3
        assert progress.doubt
        with pytest.raises(LinkDown, match=r"went back|prints where"):
            await driver.queue(records(11, 1))

    story_bench(virtual, memory_wires, running, table, story)


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
@pytest.mark.parametrize("table", list(MACHINES))
def test_a_slip_never_claims_a_record_that_was_not_printed(
    virtual, memory_wires, running, table, slip
):
    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 60))
        out = []
        for n in range(40):
            if n == 5:
                printer.slip(slip)
            out.append(printer.product_trigger(now()))
            await asyncio.sleep(0.3)
        progress = await driver.progress()
        if table == "keyence_mkg":
            # Every record it calls printed was printed, whatever the slip.
            claimed = {f"CODE-{n}" for n in range(1, progress.last_started + 1)}
            assert claimed <= set(out)
        if table == "keyence_mkg" and slip is Slip.REPEAT:
            assert "printed 'CODE-5', which it was not given now" in progress.doubt
        if table == "example_numbered":
            assert "a code twice, or one left out" in progress.doubt

    story_bench(virtual, memory_wires, running, table, story)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("copies", [0, 2])
def test_print_done_messages_that_lie_end_in_doubt(
    virtual, memory_wires, running, copies
):
    """A queue that also counts: the count shows what the messages do not."""

    async def story(printer, driver, wires, address):
        printer.print_done_copies = copies
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 40))
        for _ in range(15):
            printer.product_trigger(now())
            await asyncio.sleep(0.2)
        doubt = (await driver.progress()).doubt
        assert f"prints and told of {copies}" in doubt or "buffer full" in doubt
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(41, 1))

    story_bench(virtual, memory_wires, running, "example_event", story)


@pytest.mark.fault("F22")
def test_a_lost_message_of_the_marker_only_stops_the_feed(
    virtual, memory_wires, running
):
    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 5))
        printer.print_done_copies = 0
        assert printer.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(1)
        progress = await driver.progress()
        # Not known to be printed, so nothing else goes out.
        assert (progress.last_started, progress.queued) == (0, 5)
        assert "CODE-2" not in printer.received

    story_bench(virtual, memory_wires, running, "panasonic_lp_gs", story)


@pytest.mark.fault("F24")
@pytest.mark.parametrize("table", list(MACHINES))
def test_running_dry_repeats_no_code(virtual, memory_wires, running, table):
    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 3))
        out = []
        for left in (2, 1, 0, 0, 0, 0):
            out.append(printer.product_trigger(now()))
            await asyncio.sleep(0.5)
            assert (await driver.progress()).queued == left
        blank = BLANKS.get(table)
        assert out == ["CODE-1", "CODE-2", "CODE-3", blank, blank, blank]

    story_bench(virtual, memory_wires, running, table, story)


@pytest.mark.fault("F24")
@pytest.mark.parametrize("table", [name for name in MACHINES if name not in QUEUES])
def test_products_closer_than_a_change_of_text_are_found_out(
    virtual, memory_wires, running, table
):
    """Two products before the driver could change the text: the code is on both."""

    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 10))
        out = [printer.product_trigger(now()) for _ in range(2)]
        assert out == ["CODE-1", "CODE-1"]
        await asyncio.sleep(1)
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(5) is RecordState.UNKNOWN
        with pytest.raises(LinkDown):
            await driver.queue(records(11, 1))
        # The code does not stay for a third.
        assert printer.product_trigger(now()) == BLANKS.get(table)

    story_bench(virtual, memory_wires, running, table, story)


@pytest.mark.parametrize("table", list(MACHINES))
def test_a_blank_before_the_first_record_is_no_record(
    virtual, memory_wires, running, table
):
    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        for _ in range(3):
            assert printer.product_trigger(now()) == BLANKS.get(table)
            await asyncio.sleep(0.2)
        await driver.queue(records(1, 3))
        await asyncio.sleep(0.5)
        progress = await driver.progress()
        assert (progress.last_started, progress.queued, progress.doubt) == (0, 3, "")
        assert printer.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(0.5)
        progress = await driver.progress()
        assert (progress.last_started, progress.doubt) == (1, "")

    story_bench(virtual, memory_wires, running, table, story)


def test_a_start_waits_for_a_printer_that_gets_ready(virtual, memory_wires, running):
    async def story(printer, driver, wires, address):
        printer.power_cycle(now(), PowerCycle.LOST, 0.0)
        assert (await driver.status_of_printer()).state is PrinterState.STARTING
        await driver.start()
        assert now() == pytest.approx(2.0, abs=0.3)

    story_bench(
        virtual,
        memory_wires,
        running,
        "example_counter",
        story,
        settle_timeout_s=5.0,
    )


@pytest.mark.parametrize("table", list(MACHINES))
def test_messages_glued_to_answers(virtual, memory_wires, running, table):
    plan = MACHINES[table]
    glued = TextPrinterPlan(
        dialect=plan.dialect, queues=plan.queues, depth=plan.depth, glues=True
    )

    async def story(printer, driver, wires, address):
        await driver.clear()
        await driver.start()
        await driver.queue(records(1, 10))
        for n in range(1, 6):
            assert printer.product_trigger(now()) == f"CODE-{n}"
            await asyncio.sleep(0.2)
            await driver.status_of_printer()
            await asyncio.sleep(0.2)
        progress = await driver.progress()
        assert (progress.last_started, progress.queued, progress.doubt) == (5, 5, "")
        assert driver.foreign_frames == 0

    story_bench(virtual, memory_wires, running, table, story, plan=glued)
