"""The OPC UA coder driver against the simulated coder, in memory and on a server."""

import asyncio
import random

import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.around import Around
from drivers.base import (
    Confirmation,
    LinkState,
    PrinterState,
    PrintRecord,
    RecordState,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.registry import open_printer
from drivers.settings import DeviceSettings
from drivers.transports.nodes import NodeType
from simulators.printers.opcua_coder import CoderPlan, OpcUaCoder

KIND = "opcua_coder"
TRANSPORTS = {"tcp": "opcua"}
STATES = {
    "0": "off",
    "1": "starting",
    "2": "idle",
    "3": "printing",
    "4": "fault",
}


def node(name):
    return f"nsu=urn:line-sim:coder;s=Coder.{name}"


COMMON = {
    "kind": KIND,
    "state_node": node("State"),
    "states": STATES,
    "job_node": node("Job"),
    "error_node": node("Error"),
    "identity_node": node("Serial"),
    "object": "nsu=urn:line-sim:coder;s=Coder",
    "start_method": node("Start"),
    "stop_method": node("Stop"),
    "poll_s": 0.005,
}
LIVE = {"text_node": node("Text"), "count_node": node("Count")}
QUEUE = {
    "queue_method": node("Queue"),
    "clear_method": node("Clear"),
    "queued_node": node("Queued"),
    "last_printed_node": node("Last"),
    "count_node": node("Count"),
    "depth": 32,
}


def records(first, count, text="CODE-{}"):
    return [
        PrintRecord(number=n, text=text.format(n)) for n in range(first, first + count)
    ]


def now():
    return asyncio.get_running_loop().time()


def settings_of(address, coder, **settings):
    ways = QUEUE if coder.plan.queues else LIVE
    given = {**COMMON, **ways, "address": address, **settings}
    return TypeAdapter(DeviceSettings).validate_python(
        {key: value for key, value in given.items() if value is not None}
    )


def driver_for(wires, address, coder, **settings):
    patient = {
        "reply_timeout_s": wires.patience_s(0.5),
        "settle_timeout_s": wires.patience_s(0.2),
    }
    return open_printer(
        "coder",
        settings_of(address, coder, **patient | settings),
        Around(dialer=wires.dialer, rng=random.Random(3)),
    )


async def until(is_so):
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def ready_to_print(driver):
    await driver.stop()
    await driver.clear()
    await driver.progress()
    await driver.start()


@pytest.fixture
async def live(net_wires, running):
    """A coder that prints one text, and a running driver."""
    coder = OpcUaCoder(now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    async with running(driver_for(net_wires, address, coder)) as driver:
        yield coder, driver


@pytest.fixture
async def queueing(net_wires, running):
    """A coder with a queue, and a running driver."""
    coder = OpcUaCoder(CoderPlan(queues=True), now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    async with running(driver_for(net_wires, address, coder)) as driver:
        yield coder, driver


async def print_all(coder, driver, texts):
    """Trigger whenever the next text is there; what was printed."""
    printed = []
    for text in texts:
        await until(lambda t=text: coder.text == t)
        printed.append(coder.product_trigger(now()))
    return printed


# One text at a time.


async def test_a_run(live):
    coder, driver = live
    assert driver.confirmation is Confirmation.COUNTER
    assert await driver.job() == "BEER 500ML"
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    await ready_to_print(driver)
    assert (await driver.status_of_printer()).state is PrinterState.PRINTING
    # Before the first code what passes gets none.
    assert coder.product_trigger(now()) is None
    await driver.queue(records(1, 20))
    texts = [f"CODE-{n}" for n in range(1, 21)]
    assert await print_all(coder, driver, texts) == texts
    # After the last one too; the count has wrapped over 65,535 meanwhile.
    await until(lambda: coder.text == " ")
    assert coder.product_trigger(now()) is None
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.doubt) == (20, 0, "")
    assert progress.state_of(20) is RecordState.PRINTED
    await driver.stop()
    assert (await driver.status_of_printer()).state is PrinterState.IDLE
    codes = [text for text in coder.received if text.strip()]
    assert codes == texts  # each once


async def test_what_is_known_of_each_record(live):
    coder, driver = live
    await ready_to_print(driver)
    await driver.queue(records(1, 3))
    progress = await driver.progress()
    assert [progress.state_of(n) for n in (1, 2, 3)] == [
        RecordState.ACCEPTED,
        RecordState.SENT,
        RecordState.SENT,
    ]
    assert (progress.sent, progress.accepted, progress.queued) == (1, 1, 3)
    coder.product_trigger(now())
    await until(lambda: coder.text == "CODE-2")
    await until(lambda: driver._feed.ledger.accepted == 2)
    progress = await driver.progress()
    assert progress.state_of(1) is RecordState.PRINTED
    assert progress.state_of(2) is RecordState.ACCEPTED


async def test_codes_arrive_as_they_are(live):
    coder, driver = live
    texts = ["(01)0690\x1d21X", '"\\<>&;ns=3', "码1", "café"]
    await ready_to_print(driver)
    await driver.queue(
        [PrintRecord(number=n, text=text) for n, text in enumerate(texts, 1)]
    )
    assert await print_all(coder, driver, texts) == texts


async def test_gs_is_sent_as_settings_say(net_wires, running):
    coder = OpcUaCoder(now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    code = [PrintRecord(number=1, text="01\x1d21")]
    async with running(
        driver_for(net_wires, address, coder, group_separator="~1")
    ) as driver:
        await ready_to_print(driver)
        await driver.queue(code)
        assert coder.text == "01~121"
    async with running(
        driver_for(net_wires, address, coder, group_separator="")
    ) as driver:
        await ready_to_print(driver)
        with pytest.raises(MisuseError, match="GS"):
            await driver.queue(code)
    assert coder.received.count("01~121") == 1


async def test_a_code_that_cannot_be_printed_never_leaves(live):
    coder, driver = live
    await ready_to_print(driver)
    bad = [*records(1, 1), PrintRecord(number=2, text="A\rB")]
    with pytest.raises(MisuseError, match=r"'\\r' at position 1"):
        await driver.queue(bad)
    assert {text.strip() for text in coder.received} == {""}


async def test_nothing_is_queued_before_a_clear_or_after_a_stop(live):
    coder, driver = live
    with pytest.raises(LinkDown, match="not cleared"):
        await driver.queue(records(1, 1))
    await ready_to_print(driver)
    await driver.queue(records(1, 2))
    await driver.stop()
    with pytest.raises(LinkDown, match="stopped"):
        await driver.queue(records(3, 1))
    assert (await driver.progress()).state_of(1) is RecordState.UNKNOWN
    await driver.clear()
    assert coder.text == " "


async def test_a_command_node_does_as_well_as_methods(net_wires, running):
    coder = OpcUaCoder(now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    by_node = {
        "start_method": None,
        "stop_method": None,
        "object": None,
        "command_node": node("Command"),
        "start_value": 1,
        "stop_value": 2,
    }
    async with running(driver_for(net_wires, address, coder, **by_node)) as driver:
        await driver.start()
        assert (await driver.status_of_printer()).state is PrinterState.PRINTING
        await driver.stop()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE


async def test_a_coder_that_cannot_be_told_must_be_printing(net_wires, running):
    coder = OpcUaCoder(now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    none = {"start_method": None, "stop_method": None, "settle_timeout_s": 0.2}
    async with running(driver_for(net_wires, address, coder, **none)) as driver:
        with pytest.raises(DeviceFault, match="start it at the coder"):
            await driver.start()
        coder.state = 3
        await driver.start()
        await driver.stop()
        assert coder.state == 3


async def test_a_state_settings_do_not_know_is_a_fault(live):
    coder, driver = live
    coder.state, coder.error = 17, 42
    status = await driver.status_of_printer()
    assert (status.state, status.error) == (PrinterState.FAULT, 42)
    assert "state 17 is not among states" in status.detail


async def test_who_it_is(live):
    _, driver = live
    assert str(driver.identity) == "SIM-0042"
    readings = {reading.name for reading in driver.readings()}
    assert {"records in printer", "records ahead", "prints seen"} <= readings


@pytest.mark.parametrize("kind", [NodeType.UINT32, NodeType.INT32])
async def test_counts_of_any_width_wrap(net_wires, running, kind):
    top = (1 << 32) - 2 if kind is NodeType.UINT32 else (1 << 31) - 2
    coder = OpcUaCoder(CoderPlan(count=top, count_type=kind), now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    texts = [f"CODE-{n}" for n in range(1, 6)]
    async with running(driver_for(net_wires, address, coder)) as driver:
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        assert await print_all(coder, driver, texts) == texts
        await until(lambda: driver._feed.ledger.printed == 5)
        assert not driver._feed.ledger.doubt


def test_a_subscription_wakes_up_early(virtual, memory_wires, running):
    """With a look each second only, the next code is there within the interval."""

    async def story():
        wires = memory_wires()
        coder = OpcUaCoder(now_s=now)
        address = await wires.serve_nodes(coder.table)
        driver = driver_for(wires, address, coder, poll_s=1, publish_s=0.02)
        async with running(driver):
            await ready_to_print(driver)
            await driver.queue(records(1, 10))
            for number in range(1, 11):
                assert coder.product_trigger(now()) == f"CODE-{number}"
                await asyncio.sleep(0.05)
            assert (await driver.progress()).doubt == ""
        return driver.status().link

    assert virtual(story()) is LinkState.CLOSED


# A queue of numbered records.


async def test_a_queue_of_numbered_records(queueing):
    coder, driver = queueing
    assert driver.confirmation is Confirmation.NUMBERED
    await ready_to_print(driver)
    await driver.queue(records(1, 40))
    await until(lambda: coder.queued == 32)
    printed = []
    for _ in range(40):
        await until(lambda: coder.queued)
        printed.append(coder.product_trigger(now()))
    texts = [f"CODE-{n}" for n in range(1, 41)]
    assert printed == texts
    await until(lambda: driver._feed.ledger.printed == 40)
    progress = await driver.progress()
    assert (progress.last_started, progress.queued, progress.doubt) == (40, 0, "")
    assert coder.received == texts


async def test_a_second_load_is_numbered_above_the_first(queueing):
    coder, driver = queueing
    for load in range(3):
        await ready_to_print(driver)
        await driver.queue(records(1, 3, text=f"L{load}-{{}}"))
        await until(lambda: coder.queued == 3)
        assert coder.product_trigger(now()) == f"L{load}-1"
        await until(lambda: driver._feed.ledger.printed == 1)
        assert (await driver.progress()).last_started == 1
    assert (await driver.progress()).doubt == ""


async def test_a_clear_that_clears_nothing_is_seen(net_wires, running):
    coder = OpcUaCoder(CoderPlan(queues=True), now_s=now)
    address = await net_wires.serve_nodes(coder.table)
    driver = driver_for(net_wires, address, coder, settle_timeout_s=0.2)
    async with running(driver):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        coder.keeps_queue = True
        with pytest.raises(DeviceFault, match="keeps 3 records after a clear"):
            await driver.clear()
        with pytest.raises(LinkDown, match="not cleared"):
            await driver.queue(records(4, 1))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text_node": None, "count_node": None}, "text_node or queue_method"),
        (QUEUE, "not both"),
        ({"count_node": None}, "needs count_node"),
        ({"text_node": None, "queue_method": node("Q")}, "needs clear_method"),
        ({"queued_node": node("Q")}, "need queue_method"),
        ({"stop_method": None}, "come together"),
        ({"command_node": node("C")}, "not both"),
        ({"object": None}, "methods need object"),
        ({"identity_node": None, "identity": "X"}, "identity needs"),
        ({"states": {}}, "at least 1"),
        ({"states": {"1": "humming"}}, "'off', 'starting'"),
        ({"text_node": "ns=2;s=Text"}, "its index changes"),
    ],
)
def test_settings_that_cannot_be(given, said):
    with pytest.raises(ValidationError, match=said):
        settings_of("opc.tcp://c:4840", OpcUaCoder(now_s=lambda: 0), **given)
