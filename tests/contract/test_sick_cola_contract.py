"""The SICK driver against its simulator, results framed or plain."""

import asyncio

import pytest

from drivers.base import LinkState, Triggered
from drivers.errors import DeviceFault
from simulators.readers.output import with_item
from simulators.readers.sick_cola import SickReader

KIND = "sick_cola"
GS_CODE = "0106141411234567\x1d21ABC"
ITEMS = r"(?P<item>\d+);(?P<code>.*)"
GIVEN = {"kind": KIND, "reply_timeout_s": 0.3, "trigger_ms": 500}


@pytest.mark.parametrize("framed", [True, False])
async def test_who_it_is_and_what_it_reads(any_wires, running, reader_on, framed):
    simulated = SickReader(with_item("NoRead"), framed=framed)
    address = await any_wires.serve(simulated.serve)
    driver = reader_on(
        any_wires,
        address,
        pattern=ITEMS,
        results_framed=framed,
        identity="CLV65x",
        **GIVEN,
    )
    async with running(driver), asyncio.timeout(30):
        assert str(driver.identity) == "SICK CLV65x V5.300"
        simulated.read(GS_CODE, aim="]d2", item=41)
        simulated.read(None, item=42)
        reads = [await driver.read() for _ in range(2)]
    assert [(r.text, r.aim, r.item) for r in reads] == [
        (GS_CODE, "]d2", 41),
        (None, None, 42),
    ]


def test_the_gate_is_opened_and_always_closed(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = SickReader()
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        assert isinstance(driver, Triggered)
        async with running(driver):
            simulated.scene = "CODE"
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            simulated.scene = None
            await driver.trigger()
            assert (await driver.read()).text is None
            assert not simulated.is_open
            simulated.jammed = True
            with pytest.raises(DeviceFault, match="mTCgateon: refused: 0"):
                await driver.trigger()
            assert driver.foreign == 0
            assert driver.session == 1

    virtual(story())


def test_after_power_up_it_is_dialled_until_it_hears(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = SickReader(ready_at_s=30)
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver, ready=False):
            await asyncio.sleep(29)
            assert driver.status().link is not LinkState.READY
            await driver.link.wait_ready()
            assert asyncio.get_running_loop().time() < 40

    virtual(story())


def test_a_reader_without_a_name_still_proves_to_speak_cola(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        simulated = SickReader(ident=None)
        driver = reader_on(wires, await wires.serve(simulated.serve), **GIVEN)
        async with running(driver):
            assert str(driver.identity) == "SICK"
            await asyncio.sleep(20)
            assert driver.session == 1

    virtual(story())


def test_a_refusal_carries_the_makers_text(
    virtual, memory_wires, running, reader_on, peer
):
    async def story():
        wires = memory_wires()
        device = peer(lambda _said: b"\x02sFA D\x03", end=b"\x03")
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            with pytest.raises(DeviceFault, match=r"busy \(sFA D\)"):
                await driver.trigger()

    virtual(story())
