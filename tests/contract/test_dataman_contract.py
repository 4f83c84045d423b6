"""The DataMan driver against its simulator: silent, extended, all firmware habits."""

import asyncio

import pytest

from drivers.base import LinkState, Triggered
from drivers.errors import DeviceFault, LinkDown
from simulators.readers.dataman import DataManReader
from simulators.readers.output import with_item

KIND = "dataman"
GS_CODE = "0106141411234567\x1d21ABC"
ITEMS = r"(?P<item>\d+);(?P<code>.*)"
GIVEN = {"kind": KIND, "no_read": "NOREAD", "reply_timeout_s": 0.3}


async def test_who_it_is_and_what_it_reads(any_wires, running, reader_on):
    simulated = DataManReader(with_item("NOREAD"))
    address = await any_wires.serve(simulated.serve)
    driver = reader_on(any_wires, address, pattern=ITEMS, identity="DM475", **GIVEN)
    async with running(driver), asyncio.timeout(30):
        assert str(driver.identity) == "Cognex DM475V 1A2131XN000123 6.1.16_sr4"
        assert simulated.mode == 1
        simulated.read(GS_CODE, aim="]d2", item=41)
        simulated.read(None, item=42)
        reads = [await driver.read() for _ in range(2)]
    assert [(r.text, r.aim, r.item) for r in reads] == [
        (GS_CODE, "]d2", 41),
        (None, None, 42),
    ]
    shown = {reading.name: reading.value for reading in driver.readings()}
    assert (shown["reads"], shown["no-reads"], shown["broken"]) == (1, 1, 0)
    assert shown["name"] == "DM475-7F2A10"


@pytest.mark.parametrize("modes", [(1, 2), (1,), (2,)])
@pytest.mark.parametrize("ids", ["returned", "left out", "colons"])
@pytest.mark.parametrize("banner", [b"", b"\xff\xfb\x03\xff\xfb\x01", b"Welcome\r\n"])
@pytest.mark.parametrize("marks", [True, False])
def test_habits_of_firmware(
    virtual, memory_wires, running, reader_on, modes, ids, banner, marks
):
    async def story():
        wires = memory_wires()
        simulated = DataManReader(
            extended=modes, ids=ids, banner=banner, marks_reads=marks
        )
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver):
            assert driver.identity.model == "DM475V"
            assert driver.identity.firmware == "6.1.16_sr4"
            simulated.scene = GS_CODE
            await driver.trigger()
            assert (await driver.read()).text == GS_CODE
            await asyncio.sleep(20)  # sign of life after sign of life
            assert driver.session == 1
            assert (driver.counts.reads, driver.counts.refused) == (1, 0)
            assert driver.foreign == 0

    virtual(story())


def test_triggered_looks(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        simulated = DataManReader()
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        assert isinstance(driver, Triggered)
        async with running(driver):
            await driver.trigger()
            assert (await driver.read()).text is None
            simulated.live_view = True
            with pytest.raises(DeviceFault, match=r"live view on\?\) \(104\)"):
                await driver.trigger()
            assert driver.status().link is LinkState.READY
            simulated.live_view = False
            simulated.scene = "CODE"
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            assert simulated.triggers == 2

    virtual(story())


def test_a_silent_reader_is_left_silent_and_asked_nothing(
    virtual, memory_wires, running, reader_on, played
):
    async def story():
        wires = memory_wires()
        device = played(b"CODE-1\r\n", 30, b"CODE-2\r\n", b"NOREAD\r\n")
        driver = reader_on(
            wires, await wires.serve(device), responses="silent", **GIVEN
        )
        async with running(driver):
            texts = [(await driver.read()).text for _ in range(3)]
            assert texts == ["CODE-1", "CODE-2", None]
            assert device.heard == b""
            await driver.trigger()
            await asyncio.sleep(1)
            assert device.heard == b"||0:1>TRIGGER ON\r\n"

    virtual(story())


def test_a_silent_readers_name_is_never_taken_for_a_read_nor_a_read_for_its_name(
    virtual, memory_wires, running, reader_on, played
):
    async def story():
        wires = memory_wires()
        device = played(answers={b"GET DEVICE.TYPE": b"CODE-1\r\nDM260\r\nCODE-2\r\n"})
        driver = reader_on(
            wires,
            await wires.serve(device),
            responses="silent",
            identity="DM260",
            **GIVEN,
        )
        async with running(driver):
            assert [(await driver.read()).text for _ in range(2)] == [
                "CODE-1",
                "CODE-2",
            ]
            assert driver.identity.model == "DM260"
            assert driver.counts.reads == 2

    virtual(story())


def test_marked_reads_may_come_in_base64(
    virtual, memory_wires, running, reader_on, played
):
    async def story():
        wires = memory_wires()
        device = played(b"||[1]QUJDMTIz\r\n||[1]=no=\r\n||[1]Tk9SRUFE\r\n")
        driver = reader_on(
            wires,
            await wires.serve(device),
            responses="silent",
            read_data="base64",
            **GIVEN,
        )
        async with running(driver):
            assert [(await driver.read()).text for _ in range(2)] == ["ABC123", None]
            assert driver.counts.refused == 1

    virtual(story())


def test_made_silent_by_another_program_it_is_switched_again(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = DataManReader()
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver):
            simulated.power_cycle()
            await asyncio.sleep(10)
            assert simulated.mode == 1
            assert driver.session == 2
            # Its name, said bare in between, was not taken for a code.
            assert driver.counts.results == 0

    virtual(story())


def test_a_second_client_is_turned_away_and_says_so(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = DataManReader()
        address = await wires.serve(simulated.serve)
        first, second = (reader_on(wires, address, **GIVEN) for _ in range(2))
        async with running(first), running(second, ready=False):
            await asyncio.sleep(3)
            assert second.status().detail == "closed by the peer"
            with pytest.raises(LinkDown):
                await second.trigger()

    virtual(story())
