import pytest

from drivers.transports.base import RegisterRefusedError
from simulators.printers.hitachi_modbus import (
    HitachiModbusPlan,
    HitachiModbusPrinter,
    Stored,
)
from simulators.world.faults import PowerCycle, Slip

TEXT_OF_ITEM_2 = 0x0084 + 2 * 7


def words(text):
    return [word for character in text for word in (0, ord(character))]


def put(printer, text, now_s=10.0):
    """As long as what stands there: nothing moves."""
    printer.write(0x0000, [1], now_s)
    printer.write(TEXT_OF_ITEM_2, words(text), now_s)
    printer.write(0x0000, [2], now_s)


def analysis(printer):
    return printer.read_input(0x0004, 4, 10.0)


def refused(act, *arguments):
    with pytest.raises(RegisterRefusedError) as refusal:
        act(*arguments)
    return refusal.value.code


def test_a_text_is_printed_on_every_product_until_it_is_changed():
    printer = HitachiModbusPrinter()
    put(printer, "AB1234")
    assert [printer.product_trigger(20.0) for _ in range(2)] == ["AB1234", "AB1234"]
    assert printer.last_items == ["EXP □□□", "AB1234", "LINE 3"]
    assert printer.read_input(0x0052, 2, 20.0) == [0, 680]
    assert printer.received == ["AB1234"]


def test_a_product_during_changeover_gets_the_old_text():
    printer = HitachiModbusPrinter(HitachiModbusPlan(changeover_s=0.1))
    put(printer, "AB1234", 10.0)
    assert printer.product_trigger(10.05) == "SERIAL"
    assert printer.product_trigger(10.1) == "AB1234"


def test_nothing_takes_effect_nor_shows_before_the_stop():
    printer = HitachiModbusPrinter()
    printer.write(0x0000, [1], 10.0)
    printer.write(TEXT_OF_ITEM_2, words("AB1234"), 10.0)
    assert printer.product_trigger(20.0) == "SERIAL"
    assert printer.read(TEXT_OF_ITEM_2, 2) == words("S")
    # A second start forgets nothing.
    printer.write(0x0000, [1], 10.0)
    printer.write(0x0000, [2], 10.0)
    assert printer.texts[1] == "AB1234"


def test_a_count_moves_what_stands_behind():
    printer = HitachiModbusPrinter()
    printer.write(0x0000, [1], 10.0)
    printer.write(0x0021, [4], 10.0)
    printer.write(0x0000, [2], 10.0)
    assert printer.texts == ["EXP □□□", "SERI", "ALLINE"]


def test_writes_outside_the_bracket_are_the_models_choice():
    printer = HitachiModbusPrinter()
    assert refused(printer.write, TEXT_OF_ITEM_2, words("A"), 10.0) == 3
    assert analysis(printer) == [0x10, 2, 0x10, 0]
    easy = HitachiModbusPrinter(HitachiModbusPlan(needs_bracket=False))
    easy.write(TEXT_OF_ITEM_2, words("AB1234"), 10.0)
    assert easy.texts[1] == "AB1234"


def test_offline_only_input_registers_and_the_switch_are_left():
    printer = HitachiModbusPrinter()
    printer.write(0x2490, [0], 10.0)
    assert printer.read_input(0, 2, 10.0) == [0x30, 0x30]
    assert refused(printer.read, 0x0008, 1) == 3
    assert refused(printer.write, 0x0000, [1], 10.0) == 3
    assert analysis(printer) == [0x10, 1, 5, 0]
    printer.write(0x2490, [1], 10.0)
    assert printer.read(0x0008, 1) == [3]


@pytest.mark.parametrize(
    ("address", "values", "factor", "code"),
    [
        (0x001F, [0, 1], 2, 2),  # over two blocks
        (0x2400, [1], 2, 2),
        (0x0084, [0] * 124, 3, 3),
        (0x0000, [3], 0x10, 3),
        (0x0000, [2], 0x10, 3),  # no bracket is open
        (0x0020, [0], 0x10, 3),
        (0x0085, [0x41], 0x10, 3),  # a code without its attribute
        (0x0084, [0, 0x0A], 0x10, 3),
        (0x1006, [99], 0x10, 3),
        (0x2490, [2], 0x10, 3),
        (0x2494, [9], 0x10, 3),
    ],
)
def test_what_is_refused_and_why(address, values, factor, code):
    printer = HitachiModbusPrinter()
    assert refused(printer.write, address, values, 10.0) == code
    assert analysis(printer)[2] == factor
    assert printer.texts == ["EXP □□□", "SERIAL", "LINE 3"]


def test_deflection_needs_the_jet():
    printer = HitachiModbusPrinter(HitachiModbusPlan(ready_s=1.0))
    printer.write(0x2494, [1], 10.0)
    assert refused(printer.write, 0x2494, [2], 10.0) == 3
    assert analysis(printer) == [0x10, 0x0F, 7, 0]
    printer.write(0x2494, [0], 10.0)
    printer.write(0x2494, [2], 10.0)
    assert [printer.operation(at) for at in (10.5, 11.0)] == [0x31, 0x32]
    assert printer.product_trigger(10.5) is None
    printer.fault = 0x38
    assert printer.product_trigger(12.0) is None
    printer.write(0x2494, [4], 12.0)
    assert printer.product_trigger(12.0) is None
    assert printer.product_trigger(13.0) == "SERIAL"


def test_messages_are_recalled_with_their_own_text():
    printer = HitachiModbusPrinter()
    printer.write(0x0000, [1], 10.0)
    printer.write(0x1006, [7], 10.0)
    printer.write(0x0000, [2], 10.0)
    assert printer.texts == ["WATER", "SERIAL"]
    assert printer.read_input(0x0E40, 1, 10.0) == [7]


@pytest.mark.parametrize(
    ("mode", "printed", "count"),
    [
        (PowerCycle.KEPT, ["AB1234", "AB1234"], 681),
        (PowerCycle.LOST, ["SERIAL", "SERIAL"], 680),
        (PowerCycle.LAST_AGAIN, ["AB1234", "AB1234"], 681),
    ],
)
def test_power(mode, printed, count):
    printer = HitachiModbusPrinter()
    put(printer, "AB1234")
    printer.product_trigger(20.0)
    printer.power_cycle(20.0, mode, 3.0)
    assert not printer.powered(22.9)
    with pytest.raises(ConnectionResetError):
        printer.bank(lambda: 22.9).read_input(0, 1)
    assert printer.product_trigger(24.0) is None  # deflection is off now
    printer.write(0x2494, [2], 30.0)
    assert [printer.product_trigger(40.0) for _ in range(2)] == printed
    assert printer.prints == count


def test_slips():
    printer = HitachiModbusPrinter()
    put(printer, "AB1234")
    printer.product_trigger(20.0)
    put(printer, "AB1235", 20.0)
    printer.slip(Slip.REPEAT)
    printer.slip(Slip.SKIP)
    assert [printer.product_trigger(30.0) for _ in range(3)] == [
        "AB1234",
        None,
        "AB1235",
    ]
    assert printer.prints == 682


def test_an_item_of_spaces_is_a_print_without_ink():
    stored = {1: Stored(name="M", items=(" ",))}
    printer = HitachiModbusPrinter(HitachiModbusPlan(messages=stored, item=1))
    assert printer.product_trigger(20.0) is None
    assert (printer.prints, printer.queued) == (679, 0)
