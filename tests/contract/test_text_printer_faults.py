"""F22, F23, F27, F35, F37, F38 for text printers: cuts, silence, noise, strangers."""

import asyncio
import random
from importlib.resources import files

import pytest

import drivers.printers.text_printer.table as table_module
from drivers.around import Around
from drivers.base import LinkState, PrintRecord
from drivers.errors import DeviceFault, LinkDown, ProtocolFault
from drivers.printers.text_printer.driver import from_settings
from drivers.printers.text_printer.settings import TextPrinterSettings
from drivers.printers.text_printer.table import load
from simulators.faces import face
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan

KIND = "text_printer"
MACHINES = {
    "example_counter": TextPrinterPlan(dialect="plain"),
    "example_handshake": TextPrinterPlan(dialect="enq"),
    "example_event": TextPrinterPlan(dialect="plain", queues=True, depth=16),
    "example_numbered": TextPrinterPlan(dialect="plain", queues=True, depth=32),
    "keyence_mkg": TextPrinterPlan(dialect="keyence"),
    "panasonic_lp_gs": TextPrinterPlan(dialect="panasonic"),
}
TABLES = list(MACHINES)
TWO = [PrintRecord(number=n, text=f"CODE-{n}") for n in (1, 2)]


def now():
    return asyncio.get_running_loop().time()


def driver_for(wires, address, table, **changes):
    settings = {
        "kind": "text_printer",
        "address": "tcp://printer:9004",
        "table": table if "/" in table else f"builtin:{table}",
        "poll_s": 5.0,
        "reply_timeout_s": wires.patience_s(0.4),
        "settle_timeout_s": wires.patience_s(0.2),
    } | changes
    model = TextPrinterSettings(**settings).model_copy(update={"address": address})
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    return from_settings("coder", model, around)


class Cutter:
    """A simulated coder whose connection breaks after so many more bytes."""

    def __init__(self, table):
        self.printer = TextPrinter(MACHINES[table])
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
@pytest.mark.parametrize("table", TABLES)
def test_a_cut_after_each_byte_of_a_queue(virtual, memory_wires, running, table):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter(table)
        driver = driver_for(wires, await wires.serve(cutter), table)
        async with running(driver):
            await driver.clear()
            await driver.start()
            cutter.left = after
            cutter.heard.clear()
            try:
                await driver.queue(TWO)
            except LinkDown:
                pass
            else:
                return len(cutter.heard)
            assert driver.status().link is not LinkState.READY
            await driver.link.wait_ready()
            await asyncio.sleep(30)
            # Nothing was sent again, and nothing may be added to what is unknown.
            assert cutter.heard.count(b"CODE-1") <= 1
            assert cutter.heard.count(b"CODE-2") <= 1
            with pytest.raises(LinkDown):
                await driver.queue(TWO)
            await driver.clear()
            assert not cutter.printer.queue
            assert not cutter.printer.text.startswith("CODE")
            return 0

    sent = [virtual(story(after)) for after in range(120)]
    through = next(n for n, count in enumerate(sent) if count)
    # Every byte of the hand-over was one to be cut after, and then there were no more.
    assert through == sent[through] > len("CODE-1")


@pytest.mark.fault("F23")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["start", "stop", "clear", "job", "status_of_printer"])
def test_a_cut_after_each_byte_of_every_other_command(
    virtual, memory_wires, running, table, act
):
    async def story(after):
        wires = memory_wires()
        cutter = Cutter(table)
        driver = driver_for(wires, await wires.serve(cutter), table)
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

    cut = [virtual(story(after)) for after in range(0, 100, 3)]
    assert cut[0]
    assert not any(cut[cut.index(False) :])


@pytest.mark.fault("F23")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("after", [0, 1, 5])
async def test_a_cut_over_real_sockets(net_wires, running, table, after):
    cutter = Cutter(table)
    address = await net_wires.serve(cutter)
    driver = driver_for(net_wires, address, table)
    async with running(driver):
        await driver.clear()
        await driver.start()
        cutter.left = after
        with pytest.raises(LinkDown):
            await driver.queue(TWO)
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        assert driver.session == 2
        await driver.clear()
        await driver.start()
        await driver.queue(TWO)
        codes = [text for text in cutter.printer.received if text == "CODE-1"]
        assert 1 <= len(codes) <= 2


PLAIN = {
    b"?ID": b"ID A B C D",
    b"?STATE": b"STATE 3",
    b"?JOB": b"JOB 1",
    b"?COUNT": b"COUNT 0",
    b"?LEFT": b"LEFT 0",
    b"?LAST": b"LAST 0",
    b"?FAULT": b"FAULT 0",
}


def answers(**changes):
    """A rule for `peer`: questions from a table, OK to everything else."""
    table = PLAIN | {f"?{key}".encode(): reply for key, reply in changes.items()}

    def answer(request):
        reply = table.get(request.removesuffix(b"\r\n"), b"OK")
        return reply + b"\r\n" if reply else b""

    return answer


def plain_peer(peer, rule, **more):
    return peer(rule, end=b"\r\n", **more)


async def test_a_silent_printer_is_link_down(any_wires, running, peer):
    printer = plain_peer(peer, answers())
    address = await any_wires.serve(printer)
    driver = driver_for(any_wires, address, "example_event", reply_timeout_s=1)
    async with running(driver):
        printer.silent = True
        with pytest.raises(LinkDown, match="coder: no answer in time"):
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
        printer = plain_peer(peer, answers())
        address = await wires.serve(printer)
        async with running(driver_for(wires, address, "example_event")) as driver:
            printer.silent = True
            await asyncio.sleep(7)
            assert driver.status().link is not LinkState.READY

    virtual(story())


@pytest.mark.fault("F35")
async def test_a_late_answer_is_not_taken_for_the_next_question(
    net_wires, running, peer
):
    asked = []

    def answer(request):
        asked.append(request)
        late = request == b"?LEFT\r\n" and asked.count(request) == 1
        return None if late else answers()(request)

    printer = plain_peer(peer, answer)
    address = await net_wires.serve(printer)
    driver = driver_for(net_wires, address, "example_event", reply_timeout_s=1)
    async with running(driver):
        with pytest.raises(LinkDown):
            await driver.clear()
        async with asyncio.timeout(30):
            await driver.link.wait_ready()
        await driver.clear()
        assert len(printer.heard) == 2


@pytest.mark.fault("F27")
@pytest.mark.parametrize("size", [1, 2, 7])
@pytest.mark.parametrize("table", TABLES)
async def test_answers_in_pieces(any_wires, running, table, size):
    printer = TextPrinter(MACHINES[table])

    async def handler(stream):
        session = printer.session()
        while data := await stream.receive():
            reply = session.feed(data, now())
            for at in range(0, len(reply), size):
                await stream.send(reply[at : at + size])

    address = await any_wires.serve(handler)
    async with running(driver_for(any_wires, address, table)) as driver:
        await driver.clear()
        await driver.start()
        await driver.queue(TWO)
        assert (await driver.progress()).queued == 2
        assert driver.foreign_frames == 0


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("noise", "foreign"),
    [
        (b"hello\r\n", 1),
        (b"\xff\xfe\r\n", 1),
        (b"STATE 3\r\n", 1),
        (b"COUNT x\r\n", 1),
        (b"DONE\r\n", 0),
        (b"INK 50%\r\n", 0),
        (b"\r\n\r\n", 0),
        (b"x" * 20_000 + b"\r\n", 1),
    ],
)
async def test_what_answers_nothing_asked_is_counted_not_believed(
    any_wires, running, peer, noise, foreign
):
    printer = plain_peer(peer, answers(COUNT=noise + b"COUNT 7"))
    address = await any_wires.serve(printer)
    async with running(driver_for(any_wires, address, "example_event")) as driver:
        assert await driver.print_count() == 7
        assert driver.foreign_frames == foreign
        assert driver.session == 1


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "noise",
    [
        b"\x02S1FF\x03",  # a wrong checksum
        b"\x02S1",  # cut, and the next one follows
        b"rubbish\x02",
    ],
)
async def test_a_frame_that_does_not_add_up_is_no_answer(any_wires, running, noise):
    printer = TextPrinter(MACHINES["example_handshake"])
    is_dirty = False

    async def handler(stream):
        session = printer.session()
        while data := await stream.receive():
            reply = session.feed(data, now())
            await stream.send(noise + reply if is_dirty and b"C?" in data else reply)

    address = await any_wires.serve(handler)
    async with running(driver_for(any_wires, address, "example_handshake")) as driver:
        is_dirty = True
        assert await driver.print_count() == 0
        assert driver.foreign_frames == 1


async def test_a_number_that_is_none_closes_the_link(any_wires, running, tmp_path):
    text = (
        "about = 'x'\nconfirmation = 'counter'\n[frame]\nend = '\\r'\n"
        "[text]\nblank = '-'\n"
        "[commands.status]\nsend = 'S'\nok = '^S(?P<state>.)'\n"
        "[commands.send]\nsend = 'T{text}'\nok = 'OK'\n"
        "[commands.count]\nsend = 'C'\nok = '^C(?P<count>.*)'\n"
        "[[states]]\nmatches = '1'\nstate = 'printing'\ntext = 'runs'\n"
    ).replace("'\\r'", '"\\r"')
    table = tmp_path / "coder.toml"
    table.write_text(text)

    async def handler(stream):
        while data := await stream.receive():
            await stream.send(b"S1\r" if data == b"S\r" else b"C1x\r")

    settings = TextPrinterSettings(
        kind="text_printer", address="tcp://a:1", table=str(table)
    ).model_copy(update={"address": await any_wires.serve(handler)})
    around = Around(dialer=any_wires.dialer, rng=random.Random(3))
    async with running(from_settings("coder", settings, around)) as driver:
        with pytest.raises(ProtocolFault, match="count wants a number, got 'C1x'"):
            await driver.print_count()


@pytest.mark.fault("F22")
async def test_an_unasked_message_is_never_an_answer(any_wires, running, peer):
    """Print-done glued before the answer to a hand-over."""

    def answer(request):
        if request.startswith(b"ADD=CODE-2"):
            return b"DONE\r\nOK\r\n"
        return answers()(request)

    printer = plain_peer(peer, answer)
    address = await any_wires.serve(printer)
    async with running(driver_for(any_wires, address, "example_event")) as driver:
        await driver.clear()
        await driver.queue(TWO)
        progress = driver._feed.progress()
        assert (progress.last_started, progress.queued) == (1, 1)


@pytest.mark.fault("F22")
async def test_an_unasked_message_that_looks_like_an_answer_is_none(
    any_wires, running, peer, tmp_path
):
    """A careless table: its `ok` takes anything that is no error."""
    builtin = load("builtin:example_event")
    text = (files(table_module.__package__) / "tables/example_event.toml").read_text()
    careless = tmp_path / "careless.toml"
    careless.write_text(
        text.replace("ok = '^OK$'\nerror", "ok = '^[^E]'\nerror"), encoding="utf-8"
    )
    assert load(str(careless)) != builtin

    def answer(request):
        if request.startswith(b"ADD=CODE-2"):
            return b"DONE\r\nERR 7\r\n"
        return answers()(request)

    address = await any_wires.serve(plain_peer(peer, answer))
    async with running(driver_for(any_wires, address, str(careless))) as driver:
        await driver.clear()
        with pytest.raises(DeviceFault, match="buffer full"):
            await driver.queue(TWO)


async def test_a_record_is_for_the_link_it_was_cleared_under(any_wires, running, peer):
    printer = plain_peer(peer, answers())
    address = await any_wires.serve(printer)
    async with running(driver_for(any_wires, address, "example_event")) as driver:
        await driver.clear()
        with pytest.raises(LinkDown, match="the connection was lost"):
            await driver.put_text_once("CODE-1", driver.session - 1)
        assert b"CODE" not in b"".join(printer.heard)


@pytest.mark.fault("F22")
async def test_a_count_that_goes_back_is_doubt(any_wires, running, peer):
    told = {"count": b"COUNT 500"}

    def answer(request):
        if request == b"?COUNT\r\n":
            return told["count"] + b"\r\n"
        return answers()(request)

    address = await any_wires.serve(plain_peer(peer, answer))
    async with running(driver_for(any_wires, address, "example_event")) as driver:
        await driver.clear()
        await driver.queue(TWO)
        told["count"] = b"COUNT 0"
        assert "print count went back" in (await driver.progress()).doubt


@pytest.mark.fault("F37")
@pytest.mark.parametrize("table", TABLES)
async def test_a_stranger_never_gets_a_code(
    net_wires, running, peer, turned_away, table
):
    """A scanner under the printer's name."""
    scanner = peer(lambda request: b"0106141411234567\r\n", end=b"")
    address = await net_wires.serve(scanner)
    driver = driver_for(net_wires, address, table, reply_timeout_s=0.3)
    async with running(driver, ready=False):
        await turned_away(driver)
        assert driver.session == 0
        with pytest.raises(LinkDown):
            await driver.clear()
        with pytest.raises(LinkDown):
            await driver.queue(TWO)


async def test_a_printer_that_keeps_its_buffer_is_not_taken_for_empty(
    any_wires, running, peer
):
    address = await any_wires.serve(plain_peer(peer, answers(LEFT=b"LEFT 7")))
    async with running(driver_for(any_wires, address, "example_numbered")) as driver:
        with pytest.raises(DeviceFault, match="keeps 7 records after a clear"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(TWO)
        assert driver.status().link is LinkState.READY


async def test_a_handshake_that_is_never_free_is_not_cleared(any_wires, running):
    printer = TextPrinter(MACHINES["example_handshake"])
    printer.forget = lambda: None
    printer.take("somebody else's")
    address = await any_wires.serve(face(printer.session, now))
    async with running(driver_for(any_wires, address, "example_handshake")) as driver:
        with pytest.raises(DeviceFault, match="keeps a record after a clear"):
            await driver.clear()


@pytest.mark.parametrize(
    ("table", "word"), [("example_event", b"ADD"), ("example_numbered", b"PUT")]
)
async def test_a_refused_record_is_not_sent_again(
    any_wires, running, peer, table, word
):
    def answer(request):
        return b"ERR 7\r\n" if request.startswith(word) else answers()(request)

    printer = plain_peer(peer, answer)
    address = await any_wires.serve(printer)
    async with running(driver_for(any_wires, address, table, poll_s=0.05)) as driver:
        await driver.clear()
        with pytest.raises(DeviceFault, match="send refused: 7 缓冲已满 buffer full"):
            await driver.queue(TWO)
        with pytest.raises(LinkDown, match="buffer full"):
            await driver.queue(TWO)
        await asyncio.sleep(0.2)
        assert b"".join(printer.heard).count(b"CODE") == 1


def test_a_state_the_table_does_not_know_is_a_fault(
    virtual, memory_wires, running, peer
):
    async def story():
        wires = memory_wires()
        address = await wires.serve(plain_peer(peer, answers(STATE=b"STATE 8")))
        async with running(driver_for(wires, address, "example_event")) as driver:
            status = await driver.status_of_printer()
            assert status.state == "fault"
            assert "'8', which is not in the table" in status.detail
            with pytest.raises(DeviceFault, match="does not start: state '8'"):
                await driver.start()

    virtual(story())


@pytest.mark.fault("F38")
async def test_a_flood_is_survived(net_wires, running):
    printer = TextPrinter(MACHINES["example_numbered"])
    flooding = asyncio.Event()

    async def handler(stream):
        async def flood():
            await flooding.wait()
            for _ in range(100):
                await stream.send(b"DONE\r\nrubbish\r\n" * 100)

        task = asyncio.create_task(flood())
        try:
            await face(printer.session, now)(stream)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    address = await net_wires.serve(handler)
    driver = driver_for(net_wires, address, "example_numbered", reply_timeout_s=5.0)
    async with running(driver):
        await driver.clear()
        await driver.start()
        flooding.set()
        await driver.queue(TWO)
        printer.product_trigger(now())
        for _ in range(500):
            if driver.print_done_messages >= 10_000:
                break
            await asyncio.sleep(0.01)
        progress = await driver.progress()
        assert (progress.last_started, progress.queued) == (1, 1)
        assert driver.foreign_frames >= 9_900
        assert driver.session == 1
