"""Acts at devices: what they do, who may, when they are refused, and that a forced
output is released whatever happens."""

import asyncio
import uuid
from contextlib import aclosing

import numpy as np
import pytest

from agent.api.trial_models import ForceRequest, LoopBackRequest, TrialRequest
from agent.client import AgentRefused
from agent.diagnostics import trials as trials_module
from agent.diagnostics.looking import ask_all
from agent.vision.symbology import Symbology
from drivers.base import Beacon
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render
from simulators.io.line_io import Register

BEACON = Register.BEACON


def act(model=TrialRequest, **more):
    fields = {"by": "李工", "reason": "调试", "role": "supervisor"}
    return model(**fields, act_id=uuid.uuid4().hex, **more)


def force(output="beacon_red", value=True, for_s=10.0):
    return act(ForceRequest, output=output, value=value, for_s=for_s)


def noted(line):
    rows = line.agent.reader.journal_after(0, 1000)
    return [row.fact() for row in rows if row.kind == "ActDone"]


def beacon_of(line):
    return line.plant.world.plc._registers[BEACON]


@pytest.mark.parametrize("name", ["plc", "jet", "case_labels"])
async def test_a_loop_back_asks_so_often_and_says_how_long(line, name):
    answer = await line.client.devices.loop_back(name, act(LoopBackRequest, times=3))
    assert len(answer.took_ms) == 3
    assert not answer.error
    assert noted(line)[-1].act == "loop_back"
    assert noted(line)[-1].by == "李工"


async def test_a_loop_back_tells_where_it_ended(line):
    line.plant.wires["printer"].refuse(on=True)
    line.plant.wires["printer"].cut()
    answer = await line.client.devices.loop_back("jet", act(LoopBackRequest, times=3))
    assert answer.took_ms == ()
    assert answer.error


async def test_a_reader_that_only_sends_has_no_loop_back(line):
    with pytest.raises(AgentRefused, match="only sends"):
        await line.client.devices.loop_back("case_reader", act(LoopBackRequest))


async def test_only_a_supervisor_with_a_reason(line):
    body = act().model_dump()
    for wrong in ({"role": "operator"}, {"reason": "  "}, {"role": None}):
        reply = await line.client._socket._http.post(
            "/v1/devices/jet/test-print", json=body | wrong
        )
        assert reply.status_code == 422
    assert noted(line) == []


async def test_a_label_is_printed(line):
    labels = line.plant.label_printers
    printed = []
    for printer in labels.values():
        printer.on_label = printed.append
    answer = await line.client.devices.test_print("case_labels", act())
    assert answer.done
    assert len(printed) == 1


async def test_the_next_bottle_is_marked_and_the_printer_left_empty(line):
    jet = line.plant.printer
    asking = asyncio.create_task(line.client.devices.test_print("jet", act()))
    await line.until(lambda: "TEST 0001" in jet.received)
    jet.belt_mm_s = 480
    assert jet.product_trigger(asyncio.get_running_loop().time()) == "TEST 0001"
    answer = await asking
    assert answer.done
    progress = await line.agent.devices.line.printer.progress()
    assert progress.queued == 0


async def test_no_mark_where_nothing_passes(line, monkeypatch):
    monkeypatch.setattr(trials_module, "PASS_S", 0.3)
    answer = await line.client.devices.test_print("jet", act())
    assert not answer.done
    assert (await line.agent.devices.line.printer.progress()).queued == 0


async def test_a_read_shows_what_is_held_before_the_reader(line):
    asking = asyncio.create_task(line.client.devices.read("case_reader", act()))
    await line.until(lambda: noted(line))
    reader = next(iter(line.plant.label_readers.values()))
    while not asking.done():
        reader.read("12345678")
        await asyncio.sleep(0.02)
    answer = await asking
    assert answer.text == "12345678"
    assert not answer.triggered


async def test_a_read_that_does_not_come_is_said(line, monkeypatch):
    monkeypatch.setattr(trials_module, "READ_S", 0.1)
    with pytest.raises(AgentRefused, match="nothing came"):
        await line.client.devices.read("case_reader", act())


def test_every_decoder_answers_for_itself():
    mark = PrintedMark(symbology=Symbology.QR, text="HELLO-0123456789")
    image = render(mark, np.random.default_rng(1), Defects())
    answers = {each.decoder: each.codes for each in ask_all(image)}
    assert answers == {
        "zxing-cpp": ("HELLO-0123456789",),
        "zbar": ("HELLO-0123456789",),
    }
    blank = np.full((200, 200), 255, np.uint8)
    assert [each.codes for each in ask_all(blank)] == [(), ()]


async def test_inputs_and_outputs_by_name(line):
    await line.until(line.agent.devices.line.io.inputs)
    points = await line.client.devices.points("plc")
    assert points.inputs["air_ok"] is True
    assert points.inputs["items_at_trigger"] == 0
    assert points.may_force
    assert set(points.outputs) >= {"run", "stop", "beacon_red", "beacon_buzzer"}
    with pytest.raises(AgentRefused, match="no inputs and outputs"):
        await line.client.devices.points("jet")


async def test_a_forced_output_is_released_when_its_time_is_over(line):
    lines = []
    async for each in line.client.devices.force("plc", force(for_s=0.5)):
        lines.append(each)
        if len(lines) == 1:
            await line.until(lambda: beacon_of(line) & Beacon.RED)
            points = await line.client.devices.points("plc")
            assert points.outputs["beacon_red"].forced
    assert "time is up" in lines[-1].ended
    await line.until(lambda: not beacon_of(line) & Beacon.RED)
    assert noted(line)[-1].subject == "plc: beacon_red on for 0.5 s"


async def test_a_forced_output_is_released_when_the_listener_goes_away(line):
    async with aclosing(line.client.devices.force("plc", force(for_s=60))) as lines:
        await anext(lines)
        await line.until(lambda: beacon_of(line) & Beacon.RED)
    await line.until(lambda: not beacon_of(line) & Beacon.RED)
    points = await line.client.devices.points("plc")
    assert not points.outputs["beacon_red"].forced


async def test_a_forced_output_is_released_when_an_order_starts(line, monkeypatch):
    lines = line.client.devices.force("plc", force(for_s=60))
    await anext(lines)
    await line.until(lambda: beacon_of(line) & Beacon.RED)
    monkeypatch.setattr(type(line.agent.line), "is_free", False)
    rest = [each async for each in lines]
    assert "an order starts" in rest[-1].ended
    await line.until(lambda: not beacon_of(line) & Beacon.RED)


async def test_one_output_a_device_and_one_effect_an_act(line):
    first = force(for_s=60)
    async with aclosing(line.client.devices.force("plc", first)) as lines:
        await anext(lines)
        with pytest.raises(AgentRefused, match="is forced already"):
            await anext(line.client.devices.force("plc", force("beacon_green")))
        with pytest.raises(AgentRefused, match="done already"):
            await anext(line.client.devices.force("plc", first))
    with pytest.raises(AgentRefused, match="has no 'red'"):
        await anext(line.client.devices.force("plc", force("red")))
    with pytest.raises(AgentRefused, match="no inputs and outputs"):
        await anext(line.client.devices.force("jet", force()))


async def test_nothing_is_disturbed_while_an_order_runs(line, monkeypatch):
    monkeypatch.setattr(type(line.agent.line), "is_free", False)
    devices = line.client.devices
    for refused in (
        devices.test_print("case_labels", act()),
        devices.read("case_reader", act()),
        anext(devices.force("plc", force())),
    ):
        with pytest.raises(AgentRefused, match="while an order runs"):
            await refused
    assert noted(line) == []
    answer = await devices.loop_back("plc", act(LoopBackRequest, times=1))
    assert len(answer.took_ms) == 1


async def test_the_commands(line):
    who = ("--reason", "调试", "--role", "supervisor", "--by", "李工")
    done = await line.cli("diag", "loopback", "plc", *who, "--times", 2)
    assert (done.exit_code, "2/2" in done.stdout) == (0, True)
    done = await line.cli("diag", "test-print", "case_labels", *who)
    assert done.exit_code == 0, done.stderr
    done = await line.cli(
        "diag", "force", "plc", "beacon_red", "on", *who, "--for", 0.5
    )
    assert done.exit_code == 0, done.stderr
    assert "time is up" in done.stdout.splitlines()[-1]
    done = await line.cli("diag", "io", "plc")
    assert "beacon_red" in done.stdout
    done = await line.cli("diag", "loopback", "plc", "--reason", "x")
    assert (done.exit_code, "--role" in done.stderr) == (2, True)
    done = await line.cli("diag", "force", "plc", "beacon_red", "maybe", *who)
    assert done.exit_code == 2
