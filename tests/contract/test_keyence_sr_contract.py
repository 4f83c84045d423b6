"""The Keyence SR driver against its simulator, in both framings, answering or not."""

import asyncio

import pytest

from drivers.base import LinkState, Triggered
from drivers.errors import DeviceFault
from simulators.readers.keyence_sr import KeyenceReader
from simulators.readers.output import with_item

KIND = "keyence_sr"
GS_CODE = "0106141411234567\x1d21ABC"
ITEMS = r"(?P<item>\d+);(?P<code>.*)"
GIVEN = {"kind": KIND, "reply_timeout_s": 0.3}


def shown(driver, name):
    return {reading.name: reading for reading in driver.readings()}[name]


@pytest.mark.parametrize("framing", ["cr", "stx_etx"])
async def test_who_it_is_and_what_it_reads(any_wires, running, reader_on, framing):
    simulated = KeyenceReader(with_item("ERROR"), framed=framing == "stx_etx")
    address = await any_wires.serve(simulated.serve)
    driver = reader_on(
        any_wires, address, pattern=ITEMS, framing=framing, identity="SR-X", **GIVEN
    )
    async with running(driver), asyncio.timeout(30):
        assert str(driver.identity) == "Keyence SR-X300 1.73 7.244"
        simulated.read(GS_CODE, aim="]d2", item=41)
        simulated.read(None, item=42)
        reads = [await driver.read() for _ in range(2)]
    assert [(r.text, r.aim, r.item) for r in reads] == [
        (GS_CODE, "]d2", 41),
        (None, None, 42),
    ]


@pytest.mark.parametrize("replies", [True, False])
def test_triggered_looks(virtual, memory_wires, running, reader_on, replies):
    async def story():
        wires = memory_wires()
        simulated = KeyenceReader(replies=replies)
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        assert isinstance(driver, Triggered)
        loop = asyncio.get_running_loop()
        async with running(driver):
            simulated.scene = "CODE"
            begun_s = loop.time()
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            assert loop.time() - begun_s < 0.1
            simulated.scene = None
            await driver.trigger()  # nothing legible: LOFF after the window
            assert (await driver.read()).text is None
            assert loop.time() - begun_s == pytest.approx(1.0, abs=0.1)
            assert (driver.foreign, driver.counts.results) == (0, 2)
            assert simulated.triggers == 2

    virtual(story())


def test_a_refused_look_is_told_where_the_reader_tells(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = KeyenceReader(replies=True)
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver):
            simulated.terminal_on()
            with pytest.raises(DeviceFault, match=r"not possible in this state \(20\)"):
                await driver.trigger()
            assert "(20)" in shown(driver, "last refusal").value
            simulated.read("CODE")
            assert (await driver.read()).text == "CODE"
            assert driver.session == 1

    virtual(story())


def test_its_counters_are_shown_and_reconciled(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = KeyenceReader()
        simulated.ok = simulated.triggers = 65534
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver):
            await asyncio.sleep(6)
            assert shown(driver, "reader's ok").value == 65534
            for number in range(4):
                simulated.read(f"CODE-{number}")
            await asyncio.sleep(6)
            assert shown(driver, "reader's ok").value == 2  # it wrapped
            assert shown(driver, "results missing").value == 0
            simulated.ok += 3  # read, and sent to nobody
            await asyncio.sleep(6)
            missing = shown(driver, "results missing")
            assert (missing.value, missing.is_normal) == (3, False)
            simulated.ok = simulated.errors = 0  # power cycle
            await asyncio.sleep(6)
            assert shown(driver, "results missing").value == 0

    virtual(story())


def test_with_the_setup_tool_connected_it_is_not_ready_and_says_why(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = KeyenceReader()
        simulated.setup_tool = True
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(2)
            assert driver.status().link is not LinkState.READY
            assert "setup tool connected" in driver.status().detail
            simulated.setup_tool = False
            await driver.link.wait_ready()

    virtual(story())


def test_other_timing_commands(virtual, memory_wires, running, reader_on, peer):
    async def story():
        wires = memory_wires()
        device = peer({b"KEYENCE\r": b"ER,KEYENCE,00\r", b"S1\r": b"CODE\r"}.get)
        driver = reader_on(
            wires,
            await wires.serve(device),
            trigger_on="S1",
            trigger_off="S0",
            probe_every_s=0,
            **GIVEN,
        )
        async with running(driver):
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            assert str(driver.identity) == "Keyence"

    virtual(story())


def test_junk_in_its_buffer_is_emptied_by_esc(
    virtual, memory_wires, running, reader_on
):
    async def story(**settings):
        wires = memory_wires()
        simulated = KeyenceReader()

        class Littered(KeyenceReader):
            def session(self):
                session = simulated.session()
                session.feed(b"HALF A COMM", 0.0)
                return session

        driver = reader_on(
            wires, await wires.serve(Littered().serve), **settings, **GIVEN
        )
        async with running(driver, ready=False):
            await asyncio.sleep(0.2)
            return driver.status().link is LinkState.READY

    assert virtual(story(escape_first=True))
    assert not virtual(story(escape_first=False))


def test_a_late_refusal_of_loff_is_no_fault_of_the_next_look(
    virtual, memory_wires, running, reader_on, peer
):
    async def story():
        wires = memory_wires()
        answers = {b"KEYENCE\r": b"OK,KEYENCE,SR,1\r", b"LOFF\r": b"CODE-1\r"}
        device = peer(answers.get)
        driver = reader_on(wires, await wires.serve(device), probe_every_s=0, **GIVEN)
        async with running(driver):
            await driver.trigger()  # read and LOFF cross on the wire
            answers[b"LON\r"] = b"ER,LOFF,20\rCODE-2\r"
            await driver.trigger()
            texts = [(await driver.read()).text for _ in range(2)]
            assert texts == ["CODE-1", "CODE-2"]
            assert "last refusal" not in {r.name for r in driver.readings()}

    virtual(story())
