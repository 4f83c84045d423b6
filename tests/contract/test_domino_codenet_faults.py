"""F22, F23, F27, F37, F38 for Codenet: lies, cuts, dirt, silence, strangers, floods."""

import asyncio
import random

import pytest

from drivers.base import LinkState, PrintRecord, RecordState
from drivers.errors import DeviceFault, DriverError, LinkDown, ProtocolFault
from drivers.printers.domino_codenet.driver import DominoCodenet
from drivers.printers.domino_codenet.tally import Tally
from simulators.faces import face
from simulators.printers.domino_codenet import A200, CodenetPlan, CodenetPrinter
from simulators.world.faults import PowerCycle

KIND = "domino_codenet"


def records(first, count):
    return [
        PrintRecord(number=n, text=f"CODE-{n}") for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, **settings):
    return DominoCodenet(
        "domino",
        address=address,
        dialer=wires.dialer,
        rng=random.Random(3),
        **{"reply_timeout_s": wires.patience_s(0.4)} | settings,
    )


@pytest.fixture
def story_of(virtual, memory_wires, running):
    """Runs `story(printer, driver)` on virtual time, the driver cleared and started."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = CodenetPrinter(plan)
            address = await wires.serve(face(printer.session, now))
            driver = driver_for(wires, address, **settings)
            async with running(driver):
                await driver.stop()
                await driver.clear()
                await driver.start()
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


@pytest.mark.fault("F22")
def test_a_lost_confirmation_is_doubt_and_nothing_is_sent_twice(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 10))
        await pass_by(printer, 2)
        printer.faults.lose_done = 1
        assert await pass_by(printer, 4) == ["CODE-3", None, None, None]
        progress = await driver.progress()
        assert "4 products passed without a confirmed print" in progress.doubt
        assert progress.last_started == 2
        assert progress.state_of(3) is RecordState.UNKNOWN
        assert printer.received == ["CODE-1", "CODE-2", "CODE-3"]
        with pytest.raises(LinkDown, match="4 products passed"):
            await driver.queue(records(11, 1))

    story_of(story)


@pytest.mark.fault("F22")
def test_a_lost_confirmation_in_a_deep_queue_only_lags(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 12))
        printer.faults.lose_done = 1
        assert await pass_by(printer, 10) == [f"CODE-{n}" for n in range(1, 11)]
        progress = await driver.progress()
        assert (progress.last_started, progress.doubt) == (9, "")
        assert len(printer.received) == len(set(printer.received))

    story_of(story, A200, queue_depth=3)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("plan", [CodenetPlan(), A200])
def test_a_doubled_confirmation_is_doubt(story_of, plan):
    async def story(printer, driver):
        await driver.queue(records(1, 10))
        printer.faults.double_done = 1
        await pass_by(printer, 1)
        await driver.progress()
        progress = await driver.progress()
        assert progress.doubt
        assert len(printer.received) == len(set(printer.received))
        with pytest.raises(LinkDown):
            await driver.queue(records(11, 1))
        await driver.stop()
        await driver.clear()
        assert printer.queued == 0

    story_of(story, plan, queue_depth=plan.depth)


@pytest.mark.fault("F22")
def test_a_confirmation_that_comes_after_a_clear_belongs_to_nobody(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 3))
        printer.faults.hold_done = True
        printer.product_trigger(now())
        printer.faults.hold_done = False
        await driver.stop()
        await driver.clear()
        await driver.start()
        await driver.queue(records(4, 3))
        printer.say_done()
        await asyncio.sleep(0.1)
        await driver.progress()
        assert (await driver.progress()).doubt
        assert printer.received == ["CODE-1", "CODE-4", "CODE-5"]

    story_of(story)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("count", [0, 304641000])
def test_a_count_that_goes_back_is_doubt(story_of, count):
    async def story(printer, driver):
        await driver.queue(records(1, 3))
        await pass_by(printer)
        printer.count = count
        assert "went back" in (await driver.progress()).doubt

    story_of(story)


@pytest.mark.fault("F22")
def test_a_count_that_rolls_over_is_no_doubt(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 6))
        assert await pass_by(printer, 5) == [f"CODE-{n}" for n in range(1, 6)]
        assert printer.count == 3
        progress = await driver.progress()
        assert (progress.last_started, progress.doubt) == (5, "")

    story_of(story, CodenetPlan(count=10**10 - 2))


@pytest.mark.fault("F22")
def test_confirmations_glued_to_answers_are_heard(story_of):
    async def story(printer, driver):
        printer.faults.hold_done = True
        await driver.queue(records(1, 10))
        for n in range(1, 6):
            assert printer.product_trigger(now()) == f"CODE-{n}"
            # The answer to the count carries the byte in front of it.
            assert (await driver.progress()).last_started == n
            await asyncio.sleep(0.1)
        assert (await driver.progress()).doubt == ""
        assert driver.foreign_bytes == 0

    story_of(story)


def test_products_on_their_way_to_the_head_are_no_doubt(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 9))
        for _ in range(3):
            printer.detect(now())
        for n in range(1, 7):
            assert (await driver.progress()).doubt == ""
            assert printer.print_now(now()) == f"CODE-{n}"
            printer.detect(now())
            await asyncio.sleep(0.1)
        assert (await driver.progress()).last_started == 6
        printer.detect(now())
        assert "4 products passed" in (await driver.progress()).doubt

    story_of(story, products_between=3)


def test_a_product_on_its_way_while_the_queue_was_dry_may_get_the_next_record():
    tally = Tally(2)
    tally.begin(100)
    assert tally.check(107, has_records=False) == ""
    assert tally.unprinted == 7
    tally.note_done()  # one of the seven was not at the head yet
    assert tally.check(107, has_records=True) == ""
    assert tally.check(107, has_records=True) == ""
    for _ in range(2):
        tally.note_done()
    assert tally.check(107, has_records=True) == ""
    assert "confirmed 3 prints and counted 0" in tally.check(107, has_records=True)


def test_a_printer_that_counts_after_it_speaks_is_believed():
    tally = Tally(2)
    tally.begin(0)
    tally.note_done()
    assert tally.check(0, has_records=False) == ""
    assert tally.check(1, has_records=False) == ""
    tally.note_done()
    assert tally.check(1, has_records=False) == ""


def test_a_full_queue_keeps_the_record_and_sends_it_once_more(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 4))
        # The second was refused, the printer holding one; it waits, and is not lost.
        assert printer.received == ["CODE-1", "CODE-2"]
        assert await pass_by(printer, 4) == [f"CODE-{n}" for n in range(1, 5)]
        assert printer.received == ["CODE-1", "CODE-2", "CODE-2", "CODE-3", "CODE-4"]
        progress = await driver.progress()
        assert (progress.last_started, progress.doubt) == (4, "")

    story_of(story, queue_depth=2)


@pytest.mark.parametrize("code", ["027", "050", "051", "013"])
def test_any_other_refusal_sends_nothing_more(story_of, code):
    async def story(printer, driver):
        await driver.queue(records(1, 1))
        printer.faults.refuse = {"OE0006CODE-2": code}
        with pytest.raises(DeviceFault, match=f"record 2: NAK {code}"):
            await driver.queue(records(2, 3))
        printer.faults.refuse = {}
        await pass_by(printer, 3)
        assert printer.received == ["CODE-1"]
        assert f"NAK {code}" in (await driver.progress()).doubt
        assert driver.session == 1

    story_of(story, queue_depth=3)


def test_full_from_a_printer_that_should_be_empty_is_doubt(story_of):
    async def story(printer, driver):
        # Somebody else's data came into the queue after it was cleared.
        printer.session().feed(b"\x1bOE0005OTHER\x04", now())
        with pytest.raises(DeviceFault, match="only 0 of ours wait in it"):
            await driver.queue(records(1, 1))
        await pass_by(printer, 3)
        assert printer.received == ["OTHER", "CODE-1"]

    story_of(story)


def test_full_from_a_printer_that_took_more_before_is_doubt(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 9))
        assert printer.queued == 3
        # Two confirmations for one print: what we count is one less than it holds.
        printer.faults.double_done = 1
        await pass_by(printer, 1)
        assert "only 2 of ours wait in it" in (await driver.progress()).doubt
        assert len(printer.received) == len(set(printer.received)) == 5

    story_of(story, A200, queue_depth=3)


def test_a_printer_that_refuses_and_prints_all_the_same_is_found_out(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 1))
        printer.faults.refuse_and_print = 1
        await driver.queue(records(2, 3))
        # The price of its lie: a code twice on the belt, for the camera to reject.
        assert await pass_by(printer, 5) == [f"CODE-{n}" for n in (1, 2, 2, 3, 4)]
        assert "printed 1 more than it was given" in (await driver.progress()).doubt

    story_of(story, A200, queue_depth=3)


def test_a_depth_once_learned_is_not_tried_again(story_of):
    async def story(printer, driver):
        for first in (1, 5, 9):
            await driver.queue(records(first, 4))
            await pass_by(printer, 4)
            await driver.stop()
            await driver.clear()
            await driver.start()
        twice = [text for text in printer.received if printer.received.count(text) > 1]
        assert twice == ["CODE-2", "CODE-2"]

    story_of(story, queue_depth=3)


SENT = b"\x1bOE0006CODE-1\x04"


class Cutter:
    """A simulated printer whose connection breaks after so many more bytes."""

    def __init__(self):
        self.printer = CodenetPrinter()
        self.left = None
        self.heard = bytearray()

    async def __call__(self, stream):
        session = self.printer.session()
        try:
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
        finally:
            session.closed()


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(len(SENT)))
def test_a_cut_after_each_byte_of_a_record(virtual, memory_wires, running, after):
    async def story():
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter))
        async with running(driver):
            await driver.clear()
            cutter.left = after
            cutter.heard.clear()
            with pytest.raises(LinkDown):
                await driver.queue(records(1, 2))
            assert driver.status().link is not LinkState.READY
            assert bytes(cutter.heard) == SENT[:after]
            await driver.link.wait_ready()
            await asyncio.sleep(30)
            # Nothing was sent again, and nothing may be added to what is unknown.
            assert b"OE" not in cutter.heard[after:]
            assert driver.session == 2
            progress = await driver.progress()
            assert progress.state_of(1) is RecordState.UNKNOWN
            with pytest.raises(LinkDown):
                await driver.queue(records(2, 1))
            await driver.clear()
            assert cutter.printer.queued == 0

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", [0, 5, len(SENT) - 1])
async def test_a_cut_over_real_sockets(net_wires, running, after):
    cutter = Cutter()
    driver = driver_for(net_wires, await net_wires.serve(cutter))
    async with running(driver):
        await driver.clear()
        cutter.left = after
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 2))
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 1))
        assert cutter.printer.received == []


@pytest.mark.fault("F23")
def test_a_cut_while_feeding_between_products(story_of):
    async def story(printer, driver):
        await driver.queue(records(1, 5))
        await pass_by(printer, 2)
        sent = list(printer.received)
        for session in list(printer._sessions):
            session.feed = cut
        printer.product_trigger(now())
        await asyncio.sleep(5)
        progress = await driver.progress()
        assert progress.doubt
        assert printer.received == sent

    def cut(data, now_s):
        raise ConnectionResetError

    story_of(story)


@pytest.mark.fault("F23")
def test_a_record_that_waited_for_the_wire_does_not_leave_on_the_next_one(
    virtual, memory_wires, running
):
    async def story():
        wires = memory_wires()
        printer = CodenetPrinter()
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            async with driver.link.exchange("held", timeout_s=60):
                queueing = asyncio.create_task(driver.queue(records(1, 2)))
                await asyncio.sleep(0.1)
                wires.dialer.cut(address)
                await asyncio.sleep(5)
                assert driver.session == 2
            with pytest.raises(LinkDown, match="the connection was lost"):
                await queueing
            assert printer.received == []
            assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN

    virtual(story())


ACKS = {b"\x1bA?\x04": b"\x1bA015\x04", b"\x1bT1?\x04": b"\x1bT10000000007\x04"}


def answers(**changes):
    table = {command.encode(): reply for command, reply in changes.items()}

    def answer(request):
        return table.get(request[1:-1], ACKS.get(request, b"\x06"))

    return answer


async def test_a_silent_printer_is_link_down(any_wires, running, peer):
    printer = peer(answers(), end=b"\x04")
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        printer.silent = True
        with pytest.raises(LinkDown, match="domino: no answer in time"):
            await driver.progress()
        assert driver.status().link is not LinkState.READY
        printer.silent = False
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2


def test_a_half_open_link_is_noticed_while_idle(virtual, memory_wires, running, peer):
    """Writes into a dead connection succeed; only what is heard proves it alive."""

    async def story():
        wires = memory_wires()
        printer = peer(answers(), end=b"\x04")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            await asyncio.sleep(6)
            assert driver.status().link is not LinkState.READY

    virtual(story())


def test_a_record_without_an_answer_is_of_unknown_fate(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        printer = peer(answers(**{"OE0006CODE-1": b""}), end=b"\x04")
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            await driver.clear()
            with pytest.raises(LinkDown, match="no answer in time"):
                await driver.queue(records(1, 2))
            await asyncio.sleep(30)
            assert b"".join(printer.heard).count(b"CODE") == 1

    virtual(story())


@pytest.mark.fault("F27")
@pytest.mark.parametrize("piece", [1, 3])
async def test_answers_in_pieces(any_wires, running, peer, piece):
    printer = peer(answers(OE0006CODE="", O1="x"), end=b"\x04", piece=piece)
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        await driver.clear()
        await driver.queue(records(1, 1))
        assert (await driver.progress()).accepted == 1
        assert driver.foreign_bytes == 0


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\xff\xfe",
        b"\x1bT29999999999\x04",
        b"\x1bQ1Y\x04",
        b"hello",
        b"\x1bT1\x1b",
        b"\x1b" + b"x" * 300 + b"\x04",
        b"\x06",
    ],
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, peer, noise
):
    reply = noise.removesuffix(b"\x1b") + b"\x1bT10000000042\x04"
    printer = peer(answers(**{"T1?": reply}), end=b"\x04")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        await driver.progress()
        shown = {r.name: r.value for r in driver.readings()}
        assert shown["products counted"] == 42
        assert driver.foreign_bytes > 0
        assert driver.session == 1


async def test_a_count_that_is_no_count_closes_the_link(any_wires, running, peer):
    printer = peer(answers(), end=b"\x04")
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        printer.answer = answers(**{"T1?": b"\x1bT1000000004\x04"})
        with pytest.raises(ProtocolFault, match="wants T1"):
            await driver.progress()
        assert driver.status().link is not LinkState.READY


async def test_a_printer_without_a_count_or_confirmations_is_refused_in_words(
    net_wires, running, peer, turned_away
):
    for letters, complaint in (("T1?", "T1?: NAK 003"), ("I12", "NAK 003")):
        printer = peer(answers(**{letters: b"\x15003"}), end=b"\x04")
        driver = driver_for(net_wires, await net_wires.serve(printer))
        async with running(driver, ready=False):
            await turned_away(driver, complaint)
            assert driver.session == 0


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    "says", [b"0106141411234567\r", b"\x06", b"^0=RS2\t5\t0\t0\t0\r", b"\x1bB1\x04"]
)
async def test_a_stranger_never_gets_a_code(
    any_wires, running, peer, turned_away, says
):
    scanner = peer(lambda request: says, end=b"\x04")
    driver = driver_for(any_wires, await any_wires.serve(scanner), reply_timeout_s=0.3)
    async with running(driver, ready=False):
        await turned_away(driver)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        assert set(b"".join(scanner.heard).split(b"\x04")) == {b"\x1bA?", b""}


@pytest.mark.fault("F37")
async def test_another_printer_of_the_plant_is_turned_away(
    net_wires, running, turned_away
):
    printer = CodenetPrinter(CodenetPlan(identity="999"))
    address = await net_wires.serve(face(printer.session, now))
    driver = driver_for(net_wires, address, identity="0156")
    async with running(driver, ready=False):
        await turned_away(driver, "another device answers here: Domino 999")
        assert driver.session == 0


@pytest.mark.fault("F38")
@pytest.mark.parametrize("junk", [b"2", b"\x06", b"x", b"\x1b", b"\x15003"])
def test_a_flood_closes_the_link_and_believes_nothing(
    virtual, memory_wires, running, junk
):
    async def story():
        wires = memory_wires()
        printer = CodenetPrinter()
        connections = []

        async def handler(stream):
            session = printer.session()
            connections.append(stream)
            while data := await stream.receive():
                if reply := session.feed(data, now()):
                    await stream.send(reply)
                if b"CODE-1" in data:
                    while True:
                        await stream.send(junk * 5000)
                        await asyncio.sleep(0.01)

        driver = driver_for(wires, await wires.serve(handler))
        async with running(driver):
            await driver.clear()
            await driver.queue(records(1, 3))
            await asyncio.sleep(0.5)
            assert len(connections) == 2
            progress = await driver.progress()
            assert progress.doubt
            assert len(printer.received) <= 2

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(len(SENT)))
def test_half_a_command_left_in_a_serial_printer_harms_nothing(
    virtual, memory_wires, running, after
):
    """On RS-232 the printer does not know that the host went away in the middle."""

    async def story():
        wires = memory_wires()
        printer = CodenetPrinter()
        session = printer.session("1")
        left = [-1]

        async def handler(stream):
            while data := await stream.receive():
                for byte in data:
                    if left[0] == 0:
                        left[0] = -1
                        return
                    left[0] -= 1
                    if reply := session.feed(bytes([byte]), now()):
                        await stream.send(reply)

        driver = driver_for(wires, await wires.serve(handler))
        async with running(driver):
            await driver.clear()
            left[0] = after
            with pytest.raises(LinkDown):
                await driver.queue(records(1, 1))
            await asyncio.sleep(10)
            assert driver.status().link is LinkState.READY
            assert printer.queued == 0
            await driver.clear()
            await driver.queue(records(2, 1))
            assert printer.product_trigger(now()) == "CODE-2"

    virtual(story())


class Line:
    """The least honest agent: fresh codes only, and a new load after any doubt."""

    def __init__(self, driver):
        self.loads = 0
        self._driver = driver
        self._codes = 0
        self._record = 0
        self._is_loaded = False

    async def look(self):
        try:
            if not self._is_loaded:
                await self._driver.stop()
                await self._driver.clear()
                await self._driver.start()
                self._record, self._is_loaded = 0, True
                self.loads += 1
            progress = await self._driver.progress()
            self._is_loaded = not progress.doubt
            if self._is_loaded and progress.queued < 8:
                await self._driver.queue(self._fresh(8))
        except DriverError:
            self._is_loaded = False

    def _fresh(self, count):
        made = [
            PrintRecord(number=self._record + n, text=f"C{self._codes + n:05d}")
            for n in range(1, count + 1)
        ]
        self._record += count
        self._codes += count
        return made


@pytest.mark.fault("F22")
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_goes_wrong_no_code_is_printed_twice(
    virtual, memory_wires, running, seed, depth
):
    async def story():
        rng = random.Random(seed)
        wires = memory_wires()
        printer = CodenetPrinter(CodenetPlan(depth=depth))
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address, queue_depth=depth)
        line, printed = Line(driver), []

        def go_wrong():
            match rng.randrange(7):
                case 0:
                    wires.dialer.cut(address)
                case 1:
                    printer.faults.lose_done += 1
                case 2:
                    printer.faults.double_done += 1
                case 3:
                    printer.faults.refuse = {"OE": rng.choice(["027", "050"])}
                case 4:
                    mode = rng.choice([PowerCycle.KEPT, PowerCycle.LOST])
                    printer.power_cycle(now(), mode, 1.0)
                    wires.dialer.cut(address)
                case 5:
                    printer.say_done()
                case 6:
                    printer.count = rng.choice([0, printer.count + 5])

        async with running(driver):
            for tick in range(1200):
                if tick % 5 == 0:
                    await line.look()
                if rng.random() < 0.02:
                    go_wrong()
                elif rng.random() < 0.1:
                    printer.faults.refuse = {}
                printed.append(printer.product_trigger(now()))
                await asyncio.sleep(0.1)
        codes = [text for text in printed if text]
        assert len(codes) == len(set(codes)) > 300
        assert len(printer.received) == len(set(printer.received))
        assert line.loads > 5

    virtual(story())
