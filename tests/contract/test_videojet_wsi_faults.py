"""F22, F23, F27, F37, F38 for WSI: damaged requests, cuts, dirt, silence, strangers."""

import asyncio
import random

import pytest

from drivers.base import LinkState, PrintRecord, RecordState
from drivers.errors import DeviceFault, DriverError, LinkDown, ProtocolFault
from drivers.printers.videojet_wsi.driver import VideojetWsi
from simulators.faces import face
from simulators.printers.videojet_wsi import WsiPrinter

KIND = "videojet_wsi"


def records(first, count):
    return [
        PrintRecord(number=n, text=f"CODE-{n}") for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return VideojetWsi(
        "videojet",
        address=address,
        field="CODE",
        dialer=wires.dialer,
        rng=random.Random(3),
        **{"reply_timeout_s": wires.patience_s(0.4), "poll_s": 0.02} | settings,
    )


SENT = b"\x02UCODE\nCODE-1\x03"


class Cutter:
    """A simulated printer whose connection breaks after so many more bytes."""

    def __init__(self):
        self.printer = WsiPrinter()
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


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(len(SENT)))
def test_a_cut_after_each_byte_of_a_record(virtual, memory_wires, running, after):
    async def story():
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter))
        async with running(driver):
            await driver.clear()
            # The count is looked at first: what printed since the clear was blank.
            cutter.left = len(b"\x02GA\x03") + after
            cutter.heard.clear()
            with pytest.raises(LinkDown):
                await driver.queue(records(1, 2))
            assert driver.status().link is not LinkState.READY
            assert bytes(cutter.heard) == b"\x02GA\x03" + SENT[:after]
            await driver.link.wait_ready()
            await asyncio.sleep(30)
            # Nothing was sent again, and the field was blanked in case it was taken.
            assert cutter.heard.count(b"\nCODE") <= 1
            assert b"\x02DCODE\x03" in cutter.heard
            assert driver.session == 2
            progress = await driver.progress()
            assert progress.state_of(1) is RecordState.UNKNOWN
            with pytest.raises(LinkDown):
                await driver.queue(records(3, 1))
            await driver.clear()
            assert cutter.printer.queued == 0

    virtual(story())


@pytest.mark.fault("F23")
def test_a_cut_behind_a_record_leaves_no_code_for_the_next_product(
    virtual, memory_wires, running
):
    """The printer has the code, the answer is lost: of unknown fate, and blanked."""

    async def story():
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter))
        async with running(driver):
            await driver.clear()
            await driver.queue(records(1, 3))
            assert cutter.printer.queued == 1
            cutter.left = 0
            await asyncio.sleep(3)
            assert driver.session == 2
            assert cutter.printer.queued == 0
            assert cutter.printer.received == ["CODE-1"]

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", [0, 9, len(SENT) - 1])
async def test_a_cut_over_real_sockets(net_wires, running, after):
    cutter = Cutter()
    driver = driver_for(net_wires, await net_wires.serve(cutter))
    async with running(driver):
        await driver.clear()
        cutter.left = len(b"\x02GA\x03") + after
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 2))
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        with pytest.raises(LinkDown):
            await driver.queue(records(3, 1))
        assert cutter.printer.received == []


@pytest.mark.fault("F23")
async def test_no_code_is_put_under_a_link_that_was_not_cleared(net_wires, running):
    printer = WsiPrinter()
    driver = driver_for(net_wires, await net_wires.serve(face(printer.session, now)))
    async with running(driver):
        with pytest.raises(LinkDown, match="the connection was lost"):
            await driver.put_text("CODE-1")
        assert printer.received == []


@pytest.mark.fault("F22")
def test_a_record_damaged_on_the_way_is_found_by_the_checksum(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        printer = WsiPrinter()
        driver = driver_for(wires, await wires.serve(face(printer.session, now)))
        async with running(driver):
            await driver.clear()
            await driver.start()
            await driver.queue(records(1, 3))
            printer.garbles = True
            printer.product_trigger(now())
            await asyncio.sleep(2)
            # CODE-2 arrived as CODE-: acknowledged, and not what was sent.
            assert (await driver.progress()).doubt
            assert driver.session == 2
            assert printer.queued == 0
            assert "CODE-3" not in printer.received

    virtual(story())


async def test_an_acknowledgement_with_another_checksum_closes_the_link(
    any_wires, running, peer
):
    """As a plant user's emulator answers everything with $8D."""
    printer = peer(answers(D=b"$8D"), end=b"\x03")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        with pytest.raises(ProtocolFault, match="got something else than 'DCODE'"):
            await driver.clear()
        assert driver.status().link is not LinkState.READY


def verdict(sign, request):
    return b"%s%02X" % (sign, sum(request[1:-1]) % 256)


def answers(**changes):
    """Rules by command letter over those of a healthy printer."""
    table = {
        "H": b"\x021.0\x03",
        "G": b"\x0200000007\x03",
        "Q": b"\x02BEER\x03",
        "E": b"\x020000001\x03",
    } | changes

    def answer(request):
        return table.get(chr(request[1]), verdict(b"$", request))

    return answer


@pytest.mark.fault("F22")
def test_a_refused_record_ends_the_feed_and_blanks_the_field(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\x03")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            await driver.clear()
            printer.answer = answers(U=verdict(b"!", b"\x02UCODE\nCODE-1\x03"))
            with pytest.raises(DeviceFault, match="field 'CODE' refused"):
                await driver.queue(records(1, 2))
            printer.heard[0].clear()
            await asyncio.sleep(1)
            assert b"\x02DCODE\x03" in printer.heard[0]
            assert b"U" not in printer.heard[0]
            assert "refused" in (await driver.progress()).doubt
            assert driver.session == 1

    virtual(story())


async def test_a_silent_printer_is_link_down(any_wires, running, peer):
    printer = peer(answers(), end=b"\x03")
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        printer.silent = True
        with pytest.raises(LinkDown, match="videojet: no answer in time"):
            await driver.status_of_printer()
        with pytest.raises(LinkDown, match="not connected"):
            await driver.progress()
        printer.silent = False
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2


def test_a_dead_link_is_noticed_while_idle(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\x03")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            await asyncio.sleep(12)
            assert driver.status().link is not LinkState.READY

    virtual(story())


@pytest.mark.fault("F27")
@pytest.mark.parametrize("piece", [1, 2])
async def test_answers_in_pieces(any_wires, running, peer, piece):
    printer = peer(answers(), end=b"\x03", piece=piece)
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        assert await driver.job() == "BEER"
        await driver.clear()
        await driver.queue(records(1, 1))
        assert (await driver.progress()).accepted == 1
        assert driver.foreign_bytes == 0


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\xff\xfe",
        b"hello\r\n",
        b"$Z",
        b"$\x02half",
        b"\x02" + b"9" * 300 + b"\x03",
        b"\x02half",
    ],
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, peer, noise
):
    printer = peer(answers(G=noise + b"\x0200000042\x03"), end=b"\x03")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        assert await driver.print_count() == 42
        assert driver.foreign_bytes > 0
        assert driver.session == 1


@pytest.mark.parametrize(
    ("letter", "reply", "complaint"),
    [
        ("G", b"\x0212x4\x03", "wants a count"),
        ("G", b"\x0212345678901\x03", "wants a count"),
        ("E", b"\x02000001\x03", "seven hexadecimal digits"),
    ],
)
async def test_an_answer_that_is_none_closes_the_link(
    net_wires, running, peer, letter, reply, complaint
):
    printer = peer(answers(), end=b"\x03")
    driver = driver_for(net_wires, await net_wires.serve(printer))
    async with running(driver):
        printer.answer = answers(**{letter: reply})
        ask = driver.print_count if letter == "G" else driver.status_of_printer
        with pytest.raises(ProtocolFault, match=complaint):
            await ask()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    "says", [b"0106141411234567\r", b"\x06", b"$48", b"^0=RS2\t5\t0\r"]
)
async def test_a_stranger_never_gets_a_code(
    any_wires, running, peer, turned_away, says
):
    scanner = peer(lambda request: says, end=b"\x03")
    driver = driver_for(any_wires, await any_wires.serve(scanner), reply_timeout_s=0.3)
    async with running(driver, ready=False):
        await turned_away(driver)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        assert set(b"".join(scanner.heard).split(b"\x03")) == {b"\x02H", b""}


@pytest.mark.fault("F37")
async def test_another_printer_of_the_plant_is_turned_away(
    net_wires, running, turned_away
):
    address = await net_wires.serve(face(WsiPrinter().session, now))
    driver = driver_for(net_wires, address, identity="2.0")
    async with running(driver, ready=False):
        await turned_away(driver, "another device answers here: Videojet 1.0.385W")
        assert driver.session == 0


@pytest.mark.fault("F38")
@pytest.mark.parametrize("junk", [b"x", b"$", b"\x02", b"$00", b"\x021\x03"])
def test_a_flood_is_believed_nothing(virtual, memory_wires, running, junk):
    async def story():
        wires = memory_wires()
        printer = WsiPrinter()

        async def handler(stream):
            session = printer.session()
            while data := await stream.receive():
                if b"CODE-1" in data:
                    for _ in range(100):
                        await stream.send(junk * 1000)
                        await asyncio.sleep(0.01)
                if reply := session.feed(data, now()):
                    await stream.send(reply)

        driver = driver_for(wires, await wires.serve(handler))
        async with running(driver):
            await driver.clear()
            with pytest.raises((LinkDown, ProtocolFault)):
                await driver.queue(records(1, 3))
            await asyncio.sleep(2)
            assert printer.received in ([], ["CODE-1"])

    virtual(story())


@pytest.mark.fault("F22")
@pytest.mark.parametrize("seed", range(8))
def test_whatever_goes_wrong_no_code_is_put_twice_nor_stays(
    virtual, memory_wires, running, seed
):
    async def story():
        rng = random.Random(seed)
        wires = memory_wires()
        printer = WsiPrinter()
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        codes, record, loads, is_loaded = 0, 0, 0, False

        def go_wrong():
            match rng.randrange(4):
                case 0:
                    wires.dialer.cut(address)
                case 1:
                    printer.garbles = True
                case 2:
                    printer.prints = rng.choice([0, printer.prints + 3])
                case 3:
                    printer.message = rng.choice(["WATER", "BEER 500ML"])

        async with running(driver):
            for tick in range(600):
                try:
                    if not is_loaded:
                        await driver.stop()
                        await driver.clear()
                        await driver.start()
                        record, is_loaded, loads = 0, True, loads + 1
                    progress = await driver.progress()
                    is_loaded = not progress.doubt
                    if is_loaded and progress.queued < 4:
                        fresh = [
                            PrintRecord(number=record + n, text=f"C{codes + n:05d}")
                            for n in range(1, 9)
                        ]
                        record, codes = record + 8, codes + 8
                        await driver.queue(fresh)
                except DriverError:
                    is_loaded = False
                if rng.random() < 0.03:
                    go_wrong()
                printer.product_trigger(now())
                await asyncio.sleep(0.15)
                if tick % 50 == 49:
                    printer.garbles, printer.message = False, "BEER 500ML"
            await driver.stop()
            await asyncio.sleep(1)
            assert printer.queued == 0
        whole = [text for text in printer.received if len(text) == 6]
        assert len(whole) == len(set(whole)) > 200
        assert loads > 3

    virtual(story())
