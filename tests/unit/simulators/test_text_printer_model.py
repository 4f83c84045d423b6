"""The simulated text printers: what stays, what is refused, power cycles."""

import pytest

from simulators.printers.text_printer import TextPrinter, TextPrinterPlan
from simulators.world.faults import PowerCycle, Slip


def talk(printer, *requests):
    session = printer.session()
    return [session.feed(request, 0.0) for request in requests]


def triggers(printer, times):
    return [printer.product_trigger(100.0) for _ in range(times)]


@pytest.fixture
def live():
    printer = TextPrinter()
    printer.go(on=True)
    return printer


@pytest.fixture
def queueing():
    printer = TextPrinter(TextPrinterPlan(queues=True, depth=2))
    printer.go(on=True)
    return printer


def test_one_text_is_printed_again_and_again(live):
    assert talk(live, b"TEXT=A\r\n") == [b"OK\r\n"]
    assert triggers(live, 3) == ["A"] * 3
    assert (live.count, live.last_text) == (3, "A")


def test_a_queue_prints_each_once_and_then_nothing(queueing):
    talk(queueing, b"ADD=A\r\nADD=B\r\n")
    assert triggers(queueing, 3) == ["A", "B", None]
    assert queueing.count == 2


def test_a_full_queue_and_a_wrong_number_are_refused(queueing):
    assert talk(queueing, b"PUT=000005,A\r\n", b"PUT=000005,B\r\n") == [
        b"OK\r\n",
        b"ERR 7\r\n",
    ]
    assert talk(queueing, b"PUT=000006,C\r\n", b"PUT=000007,D\r\n") == [
        b"OK\r\n",
        b"ERR 7\r\n",
    ]
    assert queueing.received == ["A", "B", "C", "D"]


def test_slips(queueing):
    talk(queueing, b"ADD=A\r\nADD=B\r\n")
    queueing.product_trigger(0.0)
    queueing.slip(Slip.REPEAT)
    assert triggers(queueing, 2) == ["A", "B"]
    assert queueing.count == 3


def test_it_prints_only_while_it_is_on(live):
    talk(live, b"TEXT=A\r\n", b"STOP\r\n")
    assert triggers(live, 1) == [None]
    live.fail(11)
    assert talk(live, b"START\r\n", b"RESET\r\n", b"START\r\n") == [
        b"ERR 3\r\n",
        b"OK\r\n",
        b"OK\r\n",
    ]


def test_a_coder_with_permission_takes_one_at_a_time():
    printer = TextPrinter(TextPrinterPlan(dialect="enq"))
    printer.go(on=True)
    assert talk(printer, b"\x05", b"\x02TA95\x03", b"\x05", b"\x02TB96\x03") == [
        b"\x06",
        b"\x06",
        b"\x15",
        b"\x15",
    ]
    assert triggers(printer, 1) == ["A"]
    assert talk(printer, b"\x05", b"\x02TB96\x03") == [b"\x06", b"\x06"]
    assert talk(printer, b"\x12") == [b"\x06"]
    assert triggers(printer, 1) == [None]


def test_a_marker_changes_its_code_only_while_it_is_not_ready():
    printer = TextPrinter(TextPrinterPlan(dialect="panasonic"))
    session = printer.session()
    told = []
    session.push = told.append

    def say(text):
        return session.feed(f"\x02{text}\r".encode(), 0.0)

    assert say("MSTS1") == b"\x0600\r"
    assert [say("BCSS01AB"), say("BCSS02CD")] == [b"\x0600\r"] * 2
    assert printer.product_trigger(0.0) is None
    assert say("MKMS1") == b"\x0600\r"
    assert say("BCSS01X") == b"\x1503\r"
    assert printer.product_trigger(0.0) == "ABCD"
    assert told == [b"\x02MSTA0000\r"]


@pytest.mark.parametrize(
    ("mode", "printed", "count"),
    [
        (PowerCycle.KEPT, ["B", None], 2),
        (PowerCycle.LOST, [None, None], 0),
        (PowerCycle.LAST_AGAIN, ["A", None], 1),
    ],
)
def test_power_cycles(queueing, mode, printed, count):
    talk(queueing, b"ADD=A\r\nADD=B\r\n")
    queueing.product_trigger(0.0)
    queueing.power_cycle(10.0, mode, 2.0)
    assert not queueing.powered(11.9)
    assert queueing.product_trigger(12.5) is None
    queueing.settle(15.0)
    queueing.go(on=True)
    assert triggers(queueing, 2) == printed
    assert queueing.count == count
