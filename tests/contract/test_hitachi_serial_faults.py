"""F20 to F24, F27, F37, F38 for Hitachi printers: cuts, silence, noise, strangers."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import LinkState, PrintRecord
from drivers.errors import DeviceFault, DriverError, LinkDown, ProtocolFault
from drivers.printers.hitachi_serial.driver import from_settings
from drivers.printers.hitachi_serial.settings import HitachiSerialSettings
from simulators.faces import face
from simulators.printers.hitachi_serial import HitachiSerialPlan, HitachiSerialPrinter
from simulators.world.faults import PowerCycle, Slip

KIND = "hitachi_serial"
CLOCK = b"\x02\x1f\x7f20150707124500\x03"


def now():
    return asyncio.get_running_loop().time()


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def driver_for(wires, address, **settings):
    described = HitachiSerialSettings(
        **{
            "kind": KIND,
            "address": "tcp://hitachi:4800",
            "reply_timeout_s": wires.patience_s(0.4),
            "poll_s": 0.005,
        }
        | settings
    ).model_copy(update={"address": address})
    return from_settings(
        "hitachi", described, Around(dialer=wires.dialer, rng=random.Random(3))
    )


class Cutter:
    """A simulated printer whose connection breaks after so many more bytes.

    The printer stays: half a text does too.
    """

    def __init__(self):
        self.printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
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
def test_a_cut_after_each_byte_of_a_queue(virtual, memory_wires, running):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(wires, await wires.serve(cutter), poll_s=1.0)
        async with running(driver):
            await driver.clear()
            await driver.start()
            cutter.left = after
            cutter.heard.clear()
            try:
                await driver.queue(records(1, 2))
            except LinkDown:
                pass
            else:
                return len(cutter.heard)
            assert driver.status().link is not LinkState.READY
            async with asyncio.timeout(30):
                await driver.link.wait_ready()
            await asyncio.sleep(30)
            # Nothing was sent again, and nothing may be added to what is unknown.
            assert cutter.heard.count(b"CODE-1") <= 1
            assert b"CODE-2" not in cutter.heard
            with pytest.raises(LinkDown):
                await driver.queue(records(1, 2))
            assert cutter.printer.product_trigger(now()) in ("-", "CODE-1")
            await driver.clear()
            assert cutter.printer.text == "-"
            await driver.queue(records(1, 1, text="NEW-{}"))
            assert cutter.printer.text == "NEW-1"
            return 0

    sent = [virtual(story(after)) for after in range(40)]
    through = next(n for n, count in enumerate(sent) if count)
    # Every byte of the hand-over was one to be cut after, and then there were no more.
    assert through == sent[through] == len(b"\x05\x02\x101CODE-1\x03")


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    "act", ["start", "stop", "clear", "job", "status_of_printer", "progress"]
)
def test_a_cut_after_each_byte_of_a_call(virtual, memory_wires, running, act):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter()
        driver = driver_for(
            wires, await wires.serve(cutter), message=12, deflection=True, poll_s=1.0
        )
        async with running(driver):
            if act in ("stop", "progress"):
                await driver.clear()
                await driver.queue(records(1, 2))
            cutter.left = after
            cutter.heard.clear()
            try:
                await getattr(driver, act)()
            except LinkDown:
                pass
            else:
                if cutter.left is not None:
                    return True
            async with asyncio.timeout(30):
                await driver.link.wait_ready()
            await driver.stop()
            await driver.clear()
            assert cutter.printer.text == "-"
            return False

    through = [virtual(story(after)) for after in range(90)]
    assert through[-1]
    assert not through[0]


@pytest.mark.fault("F23")
@pytest.mark.parametrize("half", [b"\x02", b"\x02\x101", b"\x02\x101OLD", b"\x1f"])
async def test_half_a_text_of_before_does_not_swallow_the_first_words(
    any_wires, running, half
):
    """Somebody's cable was pulled while he wrote: DC2 comes first."""
    printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
    printer.session().feed(half, 0.0)
    address = await any_wires.serve(face(printer.session, now))
    async with running(driver_for(any_wires, address)) as driver:
        await driver.clear()
        assert printer.received == ["-"]


def peers(**changes):
    """Rules over those of a healthy, empty printer; by what is said."""
    held = {"is": False}

    def answer(said):
        if said in changes:
            reply = changes[said]
            return reply(held) if callable(reply) else reply
        if said in ("dc2", "online", "recall", "operation"):
            held["is"] = held["is"] and said != "dc2"
            return b"\x06"
        if said == "enq":
            return b"\x15" if held["is"] else b"\x06"
        if said == "clock":
            return CLOCK
        if held["is"]:
            return b"\x15"
        held["is"] = True
        return b"\x06"

    return answer


class Played:
    """A printer from rules. `heard` has all that came, `silent` says nothing."""

    def __init__(self, answer, *, piece=0):
        self.answer = answer
        self.heard = bytearray()
        self.silent = False
        self._piece = piece

    async def __call__(self, stream):
        buffer = b""
        while data := await stream.receive():
            self.heard += data
            buffer += data
            while (cut := self._word(buffer)) is not None:
                said, buffer = cut
                reply = b"" if self.silent or not said else self.answer(said) or b""
                size = self._piece or max(1, len(reply))
                for at in range(0, len(reply), size):
                    await stream.send(reply[at : at + size])

    def _word(self, buffer):
        bare = {b"\x05": "enq", b"\x12": "dc2", b"\x06": ""}
        if buffer[:1] in bare:
            return bare[buffer[:1]], buffer[1:]
        if buffer[:2] in (b"\x1f\x73", b"\x1f\x75"):
            return ("online" if buffer[1:2] == b"\x73" else "clock"), buffer[2:]
        if buffer[:1] != b"\x02" or b"\x03" not in buffer:
            return None
        text, _, rest = buffer.partition(b"\x03")
        kinds = {b"\x1f\x20": "recall", b"\x1f\x72": "operation"}
        return kinds.get(text[1:3], "text"), rest


@pytest.mark.fault("F27")
@pytest.mark.parametrize("piece", [1, 2, 7])
async def test_answers_in_pieces(any_wires, running, piece):
    printer = Played(peers(), piece=piece)
    driver = driver_for(any_wires, await any_wires.serve(printer), message=12)
    async with running(driver):
        assert await driver.job() == "0012"
        await driver.clear()
        await driver.queue(records(1, 1))
        assert (await driver.progress()).accepted == 1
        await driver.link.probe()
        assert driver.foreign == 0


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise", [b"\x00\xff\xfe", b"hello\r\n", b"\x02half", b"\x02SOP\x03", CLOCK]
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, noise
):
    printer = Played(peers(enq=lambda held: noise + b"\x06"))
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        assert await driver.is_ready()
        assert driver.foreign > 0
        assert driver.session == 1


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "clock",
    [b"\x02\x1f\x7f2015070712450\x03", b"\x02\x1f\x7f2015070712450x\x03"],
)
async def test_a_clock_that_is_none_closes_the_link(any_wires, running, clock):
    printer = Played(peers())
    driver = driver_for(any_wires, await any_wires.serve(printer))
    async with running(driver):
        printer.answer = peers(clock=clock)
        with pytest.raises(ProtocolFault, match="not 14 digits"):
            await driver.link.probe()
        assert driver.status().link is not LinkState.READY


@pytest.mark.fault("F22")
def test_an_answer_of_the_connection_before_is_not_taken_for_this_one(
    virtual, memory_wires, running
):
    """A late ACK still in the port would shift every answer by one: then each record
    would seem taken before it was, and printed before it was."""

    async def story():
        wires = memory_wires()
        printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
        late = b""

        async def handler(stream):
            session = printer.session()
            if late:
                await stream.send(late)
            while data := await stream.receive():
                # So slow that its answer meets the next question.
                await asyncio.sleep(0.02)
                if reply := session.feed(data, now()):
                    await stream.send(reply)

        address = await wires.serve(handler)
        driver = driver_for(wires, address)
        async with running(driver):
            for late in (b"\x06", b"\x06\x06", b"\x15", b"\x15\x06", CLOCK[:5]):
                before = driver.session
                wires.dialer.cut(address)
                while driver.session == before:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                await driver.clear()
                await driver.queue(records(1, 2, text="X{}-" + late.hex()))
                await asyncio.sleep(1)
                # Nothing passed, so nothing was printed, and it knows.
                assert not await driver.is_ready()
                progress = await driver.progress()
                assert (progress.last_started, progress.sent) == (0, 1)
                await driver.stop()
                await driver.clear()

    virtual(story())


@pytest.mark.fault("F22")
@pytest.mark.parametrize("doubled", [b"\x06\x06", b"\x06\x15"])
def test_a_doubled_answer_answers_once(virtual, memory_wires, running, doubled):
    async def story():
        wires = memory_wires()
        printer = Played(peers())
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            await driver.clear()
            right = printer.answer
            printer.answer = lambda said: doubled if said == "text" else right(said)
            await driver.queue(records(1, 2))
            printer.answer = peers(enq=b"\x15")
            await asyncio.sleep(1)
            assert (await driver.progress()).last_started == 0
            assert printer.heard.count(b"CODE") == 1
            assert driver.foreign == 1

    virtual(story())


@pytest.mark.fault("F22")
@pytest.mark.parametrize("refusal", ["text", "enq"])
def test_a_refused_record_is_not_sent_again_and_the_blank_is_put(
    virtual, memory_wires, running, refusal
):
    async def story():
        wires = memory_wires()
        printer = Played(peers())
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            await driver.clear()
            right = printer.answer
            printer.answer = lambda said: b"\x15" if said == refusal else right(said)
            match = "text refused" if refusal == "text" else "no text taken: 脱机"
            with pytest.raises(DeviceFault, match=match):
                await driver.queue(records(1, 2))
            printer.answer = right
            printer.heard.clear()
            await asyncio.sleep(2)
            assert printer.heard.count(b"\x02\x101-\x03") == 1
            assert b"CODE" not in printer.heard
            assert (await driver.progress()).doubt
            assert driver.session == 1
            with pytest.raises(LinkDown):
                await driver.queue(records(3, 1))

    virtual(story())


@pytest.mark.fault("F22")
def test_a_text_hit_on_the_wire_ends_the_feed(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            printer.garbles = True
            with pytest.raises(DeviceFault, match="见打印机警告代码"):
                await driver.queue(records(1, 2))
            await asyncio.sleep(1)
            assert printer.errors == [14]
            assert printer.text == "-"
            assert printer.received == ["-", "CODE-1", "-"]

    virtual(story())


def test_a_record_waiting_for_the_wire_does_not_follow_a_stop(
    virtual, memory_wires, running
):
    """It was on its way while the line stopped: it stays here."""

    async def story():
        wires = memory_wires()
        printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            # Holds the wire for the pause after the last answer.
            asking = asyncio.create_task(driver.status_of_printer())
            await asyncio.sleep(0)
            queueing = asyncio.create_task(driver.queue(records(1, 1)))
            await asyncio.sleep(0.004)
            await driver.stop()
            await asking
            with pytest.raises(LinkDown, match="the printer was stopped"):
                await queueing
            assert set(printer.received) == {"-"}

    virtual(story())


@pytest.mark.fault("F23")
def test_a_record_is_for_its_own_connection_only(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address)
        async with running(driver):
            await driver.clear()
            for session in (driver.session - 1, driver.session + 1):
                with pytest.raises(LinkDown, match="the connection was lost"):
                    await driver.put_text_once("CODE-1", session)
            assert set(printer.received) == {"-"}
            assert driver.session == 1

    virtual(story())


async def test_a_silent_printer_is_link_down(any_wires, running):
    printer = Played(peers())
    driver = driver_for(any_wires, await any_wires.serve(printer), reply_timeout_s=1)
    async with running(driver):
        printer.silent = True
        with pytest.raises(LinkDown, match="hitachi: no answer in time"):
            await driver.status_of_printer()
        with pytest.raises(LinkDown, match="not connected"):
            await driver.progress()
        printer.silent = False
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2


def test_a_dead_link_is_noticed_while_idle(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()
        printer = Played(peers())
        driver = driver_for(wires, await wires.serve(printer))
        async with running(driver):
            printer.silent = True
            await asyncio.sleep(12)
            assert driver.status().link is not LinkState.READY

    virtual(story())


class Stranger:
    """Says the same to whatever it hears."""

    def __init__(self, says):
        self.says = says
        self.heard = bytearray()

    async def __call__(self, stream):
        while data := await stream.receive():
            self.heard += data
            await stream.send(self.says)

    def never_got_a_code(self):
        # It hears DC2 and the question for the time, and no more.
        return self.heard and set(self.heard) <= set(b"\x12\x1f\x75")


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    "says",
    [
        b"0106141411234567\r",
        b"\x06",
        b"\x15",
        b"\x06\x15\x06",
        b"$48",
        b"^0=RS2\t5\t0\r",
        b"\x02OK\x03",
    ],
)
def test_a_stranger_never_gets_a_code(virtual, memory_wires, running, says):
    async def story():
        wires = memory_wires()
        stranger = Stranger(says)
        driver = driver_for(wires, await wires.serve(stranger))
        async with running(driver, ready=False):
            for _ in range(20):
                await asyncio.sleep(1)
                with pytest.raises(LinkDown):
                    await driver.clear()
            assert driver.session == 0
            assert stranger.never_got_a_code()

    virtual(story())


@pytest.mark.fault("F37")
async def test_a_scanner_in_the_printers_place_never_gets_a_code(any_wires, running):
    scanner = Stranger(b"0106141411234567\r")
    address = await any_wires.serve(scanner)
    driver = driver_for(any_wires, address, reply_timeout_s=0.05)
    async with running(driver, ready=False):
        async with asyncio.timeout(30):
            while driver.status().link is not LinkState.BACKING_OFF:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        with pytest.raises(LinkDown):
            await driver.clear()
        assert driver.session == 0
        assert scanner.never_got_a_code()


@pytest.mark.fault("F38")
@pytest.mark.parametrize("junk", [b"x", b"\x06", b"\x15", b"\x02", CLOCK])
def test_a_flood_is_believed_nothing(virtual, memory_wires, running, junk):
    async def story():
        wires = memory_wires()
        printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0))

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
            try:
                await driver.queue(records(1, 3))
                await asyncio.sleep(2)
            except DriverError:
                pass
            await asyncio.sleep(2)
            codes = [text for text in printer.received if text != "-"]
            assert len(codes) == len(set(codes))
            await driver.stop()
            await driver.clear()
            assert printer.text == "-"

    virtual(story())


@pytest.mark.fault("F22")
@pytest.mark.parametrize("seed", range(8))
def test_whatever_goes_wrong_no_code_is_sent_twice_nor_stays(
    virtual, memory_wires, running, seed
):
    async def story():
        rng = random.Random(seed)
        wires = memory_wires()
        printer = HitachiSerialPrinter()
        address = await wires.serve(face(printer.session, now))
        driver = driver_for(wires, address, message=12, deflection=seed % 2 == 0)
        codes, record, loads, is_loaded = 0, 0, 0, False

        def go_wrong():
            match rng.randrange(6):
                case 0:
                    wires.dialer.cut(address)
                case 1:
                    printer.garbles = True
                case 2:
                    printer.power_cycle(now(), rng.choice(list(PowerCycle)), 0.5)
                case 3:
                    printer.go(online=False)
                case 4:
                    printer.slip(rng.choice(list(Slip)))
                case 5:
                    printer.store()

        async with running(driver):
            for _ in range(600):
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
                if not is_loaded:
                    printer.go(online=True)
            async with asyncio.timeout(30):
                await driver.link.wait_ready()
            printer.garbles = False
            await driver.stop()
            await driver.clear()
            await asyncio.sleep(1)
            assert printer.text == "-"
        whole = [text for text in printer.received if len(text) == 6]
        assert len(whole) == len(set(whole)) > 100
        assert loads > 3

    virtual(story())
