"""F27, F29, F37, F38 for the DataMan: pieces, dirt, strangers, silence, floods."""

import asyncio

import pytest

from drivers.base import LinkState
from drivers.errors import LinkDown, MisuseError
from drivers.readers.reads import QUEUE_READS
from simulators.printers.leibinger_jet import JetPrinter
from simulators.readers.dataman import DataManReader

KIND = "dataman"
GIVEN = {"kind": KIND, "no_read": "NOREAD", "reply_timeout_s": 0.3}
HELLO = {
    b"TYPE": b"||[0]DM1\r\n",
    b"SERIAL": b"||[0]1\r\n",
    b"FIRMWARE": b"||[101]\r\n",
    b"NAME": b"||[0]N\r\n",
}


@pytest.mark.fault("F27")
async def test_one_byte_at_a_time(any_wires, running, reader_on, peer):
    session = DataManReader(ids="colons").open_session()
    device = peer(lambda said: session.feed(said, 0), end=b"\n", piece=1)
    driver = reader_on(any_wires, await any_wires.serve(device), **GIVEN)
    async with running(driver):
        assert driver.identity.serial == "1A2131XN000123"


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("said", "texts", "broken", "refused"),
    [
        (b"||[1]ONE\r\n||[1]TWO\r\n", ["ONE", "TWO"], 0, 0),
        (b"ONE\rTWO\n\r\nTHREE\r\n", ["ONE", "TWO", "THREE"], 0, 0),
        (b"||[1]\xff\xfe\r\nONE\r\n", ["ONE"], 0, 1),
        (b"x" * 3000 + b"\r\nONE\r\n", ["ONE"], 1, 0),
        (b"||[1]" + b"x" * 3000 + b"\r\nONE\r\n", ["ONE"], 1, 0),
        (b"||[1]\r\nONE\r\n", ["ONE"], 0, 1),
    ],
)
def test_what_becomes_of_pieces_and_dirt(
    virtual, memory_wires, running, reader_on, played, said, texts, broken, refused
):
    async def story():
        wires = memory_wires()
        device = played(1.0, said, answers=HELLO)
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            await asyncio.sleep(2)
            assert [
                (await driver.read()).text for _ in range(driver.counts.results)
            ] == texts
            assert (driver.broken_frames, driver.counts.refused) == (broken, refused)

    virtual(story())


@pytest.mark.fault("F29")
def test_a_no_read_is_a_result_and_refusals_are_none(
    virtual, memory_wires, running, reader_on, played
):
    async def story():
        wires = memory_wires()
        device = played(
            1.0,
            b"||[1]17;NOREAD\r\n||[1]garbage\r\n||[1]18;CODE\r\n",
            answers=HELLO,
        )
        driver = reader_on(
            wires,
            await wires.serve(device),
            pattern=r"(?P<item>\d+);(?P<code>.*)",
            **GIVEN,
        )
        async with running(driver):
            reads = [await driver.read() for _ in range(2)]
            assert [(r.item, r.text) for r in reads] == [(17, None), (18, "CODE")]
            assert driver.counts.refused == 1

    virtual(story())


@pytest.mark.fault("F23")
@pytest.mark.parametrize("after", range(1, 200, 7))
def test_a_cut_after_each_byte_of_the_greeting(
    virtual, memory_wires, running, reader_on, peer, after
):
    async def story():
        wires = memory_wires()
        session = DataManReader().open_session()
        device = peer(lambda said: session.feed(said, 0), end=b"\n")
        device.cut_after = after
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            assert driver.identity.model == "DM475V"
            assert driver.counts.results == 0

    virtual(story())


@pytest.mark.fault("F37")
@pytest.mark.parametrize("says", [b"", b"SCANNED\r\n", b"^0=RS2\t5\t0\t0\t0\t0\r"])
def test_a_stranger_under_its_address_is_noticed(
    virtual, memory_wires, running, reader_on, peer, says
):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: says, end=b"\n")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(5)
            assert driver.status().link is not LinkState.READY
            assert "is it a DataMan" in driver.status().detail
            assert driver.counts.results == 0
            with pytest.raises(LinkDown):
                await driver.trigger()

    virtual(story())


@pytest.mark.fault("F37")
def test_a_printer_under_its_address_prints_nothing(
    virtual, memory_wires, running, reader_on, serving
):
    async def story():
        wires = memory_wires()
        printer = JetPrinter()
        driver = reader_on(wires, await wires.serve(serving(printer.session)), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(5)
            assert driver.session == 0
            assert printer.received == []

    virtual(story())


@pytest.mark.fault("F37")
def test_another_dataman_is_noticed(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        address = await wires.serve(DataManReader().serve)
        driver = reader_on(wires, address, identity="1A9999", **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(2)
            assert "another device answers here: Cognex DM475V" in (
                driver.status().detail
            )

    virtual(story())


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        session = DataManReader().open_session()

        async def handler(stream):
            while data := await stream.receive():
                await stream.send(session.feed(data, 0))
                if b"DEVICE.NAME" in data:
                    break
            for number in range(5000):
                await stream.send(b"||[1]CODE-%d\r\n" % number)
            while data := await stream.receive():
                await stream.send(session.feed(data, 0))

        driver = reader_on(wires, await wires.serve(handler), **GIVEN)
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 5000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 5000 - QUEUE_READS
            await driver.trigger()

    virtual(story())


def test_a_peer_gone_silent_is_noticed(virtual, memory_wires, running, reader_on, peer):
    async def story():
        wires = memory_wires()
        session = DataManReader().open_session()
        device = peer(lambda said: session.feed(said, 0), end=b"\n")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            device.silent = True
            await asyncio.sleep(6)
            assert driver.status().link is not LinkState.READY
            device.silent = False
            await driver.link.wait_ready()
            assert driver.session == 2

    virtual(story())


def test_late_and_foreign_answers_are_counted_not_believed(
    virtual, memory_wires, running, reader_on, played
):
    async def story():
        wires = memory_wires()
        device = played(
            1.0,
            b"||0:1[0]late\r\n||1:9[0]sum\x01\r\n||[0]\r\n",
            answers={**HELLO, b"TRIGGER": b"||0:77[0]\r\n||[101]\r\n"},
        )
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            await asyncio.sleep(2)
            assert driver.foreign == 3
            with pytest.raises(MisuseError, match="command invalid"):
                await driver.trigger()
            assert driver.foreign == 4
            assert driver.counts.results == 0

    virtual(story())
