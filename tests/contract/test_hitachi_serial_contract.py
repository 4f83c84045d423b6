"""The Hitachi driver against the simulated printer, over memory, TCP and a pty."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import (
    Confirmation,
    LinkState,
    PrinterState,
    PrintRecord,
    RecordState,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.hitachi_serial.driver import from_settings
from drivers.printers.hitachi_serial.settings import HitachiSerialSettings
from drivers.wiretap import Direction
from simulators.faces import face
from simulators.printers.hitachi_serial import (
    HitachiSerialPlan,
    HitachiSerialPrinter,
    Mode,
)
from simulators.world.faults import PowerCycle, Slip

KIND = "hitachi_serial"
# Sockets and ptys on a busy machine: what comes at once there may take its time.
SETTLED = HitachiSerialPlan(changeover_s=0.0)


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    described = HitachiSerialSettings(
        **{
            "kind": KIND,
            "address": "tcp://hitachi:4800",
            "reply_timeout_s": wires.patience_s(0.5),
            "poll_s": 0.005,
        }
        | settings
    ).model_copy(update={"address": address})
    return from_settings(
        "hitachi", described, Around(dialer=wires.dialer, rng=random.Random(3))
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
    printer = HitachiSerialPrinter(SETTLED)
    address = await any_wires.serve(face(printer.session, now))
    driver = driver_for(any_wires, address, message=12)
    async with running(driver):
        yield printer, driver


@pytest.fixture
def story_of(virtual, memory_wires, running):
    """Runs `story(printer, driver)` on virtual time."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = HitachiSerialPrinter(plan)
            address = await wires.serve(face(printer.session, now))
            driver = driver_for(wires, address, **settings)
            driver.wires, driver.address = wires, address
            async with running(driver):
                await story(printer, driver)

        virtual(main())

    return run


async def pass_by(printer, count=1, pitch_s=0.3):
    """So many products: what was printed on them."""
    printed = []
    for _ in range(count):
        printed.append(printer.product_trigger(now()))
        await asyncio.sleep(pitch_s)
    return printed


async def test_a_run(bench):
    printer, driver = bench
    assert driver.confirmation is Confirmation.HANDSHAKE
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    assert await driver.job() == "0012"
    assert printer.message == 12
    await driver.stop()
    await driver.clear()
    assert printer.text == "-"
    assert (await driver.progress()).queued == 0
    await driver.start()
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    await driver.queue(records(1, 20))
    assert printer.received == ["-", "CODE-1"]
    printed = []
    for n in range(1, 6):
        await until(lambda n=n: len(printer.received) == n + 1)
        await asyncio.sleep(0.01)
        printed.append(printer.product_trigger(now()))
    assert printed == [f"CODE-{n}" for n in range(1, 6)]
    await until(lambda: len(printer.received) == 7)
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.triggers) == (5, 15, 5)
    assert (progress.sent, progress.doubt, progress.finished) == (6, "", True)
    assert progress.state_of(5) is RecordState.PRINTED
    await driver.queue(records(21, 30))
    assert (await driver.progress()).queued == 45
    await driver.stop()
    assert printer.text == "-"
    await driver.clear()
    assert printer.text == "-"
    assert printer.errors == []
    assert driver.foreign == 0
    assert driver.session == 1


async def test_readings_say_what_is_known(bench):
    _, driver = bench
    await ready_to_print(driver)
    await driver.queue(records(1, 3))
    shown = {r.name: r.value for r in driver.readings()}
    assert shown["message recalled"] == "0012"
    assert shown["records in printer"] == 1
    assert shown["records ahead"] == 3
    assert shown["doubt"] == ""
    assert str(shown["clock"]).startswith("20")
    assert {"enquiry", "text", "recall", "clear"} <= set(driver.latency.by_exchange)


async def test_codes_arrive_as_they_are(bench):
    printer, driver = bench
    texts = ["<>&!\"#$%'()*+,-./:;=?[]_", "0106912345678901215ABC", " A B ", "X" * 90]
    await ready_to_print(driver)
    await driver.queue([PrintRecord(number=n, text=t) for n, t in enumerate(texts, 1)])
    for n, text in enumerate(texts, 1):
        await until(lambda n=n: len(printer.received) == n + 1)
        await asyncio.sleep(0.01)
        assert printer.product_trigger(now()) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("01069\x1d21X", r"'\\x1d' at position 5: GS cannot be sent"),
        ("A\x03B", r"'\\x03' at position 1: only 20h to 7Eh"),
        ("A\x10B", r"'\\x10' at position 1"),
        ("A\x7f", r"'\\x7f' at position 1"),
        ("啤酒", "position 0"),
        ("A`B", r"'`' at position 1: the printer has no such character"),
        ("A@B", "'@' at position 1: the printer prints ■ for it"),
        ("", "0 characters, of 1 to 2996"),
        ("X" * 2997, "2997 characters, of 1 to 2996"),
        ("-", "it is the blank"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_a_byte_leaves(
    net_wires, running, text, complaint
):
    printer = HitachiSerialPrinter(SETTLED)
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        await driver.clear()
        sent = len(driver.tap.frames())
        with pytest.raises(MisuseError, match=complaint):
            await driver.queue([*records(1, 1), PrintRecord(number=2, text=text)])
        assert len(driver.tap.frames()) == sent
        assert printer.received == ["-"]


async def test_nothing_is_queued_into_a_printer_nobody_cleared(bench):
    printer, driver = bench
    with pytest.raises(LinkDown, match="not cleared since"):
        await driver.queue(records(1, 1))
    await ready_to_print(driver)
    for wrong in (records(1, 65), [*records(1, 1), *records(3, 1)]):
        with pytest.raises(MisuseError):
            await driver.queue(wrong)
    await driver.queue(records(1, 1))
    await driver.stop()
    with pytest.raises(LinkDown, match="the printer was stopped"):
        await driver.queue(records(2, 1))
    assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN
    assert printer.received == ["-", "CODE-1", "-"]


@pytest.mark.parametrize("item", [2, 100])
async def test_the_item_and_the_blank_of_the_settings(net_wires, running, item):
    printer = HitachiSerialPrinter(HitachiSerialPlan(item=item, changeover_s=0))
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, item=item, blank="NO CODE")
    async with running(driver):
        await ready_to_print(driver)
        assert printer.product_trigger(now()) == "NO CODE"
        await driver.queue(records(1, 1))
        assert printer.product_trigger(now()) == "CODE-1"
        assert await driver.job() == ""
        assert printer.message == 13


@pytest.mark.parametrize("deflection", [True, False])
async def test_start_and_stop_switch_the_deflection_if_settings_say_so(
    net_wires, running, deflection
):
    printer = HitachiSerialPrinter(SETTLED)
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, deflection=deflection)
    async with running(driver):
        await driver.stop()
        assert printer.deflection is not deflection
        await driver.clear()
        await driver.start()
        assert printer.deflection
        await driver.queue(records(1, 1))
        await driver.stop()
        assert printer.text == "-"


@pytest.mark.parametrize("mode", [Mode.ENABLED, Mode.BUFFER])
async def test_a_printer_that_overwrites_is_not_driven(net_wires, running, mode):
    """Nothing would tell of a print: every record would seem printed at once."""
    printer = HitachiSerialPrinter(HitachiSerialPlan(mode=mode))
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        with pytest.raises(DeviceFault, match="takes text after text: 通信模式"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert set(printer.received) == {"-"}


def test_a_product_that_takes_the_blank_at_once_is_no_doubt(story_of):
    async def story(printer, driver):
        real = printer.hear
        printed = []

        def hear(byte, now_s):
            answer = real(byte, now_s)
            if byte == 0x03 and len(printed) < 2:
                printed.append(printer.product_trigger(now_s))
            return answer

        printer.hear = hear
        await driver.clear()
        assert printed == ["-", "-"]
        assert printer.received == ["-"] * 3

    story_of(story, SETTLED)


@pytest.mark.parametrize("message", [0, 12])
async def test_an_offline_printer_is_put_online_at_a_clear(net_wires, running, message):
    printer = HitachiSerialPrinter(SETTLED)
    printer.go(online=False)
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, message=message)
    async with running(driver):
        status = await driver.status_of_printer()
        assert status.state is PrinterState.IDLE
        assert "脱机或被占用 offline" in status.detail
        with pytest.raises(DeviceFault, match="does not start: 脱机"):
            await driver.start()
        await ready_to_print(driver)
        assert printer.online
        assert (await driver.status_of_printer()).state is PrinterState.PRINTING
        await driver.queue(records(1, 1))
        printer.go(online=False)
        await driver.stop()
        assert printer.text == "-"
        printer.go(online=False)
        printer.panel_open = True
        with pytest.raises(DeviceFault, match="不能联机 does not go online"):
            await driver.clear()


@pytest.mark.fault("F26")
async def test_a_message_that_is_not_stored_does_not_start(net_wires, running):
    """As far as it goes: a recall that is acknowledged and not done cannot be seen."""
    printer = HitachiSerialPrinter(SETTLED)
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, message=99)
    async with running(driver):
        for ask in (driver.job, driver.clear, driver.job):
            with pytest.raises(DeviceFault, match=r"message 0099 refused \(NAK\)"):
                await ask()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(1, 1))
        assert printer.message == 13
        assert printer.received == []


@pytest.mark.fault("F26")
def test_the_message_is_recalled_again_at_each_clear_and_each_connection(story_of):
    async def story(printer, driver):
        assert await driver.job() == "0012"
        printer.message = 13  # at its panel
        assert await driver.job() == "0012"
        assert printer.message == 13
        await driver.clear()
        assert printer.message == 12
        printer.message = 13
        driver.wires.dialer.cut(driver.address)
        await asyncio.sleep(1)
        assert driver.session == 2
        assert await driver.job() == "0012"
        assert printer.message == 12

    story_of(story, message=12)


@pytest.mark.fault("F24")
def test_a_printer_that_runs_dry_prints_the_blank(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await asyncio.sleep(0.1)
        assert await pass_by(printer, 2) == ["-", "-"]
        await driver.queue(records(1, 3))
        await asyncio.sleep(0.1)
        printed = await pass_by(printer, 6)
        assert printed == ["CODE-1", "CODE-2", "CODE-3", "-", "-", "-"]
        progress = await driver.progress()
        assert (progress.queued, progress.last_started, progress.doubt) == (0, 3, "")
        # It is open for the next at once, whether the blank was printed or not.
        await driver.queue(records(4, 2))
        await asyncio.sleep(0.1)
        assert await pass_by(printer, 2) == ["CODE-4", "CODE-5"]
        await driver.queue(records(6, 1))
        await asyncio.sleep(0.1)
        assert await pass_by(printer, 2) == ["CODE-6", "-"]
        assert (await driver.progress()).doubt == ""

    story_of(story)


@pytest.mark.fault("F22")
def test_a_product_during_the_changeover_takes_the_permission_and_the_old_code(
    story_of,
):
    """As the manual is read at its harshest: then a code is reported printed that no
    product bears. None bears it later, and the next ones are in step."""

    async def story(printer, driver):
        await ready_to_print(driver)
        await asyncio.sleep(0.1)
        await driver.queue(records(1, 4))
        early = printer.product_trigger(now())
        await asyncio.sleep(0.2)
        assert early == "-"
        assert (await driver.progress()).last_started == 1
        assert await pass_by(printer, 4) == ["CODE-2", "CODE-3", "CODE-4", "-"]
        assert printer.received.count("CODE-1") == 1

    story_of(story)


@pytest.mark.fault("F24")
def test_products_faster_than_the_wire_get_a_code_twice_and_no_other(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 20))
        printed = await pass_by(printer, 40, pitch_s=0.03)
        codes = [text for text in printed if text != "-"]
        # Each code once or more, in its order; what the printer does not tell, the
        # camera sees.
        assert len(codes) > len(set(codes))
        assert codes == sorted(codes, key=lambda text: int(text[5:]))
        sent = [text for text in printer.received if text != "-"]
        assert len(sent) == len(set(sent))

    story_of(story)


@pytest.mark.fault("F21")
@pytest.mark.parametrize("slip", list(Slip))
def test_a_slip_does_not_bring_later_codes_out_of_step(story_of, slip):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 6))
        await asyncio.sleep(0.1)
        first = await pass_by(printer, 2)
        printer.slip(slip)
        then = await pass_by(printer, 4)
        assert first == ["CODE-1", "CODE-2"]
        assert then[0] == (None if slip is Slip.SKIP else "CODE-2")
        assert then[1:] == ["CODE-4", "CODE-5", "CODE-6"]
        assert printer.received.count("CODE-3") == 1

    story_of(story)


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
@pytest.mark.parametrize("printed_before", [0, 1, 3])
@pytest.mark.parametrize("online", [True, False])
def test_after_a_power_cycle_nothing_is_sent_again(
    story_of, mode, printed_before, online
):
    async def story(printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 8))
        await asyncio.sleep(0.1)
        await pass_by(printer, printed_before)
        # Every hour it stores what it has: a code that will be old.
        printer.store()
        await pass_by(printer, 1)
        session = driver.session
        printer.power_cycle(now(), mode, off_s=4.0)
        await asyncio.sleep(3)
        assert driver.status().link is not LinkState.READY
        with pytest.raises(LinkDown):
            await driver.progress()
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session > session
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(progress.last_started + 1) is RecordState.UNKNOWN
        with pytest.raises(LinkDown):
            await driver.queue(records(9, 1))
        held = list(printer.received)
        await driver.stop()
        await driver.clear()
        await driver.start()
        assert set(printer.received[len(held) :]) <= {"-"}
        await asyncio.sleep(0.1)
        printed = await pass_by(printer, 2)
        # The last print again sits in the head, where nothing reaches it.
        if mode is PowerCycle.LAST_AGAIN and printed[0] != "-":
            assert printed.pop(0) in held
        assert set(printed) == {"-"}
        await driver.queue(records(1, 2, text="NEW-{}"))
        await asyncio.sleep(0.1)
        assert await pass_by(printer, 3) == ["NEW-1", "NEW-2", "-"]
        codes = [text for text in printer.received if text != "-"]
        assert len(codes) == len(set(codes))

    story_of(story, HitachiSerialPlan(online=online))


@pytest.mark.fault("F20")
def test_no_answer_is_a_link_down_and_no_fault(story_of):
    async def story(printer, driver):
        await ready_to_print(driver)
        printer.power_cycle(now(), PowerCycle.KEPT, off_s=60)
        with pytest.raises(LinkDown, match="no answer in time"):
            await driver.status_of_printer()

    story_of(story)


def test_a_waiting_printer_is_asked_and_an_idle_one_only_for_its_clock(story_of):
    async def story(_printer, driver):
        await ready_to_print(driver)
        await asyncio.sleep(0.5)
        before = len(driver.tap.frames())
        await asyncio.sleep(12)
        asked = driver.tap.frames()[before:]
        assert 2 <= sum(bytes(f.data) == b"\x1f\x75" for f in asked) <= 3
        assert not any(bytes(f.data) == b"\x05" for f in asked)
        assert driver.session == 1

    story_of(story)


def test_between_an_answer_and_the_next_word_there_is_the_manuals_pause(story_of):
    async def story(_printer, driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 2))
        heard_s = None
        pauses = []
        for frame in driver.tap.frames():
            if frame.direction is Direction.RECEIVED:
                heard_s = frame.at_s
            elif heard_s is not None and frame.data != b"\x06":
                pauses.append(frame.at_s - heard_s)
        assert len(pauses) > 10
        assert min(pauses) >= 0.005 - 1e-9

    story_of(story)
