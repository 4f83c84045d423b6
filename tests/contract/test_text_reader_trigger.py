"""The text reader told to look, and framed by silence where it cannot end a frame."""

import asyncio
import random

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import Triggered
from drivers.errors import LinkDown
from drivers.registry import open_reader
from drivers.settings import DeviceSettings

KIND = "text_reader"
SETTINGS = TypeAdapter(DeviceSettings)


def reader_for(wires, address, **settings):
    around = Around(dialer=wires.dialer, rng=random.Random(3))
    given = {"kind": KIND, "address": address, "no_read": "NOREAD", **settings}
    return open_reader("reader", SETTINGS.validate_python(given), around)


HF800 = {
    "trigger_on": "TRIGGER\r\n",
    "trigger_off": "UNTRIG\r\n",
    "trigger_ms": 5000,
}


def test_only_a_reader_with_a_trigger_can_be_told_to_look(memory_wires):
    wires = memory_wires()
    assert not isinstance(reader_for(wires, "tcp://a:1"), Triggered)
    assert isinstance(reader_for(wires, "tcp://a:1", **HF800), Triggered)


def test_a_trigger_ends_with_the_read(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        device = peer({b"TRIGGER\r\n": b"CODE\r"}.get, end=b"\r\n")
        driver = reader_for(wires, await wires.serve(device), **HF800)
        async with running(driver):
            await driver.trigger()
            assert (await driver.read()).text == "CODE"
            await asyncio.sleep(10)
            assert device.heard == [b"TRIGGER\r\n"]

    virtual(story())


def test_a_trigger_without_result_is_ended(virtual, memory_wires, running, peer):
    async def story():
        wires = memory_wires()
        device = peer({b"UNTRIG\r\n": b"NOREAD\r"}.get, end=b"\r\n")
        driver = reader_for(wires, await wires.serve(device), **HF800)
        async with running(driver):
            loop = asyncio.get_running_loop()
            begun_s = loop.time()
            await driver.trigger()
            assert loop.time() - begun_s == pytest.approx(5, abs=0.01)
            assert (await driver.read()).text is None
            assert device.heard == [b"TRIGGER\r\nUNTRIG\r\n"]
            assert driver.session == 1

    virtual(story())


def test_a_trigger_without_a_link_says_so(virtual, memory_wires):
    async def story():
        driver = reader_for(memory_wires(), "tcp://nobody:1", **HF800)
        with pytest.raises(LinkDown, match="not connected"):
            await driver.trigger()

    virtual(story())


@pytest.mark.fault("F27")
def test_silence_ends_a_frame_where_nothing_else_does(virtual, memory_wires, running):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            for piece in (b"CO", b"DE-1", None, b"CODE-2", None, b"x" * 40, b"y"):
                if piece is None:
                    await asyncio.sleep(1)
                else:
                    await stream.send(piece)
                    await asyncio.sleep(0.01)
            await asyncio.sleep(1)
            await stream.send(b"CODE-3")
            await stream.receive()

        driver = reader_for(
            wires,
            await wires.serve(handler),
            terminators=[],
            flush_ms=50,
            max_frame=32,
        )
        async with running(driver):
            texts = [(await driver.read()).text for _ in range(3)]
        assert texts == ["CODE-1", "CODE-2", "CODE-3"]
        assert driver.broken_frames == 1

    virtual(story())


async def test_a_trigger_over_every_wire(any_wires, running, peer):
    device = peer({b"TRIGGER\r\n": b"]d20106\r\n"}.get, end=b"\r\n", piece=1)
    driver = reader_for(any_wires, await any_wires.serve(device), gap_ms=0, **HF800)
    async with running(driver), asyncio.timeout(30):
        await driver.trigger()
        read = await driver.read()
    assert (read.text, read.aim) == ("0106", "]d2")
