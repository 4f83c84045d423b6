"""An independent Modbus client, mbpoll, reads and writes every Modbus simulator."""

import asyncio
import re
import shutil

import pytest

from drivers.transports.addresses import parse_registers
from simulators.hosting import LoopbackHost
from simulators.io.line_io import Plc
from simulators.io.remote_io import BRANDS, BoxBank, RemoteBox
from simulators.modbus_rtu import RtuLine
from simulators.printers.hitachi_modbus import HitachiModbusPrinter

MBPOLL = shutil.which("mbpoll")
pytestmark = pytest.mark.skipif(MBPOLL is None, reason="mbpoll is not installed")


async def mbpoll(*arguments):
    """Its values by address; it counts from 0 here and asks once."""
    process = await asyncio.create_subprocess_exec(
        MBPOLL,
        *("-0", "-1", "-q", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    text = said.decode()
    assert process.returncode == 0, text
    return {
        int(at): int(value)
        for at, value in re.findall(r"^\[(\d+)\]:\s+(\d+)", text, re.MULTILINE)
    }


def over_tcp(address):
    parsed = parse_registers(address)
    return ("-m", "tcp", "-a", "1", "-p", str(parsed.port)), parsed.host


def over_rtu(address):
    parsed = parse_registers(address)
    line = ("-m", "rtu", "-a", "1", "-b", "115200", "-P", "none")
    return line, parsed.port.path


class Bank:
    """The PLC standing still."""

    def __init__(self):
        self.plc = Plc(gate_mm=500, window_mm=20)

    def read(self, address, count):
        return self.plc.read(address, count, 1.0, 70_000.0, 480.0)

    def write(self, address, values):
        self.plc.write(address, values, 1.0)


def standing_box(kind):
    box = RemoteBox(BRANDS[kind](), watchdog_s=0.5)
    box.counters = {"trigger": 70_000, "gate": 5, "confirm": 2}
    box._encoder_from_mm = 0.0
    return box, BoxBank(box, lambda: (1.0, 1234.0))


@pytest.fixture(params=["tcp", "rtu"])
async def served(request):
    """Serves a bank; answers with how mbpoll reaches it."""
    opened = []

    async def serve(bank):
        if request.param == "rtu":
            line = RtuLine(bank)
            await line.__aenter__()
            opened.append(lambda: line.__aexit__(None, None, None))
            return over_rtu(line.address)
        host = LoopbackHost()
        wire = await host.registers("device", bank)
        opened.append(host.close)
        return over_tcp(wire.address)

    yield serve
    for close in opened:
        await close()


async def test_the_plc_map(served):
    bank = Bank()
    how, where = await served(bank)
    seen = await mbpoll(*how, "-t", "4", "-r", "0", "-c", "15", where)
    assert seen[0] == 1
    assert (seen[12], seen[13] << 16 | seen[14]) == (480, 70_000)
    await mbpoll(*how, "-t", "4", "-r", "100", where, "9", "1", "1", "4")
    assert bank.plc.infeed_open
    await mbpoll(*how, "-t", "4", "-r", "103", where, "8")
    assert (await mbpoll(*how, "-t", "4", "-r", "103", where))[103] == 8


COUNTERS = {
    "moxa_e1212": ("3", 0x10, (0, 1)),
    "adam_6052": ("4", 0, (1, 0)),
    "adam_6060": ("4", 0, (1, 0)),
    "wago_750": ("3", 1, (1, 0)),
}
OUTPUTS = {"moxa_e1212": 1, "adam_6052": 17, "adam_6060": 17, "wago_750": 1}


@pytest.mark.parametrize("kind", sorted(BRANDS))
async def test_a_box(served, kind):
    box, bank = standing_box(kind)
    how, where = await served(bank)
    table, first, (high, low) = COUNTERS[kind]
    words = await mbpoll(*how, "-t", table, "-r", str(first), "-c", "2", where)
    assert words[first + high] << 16 | words[first + low] == 70_000
    coil = str(OUTPUTS[kind])
    await mbpoll(*how, "-t", "0", "-r", coil, where, "1")
    assert box.conveyor(occupied=False)
    coils = await mbpoll(*how, "-t", "0", "-r", coil, "-c", "2", where)
    assert list(coils.values()) == [1, 0]


async def test_inputs_and_the_pulse_of_a_moxa(served):
    box, bank = standing_box("moxa_e1212")
    how, where = await served(bank)
    inputs = await mbpoll(*how, "-t", "1", "-r", "0", "-c", "8", where)
    assert list(inputs.values()) == [0, 0, 0, 0, 1, 1, 0, 0]
    await mbpoll(*how, "-t", "0", "-r", "16", where, "1")
    assert box.pulses == [1.0]


@pytest.mark.parametrize("served", ["tcp"], indirect=True)
async def test_a_hitachi_printer(served):
    """Its text is set as in the worked example of the maker's manual."""
    printer = HitachiModbusPrinter()
    how, where = await served(printer.bank(lambda: 10.0))
    count = await mbpoll(*how, "-t", "3", "-r", "82", "-c", "2", where)
    assert list(count.values()) == [0, printer.prints]
    # One register is written with function 6, several with 16.
    await mbpoll(*how, "-t", "4", "-r", "0", where, "1")
    await mbpoll(*how, "-t", "4", "-r", str(0x0021), where, "3")
    words = [word for c in "ABCLINE 3" for word in ("0", str(ord(c)))]
    await mbpoll(*how, "-t", "4", "-r", str(0x0084 + 2 * 7), where, *words)
    assert printer.texts == ["EXP □□□", "SERIAL", "LINE 3"]
    await mbpoll(*how, "-t", "4", "-r", "0", where, "2")
    assert printer.texts == ["EXP □□□", "ABC", "LINE 3"]
    held = await mbpoll(*how, "-t", "4", "-r", "32", "-c", "3", where)
    assert list(held.values()) == [7, 3, 6]


@pytest.mark.parametrize("served", ["tcp"], indirect=True)
async def test_a_hitachi_printer_refuses_and_says_why(served):
    printer = HitachiModbusPrinter()
    how, where = await served(printer.bank(lambda: 10.0))
    with pytest.raises(AssertionError, match="Illegal data value"):
        await mbpoll(*how, "-t", "4", "-r", str(0x0084), where, "0", "65")
    with pytest.raises(AssertionError, match="Illegal data address"):
        await mbpoll(*how, "-t", "4", "-r", str(0x001F), "-c", "2", where)
    why = await mbpoll(*how, "-t", "3", "-r", "4", "-c", "4", where)
    assert list(why.values()) == [3, 1, 2, 0]
