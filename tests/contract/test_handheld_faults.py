"""F27, F37, F38 for handhelds: dirty lines, unplugged and plugged in again, floods."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from drivers.base import LinkState
from drivers.link import Backoff
from drivers.readers.framing import Framer
from drivers.readers.output import Interpreter
from drivers.readers.reads import QUEUE_READS
from drivers.settings import DeviceSettings
from simulators.readers.handheld import HandheldScanner
from simulators.usb_port import UsbSerialPort

KIND = "handheld"
GIVEN = {"kind": KIND}
SCANS = st.text("ABC0123456789\x1d\x1e\x04", min_size=1, max_size=20)


@pytest.mark.fault("F27")
@given(
    st.lists(SCANS),
    st.integers(1, 7),
    st.sampled_from(["\r", "\n", "\r\n"]),
    st.integers(0, 200),
)
def test_a_cut_line_gives_whole_scans_only(scans, piece, end, cut):
    wire = "".join(f"]Q1{scan}{end}" for scan in scans).encode()[:cut]
    framer, interpreter = Framer(gap_s=0), Interpreter(require_aim=True)
    texts = [
        interpreter.read(frame).text
        for start in range(0, len(wire), piece)
        for frame in framer.feed(wire[start : start + piece], at_s=0)
    ]
    assert texts == scans[: len(texts)]
    framer.restart()
    (frame,) = framer.feed(b"]Q1NEXT\r", at_s=0)
    assert interpreter.read(frame).text == "NEXT"


@pytest.mark.fault("F27")
def test_dirt_on_the_line(virtual, memory_wires, running, reader_on, played):
    async def story():
        wires = memory_wires()
        device = played(
            b"\x00\xff\x80]Q1ONE\r",  # noise before a scan
            b"]Q1" + b"x" * 3000 + b"\r",
            b"]Q1TW",
            1.0,  # the rest of it never comes; another scan does
            b"]Q1THREE\r]Q1FOUR\r",
        )
        driver = reader_on(wires, await wires.serve(device), **GIVEN)
        async with running(driver):
            await asyncio.sleep(2)
            assert driver.counts.reads == 1
            assert (await driver.read()).text == "FOUR"
            assert (driver.counts.refused, driver.broken_frames) == (1, 2)

    virtual(story())


@pytest.mark.fault("F37")
async def test_unplugged_and_plugged_in_again(tmp_path, tcp_wires, running, reader_on):
    port = UsbSerialPort(tmp_path / "usb-Honeywell_1900-if00")
    driver = reader_on(tcp_wires, port.address, **GIVEN)
    async with running(driver, ready=False), asyncio.timeout(30):
        for number in range(4):
            scanner = HandheldScanner()
            await port.plug(scanner.serve)
            await driver.link.wait_ready()
            scanner.read(f"CODE-{number}", aim="]Q1")
            assert (await driver.read()).text == f"CODE-{number}"
            await port.unplug()
            while driver.status().link is LinkState.READY:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        assert driver.session == 4


@pytest.mark.fault("F37")
async def test_plugging_leaks_no_descriptor(tmp_path, tcp_wires, running, reader_on):
    port = UsbSerialPort(tmp_path / "usb-scanner")
    driver = reader_on(tcp_wires, port.address, **GIVEN)
    driver.link._backoff = Backoff(first_s=0.01, cap_s=0.01)
    fds = Path("/proc/self/fd")
    async with running(driver, ready=False), asyncio.timeout(30):
        open_before = 0
        for cycle in range(40):
            await port.plug(HandheldScanner().serve)
            await driver.link.wait_ready()
            await port.unplug()
            while driver.status().link is LinkState.READY:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            if cycle == 1:
                open_before = len(os.listdir(fds))  # noqa: PTH208
    assert len(os.listdir(fds)) <= open_before  # noqa: PTH208


@pytest.mark.fault("F37")
@pytest.mark.parametrize("path", ["/dev/ttyUSB0", "/dev/ttyACM12"])
def test_a_path_that_changes_when_replugged_is_refused(path):
    with pytest.raises(ValidationError, match="use its path under /dev/serial/by-id/"):
        TypeAdapter(DeviceSettings).validate_python(
            {"kind": KIND, "address": f"serial:{path}"}
        )


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, memory_wires, running, reader_on):
    async def story():
        wires = memory_wires()

        async def handler(stream):
            for number in range(5000):
                await stream.send(b"]Q1CODE-%d\r" % number)
            await stream.receive()

        driver = reader_on(wires, await wires.serve(handler), **GIVEN)
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 5000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 5000 - QUEUE_READS

    virtual(story())
