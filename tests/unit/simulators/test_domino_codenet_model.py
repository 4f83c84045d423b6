import pytest

from simulators.printers.domino_codenet import (
    CodenetFaults,
    CodenetPlan,
    CodenetPrinter,
)
from simulators.world.faults import PowerCycle, Slip

DEEP = CodenetPlan(depth=3)


def record(text):
    return b"\x1bOE%04d%s\x04" % (len(text), text)


def loaded(*texts, plan=DEEP):
    printer = CodenetPrinter(plan)
    session = printer.session()
    session.pushed = []
    session.push = session.pushed.append
    session.feed(b"\x1bI12\x04", 0)
    for text in texts:
        session.feed(record(text), 0)
    return printer, session


def test_a_trigger_prints_the_next_record_and_says_so_to_those_who_asked():
    printer, session = loaded(b"A", b"B")
    other = printer.session()
    other.push = pytest.fail
    assert [printer.product_trigger(0) for _ in range(3)] == ["A", "B", None]
    assert session.pushed == [b"2", b"2"]
    # The photo-eye counts, whether anything is printed or not.
    assert printer.count - DEEP.count == 3


def test_a_disabled_head_prints_nothing_keeps_its_queue_and_goes_on_counting():
    printer, session = loaded(b"A")
    assert session.feed(b"\x1bQ1N\x04", 0) == b"\x06"
    assert printer.product_trigger(0) is None
    assert printer.queued == 1
    session.feed(b"\x1bQ1Y\x04", 0)
    assert printer.product_trigger(0) == "A"
    assert printer.count - DEEP.count == 2


def test_what_comes_between_eot_and_esc_is_lost():
    _, session = loaded()
    assert session.feed(b"junk\x1bQ1?\x04lost\x1bQ1?\x04", 0) == b"\x1bQ1Y\x04" * 2


def test_a_wrong_length_is_refused():
    _, session = loaded(plan=CodenetPlan())
    assert session.feed(b"\x1bOE0009ABCD\x04", 0) == b"\x15001"


def test_fixed_response_length():
    _, session = loaded(plan=CodenetPlan(fixed=True))
    assert session.feed(b"\x1bI12\x04", 0) == b"\x06000"


@pytest.mark.parametrize(
    ("mode", "printed"),
    [
        (PowerCycle.KEPT, ["B", "C", None]),
        (PowerCycle.LOST, [None, None, None]),
        (PowerCycle.LAST_AGAIN, ["A", None, None]),
    ],
)
def test_power_cycles(mode, printed):
    printer, session = loaded(b"A", b"B", b"C")
    printer.product_trigger(0)
    printer.power_cycle(0, mode, 3)
    assert not printer.powered(2.9)
    assert printer.product_trigger(4) is None  # it initialises
    assert session.feed(b"\x1bO1?\x04", 4) == b"\x1bO101201\x04"
    assert [printer.product_trigger(5) for _ in range(3)] == printed
    # Nobody is told: confirmations are off until they are asked for again.
    assert session.pushed == [b"2"]


def test_slips():
    printer, _ = loaded(b"A", b"B", b"C")
    assert printer.product_trigger(0) == "A"
    printer.slip(Slip.REPEAT)
    printer.slip(Slip.SKIP)
    assert [printer.product_trigger(0) for _ in range(2)] == ["A", "C"]


def test_faults_of_confirmations():
    printer, session = loaded(b"A", b"B", b"C")
    printer.faults = CodenetFaults(lose_done=1, double_done=1)
    for _ in range(3):
        printer.product_trigger(0)
    assert session.pushed == [b"22", b"2"]
    printer.faults.hold_done = True
    session.feed(record(b"D"), 0)
    printer.product_trigger(0)
    assert session.feed(b"\x1bQ1?\x04", 0) == b"2\x1bQ1Y\x04"
