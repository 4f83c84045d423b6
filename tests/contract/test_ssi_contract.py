"""The SSI driver against its simulator: acknowledged, spoilt, repeated, in parts."""

import asyncio

import pytest

from drivers.base import Triggered
from drivers.errors import DeviceFault
from simulators.readers.ssi import SsiDevice

KIND = "ssi"
GS_CODE = "0106141411234567\x1d21ABC"
LONG = "".join(f"{n:04}" for n in range(200))
GIVEN = {"kind": KIND, "wakeup": False, "trigger_ms": 500}


async def test_who_it_is_and_what_it_reads(any_wires, running, reader_on):
    device = SsiDevice()
    address = await any_wires.serve(device.serve)
    driver = reader_on(any_wires, address, identity="PAABLC00", **GIVEN)
    async with running(driver), asyncio.timeout(30):
        assert driver.identity.firmware == "PAABLC00-003-R02 A 27 5F2B"
        device.read(GS_CODE, aim="]d2")
        device.read(LONG, aim="]Q1")  # four packets
        device.read("NO-IDENTIFIER")
        device.read("00061414112345678908", aim="]C1")
        reads = [await driver.read() for _ in range(3)]
    assert [(read.aim, read.text) for read in reads] == [
        ("]d2", GS_CODE),
        ("]Q1", LONG),
        ("]C1", "00061414112345678908"),
    ]
    assert driver.counts.refused == 1


def test_without_identifiers_only_gs1_128_is_told_by_its_type(
    virtual, memory_wires, running, reader_on
):
    async def story():
        wires = memory_wires()
        device = SsiDevice(aim=False)
        address = await wires.serve(device.serve)
        driver = reader_on(wires, address, aim="optional", **GIVEN)
        async with running(driver):
            for aim in ("]C1", "]d2", "]Q1"):
                device.read("0106", aim=aim)
                assert (await driver.read()).aim == (aim if aim == "]C1" else None)
                await asyncio.sleep(1)

    virtual(story())


def test_sessions_and_beeps(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        device = SsiDevice()
        driver = reader_on(wires, await wires.serve(device.serve), **GIVEN)
        assert isinstance(driver, Triggered)
        async with running(driver):
            device.scene = "CODE"
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            device.scene = None
            await driver.trigger()
            assert not device.in_session
            await driver.beep(3)
            assert device.beeps == [3]
            with pytest.raises(DeviceFault, match=r"beep: .*denied \(NAK 6\)"):
                await driver.beep(200)
            device.enabled = False
            with pytest.raises(DeviceFault, match=r"start session: .*denied"):
                await driver.trigger()
            await asyncio.sleep(60)
            assert (driver.session, driver.foreign) == (1, 0)

    virtual(story())


def test_a_sleeping_scanner_is_woken_first(virtual, memory_wires, running, reader_on):
    async def story(*, wakeup):
        wires = memory_wires()
        device = SsiDevice(sleeps=True)
        given = {**GIVEN, "wakeup": wakeup, "identity": "PAABLC00"}
        driver = reader_on(wires, await wires.serve(device.serve), **given)
        async with running(driver, ready=False):
            await asyncio.sleep(1)
            return driver.session

    assert virtual(story(wakeup=True)) == 1
    assert virtual(story(wakeup=False)) == 0
