"""F20 to F26, F35, F37 for Hitachi on Modbus: power, cuts, refusals, late replies."""

import asyncio
import random
import struct

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LinkState, PrintRecord, RecordState
from drivers.errors import DeviceFault, DriverError, LinkDown
from drivers.registry import open_printer
from drivers.settings import DeviceSettings
from drivers.transports.base import RegisterRefusedError
from drivers.transports.dialer import RealDialer
from simulators.printers.hitachi_modbus import HitachiModbusPlan, HitachiModbusPrinter
from simulators.world.faults import PowerCycle

KIND = "hitachi_modbus"
TRANSPORTS = {"tcp": "modbus"}
BEFORE = ["EXP □□□", "SERIAL", "LINE 3"]
BLANKED = ["EXP □□□", " ", "LINE 3"]
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
        "reply_timeout_s": wires.patience_s(0.5),
        **settings,
    }
    described = TypeAdapter(DeviceSettings).validate_python(given)
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return open_printer("hitachi", described, around)


async def ready_to_print(driver):
    await driver.stop()
    await driver.clear()
    await driver.start()


def codes(printer):
    return [text for text in printer.received if text.strip()]


async def pass_by(printer, count=1):
    """So many products, 200 ms apart: what was printed on them."""
    await asyncio.sleep(0.1)
    printed = []
    for _ in range(count):
        printed.append(printer.product_trigger(now()))
        await asyncio.sleep(0.2)
    return printed


@pytest.fixture
def story_of(virtual, memory_wires, running):
    """Runs `story(printer, driver, wires)` on virtual time."""

    def run(story, plan=None, **settings):
        async def main():
            wires = memory_wires()
            printer = HitachiModbusPrinter(plan)
            address = await wires.serve_registers(printer.bank(now))
            driver = driver_for(wires, address, **settings)
            async with running(driver):
                await story(printer, driver, wires)

        virtual(main())

    return run


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
@pytest.mark.parametrize("is_cut", [True, False], ids=["cut", "unnoticed"])
def test_after_a_power_cycle_nothing_is_sent_again(story_of, mode, is_cut):
    async def story(printer, driver, wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        await pass_by(printer)
        sent = list(printer.received)
        printer.power_cycle(now(), mode, 3.0)
        if is_cut:
            wires.last.cut()
        await asyncio.sleep(0.1)
        with pytest.raises(LinkDown):
            await driver.progress()
        await driver.link.wait_ready()
        await asyncio.sleep(0.5)
        # The code that stood in the item is gone, and nothing took its place.
        assert printer.texts == BLANKED
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(2) is RecordState.UNKNOWN
        assert codes(printer) == [text for text in sent if text.strip()]
        with pytest.raises(LinkDown):
            await driver.queue(records(11, 5))
        await ready_to_print(driver)
        await driver.queue(records(1, 3, "NEW-{}"))
        assert codes(printer) == [*codes(printer)[:2], "NEW-1"]

    story_of(story)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("count", [0, 100])
def test_a_count_that_goes_back_is_doubt_and_the_item_is_blanked(story_of, count):
    async def story(printer, driver, _wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        printer.prints = count
        await asyncio.sleep(0.2)
        assert "went back" in (await driver.progress()).doubt
        assert printer.texts == BLANKED
        assert await pass_by(printer, 2) == [None, None]
        with pytest.raises(LinkDown, match="went back"):
            await driver.queue(records(4, 1))

    story_of(story)


@pytest.mark.fault("F22")
def test_a_count_that_rolls_over_goes_on(story_of):
    async def story(printer, driver, _wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        assert await pass_by(printer, 4) == [f"CODE-{n}" for n in range(1, 5)]
        assert (await driver.progress()).doubt == ""

    story_of(story, HitachiModbusPlan(count=10**9 - 2))


@pytest.mark.fault("F22")
def test_a_text_that_reads_back_otherwise_is_doubt_and_blanked(story_of):
    async def story(printer, driver, _wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        printer.garbles = True
        await pass_by(printer)
        doubt = (await driver.progress()).doubt
        assert "item 2 reads back as 'CODE-?' of 6 characters" in doubt
        await asyncio.sleep(0.5)
        assert printer.texts == BLANKED
        assert codes(printer) == ["CODE-1", "CODE-2"]
        assert driver.session == 1

    story_of(story)


@pytest.mark.fault("F22")
@pytest.mark.parametrize("ends", [True, False], ids=["for a while", "for good"])
def test_a_refused_text_never_takes_effect_by_half(story_of, ends):
    async def story(printer, driver, _wires):
        await ready_to_print(driver)
        printer.refuses_text = True
        with pytest.raises(DeviceFault, match=r"invalid data .打印内容 print desc"):
            # Longer than the blank: its count was written before it was refused.
            await driver.queue(records(1, 3))
        assert printer.texts == BLANKED
        assert printer.held
        await pass_by(printer, 3)
        assert printer.last_items == BLANKED
        printer.refuses_text = not ends
        await asyncio.sleep(1)
        assert printer.texts == BLANKED
        assert (printer.held is None) == ends
        assert set(codes(printer)) == {"CODE-1"}
        assert "refused" in (await driver.progress()).doubt
        shown = {r.name: r.value for r in driver.readings()}
        assert "invalid data" in shown["last refusal"]
        assert driver.session == 1

    story_of(story)


# A code longer than the blank: start, count, text with what is behind it, stop.
WRITES = ("start", "count", "text", "stop")


@pytest.mark.fault("F23")
@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("at", range(len(WRITES)), ids=WRITES)
def test_a_cut_at_each_write_of_a_record(story_of, at, is_done):
    async def story(printer, driver, wires):
        await ready_to_print(driver)
        left = at

        def writing(*what, write=printer.write):
            nonlocal left
            left -= 1
            if left == -1 and not is_done:
                wires.last.cut()
                raise ConnectionResetError("cut")
            write(*what)
            if left == -1:
                wires.last.cut()

        printer.write = writing
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 2))
        assert driver.status().link is not LinkState.READY
        live = "CODE-1" if (at, is_done) == (3, True) else " "
        assert printer.texts == ["EXP □□□", live, "LINE 3"]
        await driver.link.wait_ready()
        await asyncio.sleep(30)
        # Nothing was sent again, and the item was blanked in case it was taken.
        assert codes(printer) in ([], ["CODE-1"])
        assert printer.texts == BLANKED
        assert printer.held is None
        progress = await driver.progress()
        assert progress.state_of(1) is RecordState.UNKNOWN
        with pytest.raises(LinkDown):
            await driver.queue(records(3, 1))
        await driver.clear()
        assert printer.texts == BLANKED

    story_of(story)


@pytest.mark.fault("F23")
@pytest.mark.parametrize("blank", [" ", "------"])
@pytest.mark.parametrize("item", [1, 2, 3])
def test_writes_held_from_a_lost_connection_spoil_nothing(story_of, item, blank):
    """A longer text of another life of this program waits behind an open bracket."""

    async def story(printer, driver, _wires):
        begin = 0x0084 + 2 * sum(printer.counts[: item - 1])
        printer.write(0x0000, [1], now())
        printer.write(0x0020 + item - 1, [12], now())
        printer.write(begin, [w for c in "OLD-CODE-123" for w in (0, ord(c))], now())
        wanted = list(BEFORE)
        await ready_to_print(driver)
        wanted[item - 1] = blank
        assert printer.texts == wanted
        await driver.queue(records(1, 1))
        wanted[item - 1] = "CODE-1"
        assert printer.texts == wanted

    plan = HitachiModbusPlan(item=item)
    story_of(story, plan, item=item, blank=blank, read_back=False)


@pytest.mark.fault("F23")
def test_a_cut_behind_a_record_leaves_no_code_for_the_next_product(story_of):
    async def story(printer, driver, wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        wires.last.cut()
        await asyncio.sleep(3)
        assert driver.session == 2
        assert printer.texts == BLANKED
        assert codes(printer) == ["CODE-1"]

    story_of(story)


@pytest.mark.fault("F23")
async def test_a_cut_over_real_sockets(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        await driver.clear()
        net_wires.last.cut()
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 2))
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        with pytest.raises(LinkDown):
            await driver.queue(records(3, 1))
        assert codes(printer) == []


@pytest.mark.fault("F23")
async def test_no_code_is_put_under_a_link_that_was_not_cleared(net_wires, running):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address)
    async with running(driver):
        with pytest.raises(LinkDown, match="the connection was lost"):
            await driver.put_text("CODE-1")
        assert printer.received == []


@pytest.mark.fault("F24")
@pytest.mark.fault("F25")
def test_two_products_closer_than_the_poll_are_doubt_and_the_item_is_blanked(story_of):
    async def story(printer, driver, _wires):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        await asyncio.sleep(0.1)
        assert [printer.product_trigger(now()) for _ in range(2)] == ["CODE-1"] * 2
        await asyncio.sleep(0.2)
        assert "printed 1 more than it was given" in (await driver.progress()).doubt
        assert await pass_by(printer, 2) == [None, None]
        assert codes(printer) == ["CODE-1"]

    story_of(story)


def test_a_silent_printer_is_link_down(story_of):
    async def story(printer, driver, wires):
        wires.last.silence(on=True)
        with pytest.raises(LinkDown, match="hitachi: no answer in time"):
            await driver.status_of_printer()
        with pytest.raises(LinkDown, match="not connected"):
            await driver.progress()
        wires.last.silence(on=False)
        await driver.link.wait_ready()
        assert driver.session == 2
        assert printer.texts == BEFORE

    story_of(story)


def test_a_dead_link_is_noticed_while_idle(story_of):
    async def story(_printer, driver, wires):
        wires.last.silence(on=True)
        await asyncio.sleep(12)
        assert driver.status().link is not LinkState.READY

    story_of(story)


@pytest.mark.fault("F35")
def test_a_slow_answer_within_the_limit_is_waited_for(story_of):
    async def story(printer, driver, wires):
        await ready_to_print(driver)
        wires.last.silence(on=True)
        asking = asyncio.ensure_future(driver.queue(records(1, 1)))
        await asyncio.sleep(4.5)
        wires.last.silence(on=False)
        await asking
        assert printer.texts[1] == "CODE-1"
        assert driver.session == 1

    story_of(story, reply_timeout_s=5)


class Sockets:
    """A printer behind a socket whose answers a test bends: `bend(frame) -> bytes`."""

    def __init__(self, bank):
        self.bank = bank
        self.bend = lambda frame: frame
        self.dialer = RealDialer()
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"modbus://127.0.0.1:{port}/1"
        return self

    async def __aexit__(self, *_error):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        await self.dialer.close()

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        try:
            while True:
                head = await reader.readexactly(7)
                body = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                pdu = self._answer(body)
                size = struct.pack(">H", len(pdu) + 1)
                for byte in self.bend(head[:4] + size + head[6:7] + pdu):
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _answer(self, body):
        function, address, count = struct.unpack_from(">BHH", body)
        try:
            if function == 0x10:
                self.bank.write(address, struct.unpack_from(f">{count}H", body, 6))
                return body[:5]
            read = self.bank.read if function == 3 else self.bank.read_input
            words = read(address, count)
        except RegisterRefusedError as error:
            return bytes((function | 0x80, error.code))
        return struct.pack(f">BB{count}H", function, 2 * count, *words)


@pytest.fixture
async def sockets(tcp_wires):
    printer = HitachiModbusPrinter(QUICK)
    async with Sockets(printer.bank(now)) as served:
        served.printer, served.patience_s = printer, tcp_wires.patience_s
        yield served


@pytest.mark.fault("F27")
async def test_answers_one_byte_at_a_time(sockets, running):
    driver = driver_for(sockets, sockets.address)
    async with running(driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 1))
        assert sockets.printer.texts == ["EXP □□□", "CODE-1", "LINE 3"]
        assert (await driver.progress()).accepted == 1


@pytest.mark.fault("F35")
async def test_a_foreign_reply_is_no_acknowledgement_of_a_code(sockets, running):
    """A gateway answers a write with another transaction number."""
    driver = driver_for(sockets, sockets.address, reply_timeout_s=1)
    async with running(driver):
        await driver.clear()

        def strange(frame):
            if frame[7] == 0x10 and "CODE-1" in sockets.printer.received:
                sockets.bend = lambda frame: frame
                return struct.pack(">H", int.from_bytes(frame[:2]) + 9) + frame[2:]
            return frame

        sockets.bend = strange
        with pytest.raises(LinkDown):
            await driver.queue(records(1, 2))
        assert {r.name: r.value for r in driver.readings()}["foreign replies"] == 1
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
            while sockets.printer.held is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert sockets.printer.texts == BLANKED
        assert codes(sockets.printer) == ["CODE-1"]
        assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN


@pytest.mark.fault("F35")
async def test_a_late_count_is_not_taken_for_the_next_answer(sockets, running):
    """The reply to an earlier request comes before the right one."""
    driver = driver_for(sockets, sockets.address)
    async with running(driver):
        stale = []

        def behind(frame):
            stale.append(frame)
            return (stale[-2] if len(stale) == 2 else b"") + frame

        sockets.bend = behind
        assert await driver.print_count() == 678
        sockets.printer.prints = 700
        assert await driver.print_count() == 700


class Stranger:
    """Some other Modbus device. `words` is what all its registers hold."""

    def __init__(self, words):
        self.words = words
        self.writes = []

    def read(self, _address, count):
        return [self.words] * count

    def read_input(self, _address, count):
        if self.words is None:
            raise RegisterRefusedError(2)
        return [self.words] * count

    def write(self, address, values):
        self.writes.append((address, values))


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (0, "no Hitachi printer: input registers 0 and 1 are 0x0000"),
        (0xFFFF, "no Hitachi printer"),
        (0x31, "another device answers here: Hitachi 1111111111111111 03211313"),
        (None, "no Hitachi printer: it refuses input registers"),
    ],
)
async def test_a_stranger_is_never_written_to(
    net_wires, running, turned_away, words, complaint
):
    stranger = Stranger(words)
    address = await net_wires.serve_registers(stranger)
    driver = driver_for(net_wires, address, identity="UX-")
    async with running(driver, ready=False):
        await turned_away(driver, complaint)
        with pytest.raises(LinkDown):
            await driver.clear()
        assert driver.session == 0
        assert stranger.writes == []


@pytest.mark.fault("F37")
async def test_another_printer_of_the_plant_is_turned_away(
    net_wires, running, turned_away
):
    printer = HitachiModbusPrinter(QUICK)
    address = await net_wires.serve_registers(printer.bank(now))
    driver = driver_for(net_wires, address, identity="87654321")
    async with running(driver, ready=False):
        await turned_away(
            driver, "another device answers here: Hitachi UX-D161W 12345678"
        )
        assert printer.received == []


@pytest.mark.fault("F22")
@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_no_code_is_put_twice_nor_stays(story_of, seed):
    async def story(printer, driver, wires):
        rng = random.Random(seed)
        sent, record, loads, is_loaded = 0, 0, 0, False

        def go_wrong():
            match rng.randrange(6):
                case 0:
                    wires.last.cut()
                case 1:
                    printer.garbles = True
                case 2:
                    printer.prints = rng.choice([0, printer.prints + 3])
                case 3:
                    printer._load(rng.choice([7, 12]))
                case 4:
                    printer.online = False
                case 5:
                    printer.refuses_text = True

        for tick in range(500):
            try:
                if not is_loaded:
                    await ready_to_print(driver)
                    record, is_loaded, loads = 0, True, loads + 1
                progress = await driver.progress()
                is_loaded = not progress.doubt
                if is_loaded and progress.queued < 4:
                    fresh = [
                        PrintRecord(number=record + n, text=f"C{sent + n:05d}")
                        for n in range(1, 9)
                    ]
                    record, sent = record + 8, sent + 8
                    await driver.queue(fresh)
            except DriverError:
                is_loaded = False
            if rng.random() < 0.04:
                go_wrong()
            printer.product_trigger(now())
            await asyncio.sleep(0.15)
            if tick % 25 == 24:
                printer.garbles = printer.refuses_text = False
        printer.refuses_text, printer.online = False, True
        await asyncio.sleep(6)
        await driver.stop()
        await asyncio.sleep(1)
        assert printer.queued == 0
        whole = codes(printer)
        assert len(whole) == len(set(whole)) > 100
        assert loads > 3

    story_of(story, HitachiModbusPlan(ready_s=0.2))
