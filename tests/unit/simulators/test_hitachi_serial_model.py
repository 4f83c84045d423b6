"""The simulated Hitachi printer: what stays, what is due, what power leaves."""

import pytest

from simulators.printers.hitachi_serial import (
    HitachiSerialPlan,
    HitachiSerialPrinter,
    Mode,
)
from simulators.world.faults import PowerCycle, Slip

PLAN = HitachiSerialPlan(changeover_s=0.1)


def put(printer, text, now_s=0.0):
    frame = b"\x02\x101" + text.encode("ascii") + b"\x03"
    return printer.session().feed(frame, now_s)


def takes(printer, now_s=0.0):
    return printer.session().feed(b"\x05", now_s) == b"\x06"


def triggers(printer, times, now_s=50.0):
    return [printer.product_trigger(now_s) for _ in range(times)]


@pytest.fixture
def printer():
    return HitachiSerialPrinter(PLAN)


@pytest.fixture
def buffered():
    return HitachiSerialPrinter(HitachiSerialPlan(mode=Mode.BUFFER))


def test_a_text_stays_and_is_printed_again(printer):
    assert put(printer, "A") == b"\x06"
    assert triggers(printer, 3) == ["A"] * 3
    assert printer.prints == 3


def test_it_takes_the_next_only_once_one_was_printed(printer):
    put(printer, "A")
    assert not takes(printer)
    assert put(printer, "B") == b"\x15"
    assert printer.errors == [6]
    assert triggers(printer, 1) == ["A"]
    assert takes(printer)
    assert put(printer, "B") == b"\x06"
    assert printer.received == ["A", "B", "B"]


def test_a_product_during_the_changeover_gets_the_old_text(printer):
    put(printer, "A", now_s=1.0)
    assert printer.product_trigger(1.05) == "MSG13"
    assert takes(printer, 1.05)
    assert printer.product_trigger(1.1) == "A"


def test_texts_during_a_changeover_do_not_lose_each_other():
    printer = HitachiSerialPrinter(
        HitachiSerialPlan(mode=Mode.ENABLED, changeover_s=1.0)
    )
    session = printer.session()
    session.feed(b"\x02\x102X\x03", 0.0)
    session.feed(b"\x02\x101A\x03", 0.5)
    assert triggers(printer, 1) == ["A"]
    assert printer.text == "A"


def test_an_enabled_printer_overwrites(printer):
    printer = HitachiSerialPrinter(HitachiSerialPlan(mode=Mode.ENABLED))
    put(printer, "A")
    assert takes(printer)
    put(printer, "B")
    assert triggers(printer, 2) == ["B", "B"]


def test_a_buffer_prints_each_once_and_the_last_one_on(buffered):
    for text in ("A", "B"):
        assert put(buffered, text) == b"\x06"
        assert takes(buffered)
    assert triggers(buffered, 4) == ["A", "B", "B", "B"]


@pytest.mark.parametrize("how", ["offline", "power", "76h"])
def test_a_buffer_is_emptied(buffered, how):
    put(buffered, "A")
    put(buffered, "B")
    assert triggers(buffered, 1) == ["A"]
    if how == "offline":
        buffered.go(online=False)
    elif how == "power":
        buffered.power_cycle(60.0, PowerCycle.KEPT, 1.0)
    else:
        buffered.session().feed(b"\x02\x1f\x76\x03", 60.0)
    # Clearing does not touch the text being printed.
    assert triggers(buffered, 2, now_s=100.0) == ["A", "A"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (
            b"".join(bytes([0x10, 0x31 + n, 0x41]) for n in range(9)),
            30,
        ),  # more than eight items
        (b"\x101" + b"X" * 81, 30),
        (b"\x1f\x76\x31", 2),  # not alone
    ],
)
def test_what_a_buffer_refuses(buffered, body, error):
    assert buffered.session().feed(b"\x02" + body + b"\x03", 0.0) == b"\x15"
    assert buffered.errors == [error]


def test_a_buffer_is_full_at_a_thousand_characters(buffered):
    taken = [put(buffered, "X" * 80) for _ in range(13)]
    assert taken == [b"\x06"] * 12 + [b"\x15"]
    assert buffered.errors == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", 1),
        (b"ABC", 1),
        (b"\x10", 4),
        (b"\x10\xff", 4),
        (b"\x101A\x7f", 1),
        (b"\x101" + b"X" * 101, 3),
        (b"\x101" + b"X" * 2997, 1),
        (b"\x1f", 5),
        (b"\x1f\x20\x31001", 20),
        (b"\x1f\x20\x31abcd", 20),
        (b"\x1f\x20\x320012", 20),
        (b"\x1f\x72\x39", 2),
        (b"\x1f\x76", 5),  # without the buffer function
    ],
)
def test_what_is_refused_leaves_everything_as_it_was(printer, body, error):
    assert printer.session().feed(b"\x02" + body + b"\x03", 0.0) == b"\x15"
    assert printer.errors == [error]
    assert takes(printer)
    assert triggers(printer, 1) == ["MSG13"]


def test_a_recall_replaces_the_text_and_leaves_the_printer_open(printer):
    put(printer, "A")
    session = printer.session()
    assert session.feed(b"\x02\x1f\x20\x310012\x03", 0.0) == b"\x15"
    assert session.feed(b"\x12\x02\x1f\x20\x310012\x03", 0.0) == b"\x06\x06"
    assert takes(printer)
    assert triggers(printer, 1) == ["MSG12"]
    assert printer.message == 12


@pytest.mark.parametrize(
    ("mode", "then"),
    [
        (PowerCycle.KEPT, ["B", "B"]),
        # What was stored last is an old code.
        (PowerCycle.LOST, ["A", "A"]),
        (PowerCycle.LAST_AGAIN, ["B", "A"]),
    ],
)
def test_power_cycles(printer, mode, then):
    put(printer, "A")
    triggers(printer, 1)
    printer.store()
    put(printer, "B", now_s=51.0)
    triggers(printer, 1, now_s=52.0)
    printer.power_cycle(60.0, mode, off_s=4.0)
    assert not printer.powered(63.9)
    assert printer.session().feed(b"\x05", 65.0) == b""
    assert printer.product_trigger(65.0) is None
    assert takes(printer, 66.0)
    assert triggers(printer, 2, now_s=66.0) == then


def test_it_may_come_up_offline():
    printer = HitachiSerialPrinter(HitachiSerialPlan(online=False))
    printer.power_cycle(0.0, PowerCycle.KEPT, off_s=1.0)
    session = printer.session()
    assert session.feed(b"\x05\x12\x02\x101A\x03", 10.0) == b"\x15" * 3
    assert session.feed(b"\x1f\x73\x05", 10.0) == b"\x06\x06"


def test_slips(printer):
    put(printer, "A")
    triggers(printer, 1)
    put(printer, "B", now_s=51.0)
    printer.slip(Slip.SKIP)
    printer.slip(Slip.REPEAT)
    assert triggers(printer, 3, now_s=52.0) == [None, "A", "B"]


def test_without_deflection_nothing_is_printed(printer):
    put(printer, "A")
    session = printer.session()
    assert session.feed(b"\x02\x1f\x72\x33\x03", 0.0) == b"\x06"
    assert triggers(printer, 2) == [None, None]
    assert not takes(printer)
    session.feed(b"\x02\x1f\x72\x32\x03", 0.0)
    assert triggers(printer, 1) == ["A"]


def test_half_a_text_outlives_the_connection(printer):
    first = printer.session()
    first.feed(b"\x02\x101HAL", 0.0)
    first.closed()
    second = printer.session()
    assert second.feed(b"\x1f\x75", 0.0) == b""
    assert second.feed(b"\x12\x05", 0.0) == b"\x06\x06"
    assert printer.received == []
