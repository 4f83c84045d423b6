"""F22, F23, F27, F33, F35, F37 and F38 for ZPL printers."""

import asyncio
import random

import pytest

from drivers.base import Label, LinkState
from drivers.errors import DeviceFault, LinkDown, ProtocolFault
from drivers.printers.zebra_zpl.conversation import SILENT_LIMIT
from drivers.printers.zebra_zpl.driver import ZebraZpl
from drivers.printers.zebra_zpl.formats import parse_format
from simulators.printers.zebra_zpl import ZplPrinter

FORMAT = parse_format("case", '^XA^FO1,1^BQN,2,6^FN1"code"^FS^XZ')
KIND = "zebra_zpl"
LABEL = Label(template="case", fields={"code": "A1"})
SENT = FORMAT.fill(LABEL.fields)

IDENTITY = b"\x02ZT410-200dpi,V75.19.15Z,8,4096KB\x03\r\n"
IDLE = (
    b"\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n"
    b"\x021234,0\x03\r\n"
)


def driver_for(wires, address, **settings):
    return ZebraZpl(
        "zebra",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        formats=[FORMAT],
        **{
            "reply_timeout_s": wires.patience_s(0.3),
            "print_timeout_s": wires.patience_s(1.0),
        }
        | settings,
    )


# What a printer answers that is asked for more than ~HS and ~HI.
NO_SERIAL = b"\x02\r\n  SERIAL NUMBER\r\n   1\r\n\x03\r\n"
NO_ERRORS = (
    b"\x02\r\n  PRINTER STATUS\r\n   ERRORS:   0 00000000 00000000\r\n"
    b"   WARNINGS: 0 00000000 00000000\r\n\x03\r\n"
)
MORE = {
    b"~HQSN\r\n": NO_SERIAL,
    b"~HQES\r\n": NO_ERRORS,
    b'! U1 getvar "odometer.total_label_count"\r\n': b'"?"',
}


def answers(status=IDLE, identity=IDENTITY, more=MORE):
    table = {b"~HS\r\n": status, b"~HI\r\n": identity} | more
    return table.get


class Cutter:
    """A simulated printer whose connection breaks so many bytes after a mark."""

    def __init__(self, timers):
        self.printer = ZplPrinter(timers, print_s=0.05)
        self.after = None
        self.heard = bytearray()

    async def __call__(self, stream):
        session = self.printer.session()
        loop = asyncio.get_running_loop()
        left = None
        while data := await stream.receive():
            for byte in data:
                if left == 0:
                    self.after = None
                    return
                left = None if left is None else left - 1
                self.heard.append(byte)
                if reply := session.feed(bytes([byte]), loop.time()):
                    await stream.send(reply)
                    # Armed, it counts from the answer to the ~HS before the label.
                    left = self.after


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(0, len(SENT), 3))
def test_a_cut_inside_a_label_is_link_down_and_never_sent_again(
    virtual, memory_wires, running, loop_timers, after
):
    async def story():
        wires = memory_wires()
        cutter = Cutter(loop_timers())
        driver = driver_for(wires, await wires.serve(cutter))
        async with running(driver):
            await driver.status_of_printer()
            cutter.heard.clear()
            cutter.after = after + len("\r\n")
            with pytest.raises(LinkDown):
                await driver.print_label(LABEL)
            assert driver.status().link is not LinkState.READY
            await driver.link.wait_ready()
            await asyncio.sleep(30)
            assert driver.session == 2
            assert cutter.heard.count(b"^XF") <= 1
            whole = SENT[:after].endswith(b"^XZ") or b"^XZ" in SENT[:after]
            assert cutter.printer.labels == whole
            await driver.print_label(LABEL)
            assert cutter.printer.labels == whole + 1

    virtual(story())


@pytest.mark.fault("F22")
def test_a_status_that_runs_ahead_of_the_label_does_not_make_it_printed(
    virtual, memory_wires, running, peer
):
    """`~HS` is answered at once: the format just sent may not be counted yet."""

    async def story():
        wires = memory_wires()
        busy = IDLE.replace(b",1225,000,", b",1225,001,")
        statuses = iter([IDLE, IDLE, busy, busy, IDLE, IDLE])
        told = []

        def answer(request):
            if request == b"~HI\r\n":
                return IDENTITY
            if request == b"~HS\r\n":
                told.append(next(statuses))
                return told[-1]
            return b""

        driver = driver_for(wires, await wires.serve(peer(answer, end=b"\r\n")))
        async with running(driver):
            await driver.print_label(LABEL)
            assert told == [IDLE, IDLE, busy, busy, IDLE, IDLE]

    virtual(story())


@pytest.mark.fault("F33")
def test_a_silent_printer_is_attention_first_and_dead_later(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\r\n")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            for _ in range(SILENT_LIMIT - 1):
                with pytest.raises(DeviceFault, match="look at media, ribbon and head"):
                    await driver.status_of_printer()
                assert driver.status().link is LinkState.READY
            with pytest.raises(LinkDown, match="no answer in time"):
                await driver.status_of_printer()
            printer.silent = False
            await driver.link.wait_ready()
            assert driver.session == 2
            assert not (await driver.status_of_printer()).fault

    virtual(story())


def test_one_silence_is_forgiven(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\r\n")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            for _ in range(5):
                printer.silent = True
                with pytest.raises(DeviceFault):
                    await driver.status_of_printer()
                printer.silent = False
                assert not (await driver.status_of_printer()).fault
            assert driver.session == 1

    virtual(story())


def test_a_silent_printer_gets_no_label(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\r\n")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            with pytest.raises(DeviceFault, match="label not sent: does not answer"):
                await driver.print_label(LABEL)
            assert b"^XF" not in b"".join(printer.heard)

    virtual(story())


@pytest.mark.fault("F35")
def test_an_answer_that_came_too_late_does_not_answer_the_next_question(
    virtual, memory_wires, running
):
    """F35: the late status says idle, the true one says paper out."""

    async def story():
        wires = memory_wires()
        paper_out = IDLE.replace(b"030,0,", b"030,1,")

        async def slow(stream):
            loop = asyncio.get_running_loop()
            asked = 0
            while data := await stream.receive():
                if b"~HI" in data:
                    await stream.send(IDENTITY)
                asked += b"~HS" in data
                if b"~HS" in data and asked == 1:
                    loop.call_later(1, asyncio.ensure_future, stream.send(IDLE))
                elif b"~HS" in data:
                    await stream.send(paper_out)

        driver = driver_for(wires, await wires.serve(slow))
        async with running(driver):
            with pytest.raises(DeviceFault):
                await driver.status_of_printer()
            await asyncio.sleep(2)
            assert (await driver.status_of_printer()).fault == "paper out"
            assert driver.session == 1

    virtual(story())


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [b"HS", b"\x02hello\x03", b"\x02001,0\x03", b"\x02" + b"9" * 5000, b"\xff\x00"],
)
async def test_noise_before_the_status_is_counted_not_believed(
    any_wires, running, peer, noise
):
    printer = peer(answers(status=noise + IDLE), end=b"\r\n")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        status = await driver.status_of_printer()
        assert (status.fault, status.waiting) == ("", 0)
        assert driver.foreign_frames > 0


@pytest.mark.fault("F27")
async def test_half_a_status_glued_to_a_whole_one_is_read_right(
    any_wires, running, peer
):
    half = IDLE[: IDLE.index(b"\x03\r\n\x021234")]
    printer = peer(answers(status=half + IDLE), end=b"\r\n")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        assert (await driver.status_of_printer()).waiting == 0
        assert driver.foreign_frames > 0


@pytest.mark.fault("F37")
def test_a_stranger_gets_no_formats(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        stranger = peer(answers(identity=b"\x02a,Vb\x03\r\n"), end=b"\r\n")
        driver = driver_for(wires, await wires.serve(stranger))
        async with running(driver, ready=False):
            await asyncio.sleep(20)
            assert "~HI is 'a,Vb'" in driver.status().detail
            assert driver.session == 0
            assert set(b"".join(stranger.heard).split()) == {b"~HI"}

    virtual(story())


async def test_an_error_status_that_is_none_is_a_protocol_fault(
    any_wires, running, peer
):
    table = {b"~HI\r\n": IDENTITY, b"~HQES\r\n": b"\x02PRINTER STATUS none\x03\r\n"}
    printer = peer(table.get, end=b"\r\n")
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(ProtocolFault, match="~HQES is"):
            await driver.error_status()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F33")
def test_an_idle_printer_that_vanished_is_noticed(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\r\n")
        address = await wires.serve(printer)
        driver = driver_for(wires, address)
        async with running(driver):
            wires.dialer.unlisten(address)
            wires.dialer.cut(address)
            await asyncio.sleep(11)
            assert driver.status().link is not LinkState.READY

    virtual(story())


@pytest.mark.fault("F38")
@pytest.mark.parametrize(
    "flood",
    [
        b"ALERT: PRINTER PAUSED [2024-07-17 14:36:16] [XXZKJ181100602]\r\n",
        IDLE[:40],
        b'"1"',
        b"\x02",
        b"x",
    ],
)
async def test_a_flood_beside_the_answer_is_gone_through(any_wires, running, flood):
    asked = 0

    async def flooding(stream):
        nonlocal asked
        while data := await stream.receive():
            for request in data.splitlines(keepends=True):
                if request == b"~HS\r\n":
                    asked += 1
                    await stream.send(flood * (200_000 // len(flood)))
                if reply := answers()(request):
                    await stream.send(reply)

    driver = driver_for(any_wires, await any_wires.serve(flooding))
    async with running(driver):
        status = await driver.status_of_printer()
        assert (status.fault, status.waiting) == ("", 0)
        assert driver.session == asked == 1


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [
        b"ERROR CONDITION: PAPER OUT [2024-07-17 14:36:16] [XXZKJ181100602]\r\n",
        b"ALERT: PQ JOB COMPLETED [ZBR3913909]\r\n",
        "アラート: ジョブ完了 [2024-08-06 05:58:28] [D7J203700352]\r\n".encode(),
    ],
)
@pytest.mark.parametrize("place", ["before", "between", "after"])
async def test_alerts_beside_replies_upset_nothing(
    any_wires, running, peer, noise, place
):
    first, *rest = IDLE.split(b"\x03\r\n")
    between = b"\x03\r\n".join([first, noise + rest[0], *rest[1:]])
    said = {"before": noise + IDLE, "between": between, "after": IDLE + noise}
    driver = driver_for(
        any_wires, await any_wires.serve(peer(answers(status=said[place]), end=b"\r\n"))
    )
    async with running(driver):
        for _ in range(3):
            assert (await driver.status_of_printer()).waiting == 0
        assert driver.foreign_frames == 0
        shown = {reading.name: reading.value for reading in driver.readings()}
        assert shown["last alert"].encode() == noise.strip()
