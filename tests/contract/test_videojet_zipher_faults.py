"""F22, F23, F35, F37, F38 for Zipher: cuts, silence, lies, strangers, floods."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import LinkState, PrintRecord, RecordState
from drivers.errors import DeviceFault, LinkDown, ProtocolFault
from drivers.printers.videojet_zipher.driver import from_settings
from drivers.printers.videojet_zipher.settings import VideojetZipherSettings
from simulators.faces import face
from simulators.printers.videojet_zipher import ZipherPrinter

KIND = "videojet_zipher"

TWO = [PrintRecord(number=n, text=f"CODE-{n}") for n in (1, 2)]
SENT = b"\rSLR\r\rGST\r\rSID|1|CODE-1|\r\rSID|2|CODE-2|\r"


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **changes):
    settings = {
        "kind": "videojet_zipher",
        "address": "tcp://printer:3003",
        "field": "CODE",
        "reply_timeout_s": wires.patience_s(0.4),
        "settle_timeout_s": wires.patience_s(2.0),
    } | changes
    model = VideojetZipherSettings(**settings).model_copy(update={"address": address})
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return from_settings("zipher", model, around)


class Cutter:
    """A simulated printer whose connection breaks after so many more bytes."""

    def __init__(self):
        self.printer = ZipherPrinter()
        self.left = None
        self.heard = bytearray()

    async def __call__(self, stream):
        session = self.printer.session()
        while data := await stream.receive():
            for byte in data:
                if self.left == 0:
                    self.left = None
                    return
                if self.left is not None:
                    self.left -= 1
                self.heard.append(byte)
                if reply := session.feed(bytes([byte]), now()):
                    await stream.send(reply)


READY = {
    b"GST\r": b"STS|4|0|LINE|0|0|\r",
    b"GJN\r": b"JOB|LINE|-|\r",
    b"SLR\r": b"SLR|0|\r",
    b"SRC\r": b"SRC|0|\r",
}


def answers(**changes):
    """A rule for `peer`: queries from a table, ACK to everything else."""
    table = READY | {f"{key}\r".encode(): reply for key, reply in changes.items()}

    def answer(request):
        line = request.lstrip(b"\r")
        return table.get(line, b"ACK\r") if line else None

    return answer


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(len(SENT)))
def test_a_cut_after_each_byte_of_a_queue(virtual, memory_wires, running, after):
    async def story():
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter), poll_s=5.0)
        async with running(driver):
            await driver.clear()
            cutter.left = after
            cutter.heard.clear()
            with pytest.raises(LinkDown):
                await driver.queue(TWO)
            assert driver.status().link is not LinkState.READY
            assert bytes(cutter.heard) == SENT[:after]
            await driver.link.wait_ready()
            await asyncio.sleep(30)
            # Nothing was sent again, and nothing may be added to what is unknown.
            assert cutter.heard.count(b"SID") == SENT[:after].count(b"SID")
            assert driver.session == 2
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(TWO)
            await driver.clear()
            assert cutter.printer.queued == 0
            await driver.queue(TWO)
            assert cutter.printer.queued == 2

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", [0, 1, 14, len(SENT) - 1])
async def test_a_cut_over_real_sockets(net_wires, running, after):
    cutter = Cutter()
    driver = driver_for(net_wires, await net_wires.serve(cutter), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        cutter.left = after
        with pytest.raises(LinkDown):
            await driver.queue(TWO)
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2
        await driver.clear()
        await driver.queue(TWO)
        assert cutter.printer.queued == 2


@pytest.mark.fault("F23")
@pytest.mark.parametrize("act", ["start", "stop", "clear", "job", "status_of_printer"])
def test_a_cut_after_each_byte_of_every_other_command(
    virtual, memory_wires, running, act
):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter), poll_s=5.0)
        async with running(driver):
            if act == "stop":
                await driver.start()
            cutter.left = after
            try:
                await getattr(driver, act)()
            except LinkDown:
                assert driver.status().link is not LinkState.READY
                await driver.link.wait_ready()
                assert driver.session == 2
                return True
            assert driver.session == 1
            return False

    cut = [virtual(story(after)) for after in range(90)]
    sent = cut.index(False)
    assert sent >= len("\rGST\r")
    assert not any(cut[sent:])


@pytest.mark.fault("F23")
async def test_half_a_command_left_on_a_serial_line_is_ended(any_wires, running):
    """Whatever half a record reached the printer, it is no part of the next command."""
    printer = ZipherPrinter()
    session = printer.session()
    session.feed(b"\rSHO|CODE|\r\rSID|5|0123", now())
    address = await any_wires.serve(lambda stream: _continue(stream, session))
    driver = driver_for(any_wires, address)
    async with running(driver):
        assert printer.received == ["0123"]
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(TWO)
        await driver.clear()
        assert printer.queued == 0
        await driver.queue(TWO)
        assert printer.received == ["0123", "CODE-1", "CODE-2"]


async def _continue(stream, session):
    session.push = lambda data: None
    while data := await stream.receive():
        if reply := session.feed(data, now()):
            await stream.send(reply)


async def test_a_silent_printer_is_link_down(any_wires, running, peer):
    printer = peer(answers())
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        await driver.clear()
        printer.silent = True
        with pytest.raises(LinkDown, match="zipher: no answer in time"):
            await driver.status_of_printer()
        assert driver.status().link is not LinkState.READY
        printer.silent = False
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2


def test_a_printer_that_falls_silent_while_idle_is_noticed(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        printer = peer(answers())
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            await asyncio.sleep(7)
            assert driver.status().link is not LinkState.READY

    virtual(story())


def test_a_dead_wire_ends_the_question_at_once(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            session = ZipherPrinter().session()
            while data := await stream.receive():
                if b"GJN" in data:
                    return
                if reply := session.feed(data, now()):
                    await stream.send(reply)

        driver = driver_for(wires, await wires.serve(handler), reply_timeout_s=20.0)
        async with running(driver):
            begun = now()
            with pytest.raises(LinkDown, match="closed by the peer"):
                await driver.job()
            assert now() - begun < 0.1

    virtual(story())


@pytest.mark.fault("F35")
async def test_a_late_answer_is_not_taken_for_the_next_question(
    net_wires, running, peer
):
    asked = []

    def answer(request):
        asked.append(request)
        if request == b"SRC\r" and asked.count(request) == 1:
            return None
        return answers()(request)

    printer = peer(answer)
    driver = driver_for(net_wires, await net_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(LinkDown):
            await driver.clear()
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        await driver.clear()
        assert len(printer.heard) == 2


@pytest.mark.fault("F27")
@pytest.mark.parametrize("size", [1, 2, 7])
async def test_answers_in_pieces(any_wires, running, peer, size):
    printer = peer(answers(GST=b"PRC\r\nSTS|3|\rSTS|4|0|LINE|0|0|\r\n"), piece=size)
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        await driver.clear()
        await driver.queue(TWO)
        assert (await driver.progress()).queued == 2
        assert driver.foreign_frames == 0


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("noise", "foreign"),
    [
        (b"hello\r", 1),
        (b"\x00\xff\xfe\r", 1),
        (b"XYZ|1|\r", 1),
        (b"SRC|9|\r", 1),
        (b"STS|4|\r", 0),  # the notification, not the answer
        (b"PRC\rPRC\r", 0),
        (b"\r\n\r\n", 0),
        (b"x" * 20_000 + b"\r", 1),
    ],
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, peer, noise, foreign
):
    printer = peer(answers(SLR=noise + b"SLR|0|\r"))
    driver = driver_for(any_wires, await any_wires.serve(printer), poll_s=5.0)
    async with running(driver):
        assert await driver.last_index() == 0
        assert driver.foreign_frames == foreign
        assert driver.session == 1


async def test_an_acknowledgement_nobody_asked_for_is_no_answer_to_the_next(
    any_wires, running, peer
):
    def answer(request):
        line = request.lstrip(b"\r")
        if line.startswith(b"SID|1|"):
            return b"ACK\rACK\r"  # the second is somebody else's
        if line.startswith(b"SID|2|"):
            return b"ERR\r"
        return answers()(request)

    printer = peer(answer)
    driver = driver_for(any_wires, await any_wires.serve(printer), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        with pytest.raises(DeviceFault, match="record 2 refused"):
            await driver.queue(TWO)
        assert driver.foreign_frames == 1


@pytest.mark.parametrize(
    "reply",
    [b"SLR|x|\r", b"SLR|\r", b"SLR|1|2|\r", b"SLR|-1|\r", b"SLR||\r"],
)
async def test_an_answer_with_dirt_in_it_closes_the_link(
    any_wires, running, peer, reply
):
    printer = peer(answers(SLR=reply))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        with pytest.raises(ProtocolFault, match="SLR"):
            await driver.last_index()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F22")
@pytest.mark.parametrize("reported", [3, 99, 1_000_000])
async def test_an_index_that_is_none_of_ours_is_doubt(
    any_wires, running, peer, reported
):
    table = {"last": b"SLR|0|\r"}

    def answer(request):
        if request == b"SLR\r":
            return table["last"]
        return answers()(request)

    driver = driver_for(any_wires, await any_wires.serve(peer(answer)), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        await driver.queue(TWO)
        table["last"] = f"SLR|{reported}|\r".encode()
        progress = await driver.progress()
        assert progress.last_started == 0
        assert f"record number {reported}, which is none of ours" in progress.doubt
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue([PrintRecord(number=3, text="CODE-3")])


@pytest.mark.fault("F22")
async def test_a_count_that_goes_back_is_doubt(any_wires, running, peer):
    table = {"state": b"STS|4|0|LINE|0|500|\r"}

    def answer(request):
        if request == b"GST\r":
            return table["state"]
        return answers()(request)

    driver = driver_for(any_wires, await any_wires.serve(peer(answer)), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        await driver.queue(TWO)
        table["state"] = b"STS|4|0|LINE|0|0|\r"
        assert "print count went back" in (await driver.progress()).doubt


@pytest.mark.fault("F37")
async def test_a_stranger_never_gets_a_code(any_wires, running, peer, turned_away):
    """A scanner under the printer's name."""
    scanner = peer(lambda request: b"0106141411234567\r" if request != b"\r" else b"")
    driver = driver_for(any_wires, await any_wires.serve(scanner), reply_timeout_s=0.3)
    async with running(driver, ready=False):
        await turned_away(driver)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        heard = b"".join(scanner.heard)
        assert set(heard.split(b"\r")) <= {b"GST", b""}


async def test_a_printer_that_keeps_its_buffer_is_not_taken_for_empty(
    any_wires, running, peer
):
    printer = peer(answers(SRC=b"SRC|7|\r"))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        with pytest.raises(DeviceFault, match="keeps 7 records after a clear"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(TWO)
        assert driver.status().link is LinkState.READY


async def test_a_refused_record_is_not_sent_again(any_wires, running, peer):
    def answer(request):
        return b"ERR\r" if b"SID|1" in request else answers()(request)

    printer = peer(answer)
    driver = driver_for(any_wires, await any_wires.serve(printer), poll_s=0.05)
    async with running(driver):
        await driver.clear()
        with pytest.raises(DeviceFault, match="record 1 refused"):
            await driver.queue(TWO)
        with pytest.raises(LinkDown, match="record 1 refused"):
            await driver.queue(TWO)
        await asyncio.sleep(0.2)
        assert b"".join(printer.heard).count(b"SID") == 1


@pytest.mark.fault("F38")
async def test_a_flood_of_notifications_is_survived(net_wires, running):
    printer = ZipherPrinter()
    flooding = asyncio.Event()

    async def handler(stream):
        async def flood():
            await flooding.wait()
            for _ in range(200):
                await stream.send(b"PRC\rSTS|3|\rrubbish\r" * 100)

        task = asyncio.create_task(flood())
        try:
            await face(printer.session, now)(stream)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    driver = driver_for(net_wires, await net_wires.serve(handler), reply_timeout_s=5.0)
    async with running(driver):
        await driver.clear()
        await driver.start()
        flooding.set()
        await driver.queue(TWO)
        printer.product_trigger(now())
        async with asyncio.timeout(30):
            while driver.print_done_messages < 20_000:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        progress = await driver.progress()
        assert (progress.last_started, progress.queued) == (1, 1)
        assert driver.foreign_frames >= 20_000 - 100
        assert driver.session == 1


async def test_a_cancelled_queue_leaves_doubt(any_wires, running, peer):
    def answer(request):
        return b"" if b"SID|2" in request else answers()(request)

    printer = peer(answer)
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=20)
    async with running(driver):
        await driver.clear()
        task = asyncio.create_task(driver.queue(TWO))
        for _ in range(200):
            await asyncio.sleep(0.01)
            if any(b"SID|2" in heard for heard in printer.heard):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with pytest.raises(LinkDown):
            await driver.queue([PrintRecord(number=3, text="CODE-3")])
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue([PrintRecord(number=3, text="CODE-3")])
        assert b"".join(printer.heard).count(b"CODE-2") == 1


def test_half_an_answer_does_not_spoil_the_next_connection(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        connections = []

        async def handler(stream):
            connections.append(stream)
            session = ZipherPrinter().session()
            while data := await stream.receive():
                if b"GJN" in data and len(connections) == 1:
                    await stream.send(b"JOB|LI")
                    return
                if reply := session.feed(data, now()):
                    await stream.send(reply)

        driver = driver_for(wires, await wires.serve(handler))
        async with running(driver):
            with pytest.raises(LinkDown, match="closed by the peer"):
                await driver.job()
            await driver.link.wait_ready()
            assert len(connections) == 2
            assert driver.foreign_frames == 0
            assert await driver.job() == "LINE"

    virtual(story())


async def test_a_record_is_for_the_link_it_was_cleared_under(any_wires, running, peer):
    printer = peer(answers())
    driver = driver_for(any_wires, await any_wires.serve(printer), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        with pytest.raises(LinkDown, match="the connection was lost"):
            await driver.put_record(1, "CODE-1", driver.session - 1)
        assert b"CODE-1" not in b"".join(printer.heard)


def test_nothing_is_asked_for_a_queue_under_another_link(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        printer = peer(answers())
        address = await wires.serve(printer)
        driver = driver_for(wires, address, poll_s=5.0)
        async with running(driver):
            await driver.clear()
            wires.dialer.cut(address)
            await asyncio.sleep(0)
            await driver.link.wait_ready()
            assert driver.session == 2
            with pytest.raises(LinkDown, match="not cleared since: the link came up"):
                await driver.queue(TWO)
            assert b"SLR" not in printer.heard[-1]

    virtual(story())


async def test_a_clear_that_failed_leaves_doubt(any_wires, running, peer):
    told = {"SCB": b"ACK\r"}

    def answer(request):
        if request == b"SCB\r":
            return told["SCB"]
        return answers()(request)

    driver = driver_for(any_wires, await any_wires.serve(peer(answer)), poll_s=5.0)
    async with running(driver):
        await driver.clear()
        await driver.queue(TWO)
        told["SCB"] = b"ERR\r"
        with pytest.raises(DeviceFault, match="SCB refused"):
            await driver.clear()
        progress = await driver.progress()
        assert progress.doubt == "not cleared"
        assert progress.state_of(2) is RecordState.UNKNOWN
