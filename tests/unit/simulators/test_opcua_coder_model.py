"""The simulated OPC UA coder by itself: what it prints and what it refuses."""

import pytest

from drivers.transports.nodes import NodeRefusedError, NodeType, NodeWrite, Typed
from simulators.printers.opcua_coder import PRINTING, READY, CoderPlan, OpcUaCoder
from simulators.world.faults import PowerCycle, Slip


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def write(coder, name, kind, value):
    node = coder.table.id_of(name)
    coder.table.write([NodeWrite(node=node, typed=Typed(kind, value))])


def call(coder, name, *arguments):
    coder.table.call(coder.table.owner, coder.table.id_of(name), arguments)


def queue(coder, number, text):
    call(
        coder,
        "Queue",
        Typed(NodeType.UINT32, number),
        Typed(NodeType.STRING, text),
    )


def read(coder, name):
    ((_, value),) = coder.table.read([coder.table.id_of(name)])
    return value


def test_a_text_stays_until_another_comes(clock):
    coder = OpcUaCoder(now_s=clock)
    write(coder, "Text", NodeType.STRING, "A")
    assert coder.product_trigger(0) is None  # not started
    call(coder, "Start")
    assert read(coder, "State") == PRINTING
    assert [coder.product_trigger(0) for _ in range(2)] == ["A", "A"]
    write(coder, "Text", NodeType.STRING, " ")
    assert coder.product_trigger(0) is None
    assert read(coder, "Count") == 65_533
    write(coder, "Command", NodeType.INT16, 2)
    assert read(coder, "State") == READY


def test_its_count_wraps(clock):
    coder = OpcUaCoder(CoderPlan(count=65_535), now_s=clock)
    call(coder, "Start")
    coder.product_trigger(0)
    assert read(coder, "Count") == 0


def test_a_queue_prints_in_order_and_names_the_last(clock):
    coder = OpcUaCoder(CoderPlan(queues=True, depth=2), now_s=clock)
    call(coder, "Start")
    queue(coder, 7, "A")
    queue(coder, 8, "B")
    with pytest.raises(NodeRefusedError, match="BadResourceUnavailable"):
        queue(coder, 9, "C")
    assert read(coder, "Queued") == 2
    assert coder.product_trigger(0) == "A"
    assert read(coder, "Last") == 7
    call(coder, "Clear")
    assert coder.product_trigger(0) is None
    assert read(coder, "Last") == 7  # a clear keeps it
    assert coder.received == ["A", "B", "C"]


def test_slips(clock):
    coder = OpcUaCoder(CoderPlan(queues=True), now_s=clock)
    call(coder, "Start")
    for number, text in enumerate("ABCD", 1):
        queue(coder, number, text)
    assert coder.product_trigger(0) == "A"
    coder.slip(Slip.REPEAT)
    coder.slip(Slip.SKIP)
    assert [coder.product_trigger(0) for _ in range(3)] == ["A", "C", "D"]


@pytest.mark.parametrize("mode", list(PowerCycle))
def test_power(clock, mode):
    coder = OpcUaCoder(now_s=clock)
    call(coder, "Start")
    write(coder, "Text", NodeType.STRING, "A")
    coder.product_trigger(0)
    coder.power_cycle(0, mode, 1.0)
    assert not coder.powered(0.5)
    with pytest.raises(NodeRefusedError, match="BadDeviceFailure"):
        read(coder, "State")
    clock.now_s = 4.0
    assert read(coder, "State") == READY
    call(coder, "Start")
    printed = {
        PowerCycle.KEPT: "A",
        PowerCycle.LOST: None,
        PowerCycle.LAST_AGAIN: "A",
    }
    assert coder.product_trigger(4.0) == printed[mode]
    assert coder.queued == (mode is PowerCycle.KEPT)


def test_what_a_client_may_not_do(clock):
    coder = OpcUaCoder(CoderPlan(queues=True), now_s=clock)
    with pytest.raises(NodeRefusedError, match="BadNotWritable"):
        write(coder, "Count", NodeType.UINT16, 0)
    with pytest.raises(NodeRefusedError, match="BadNodeIdUnknown"):
        write(coder, "Text", NodeType.STRING, "A")
    with pytest.raises(NodeRefusedError, match="BadArgumentsMissing"):
        call(coder, "Queue")
