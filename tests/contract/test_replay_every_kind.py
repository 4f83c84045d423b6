"""A recorded conversation of each kind plays back through its driver and yields the
same facts.

Each kind is exercised against its simulator on virtual time and recorded by its tap;
then the recording is played to a fresh driver: the same bytes, the same outcome of
every call, the same readings. `KINDS` says how a kind is exercised; every kind that has
bytes stands there or in `WITHOUT`, with the reason.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from agent.api.capture_models import FrameLine, OutcomeLine
from agent.diagnostics import capture
from agent.diagnostics.capture import Capture, header_of, line_of
from agent.diagnostics.redaction import Redactor
from agent.diagnostics.replaying import replay, settings_of
from drivers.around import Around
from drivers.base import Label, LineCommand, PrintRecord, Verdict
from drivers.errors import LinkDown
from drivers.registry import models, open_device
from drivers.settings import DeviceSettings
from drivers.transports.memory import MemoryNetwork
from simulators.faces import face
from simulators.hosting import MemoryHost
from simulators.io.line_io import Plc
from simulators.io.opcua_line_io import PlcNodes
from simulators.io.remote_io import BRANDS, BoxBank, RemoteBox
from simulators.printers.domino_codenet import CodenetPrinter
from simulators.printers.hitachi_modbus import (
    HitachiModbusPlan,
    HitachiModbusPrinter,
)
from simulators.printers.hitachi_serial import (
    HitachiSerialPlan,
    HitachiSerialPrinter,
)
from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.printers.opcua_coder import CoderPlan, OpcUaCoder
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan
from simulators.printers.videojet_wsi import WsiPrinter
from simulators.printers.videojet_zipher import ZipherPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.readers.dataman import DataManReader
from simulators.readers.handheld import HandheldScanner
from simulators.readers.keyence_sr import KeyenceReader
from simulators.readers.sick_cola import SickReader
from simulators.readers.ssi import SsiDevice
from simulators.readers.text_reader import LABEL_FORMAT, TextReader

CODES = ("010690123456789221AB", "010690123456789221CD")


def now():
    return asyncio.get_running_loop().time()


class Timers:
    def at(self, when_s, action):
        asyncio.get_running_loop().call_at(when_s, action, when_s)


def records(*texts, first=1):
    return [PrintRecord(number=n, text=t) for n, t in enumerate(texts, first)]


async def print_some(printer, trigger, codes=CODES):
    """What the line asks of a unit printer in an order of two bottles."""
    await printer.stop()
    await printer.clear()
    await printer.progress()
    await printer.start()
    await printer.queue(records(*codes))
    for _ in codes:
        trigger()
        await asyncio.sleep(0.2)
        await printer.progress()
    await printer.job()
    await printer.status_of_printer()
    await printer.stop()
    await printer.clear()


async def leibinger_jet(host):
    jet = JetPrinter(JetPlan())
    jet.belt_mm_s = 480

    async def serve(stream):
        session = jet.session()
        while data := await stream.receive():
            if reply := session.feed(data, now()):
                await stream.send(reply)

    wire = await host.stream("jet", serve)
    return (
        wire,
        {},
        lambda device: print_some(device, lambda: jet.product_trigger(now())),
    )


async def unit_printer(host, printer, settings, session=None):
    """A printer that has the usual product side and a face."""
    wire = await host.stream("printer", face(session or printer.session, now))
    return (
        wire,
        settings,
        lambda device: print_some(device, lambda: printer.product_trigger(now())),
    )


async def domino_codenet(host):
    printer = CodenetPrinter()
    return await unit_printer(host, printer, {}, lambda: printer.session("0"))


async def videojet_wsi(host):
    return await unit_printer(host, WsiPrinter(), {"field": "CODE", "poll_s": 0.02})


async def hitachi_modbus(host):
    printer = HitachiModbusPrinter(HitachiModbusPlan(ready_s=0.5))
    wire = await host.registers("printer", printer.bank(now))
    settings = {"item": 2, "poll_s": 0.02}
    return (
        wire,
        settings,
        lambda device: print_some(device, lambda: printer.product_trigger(now())),
    )


async def hitachi_serial(host):
    printer = HitachiSerialPrinter(HitachiSerialPlan(changeover_s=0.0))
    return await unit_printer(host, printer, {"message": 12, "poll_s": 0.02})


async def videojet_zipher(host):
    return await unit_printer(host, ZipherPrinter(), {"field": "CODE"})


async def text_printer(host):
    plan = TextPrinterPlan(dialect="plain", queues=True, depth=32)
    table = {"table": "builtin:example_numbered", "poll_s": 0.02}
    return await unit_printer(host, TextPrinter(plan), table)


async def opcua_coder(host):
    coder = OpcUaCoder(CoderPlan(queues=True), now_s=now)
    wire = await host.nodes("coder", coder.table)

    def node(name):
        return f"nsu=urn:line-sim:coder;s=Coder.{name}"

    settings = {
        "object": "nsu=urn:line-sim:coder;s=Coder",
        "states": {"0": "off", "1": "starting", "2": "idle", "3": "printing"},
        "state_node": node("State"),
        "job_node": node("Job"),
        "error_node": node("Error"),
        "identity_node": node("Serial"),
        "start_method": node("Start"),
        "stop_method": node("Stop"),
        "queue_method": node("Queue"),
        "clear_method": node("Clear"),
        "queued_node": node("Queued"),
        "last_printed_node": node("Last"),
        "count_node": node("Count"),
        "depth": 32,
        "poll_s": 0.02,
    }
    return (
        wire,
        settings,
        lambda device: print_some(device, lambda: coder.product_trigger(now())),
    )


async def zebra_zpl(host):
    printer = ZplPrinter(Timers())

    async def serve(stream):
        session = printer.session()
        while data := await stream.receive():
            if reply := session.feed(data, now()):
                await stream.send(reply)

    wire = await host.stream("labels", serve)

    async def exercise(device):
        await device.status_of_printer()
        await device.print_label(Label(template="case", fields=CASE))
        await device.print_test("TEST 0001")
        await device.cancel_all()

    return wire, {}, exercise


CASE = {
    "code": "003690123400000000",
    "product": "P",
    "batch": "B",
    "number": "1",
}


async def a_reader(host, reader, settings, *, triggers, aim="]d2"):
    """A reader that is shown some codes, and looks when it is told to."""
    wire = await host.stream("reader", reader.serve)

    async def exercise(device):
        await asyncio.sleep(0.1)
        for text in CODES:
            reading = asyncio.create_task(device.read())
            await asyncio.sleep(0.7)
            reader.read(text, aim=aim)
            await reading
        if triggers:
            reader.scene = CODES[0]
            await device.trigger()
            await device.read()

    return wire, settings, exercise


async def text_reader(host):
    given = {"no_read": "NOREAD"}
    return await a_reader(host, TextReader(LABEL_FORMAT), given, triggers=False)


async def dataman(host):
    return await a_reader(host, DataManReader(), {"no_read": "NOREAD"}, triggers=True)


async def keyence_sr(host):
    return await a_reader(host, KeyenceReader(), {}, triggers=True)


async def sick_cola(host):
    return await a_reader(host, SickReader(), {"trigger_ms": 500}, triggers=True)


async def ssi(host):
    given = {"wakeup": False, "trigger_ms": 500}
    return await a_reader(host, SsiDevice(), given, triggers=True)


async def handheld(host):
    return await a_reader(host, HandheldScanner(), {}, triggers=False)


def plc_bank():
    plc = Plc(gate_mm=500, window_mm=20)

    class Bank:
        def read(self, address, count):
            return plc.read(address, count, now(), 1234.0, 480.0)

        def write(self, address, values):
            plc.write(address, values, now())

    return plc, Bank()


async def pass_one(device, plc):
    """A bottle from trigger to gate."""
    await device.beat(LineCommand(run=True, stop=False, beacon=4))
    item = plc.trigger(0.0)
    await device.poll()
    await device.write_verdicts({item: Verdict.PASS})
    plc.gate(500.0, now())
    await asyncio.sleep(0.1)
    await device.poll()
    await device.force("beacon_red", True)
    await device.beat(LineCommand(run=False, stop=False, beacon=4))
    await device.release()


async def line_io(host):
    plc, bank = plc_bank()
    wire = await host.registers("plc", bank)
    return wire, {}, lambda device: pass_one(device, plc)


async def opcua_line_io(host):
    plc, bank = plc_bank()
    nodes = PlcNodes(bank)
    wire = await host.nodes("plc", nodes.table)
    settings = {"object": nodes.table.owner}
    return wire, settings, lambda device: pass_one(device, plc)


async def remote_io(host):
    began = now()
    box = RemoteBox(BRANDS["moxa_e1212"](), sees_ahead_mm=40)
    bank = BoxBank(box, lambda: (now(), 0.1 * (now() - began)))
    wire = await host.registers("box", bank)
    settings = {
        "map": "moxa_e1212",
        "gate_mm": 400,
        "reject_mm": 40,
        "window_mm": 20,
        "min_pitch_mm": 50,
        "mm_per_count": 1,
        "poll_ms": 20,
        "watchdog_proven": "in a test",
    }

    async def exercise(device):
        for _ in range(10):
            await device.beat(LineCommand(run=True, stop=False, beacon=4))
            await device.poll()
            await asyncio.sleep(0.1)

    return wire, settings, exercise


# kind -> exercise
KINDS = {
    exercise.__name__: exercise
    for exercise in (
        leibinger_jet,
        domino_codenet,
        videojet_wsi,
        hitachi_modbus,
        videojet_zipher,
        hitachi_serial,
        text_printer,
        opcua_coder,
        zebra_zpl,
        text_reader,
        dataman,
        keyence_sr,
        sick_cola,
        ssi,
        handheld,
        line_io,
        opcua_line_io,
        remote_io,
    )
}
# kind -> why it has no conversation to play back
WITHOUT = {
    "opencv_camera": "takes pictures out of a folder: no bytes go over a wire",
    "opencv_stream": "its pictures are not recorded: no bytes to play back",
    "pylon_camera": "its pictures are not recorded: no bytes to play back",
    "keyboard_wedge": "hears keys of the machine's own input device, not a wire",
}


async def record(kind, exercise_of, *, cut=False):
    """A capture of the exercised kind, and the readings it ended with."""
    network = MemoryNetwork()
    host = MemoryHost(network)
    wire, more, exercise = await exercise_of(host)
    settings = TypeAdapter(DeviceSettings).validate_python(
        {"kind": kind, "address": wire.address, **more}
    )
    device = open_device("dev", settings, Around(dialer=network, rng=random.Random(5)))
    header = header_of(device.tap, settings, at_ms=0, at_s=now())
    lines = []
    stop = device.tap.listen(lambda entry: lines.append(line_of(entry)))
    running = asyncio.create_task(device.run())
    async with asyncio.timeout(60):
        await device.link.wait_ready()
        await exercise(device)
    if cut:
        wire.cut()
        await asyncio.sleep(10)
        # A device that is only asked notices with the first question.
        with suppress(LinkDown):
            await exercise(device)
        await asyncio.sleep(10)
        await exercise(device)
    stop()
    header = header.model_copy(update={"drawn": tuple(device.tap.drawn)})
    readings = {each.name: each.value for each in device.readings()}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await host.close()
    return Capture(header=header, lines=lines), readings


@pytest.fixture
def recorded(virtual):
    return lambda kind, **how: virtual(record(kind, KINDS[kind], **how))


def test_every_kind_is_here_or_says_why_not():
    assert set(KINDS) | set(WITHOUT) == set(models())
    assert not set(KINDS) & set(WITHOUT)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_a_recording_yields_the_same_facts(recorded, tmp_path, kind, cut):
    made, readings = recorded(kind, cut=cut)
    path = tmp_path / "recording.jsonl"
    capture.write(path, made.header, made.lines)
    again = capture.read(path)
    assert again == made
    result = replay(again, settings_of(again))
    assert result.mismatch is None, result.mismatch
    assert [fact for fact in result.facts if not fact.is_same] == []
    outcomes = [e for e in made.lines if isinstance(e, OutcomeLine)]
    assert len(result.facts) == len(outcomes) > 0
    assert {each.name: each.value for each in result.readings} == readings


@pytest.mark.parametrize("kind", KINDS)
def test_another_byte_is_found_where_it_stands(recorded, kind):
    made, _ = recorded(kind)
    lines = list(made.lines)
    sent = [
        n
        for n, e in enumerate(lines)
        if isinstance(e, FrameLine) and e.direction == "sent"
    ]
    if not sent:
        pytest.skip(f"a {kind} is sent nothing")
    changed = sent[-1]
    data = bytearray.fromhex(lines[changed].hex)
    data[-1] ^= 1
    lines[changed] = lines[changed].model_copy(update={"hex": data.hex()})
    result = replay(replace(made, lines=lines), settings_of(made))
    assert result.mismatch is not None
    assert result.mismatch.position == changed + 1
    assert not result.is_true


@pytest.mark.parametrize("kind", KINDS)
def test_no_code_is_left_in_a_redacted_recording(recorded, kind):
    made, _ = recorded(kind)
    done = "".join(e.model_dump_json() for e in Redactor(b"k").redacted(made.lines))
    plain = "".join(e.model_dump_json() for e in made.lines)
    for code in (CODES[1], CASE["code"]):
        assert code not in done
        for encoding in ("ascii", "utf-16-be", "utf-32-be"):
            assert code.encode(encoding).hex() not in done
    assert len(done) == len(plain)
