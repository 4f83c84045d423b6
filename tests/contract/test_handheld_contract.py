"""The handheld driver against its simulator: identifiers, GS, repeats, trigger."""

import asyncio

import pytest

from drivers.base import Triggered
from simulators.readers.handheld import HandheldScanner

KIND = "handheld"
GS_CODE = "0106141411234567\x1d21ABC"
GIVEN = {"kind": KIND}


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
async def test_scans(any_wires, running, reader_on, end):
    scanner = HandheldScanner(end=end)
    address = await any_wires.serve(scanner.serve)
    driver = reader_on(any_wires, address, **GIVEN)
    async with running(driver), asyncio.timeout(30):
        while not scanner.connected:  # noqa: ASYNC110  a socket's own pace
            await asyncio.sleep(0)
        scanner.read(GS_CODE, aim="]d2")
        scanner.read("https://example.com/1", aim="]Q1")
        scanner.read("NO-IDENTIFIER")
        scanner.read("00061414112345678908", aim="]C1")
        reads = [await driver.read() for _ in range(3)]
    assert [(read.aim, read.text) for read in reads] == [
        ("]d2", GS_CODE),
        ("]Q1", "https://example.com/1"),
        ("]C1", "00061414112345678908"),
    ]
    assert driver.counts.refused == 1


def test_a_substitute_for_gs_is_mapped_back(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        scanner = HandheldScanner(gs="{GS}", aim=False)
        address = await wires.serve(scanner.serve)
        driver = reader_on(wires, address, aim="optional", separator="{GS}", **GIVEN)
        async with running(driver):
            await asyncio.sleep(0.1)
            scanner.read(GS_CODE)
            read = await driver.read()
            assert (read.aim, read.text) == (None, GS_CODE)

    virtual(story())


@pytest.mark.fault("F28")
def test_a_scan_repeated_at_once_is_one_scan(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        scanner = HandheldScanner(doubles=True)
        driver = reader_on(wires, await wires.serve(scanner.serve), **GIVEN)
        async with running(driver):
            await asyncio.sleep(0.1)
            for text, pause_s in [
                ("A", 0.4),
                ("A", 0.4),
                ("A", 0.6),
                ("A", 0),
                ("B", 0),
            ]:
                scanner.read(text, aim="]Q1")
                await asyncio.sleep(pause_s)
            scanner.read("B", aim="]d2")  # another symbol with the same text
            await asyncio.sleep(0.1)
            # Held on a label it stays one scan, however long.
            assert driver.counts.reads == 4
            assert driver.counts.repeated == 8
            texts = [(await driver.read()).text for _ in range(4)]
            assert texts == ["A", "A", "B", "B"]
            shown = {r.name: r.value for r in driver.readings()}
            assert shown["repeated"] == 8

    virtual(story())


@pytest.mark.fault("F28")
def test_never_between_scanners(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        scanners = [HandheldScanner(), HandheldScanner()]
        drivers = [
            reader_on(wires, await wires.serve(scanner.serve), **GIVEN)
            for scanner in scanners
        ]
        async with running(drivers[0]), running(drivers[1]):
            await asyncio.sleep(0.1)
            for scanner in scanners:
                scanner.read("A", aim="]Q1")
            assert [(await driver.read()).text for driver in drivers] == ["A", "A"]

    virtual(story())


def test_triggered_by_syn_t(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()
        scanner = HandheldScanner(serial_trigger=True)
        address = await wires.serve(scanner.serve)
        driver = reader_on(wires, address, trigger=True, **GIVEN)
        assert isinstance(driver, Triggered)
        assert not isinstance(reader_on(wires, address, **GIVEN), Triggered)
        async with running(driver):
            scanner.scene = "CODE"
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            scanner.scene = None
            begun_s = asyncio.get_running_loop().time()
            await driver.trigger()
            await asyncio.sleep(0.01)
            assert asyncio.get_running_loop().time() - begun_s > 3
            assert not scanner.looking
            assert driver.counts.results == 1

    virtual(story())
