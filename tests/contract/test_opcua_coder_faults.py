"""What goes wrong between the agent and a coder behind an OPC UA server."""

import asyncio
import random
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LinkState, PrinterState, PrintRecord, RecordState
from drivers.errors import DeviceFault, DriverError, LinkDown
from drivers.registry import open_printer
from drivers.settings import DeviceSettings
from drivers.transports.nodes import NodeType
from simulators.printers.opcua_coder import CoderPlan, OpcUaCoder
from simulators.world.faults import PowerCycle, Slip

KIND = "opcua_coder"
LIVE = {"text_node": "Text", "count_node": "Count"}
QUEUE = {
    "queue_method": "Queue",
    "clear_method": "Clear",
    "queued_node": "Queued",
    "last_printed_node": "Last",
    "count_node": "Count",
}
COMMON = {
    "state_node": "State",
    "job_node": "Job",
    "identity_node": "Serial",
    "start_method": "Start",
    "stop_method": "Stop",
}


def now():
    return asyncio.get_running_loop().time()


def records(first, count):
    return [
        PrintRecord(number=n, text=f"CODE-{n}") for n in range(first, first + count)
    ]


def driver_for(wires, address, coder, **settings):
    names = COMMON | (QUEUE if coder.plan.queues else LIVE)
    nodes = {key: coder.table.id_of(name) for key, name in names.items()}
    model = {
        "kind": KIND,
        "address": address,
        "states": {"2": "idle", "3": "printing", "4": "fault"},
        "object": coder.table.owner,
        "reply_timeout_s": wires.patience_s(0.3),
        "settle_timeout_s": wires.patience_s(0.2),
        "poll_s": 0.02,
        "depth": 32,
        **nodes,
        **settings,
    }
    return open_printer(
        "coder",
        TypeAdapter(DeviceSettings).validate_python(model),
        Around(dialer=wires.dialer, rng=random.Random(3)),
    )


@pytest.fixture
def story(virtual, memory_wires, running):
    """Runs a story of a coder and its driver in memory, on virtual time."""

    def run(tell, *, plan=None, ready=True, **settings):
        async def told():
            wires = memory_wires()
            coder = OpcUaCoder(plan, now_s=now)
            address = await wires.serve_nodes(coder.table)
            driver = driver_for(wires, address, coder, **settings)
            async with running(driver, ready=ready):
                await tell(coder, driver, wires.last)

        virtual(told())

    return run


async def ready_to_print(driver):
    await driver.stop()
    await driver.clear()
    await driver.start()


def codes(coder):
    return [text for text in coder.received if text.strip()]


def assert_each_once(coder):
    """Promise 1: a code goes to a printer at most once."""
    assert len(codes(coder)) == len(set(codes(coder)))


@pytest.mark.fault("F20")
@pytest.mark.parametrize("mode", list(PowerCycle))
@pytest.mark.parametrize("queues", [False, True])
def test_power_goes_and_comes_back(story, mode, queues):
    async def tell(coder, driver, wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        await asyncio.sleep(0.1)
        assert coder.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(0.1)
        coder.power_cycle(now(), mode, 1.0)
        wire.cut()
        await asyncio.sleep(8)
        assert driver.status().link is LinkState.READY
        progress = await driver.progress()
        assert progress.doubt
        assert progress.state_of(1) is RecordState.PRINTED
        assert {progress.state_of(n) for n in range(2, 6)} == {RecordState.UNKNOWN}
        with pytest.raises(LinkDown):
            await driver.queue(records(6, 1))
        await ready_to_print(driver)
        assert coder.queued == 0
        await driver.queue(records(6, 1))
        await asyncio.sleep(0.1)
        printed = coder.product_trigger(now())
        # What sits in its head no command clears: the camera sees it.
        assert printed == ("CODE-1" if mode is PowerCycle.LAST_AGAIN else "CODE-6")
        assert_each_once(coder)

    story(tell, plan=CoderPlan(queues=queues))


@pytest.mark.fault("F20")
def test_a_restart_nobody_saw_on_the_wire_shows_in_the_count(story):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        for _ in range(3):
            coder.product_trigger(now())
            await asyncio.sleep(0.1)
        await driver.queue(records(4, 3))
        coder.count = 0
        await asyncio.sleep(0.1)
        assert "print count went back" in (await driver.progress()).doubt
        assert coder.product_trigger(now()) is None
        assert codes(coder) == [f"CODE-{n}" for n in range(1, 5)]

    story(tell, plan=CoderPlan(count=100, count_type=NodeType.UINT32))


@pytest.mark.fault("F21")
def test_two_products_in_one_look_are_a_doubt_and_the_code_goes_away(story):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 5))
        assert coder.product_trigger(now()) == "CODE-1"
        assert coder.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(0.2)
        progress = await driver.progress()
        assert "1 more than it was given" in progress.doubt
        assert coder.product_trigger(now()) is None
        assert codes(coder) == ["CODE-1"]
        with pytest.raises(LinkDown, match="more than it was given"):
            await driver.queue(records(6, 1))

    story(tell)


@pytest.mark.fault("F21")
def test_a_queue_that_prints_a_record_again_is_told_by_its_count(story):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 10))
        coder.product_trigger(now())
        coder.slip(Slip.REPEAT)
        assert coder.product_trigger(now()) == "CODE-1"
        await asyncio.sleep(10)
        assert "a code twice" in (await driver.progress()).doubt
        assert_each_once(coder)

    story(tell, plan=CoderPlan(queues=True))


@pytest.mark.fault("F21")
def test_a_foreign_number_is_a_doubt(story):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        coder.last_number = 900
        await asyncio.sleep(0.2)
        assert "none of ours" in (await driver.progress()).doubt

    story(tell, plan=CoderPlan(queues=True))


@pytest.mark.parametrize("queues", [False, True])
def test_a_code_that_is_refused_is_never_sent_again(story, queues):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        coder.refuses = "BadOutOfRange"
        with pytest.raises(DeviceFault, match="BadOutOfRange"):
            await driver.queue(records(1, 3))
        await asyncio.sleep(2)
        assert driver.status().link is LinkState.READY
        progress = await driver.progress()
        assert progress.state_of(1) is RecordState.UNKNOWN
        assert codes(coder) == ["CODE-1"]
        with pytest.raises(LinkDown):
            await driver.queue(records(4, 1))

    story(tell, plan=CoderPlan(queues=queues))


@pytest.mark.fault("F22")
def test_a_text_cut_short_is_found_out(story):
    async def tell(coder, driver, _wire):
        await ready_to_print(driver)
        coder.mangles = True
        with pytest.raises(DeviceFault, match="shows 'CODE-' where 'CODE-1' was"):
            await driver.queue(records(1, 2))
        coder.mangles = False
        await asyncio.sleep(0.2)
        # What nobody ordered does not stay where products pass.
        assert coder.product_trigger(now()) is None
        assert codes(coder) == ["CODE-1"]

    story(tell)


@pytest.mark.fault("F26")
def test_orders_that_change_nothing_are_seen(story):
    async def tell(coder, driver, _wire):
        coder.ignores_orders = True
        with pytest.raises(DeviceFault, match="does not start: state 2"):
            await driver.start()
        coder.state = 3
        with pytest.raises(DeviceFault, match="does not stop: state 3"):
            await driver.stop()

    story(tell)


@pytest.mark.fault("F26")
def test_the_job_is_the_one_it_shows_now(story):
    async def tell(coder, driver, _wire):
        coder.job = "WATER"
        assert await driver.job() == "WATER"

    story(tell)


@pytest.mark.fault("F27")
@pytest.mark.parametrize("queues", [False, True])
def test_a_coder_that_falls_silent(story, queues):
    async def tell(coder, driver, wire):
        await ready_to_print(driver)
        await driver.queue(records(1, 3))
        silent_s = now()
        wire.silence(on=True)
        while driver.status().link is LinkState.READY:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert now() - silent_s <= 3
        with pytest.raises(LinkDown):
            await driver.progress()
        wire.silence(on=False)
        await driver.link.wait_ready()
        assert (await driver.progress()).doubt
        with pytest.raises(LinkDown):
            await driver.queue(records(4, 1))
        await asyncio.sleep(1)
        if not queues:
            assert coder.product_trigger(now()) is None
        assert_each_once(coder)

    story(tell, plan=CoderPlan(queues=queues))


@pytest.mark.fault("F23")
@pytest.mark.parametrize("queues", [False, True])
def test_a_link_cut_after_any_request_resends_nothing(story, queues):
    """Cut as the n-th request comes, after it took effect, for every n of a run."""

    async def tell(coder, driver, wire):
        for left in range(1, 30):
            await driver.link.wait_ready()
            _cut_after(coder.table, left, wire)
            number = 100 * left
            try:
                await ready_to_print(driver)
                await driver.queue(records(number, 2))
                for _ in range(3):
                    await asyncio.sleep(0.05)
                    coder.product_trigger(now())
            except DriverError:
                pass
            await asyncio.sleep(6)
            _cut_after(coder.table, None, wire)
            assert_each_once(coder)

    story(tell, plan=CoderPlan(queues=queues))


def _cut_after(table, left, wire):
    counts = {"left": left}

    def count(call):
        def counted(*arguments):
            result = call(*arguments)
            if counts["left"] is not None:
                counts["left"] -= 1
                if counts["left"] == 0:
                    wire.cut()
                    raise ConnectionResetError("cut")
            return result

        return counted

    for name in ("read", "write", "call"):
        vars(table).pop(name, None)
        if left is not None:
            setattr(table, name, count(getattr(table, name)))


@pytest.mark.fault("F27")
@pytest.mark.parametrize("queues", [False, True])
def test_a_code_on_its_way_never_goes_out_on_the_next_link(story, queues):
    """The link fell and rose while the feed was about to hand over."""

    async def tell(coder, driver, wire):
        await ready_to_print(driver)
        session = driver.session
        wire.cut()
        await asyncio.sleep(5)
        assert driver.session == session + 1
        if queues:
            late = driver.put_record(1, "CODE-1", session)
        else:
            late = driver.put_text("CODE-1")
        with pytest.raises(LinkDown, match="the connection was lost"):
            await late
        assert codes(coder) == []

    story(tell, plan=CoderPlan(queues=queues))


@pytest.mark.fault("F37")
def test_another_coder_under_this_address_is_never_written_to(story):
    async def tell(coder, driver, _wire):
        await asyncio.sleep(3)
        assert "another device answers here: SIM-0042" in driver.status().detail
        with pytest.raises(DriverError):
            await driver.clear()
        assert coder.received == []
        assert coder.table.requests["write"] == coder.table.requests["call"] == 0

    story(tell, ready=False, identity="SIM-0043")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("Text", {"type": NodeType.UINT16, "get": lambda: 1}, "text_node is UInt16"),
        ("Count", {"type": NodeType.FLOAT, "get": lambda: 1.5}, "count_node is Float"),
        ("Job", {"get": lambda: ("a", "b")}, "job_node is an array"),
    ],
)
def test_nodes_that_cannot_be_it_are_named(story, name, change, said):
    async def tell(coder, driver, wire):
        node = coder.table.id_of(name)
        coder.table.nodes[node] = replace(coder.table.nodes[node], **change)
        wire.cut()
        await asyncio.sleep(3)
        assert said in driver.status().detail
        assert driver.session <= 1

    story(tell)


def test_a_number_too_small_for_records_is_named(story):
    async def tell(coder, driver, wire):
        node = coder.table.id_of("Last")
        coder.table.nodes[node] = replace(coder.table.nodes[node], type=NodeType.UINT16)
        wire.cut()
        await asyncio.sleep(3)
        assert "too small for record numbers" in driver.status().detail

    story(tell, plan=CoderPlan(queues=True))


def test_a_node_that_goes_away_is_refused_on_a_living_link(story):
    async def tell(coder, driver, _wire):
        del coder.table.nodes[coder.table.id_of("Job")]
        with pytest.raises(DeviceFault, match=r"BadNodeIdUnknown.*Job"):
            await driver.job()
        assert (await driver.status_of_printer()).state is PrinterState.IDLE

    story(tell)


# On a real server.


@pytest.fixture
async def served(host, tcp_wires, running, patient_sessions):
    """A coder on a server: coder, wire, driver with a subscription."""
    coder = OpcUaCoder(now_s=now)
    wire = await host.nodes("coder", coder.table)
    driver = driver_for(tcp_wires, wire.address, coder, publish_s=0.05)
    async with running(driver):
        yield coder, wire, driver


async def _until(is_so):
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.mark.fault("F36")
async def test_a_subscription_that_dies_takes_the_link_with_it(served):
    _, wire, driver = served
    await driver.job()
    wire.server.stop_publishing()
    await _until(lambda: driver.session == 2)
    assert await driver.job() == "BEER 500ML"


@pytest.mark.fault("F36")
async def test_a_restarted_server_is_never_fed_without_a_clear(served):
    coder, wire, driver = served
    await ready_to_print(driver)
    await driver.queue(records(1, 3))
    await wire.restart(namespaces_before=2)
    await _until(lambda: driver.session == 2)
    assert (await driver.progress()).doubt
    with pytest.raises(LinkDown):
        await driver.queue(records(4, 1))
    await _until(lambda: coder.text == " ")
    await ready_to_print(driver)
    await driver.queue(records(4, 1))
    assert coder.text == "CODE-4"
    assert_each_once(coder)


@pytest.mark.fault("F38")
async def test_a_count_that_runs_wild_is_one_doubt(served):
    coder, _, driver = served
    await ready_to_print(driver)
    await driver.queue(records(1, 2))
    for _ in range(20_000):
        coder.product_trigger(now())
    await _until(lambda: driver._feed.ledger.doubt)
    await _until(lambda: coder.text == " ")
    assert codes(coder) == ["CODE-1"]
    assert driver.status().link is LinkState.READY
