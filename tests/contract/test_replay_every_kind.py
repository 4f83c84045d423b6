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
from simulators.printers.domino_codenet import CodenetPrinter
from simulators.printers.leibinger_jet import JetPlan, JetPrinter
from simulators.printers.text_printer import TextPrinter, TextPrinterPlan
from simulators.printers.videojet_wsi import WsiPrinter
from simulators.printers.videojet_zipher import ZipherPrinter
from simulators.printers.zebra_zpl import ZplPrinter
from simulators.readers.text_reader import LABEL_FORMAT, TextReader

CODES = ("010690123456789221AB\x1d17300101", "010690123456789221CD")


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
        await device.cancel_all()

    return wire, {}, exercise


CASE = {
    "code": "003690123400000000",
    "product": "P",
    "batch": "B",
    "number": "1",
}


async def text_reader(host):
    reader = TextReader(LABEL_FORMAT)
    wire = await host.stream("reader", reader.serve)

    async def exercise(device):
        for text in (*CODES, None):
            reading = asyncio.create_task(device.read())
            await asyncio.sleep(0.1)
            reader.read(text)
            await reading

    return wire, {"no_read": "NOREAD"}, exercise


async def line_io(host):
    plc = Plc(gate_mm=500, window_mm=20)

    class Bank:
        def read(self, address, count):
            return plc.read(address, count, now(), 1234.0, 480.0)

        def write(self, address, values):
            plc.write(address, values, now())

    wire = await host.registers("plc", Bank())

    async def exercise(device):
        await device.beat(LineCommand(run=True, stop=False, beacon=4))
        plc.trigger(0.0)
        await device.poll()
        await device.write_verdicts({1: Verdict.PASS})
        plc.gate(500.0, now())
        await asyncio.sleep(0.1)
        await device.poll()

    return wire, {}, exercise


async def domino_codenet(host):
    printer = CodenetPrinter()
    wire = await host.stream("domino", face(printer.session, now))
    return (
        wire,
        {"label": "NOICE KM 200ML", "group_separator": "\x1d"},
        lambda device: print_some(device, lambda: printer.product_trigger(now())),
    )


async def videojet_wsi(host):
    printer = WsiPrinter()
    wire = await host.stream("videojet", face(printer.session, now))
    # Its field cannot hold a group separator.
    return (
        wire,
        {"field": "CODE", "message": "BEER 500ML"},
        lambda device: print_some(
            device, lambda: printer.product_trigger(now()), CODES[1:]
        ),
    )


async def videojet_zipher(host):
    printer = ZipherPrinter()
    wire = await host.stream("zipher", face(printer.session, now))
    return (
        wire,
        {"field": "CODE"},
        lambda device: print_some(device, lambda: printer.product_trigger(now())),
    )


async def text_printer(host):
    printer = TextPrinter(TextPrinterPlan(dialect="keyence"))
    wire = await host.stream("coder", face(printer.session, now))
    # Its table forbids a group separator.
    return (
        wire,
        {"table": "builtin:keyence_mkg", "poll_s": 0.07},
        lambda device: print_some(
            device, lambda: printer.product_trigger(now()), CODES[1:]
        ),
    )


# kind -> exercise
KINDS = {
    "leibinger_jet": leibinger_jet,
    "zebra_zpl": zebra_zpl,
    "text_reader": text_reader,
    "line_io": line_io,
    "domino_codenet": domino_codenet,
    "videojet_wsi": videojet_wsi,
    "videojet_zipher": videojet_zipher,
    "text_printer": text_printer,
}
# kind -> why it has no conversation to play back
WITHOUT = {
    "opencv_camera": "takes pictures out of a folder: no bytes go over a wire",
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
    running = asyncio.create_task(device.run())
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
    header = header_of(device.tap, settings, at_ms=0, at_s=now())
    lines = [line_of(entry) for entry in device.tap.entries()]
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
        for shown in (code, code.encode().hex(), code.encode("utf-16-be").hex()):
            assert shown not in done
    assert len(done) == len(plain)
