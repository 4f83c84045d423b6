import pytest

from simulators.printers.videojet_wsi import VIDEOJET_1710, WsiPlan, WsiPrinter
from simulators.world.faults import PowerCycle, Slip


def told(printer, request):
    return printer.session().feed(b"\x02" + request + b"\x03", 10)


def test_a_field_is_printed_on_every_product_until_it_is_changed():
    printer = WsiPrinter()
    assert told(printer, b"UCODE\nA1")[:1] == b"$"
    assert [printer.product_trigger(0) for _ in range(2)] == ["A1", "A1"]
    assert told(printer, b"DCODE")[:1] == b"$"
    assert printer.product_trigger(0) is None
    # A blank print is a print.
    assert told(printer, b"GA") == b"\x0200000681\x03"
    assert printer.received == ["A1"]


def test_print_off_counts_products_and_no_prints():
    printer = WsiPrinter()
    assert told(printer, b"O0") == b"$7F"
    assert printer.product_trigger(0) is None
    assert told(printer, b"GA") == b"\x0200000678\x03"
    assert told(printer, b"GB") == b"\x0200000679\x03"


@pytest.mark.parametrize(
    "request_",
    [b"UNOSUCH\nX", b"UCODE\n", b"UCODE\n" + b"X" * 51, b"MGONE", b"O2", b"GC", b"X"],
)
def test_what_is_refused(request_):
    printer = WsiPrinter()
    assert told(printer, request_) == b"!%02X" % (sum(request_) % 256)


def test_an_unknown_message_leaves_the_old_one():
    printer = WsiPrinter()
    told(printer, b"MGONE")
    assert told(printer, b"Q") == b"\x02BEER 500ML\x03"
    told(printer, b"MWATER")
    assert told(printer, b"Q") == b"\x02WATER\x03"
    assert told(printer, b"UBATCH\nL1")[:1] == b"!"


def test_a_1710_acknowledges_what_it_does_not_know():
    assert told(WsiPrinter(VIDEOJET_1710), b"GA") == b"$88"


def test_counters_have_their_width():
    printer = WsiPrinter(WsiPlan(digits=8, count=10**8 - 1))
    printer.product_trigger(0)
    assert told(printer, b"GA") == b"\x0200000000\x03"


@pytest.mark.parametrize(
    ("mode", "printed"),
    [
        (PowerCycle.KEPT, ["B", "B"]),
        (PowerCycle.LOST, [None, None]),
        (PowerCycle.LAST_AGAIN, ["A", "B"]),
    ],
)
def test_power_cycles(mode, printed):
    printer = WsiPrinter()
    told(printer, b"UCODE\nA")
    printer.product_trigger(0)
    told(printer, b"UCODE\nB")
    printer.power_cycle(0, mode, 3)
    assert printer.session().feed(b"\x02Q\x03", 2) == b""
    assert printer.product_trigger(4) is None
    assert [printer.product_trigger(6) for _ in range(2)] == printed


def test_slips():
    printer = WsiPrinter()
    told(printer, b"UCODE\nA")
    printer.product_trigger(0)
    told(printer, b"UCODE\nB")
    printer.slip(Slip.REPEAT)
    printer.slip(Slip.SKIP)
    assert [printer.product_trigger(0) for _ in range(3)] == ["A", None, "B"]
