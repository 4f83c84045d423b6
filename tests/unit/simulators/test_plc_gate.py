"""The gate's rule: exactly this item, verdict 1, agent alive; all else is out."""

import pytest

from simulators.io.line_io import Plc

GATE_MM, WINDOW_MM = 900.0, 30.0
PASSED, REJECTED, ABSENT = 1, 2, 3


@pytest.fixture
def plc() -> Plc:
    """A PLC whose agent has just beaten at t = 0."""
    plc = Plc(gate_mm=GATE_MM, window_mm=WINDOW_MM)
    plc.write(100, [9, 1, 1, 0], 0.0)
    return plc


def verdict(plc: Plc, item: int, value: int, now_s: float = 0.0) -> None:
    plc.write(128 + item % 64, [item % 16384 * 4 + value], now_s)


def registers(plc: Plc, now_s: float = 0.0) -> list[int]:
    return plc.read(0, 96, now_s, 0.0, 0.0)


def outcome(plc: Plc, item: int) -> int | None:
    value = registers(plc)[32 + item % 64]
    return value & 3 if value >> 2 == item % 16384 else None


def counters(plc: Plc) -> tuple[int, int, int, int]:
    found = registers(plc)
    at_trigger, at_gate, fired, confirmed = (
        found[a] << 16 | found[a + 1] for a in (4, 6, 8, 10)
    )
    return at_trigger, at_gate, fired, confirmed


def test_passes_only_with_the_verdict_of_that_very_item(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    assert plc.gate(GATE_MM, 0.1)
    assert outcome(plc, item) == PASSED
    assert counters(plc) == (1, 1, 0, 0)


@pytest.mark.parametrize("value", [0, 2, 3])
def test_any_other_verdict_rejects(plc: Plc, value: int) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, value)
    assert not plc.gate(GATE_MM, 0.1)
    assert outcome(plc, item) == REJECTED
    assert counters(plc) == (1, 1, 1, 0)


@pytest.mark.parametrize("other", [1 + 64, 1 + 128, 1 + 16384 - 64])
def test_a_stale_slot_of_another_item_rejects(plc: Plc, other: int) -> None:
    item = plc.trigger(0.0)
    assert other % 64 == item % 64
    verdict(plc, other, 1)
    assert not plc.gate(GATE_MM, 0.1)
    assert outcome(plc, item) == REJECTED


def test_the_neighbours_verdict_does_not_serve(plc: Plc) -> None:
    plc.trigger(0.0)
    second = plc.trigger(100.0)
    verdict(plc, second, 1)
    assert not plc.gate(GATE_MM, 0.1)
    assert plc.gate(GATE_MM + 100, 0.2)


def test_no_pass_once_the_heartbeat_stood_still_for_500_ms(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1, now_s=0.4)  # writing verdicts is no heartbeat
    assert not plc.gate(GATE_MM, 0.5)
    assert outcome(plc, item) == REJECTED


def test_a_heartbeat_that_does_not_change_is_none(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    plc.write(100, [9, 1, 1, 0], 0.4)
    assert not plc.gate(GATE_MM, 0.5)


def test_no_pass_before_an_agent_was_ever_seen() -> None:
    plc = Plc(gate_mm=GATE_MM, window_mm=WINDOW_MM)
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    assert not plc.gate(GATE_MM, 0.1)


def test_an_unmatched_bottle_is_rejected_and_leaves_no_outcome(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    assert not plc.gate(GATE_MM + WINDOW_MM + 1, 0.1)
    assert outcome(plc, item) is None
    assert counters(plc) == (1, 0, 1, 0)


@pytest.mark.parametrize("off_mm", [-WINDOW_MM, 0.0, WINDOW_MM])
def test_the_window_reaches_thirty_millimetres_both_ways(
    plc: Plc, off_mm: float
) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    assert plc.gate(GATE_MM + off_mm, 0.1)


def test_a_number_without_a_bottle_is_absent(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    plc.window_closed(item)
    assert outcome(plc, item) == ABSENT
    assert counters(plc) == (1, 1, 0, 0)
    assert not plc.gate(GATE_MM, 0.1)


def test_a_bounce_goes_to_the_first_number_and_leaves_the_second_absent(
    plc: Plc,
) -> None:
    first, second = plc.trigger(0.0), plc.trigger(8.0)
    verdict(plc, first, 2)
    verdict(plc, second, 1)
    assert not plc.gate(GATE_MM, 0.1)
    plc.window_closed(second)
    assert (outcome(plc, first), outcome(plc, second)) == (REJECTED, ABSENT)


def test_items_at_gate_never_runs_ahead_of_an_unresolved_number(plc: Plc) -> None:
    first, second = plc.trigger(0.0), plc.trigger(20.0)
    verdict(plc, second, 1)
    assert plc.gate(GATE_MM + 20, 0.1)
    assert counters(plc)[1] == 0
    plc.window_closed(first)
    assert counters(plc)[1] == second


def test_after_a_reboot_everything_on_the_belt_is_rejected(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    before = registers(plc)[1]
    plc.reboot(0.1)
    plc.write(100, [9, 5, 1, 0], 0.1)
    assert registers(plc)[1] != before
    assert counters(plc) == (0, 0, 0, 0)
    assert not plc.gate(GATE_MM, 0.2)
    assert counters(plc) == (0, 0, 1, 0)


def test_item_numbers_go_past_the_ring_modulus(plc: Plc) -> None:
    for number in range(16390):
        item = plc.trigger(number * 100.0)
        if item < 16390:
            plc.window_closed(item)
    verdict(plc, 16390, 1)
    assert plc.gate(16389 * 100.0 + GATE_MM, 0.1)
    assert outcome(plc, 16390) == PASSED
    assert counters(plc)[:2] == (16390, 16390)


def test_no_pass_between_the_watchdog_and_the_reset(plc: Plc) -> None:
    item = plc.trigger(0.0)
    verdict(plc, item, 1)
    assert plc.check_watchdog(0.5)
    plc.write(101, [2], 0.6)
    assert not plc.gate(GATE_MM, 0.6)
