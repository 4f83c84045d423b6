"""F22, F23, F27, F33, F35, F37, F38 for the JET: cuts after each byte, silence, lies,
strangers, floods."""

import asyncio
import random

import pytest

from drivers.base import LinkState, PrintRecord
from drivers.errors import DeviceFault, LinkDown, ProtocolFault
from drivers.printers.leibinger_jet.driver import LeibingerJet
from simulators.printers.leibinger_jet import JetPrinter

KIND = "leibinger_jet"
READY = b"^0=RS2\t5\t0\t0\t0\t0\r"
EMPTY = b"^0=SM256\t0\t0\t0\t1\t0\r"
VERSION = b"^0=VSV75.0.11.2\tJET2neo\t1\r"
TWO = [PrintRecord(number=n, text=f"CODE-{n}") for n in (1, 2)]
SENT = b"^0?SM\r^0=MR1\tCODE-1\r^0=MR2\tCODE-2\r^0?SM\r^0?RS\r"


def driver_for(wires, address, **settings):
    return LeibingerJet(
        "jet",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        **{
            "reply_timeout_s": wires.patience_s(0.4),
            "settle_timeout_s": wires.patience_s(0.2),
        }
        | settings,
    )


def answers(**changes):
    table = {b"^0?RS\r": READY, b"^0?SM\r": EMPTY, b"^0?VS\r": VERSION} | {
        f"^0?{code}\r".encode(): reply for code, reply in changes.items()
    }
    return table.get


class Cutter:
    """A simulated JET whose connection breaks after so many more bytes."""

    def __init__(self):
        self.jet = JetPrinter()
        self.left = None
        self.heard = bytearray()

    async def __call__(self, stream):
        session = self.jet.session()
        loop = asyncio.get_running_loop()
        while data := await stream.receive():
            for byte in data:
                if self.left == 0:
                    self.left = None
                    return
                if self.left is not None:
                    self.left -= 1
                self.heard.append(byte)
                if reply := session.feed(bytes([byte]), loop.time()):
                    await stream.send(reply)


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(len(SENT)))
def test_a_cut_after_each_byte_of_a_queue(virtual, memory_wires, running, after):
    async def story():
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter))
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
            assert cutter.heard.count(b"=MR") == SENT[:after].count(b"=MR")
            assert driver.session == 2
            with pytest.raises(LinkDown, match="not cleared"):
                await driver.queue(TWO)
            await driver.clear()
            assert cutter.jet.queued == 0
            await driver.queue(TWO)
            assert cutter.jet.queued == 2

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", [0, 1, 9, len(SENT) - 1])
async def test_a_cut_over_real_sockets(net_wires, running, after):
    cutter = Cutter()
    driver = driver_for(net_wires, await net_wires.serve(cutter))
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
        assert cutter.jet.queued == 2


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    "act", ["start", "stop", "clear", "job", "progress", "status_of_printer"]
)
def test_a_cut_after_each_byte_of_every_other_command(
    virtual, memory_wires, running, act
):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter))
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

    cut = [virtual(story(after)) for after in range(60)]
    # Every byte of the command was one to be cut after, and then there were no more.
    sent = cut.index(False)
    assert sent >= len("^0?RS\r")
    assert not any(cut[sent:])


@pytest.mark.fault("F33")
async def test_a_silent_printer_is_link_down(any_wires, running, peer):
    printer = peer(answers())
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        printer.silent = True
        with pytest.raises(LinkDown, match="jet: no answer in time"):
            await driver.progress()
        assert driver.status().link is not LinkState.READY
        printer.silent = False
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2


@pytest.mark.fault("F35")
async def test_a_late_answer_is_not_taken_for_the_next_question(
    net_wires, running, peer
):
    """F35: the answer to a timed-out question meets a closed wire."""
    asked = []

    def answer(request):
        asked.append(request)
        if request == b"^0?SM\r":
            return None if asked.count(request) == 1 else EMPTY
        return READY

    printer = peer(answer)
    driver = driver_for(net_wires, await net_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(LinkDown):
            await driver.progress()
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert (await driver.progress()).queued == 0
        assert len(printer.heard) == 2


@pytest.mark.fault("F23")
def test_half_an_answer_does_not_spoil_the_next_connection(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        connections = []

        async def handler(stream):
            connections.append(stream)
            while data := await stream.receive():
                if b"?RS" in data:
                    await stream.send(READY)
                elif b"?VS" in data:
                    await stream.send(VERSION)
                elif len(connections) == 1:
                    await stream.send(EMPTY[:8])
                    return
                else:
                    await stream.send(EMPTY)

        driver = driver_for(wires, await wires.serve(handler))
        async with running(driver):
            with pytest.raises(LinkDown, match="closed by the peer"):
                await driver.progress()
            await driver.link.wait_ready()
            assert len(connections) == 2
            assert (await driver.progress()).queued == 0

    virtual(story())


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [
        b"hello\r",
        b"\x00\xff\xfe\r",
        b"^0=CC1\t2\t3\r",
        b"^0!GO\r",
        b"^0=MR1\tCODE-1\r",
        b"^000099=SM256\t9\t9\t0\t1\t0\r",
        b"x" * 10_000 + b"\r",
    ],
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, peer, noise
):
    printer = peer(answers(SM=noise + EMPTY))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        progress = await driver.progress()
        assert (progress.queued, progress.last_started) == (0, 0)
        assert driver.foreign_frames == 1
        assert driver.session == 1


@pytest.mark.fault("F27")
async def test_an_answer_with_dirt_in_it_closes_the_link(any_wires, running, peer):
    printer = peer(answers(SM=b"^0=SM256\tx\t0\t0\t1\t0\r"))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        with pytest.raises(ProtocolFault, match="=SM wants 6 numbers"):
            await driver.progress()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F27")
async def test_only_noise_is_link_down(any_wires, running, peer):
    printer = peer(answers(SM=b"^0=CC1\t2\t3\r" * 50))
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(LinkDown, match="no answer in time"):
            await driver.progress()


@pytest.mark.fault("F37")
async def test_a_stranger_never_gets_a_code(any_wires, running, peer, turned_away):
    """F37: a scanner under the printer's name."""
    scanner = peer(lambda request: b"0106141411234567\r")
    driver = driver_for(any_wires, await any_wires.serve(scanner), reply_timeout_s=0.3)
    async with running(driver, ready=False):
        await turned_away(driver)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        heard = b"".join(scanner.heard)
        assert set(heard.split(b"\r")) <= {b"^0?RS", b""}


@pytest.mark.fault("F22")
async def test_a_printer_that_keeps_its_buffer_is_not_taken_for_empty(
    any_wires, running, peer
):
    printer = peer(answers(SM=b"^0=SM256\t7\t3\t0\t1\t9\r"))
    driver = driver_for(any_wires, await any_wires.serve(printer), settle_timeout_s=0.2)
    async with running(driver):
        with pytest.raises(DeviceFault, match="keeps 7 records after a clear"):
            await driver.clear()
        assert driver.status().link is LinkState.READY


@pytest.mark.fault("F22")
async def test_a_refusal_named_by_the_printer(any_wires, running, peer):
    printer = peer(answers(RS=b"^0=RS2\t5\t1019\t0\t0\t0\r"))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        await driver.clear()
        with pytest.raises(DeviceFault, match="record number not consecutive"):
            await driver.queue(TWO[:1])


def loaded_with(before, after):
    """A printer that shows `before` until it was sent record 2, then `after`."""
    told = {b"^0?RS\r": READY, b"^0?SM\r": before, b"^0?VS\r": VERSION}

    def answer(request):
        if request.startswith(b"^0=MR2"):
            told[b"^0?SM\r"] = after
        return told.get(request)

    answer.told = told
    return answer


@pytest.mark.parametrize(
    ("shown", "taken"),
    [
        (b"^0=SM256\t2\t0\t0\t1\t0\r", True),
        (b"^0=SM256\t1\t0\t0\t1\t0\r", True),  # one sits in the print stage
        (b"^0=SM256\t0\t2\t0\t1\t2\r", True),  # both are printed already
        (b"^0=SM256\t0\t0\t0\t1\t0\r", False),
        (b"^0=SM256\t3\t0\t0\t1\t0\r", False),
        (b"^0=SM256\t2\t2\t0\t1\t2\r", False),
    ],
)
async def test_what_proves_that_records_were_taken(
    net_wires, running, peer, shown, taken
):
    printer = peer(loaded_with(EMPTY, shown))
    limits = {} if taken else {"settle_timeout_s": 0.2}
    driver = driver_for(net_wires, await net_wires.serve(printer), **limits)
    async with running(driver):
        await driver.clear()
        if taken:
            await driver.queue(TWO)
        else:
            with pytest.raises(DeviceFault, match="records up to 2 not taken"):
                await driver.queue(TWO)


@pytest.mark.fault("F22")
async def test_a_last_number_left_over_from_before_is_no_progress(
    net_wires, running, peer
):
    rule = loaded_with(b"^0=SM256\t0\t2\t0\t1\t9\r", b"^0=SM256\t1\t2\t0\t1\t9\r")
    driver = driver_for(net_wires, await net_wires.serve(peer(rule)))
    async with running(driver):
        await driver.clear()
        await driver.queue(TWO)
        for shown, last_started, queued in (
            (b"^0=SM256\t1\t2\t0\t1\t9\r", 0, 2),
            (b"^0=SM256\t0\t1\t0\t0\t10\r", 1, 1),
            (b"^0=SM256\t0\t2\t0\t0\t11\r", 2, 0),
        ):
            rule.told[b"^0?SM\r"] = shown
            progress = await driver.progress()
            assert (progress.last_started, progress.queued) == (last_started, queued)


@pytest.mark.fault("F38")
@pytest.mark.parametrize(
    "flood", [b"^0=CC1\t2\t3\r", b"^0*OBJ [1]\r", b"\r", b"^0", b"x" * 9000, b"^0!GO\r"]
)
async def test_a_flood_beside_the_answer_is_gone_through(
    any_wires, running, peer, flood
):
    flooded = flood * (200_000 // len(flood)) + b"\r"
    driver = driver_for(
        any_wires, await any_wires.serve(peer(answers(SM=flooded + EMPTY)))
    )
    async with running(driver):
        progress = await driver.progress()
        assert (progress.queued, progress.last_started) == (0, 0)
        assert driver.session == 1


@pytest.mark.fault("F38")
async def test_a_job_without_end_is_a_protocol_fault(net_wires, running, peer):
    endless = b"^0*OBJ [1]\r" * 20_000
    printer = peer(answers(JB=endless))
    driver = driver_for(net_wires, await net_wires.serve(printer))
    async with running(driver):
        with pytest.raises(ProtocolFault, match="lines without end"):
            await driver.start()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F27")
async def test_half_a_job_is_link_down_and_starts_nothing(net_wires, running, peer):
    printer = peer(answers(JB=b"^0*BEGINLJSCRIPT []\r^0*OBJ [1]\r"))
    driver = driver_for(net_wires, await net_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(LinkDown, match="no answer in time"):
            await driver.start()
        assert b"!GO" not in b"".join(printer.heard)


@pytest.mark.fault("F37")
def test_a_printer_that_does_not_say_who_it_is(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        printer = peer(answers(VS=b""))
        driver = LeibingerJet(
            "jet",
            address=await wires.serve(printer),
            dialer=wires.dialer,
            rng=random.Random(3),
            identity="JET2neo",
        )
        async with running(driver, ready=False):
            await asyncio.sleep(20)
            assert driver.session == 0
            assert "does not say who it is" in driver.status().detail
            assert b"!" not in b"".join(printer.heard)

    virtual(story())
