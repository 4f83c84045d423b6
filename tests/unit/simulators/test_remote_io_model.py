"""The simulated box by its own rules: what it does without anybody asking."""

from math import inf

import pytest

from drivers.transports.base import RegisterRefusedError
from simulators.io.remote_io import BRANDS, RemoteBox


def box(kind="moxa_e1212", **plan):
    return RemoteBox(BRANDS[kind](), **plan)


def test_its_pulse_ends_by_its_own_clock():
    moxa = box(pulse_s=0.06)
    moxa.write("coils", 0x10, [1], 1.0, 0.0)
    assert not moxa.gate(0.0, 1.05)
    assert moxa.read("coils", 0x10, 1, 1.05, 0.0) == [1]
    assert moxa.gate(0.0, 1.06)
    assert moxa.read("coils", 0x10, 1, 1.07, 0.0) == [0]


def test_a_held_output_stays_out_until_told():
    wago = box("wago_750")
    wago.write("coils", 0, [1], 1.0, 0.0)
    assert not wago.gate(0.0, 1.9)
    wago.write("coils", 0, [0], 1.9, 0.0)
    assert wago.gate(0.0, 1.9)


def test_its_watchdog_drops_every_output_and_any_request_feeds_it():
    moxa = box(watchdog_s=1.0)
    assert moxa.deadline_s == inf
    moxa.write("coils", 1, [1, 1], 1.0, 0.0)
    moxa.read("coils", 0, 1, 1.8, 0.0)
    assert not moxa.check_watchdog(2.5)
    assert moxa.infeed_open
    assert moxa.check_watchdog(2.8)
    assert not moxa.infeed_open
    assert not moxa.conveyor(occupied=True)
    moxa.write("coils", 1, [1], 3.0, 0.0)
    assert moxa.conveyor(occupied=True)


def test_a_wago_that_expired_answers_exception_4_to_everything():
    wago = box("wago_750")
    wago.read("holding", 0x1000, 1, 1.0, 0.0)
    assert wago.check_watchdog(2.0)
    with pytest.raises(RegisterRefusedError) as refused:
        wago.read("holding", 0x1000, 1, 2.1, 0.0)
    assert refused.value.code == 4


def test_without_a_watchdog_outputs_stay_for_ever():
    moxa = box(watchdog_s=0)
    moxa.write("coils", 1, [1], 1.0, 0.0)
    assert not moxa.check_watchdog(1e9)
    assert moxa.conveyor(occupied=True)


def test_a_write_is_whole_or_not_at_all():
    moxa = box()
    with pytest.raises(RegisterRefusedError):
        moxa.write("coils", 6, [1, 1, 1], 1.0, 0.0)
    assert not any(moxa.outputs)


def test_counters_count_wrap_and_stand_while_stopped():
    moxa = box(start_counts=0xFFFF_FFFF)
    assert moxa.trigger(0.0) == 0
    moxa.counting[0] = False
    assert moxa.trigger(1.0) == 0
    assert moxa.read("input", 0x10, 2, 1.0, 1.0) == [0, 0]


def test_the_encoder_follows_the_belt_from_when_it_was_first_asked():
    moxa = box(mm_per_count=5)
    assert moxa.read("input", 0x12, 2, 1.0, 1000.0) == [0, 0]
    assert moxa.read("input", 0x12, 2, 2.0, 1049.0) == [0, 9]


def test_a_reboot_clears_counters_and_outputs():
    moxa = box()
    moxa.trigger(0.0)
    moxa.write("coils", 1, [1], 1.0, 500.0)
    moxa.reboot(2.0)
    assert moxa.boot_id == 2
    assert not moxa.conveyor(occupied=True)
    assert moxa.read("input", 0x10, 4, 3.0, 700.0) == [0, 0, 0, 0]


def test_a_pressed_button_is_released_again():
    moxa = box()
    assert moxa.operator_reset(1.0) is False
    assert moxa.read("discrete", 7, 1, 1.2, 0.0) == [1]
    assert moxa.read("discrete", 7, 1, 1.5, 0.0) == [0]


def test_a_refused_reject_does_not_fire():
    moxa = box()
    moxa.refuse = 4
    with pytest.raises(RegisterRefusedError):
        moxa.write("coils", 0x10, [1], 1.0, 0.0)
    assert moxa.pulses == []
    assert moxa.gate(0.0, 1.01)
