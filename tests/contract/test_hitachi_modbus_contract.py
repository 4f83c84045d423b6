"""The Hitachi Modbus driver against the simulated printer, over memory and TCP."""

import asyncio
import random

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.around import Around
from drivers.base import (
    Confirmation,
    LinkState,
    PrinterState,
    PrintRecord,
    RecordState,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.registry import open_printer
from drivers.settings import DeviceSettings
from simulators.printers.hitachi_modbus import (
    HitachiModbusPlan,
    HitachiModbusPrinter,
    Stored,
)
from simulators.world.faults import Slip

KIND = "hitachi_modbus"
TRANSPORTS = {"tcp": "modbus"}
QUICK = HitachiModbusPlan(ready_s=0.0, changeover_s=0.0)


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    given = {
        "kind": KIND,
        "address": address,
        "item": 2,
        "poll_s": 0.005,
        "reply_timeout_s": wires.patience_s(0.5),
        **settings,
    }
    described = TypeAdapter(DeviceSettings).validate_python(given)
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return open_printer("hitachi", described, around)


async def until(is_so):
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def ready_to_print(driver):
    await driver.stop()
    await driver.clear()
    await driver.start()


@pytest.fixture
async def bench(net_wires, running):
    """A simulated printer and a running driver for it."""
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        yield printer, driver


@pytest.fixture
def story_of(virtual, memory_wires, running):
    """Runs `story(printer, driver)` on virtual time."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = HitachiModbusPrinter(plan)
            address = await wires.serve_registers(printer.bank(now))
            driver = driver_for(wires, address, **settings)
            driver.wires, driver.address = wires, address
            async with running(driver):
                await story(printer, driver)

        virtual(main())

    return run


def codes(printer, blank=" "):
    return [text for text in printer.received if text != blank]


async def pass_by(printer, count=1):
    """So many products, 150 ms apart: what was printed on them."""
    await asyncio.sleep(0.05)  # data change over for 20 ms
    printed = []
    for _ in range(count):
        printed.append(printer.product_trigger(now()))
        await asyncio.sleep(0.15)
    return printed


async def test_a_run(bench):
    printer, driver = bench
    assert driver.confirmation is Confirmation.COUNTER
    assert str(driver.identity) == "Hitachi UX-D161W 12345678"
    assert await driver.job() == "BEER 500ML"
    await driver.stop()
    assert not printer.deflection_on
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await driver.clear()
    assert printer.texts == ["EXP □□□", " ", "LINE 3"]
    assert (await driver.progress()).queued == 0
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    await driver.queue(records(1, 20))
    assert codes(printer) == ["CODE-1"]
    printed = []
    for n in range(5):
        await until(lambda n=n: len(codes(printer)) == n + 1 and printer.held is None)
        printed.append(printer.product_trigger(now()))
        assert printer.last_items == ["EXP □□□", f"CODE-{n + 1}", "LINE 3"]
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    await until(lambda: len(codes(printer)) == 6)
    await until(lambda: driver._feed.ledger.accepted == 6)
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 15, 5)
    assert (progress.sent, progress.doubt, progress.finished) == (6, "", True)
    assert progress.state_of(5) is RecordState.PRINTED
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    await driver.clear()
    assert printer.queued == 0
    assert printer.texts == ["EXP □□□", " ", "LINE 3"]
    assert driver.session == 1


async def test_readings_say_how_the_printer_is(bench):
    printer, driver = bench
    printer.warning = 0x40
    status = await driver.status_of_printer()
    assert status.detail == "就绪 ready; 墨水粘度高 high ink viscosity"
    assert status.error == 0x40
    await driver.clear()
    await driver.job()
    await driver.queue(records(1, 3))
    shown = {r.name: (r.value, r.unit) for r in driver.readings()}
    assert shown["online"] == (True, "")
    assert shown["operation"] == ("就绪 ready", "")
    assert shown["warning"] == ("墨水粘度高 high ink viscosity", "")
    assert shown["message"] == ("12 BEER 500ML", "")
    assert shown["print count"] == (678, "")
    assert shown["ink viscosity"] == (35, "")
    assert shown["ink pressure"] == (0.255, "MPa")
    assert shown["ambient temperature"] == (23, "°C")
    assert shown["deflection voltage"] == (5.7, "kV")
    assert shown["excitation frequency"] == (75.4, "kHz")
    assert shown["alarm 1 of history"] == ("2024-05-17 08:30:00 No. 12", "")
    assert shown["records in printer"] == (1, "")
    assert shown["records ahead"] == (3, "")
    assert {"text", "count", "status"} <= set(driver.latency.by_exchange)


async def test_ink_and_head_are_looked_at_again_and_again(bench):
    printer, driver = bench
    printer.prints = 5
    for _ in range(50):
        await driver.status_of_printer()
    assert {r.name: r.value for r in driver.readings()}["print count"] == 5


async def test_codes_arrive_as_they_are(bench):
    printer, driver = bench
    texts = ["<>&!\"#$%'()*+,-./:;=?[]_", "0106912345678901215ABC", " A B ", "X" * 200]
    await ready_to_print(driver)
    await driver.queue([PrintRecord(number=n, text=t) for n, t in enumerate(texts, 1)])
    for n, text in enumerate(texts, 1):
        await until(lambda n=n: driver._feed.ledger.accepted == n)
        assert printer.product_trigger(now()) == text
        assert printer.last_items[0::2] == ["EXP □□□", "LINE 3"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("01069\x1d21X", r"'\\x1d' at position 5: GS cannot be sent"),
        ("A\nB", r"'\\n' at position 1: only 20h to 7Eh"),
        ("啤酒", "position 0"),
        ("A`B", r"'`' at position 1: the printer has no such character"),
        ("A@B", "'@' at position 1: the printer prints ■ for it"),
        ("", "0 characters, of 1 to 1000"),
        ("X" * 1001, "1001 characters, of 1 to 1000"),
        (" ", "it is the blank"),
    ],
)
async def test_what_an_item_cannot_carry_is_refused_before_a_byte_leaves(
    bench, text, complaint
):
    printer, driver = bench
    await driver.clear()
    sent = len(driver.tap.frames())
    with pytest.raises(MisuseError, match=complaint):
        await driver.queue([*records(1, 1), PrintRecord(number=2, text=text)])
    assert len(driver.tap.frames()) == sent
    assert codes(printer) == []


async def test_misuse_is_refused(bench):
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
    assert codes(printer) == ["CODE-1"]


async def test_a_blank_of_the_settings_stands_in_for_a_code(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, blank="-")
    async with running(driver):
        await ready_to_print(driver)
        assert printer.product_trigger(now()) == "-"


async def test_the_message_of_the_settings_is_recalled_and_blanked(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, message=7)
    async with running(driver):
        await ready_to_print(driver)
        assert await driver.job() == "WATER"
        # The text stored with the message is never left for a product.
        assert printer.texts == ["WATER", " "]


@pytest.mark.fault("F26")
@pytest.mark.parametrize(
    ("message", "keeps", "complaint"),
    [
        (7, True, "message 12 is loaded, settings want 7"),
        (99, False, "数据无效 invalid data .调用打印数据 print data recall"),
    ],
)
async def test_another_message_is_not_cleared_nor_started(
    net_wires, running, message, keeps, complaint
):
    printer = HitachiModbusPrinter(QUICK)
    printer.keeps_message = keeps
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, message=message)
    async with running(driver):
        await driver.stop()
        with pytest.raises(DeviceFault, match=complaint):
            await driver.clear()
        with pytest.raises(DeviceFault, match="message 12 is loaded"):
            await driver.start()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert not printer.deflection_on
        assert driver.status().link is LinkState.READY


@pytest.mark.fault("F26")
async def test_a_message_with_too_few_items_is_found_out_before_a_code_is_sent(
    net_wires, running
):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, item=4)
    async with running(driver):
        with pytest.raises(DeviceFault, match="has 3 print items, settings say item 4"):
            await driver.clear()
        assert printer.received == []


@pytest.mark.fault("F26")
def test_a_message_changed_at_the_printer_gets_no_code(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        printer._load(7)
        await pass_by(printer, 2)
        assert (
            "the message was changed at the printer" in (await driver.progress()).doubt
        )
        assert codes(printer) == ["CODE-1"]
        # Its own text did not stay where the code stands.
        assert printer.texts == ["WATER", " "]

    story_of(story)


@pytest.mark.parametrize("needs_bracket", [True, False])
@pytest.mark.parametrize("low_first", [True, False])
async def test_models_differ_in_brackets_and_word_order(
    net_wires, running, needs_bracket, low_first
):
    plan = HitachiModbusPlan(
        needs_bracket=needs_bracket,
        counts_low_first=low_first,
        count=70_000,
        ready_s=0.0,
        changeover_s=0.0,
    )
    printer = HitachiModbusPrinter(plan)
    address = await net_wires.serve_registers(printer.bank(now))
    order = "low_first" if low_first else "high_first"
    driver = driver_for(net_wires, address, word_order=order)
    async with running(driver):
        assert driver.identity.serial == "12345678"
        await ready_to_print(driver)
        assert await driver.print_count() == 70_000


async def test_a_wrong_word_order_is_told_while_the_link_comes_up(net_wires, running):
    plan = HitachiModbusPlan(counts_low_first=True, count=20_000)
    address = await net_wires.serve_registers(HitachiModbusPrinter(plan).bank(now))
    driver = driver_for(net_wires, address)
    async with running(driver, ready=False):
        await asyncio.sleep(0.1)
        assert "is word_order right?" in driver.status().detail
        assert driver.session == 0


def test_a_wrong_word_order_that_looks_right_is_doubt_with_the_first_print(story_of):
    async def story(printer, driver):
        assert await driver.print_count() == 678 << 16
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        assert await pass_by(printer, 2) == ["CODE-1", None]
        assert "printed 65535 more" in (await driver.progress()).doubt
        assert codes(printer) == ["CODE-1"]

    story_of(story, HitachiModbusPlan(counts_low_first=True))


async def test_an_offline_printer_is_put_online_where_that_is_wanted(
    net_wires, running
):
    printer = HitachiModbusPrinter(QUICK)
    printer.online = False
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        assert "离线 offline" in (await driver.status_of_printer()).detail
        await ready_to_print(driver)
        assert printer.online


async def test_an_offline_printer_is_refused_in_words(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    printer.online = False
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, switch_online=False)
    async with running(driver):
        status = await driver.status_of_printer()
        assert status.state is PrinterState.FAULT
        assert "put it online at the printer" in status.detail
        for ask in (driver.job, driver.stop, driver.clear, driver.start):
            with pytest.raises(DeviceFault, match="打印机离线 printer is offline"):
                await ask()
        assert not printer.online
        assert printer.refused == 0
        assert driver.status().link is LinkState.READY


def test_offline_in_the_middle_is_a_fault_and_the_refusal_says_so(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        printer.online = False
        status = await driver.status_of_printer()
        assert status.state is PrinterState.FAULT
        assert await pass_by(printer, 2) == ["CODE-1", "CODE-1"]
        doubt = (await driver.progress()).doubt
        assert "打印机离线" in doubt
        assert "Modbus exception 3" in doubt
        assert codes(printer) == ["CODE-1"]
        # As soon as somebody puts it online the code is gone.
        printer.online = True
        await asyncio.sleep(0.2)
        assert printer.queued == 0

    story_of(story)


async def test_jet_and_deflection_are_switched_where_settings_say(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    printer.jet_on = False
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, operate="jet")
    async with running(driver):
        assert (await driver.status_of_printer()).state is PrinterState.IDLE
        await ready_to_print(driver)
        assert printer.jet_on
        assert printer.deflection_on
        await driver.stop()
        assert not printer.jet_on


def test_nothing_is_switched_where_settings_say_none(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.stop()
        assert printer.deflection_on
        printer.deflection_on = False
        with pytest.raises(DeviceFault, match=r"not switched within 9 s.*未就绪"):
            await driver.start()

    story_of(story, operate="none", start_timeout_s=9)


@pytest.mark.parametrize(
    ("jet_on", "fault", "state", "complaint"),
    [
        (False, 0, PrinterState.OFF, "does not start: 喷流停止 paused"),
        (True, 0x38, PrinterState.FAULT, "does not start: 喷头盖打开 print head cover"),
        (True, 0x7F, PrinterState.FAULT, "does not start: 0x7f"),
    ],
)
async def test_a_printer_that_cannot_print_does_not_start(
    bench, jet_on, fault, state, complaint
):
    printer, driver = bench
    printer.jet_on, printer.fault = jet_on, fault
    status = await driver.status_of_printer()
    assert (status.state, status.error) == (state, fault)
    with pytest.raises(DeviceFault, match=complaint):
        await driver.start()


async def test_a_printer_whose_jet_is_off_need_not_be_stopped(bench):
    printer, driver = bench
    printer.jet_on = False
    await driver.stop()
    assert printer.refused == 0


def test_start_waits_until_it_is_ready(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        assert printer.product_trigger(now()) is None  # the blank
        assert printer.prints == 679

    story_of(story, HitachiModbusPlan(ready_s=4.0))


def test_a_product_that_comes_while_data_change_over_gets_the_old_code(story_of):
    """The printer's own race: the camera sees it, and no code is sent twice."""

    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        await asyncio.sleep(0.3)
        assert printer.product_trigger(now()) == "CODE-1"
        await until(lambda: "CODE-2" in printer.texts)
        assert printer.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(0.3)
        assert codes(printer) == ["CODE-1", "CODE-2", "CODE-3"]

    story_of(story, HitachiModbusPlan(changeover_s=0.1))


@pytest.mark.parametrize("item", [1, 2, 3])
@pytest.mark.parametrize("length", [1, 6, 7, 60, 61, 62, 200])
def test_the_other_items_stay_whatever_the_length(story_of, item, length):
    async def story(printer, driver):
        before = printer.texts
        await ready_to_print(driver)
        await driver.queue(records(1, 2, "X" * (length - 1) + "{}"))
        wanted = list(before)
        for text in ("X" * (length - 1) + "1", "X" * (length - 1) + "2", " "):
            await asyncio.sleep(0.3)
            wanted[item - 1] = text
            assert printer.texts == wanted
            printer.product_trigger(now())
            assert printer.last_items == wanted

    items = ("EXP □□□", "SERIAL", "LINE 3" * 20)
    plan = HitachiModbusPlan(messages={1: Stored(name="M", items=items)}, item=item)
    story_of(story, plan, item=item)


def test_a_pause_is_kept_between_a_write_and_the_next_read(story_of):
    async def story(printer, driver):
        written, gaps = -1.0, []

        def writing(*what, write=printer.write):
            nonlocal written
            written = now()
            write(*what)

        def reading(*what, read=printer.read):
            gaps.append(now() - written)
            return read(*what)

        def reading_input(*what, read=printer.read_input):
            gaps.append(now() - written)
            return read(*what)

        printer.write, printer.read = writing, reading
        printer.read_input = reading_input
        await ready_to_print(driver)
        await driver.queue(records(1, 4))
        await pass_by(printer, 3)
        assert len(gaps) > 20
        assert min(gaps) >= 0.0399

    story_of(story, pause_ms=40)


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


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
def test_a_slip_sends_no_code_twice(story_of, slip):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        await asyncio.sleep(0.1)
        await pass_by(printer)
        printer.slip(slip)
        assert await pass_by(printer, 3) == [
            "CODE-1" if slip is Slip.REPEAT else None,
            "CODE-3",
            "CODE-4",
        ]
        assert codes(printer) == [f"CODE-{n}" for n in range(1, 6)]

    story_of(story)


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": 0},
        {"item": 101},
        {"message": 2001},
        {"blank": ""},
        {"blank": "\x1d"},
        {"operate": "pump"},
        {"word_order": "big"},
        {"pause_ms": 5},
        {"reply_timeout_s": 31},
    ],
)
def test_impossible_settings_are_refused_by_name(memory_wires, wrong):
    (name,) = wrong
    with pytest.raises(ValidationError, match=name):
        driver_for(memory_wires(), "modbus://h:502/1", **wrong)


@pytest.mark.parametrize(
    "address", ["modbus://h:502/2", "modbus://h:502/3", "modbus-rtu:/dev/ttyUSB0"]
)
def test_other_units_are_refused_by_the_settings(memory_wires, address):
    with pytest.raises(ValidationError, match="unit 1 on Modbus TCP"):
        driver_for(memory_wires(), address)
