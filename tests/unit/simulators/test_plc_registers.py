"""The PLC's map as the network sees it, its watchdog, and what may move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.transports.base import RegisterRefusedError
from simulators.io.line_io import Plc, Status


@pytest.fixture
def plc() -> Plc:
    return Plc(gate_mm=900, window_mm=30)


def beat(plc: Plc, number: int, command: int, now_s: float) -> None:
    plc.write(100, [9, number, command, 0], now_s)


def status(plc: Plc, now_s: float = 0.0) -> int:
    return plc.read(3, 1, now_s, 0, 0)[0]


def test_map_version_boot_id_heartbeat_speed_and_encoder(plc: Plc) -> None:
    found = plc.read(0, 15, 12.34, 70_000.9, 1000.0)
    assert found[0] == 1
    assert found[1] == 1
    assert found[2] == 123
    assert found[12] == 1000
    assert found[13:15] == [1, 70_000 - 65_536]


def test_the_heartbeat_wraps_at_16_bits(plc: Plc) -> None:
    assert plc.read(2, 1, 6553.65, 0, 0) == [0]


@pytest.mark.parametrize(("address", "count"), [(-1, 1), (191, 2), (192, 1), (0, 0)])
def test_reading_outside_the_map_is_refused(plc: Plc, address: int, count: int) -> None:
    with pytest.raises(RegisterRefusedError) as refusal:
        plc.read(address, count, 0, 0, 0)
    assert refusal.value.code == 2


@pytest.mark.parametrize(("address", "count"), [(0, 1), (95, 1), (95, 8), (191, 2)])
def test_writing_outside_the_agents_side_changes_nothing(
    plc: Plc, address: int, count: int
) -> None:
    before = plc.read(0, 192, 0, 0, 0)
    with pytest.raises(RegisterRefusedError) as refusal:
        plc.write(address, [7] * count, 0)
    assert refusal.value.code == 2
    assert plc.read(0, 192, 0, 0, 0) == before


@given(
    address=st.integers(96, 191),
    values=st.lists(st.integers(0, 65535), min_size=1, max_size=64),
)
def test_what_is_written_is_read_back(address: int, values: list[int]) -> None:
    plc = Plc(gate_mm=900, window_mm=30)
    if address + len(values) > 192:
        with pytest.raises(RegisterRefusedError):
            plc.write(address, values, 0)
        return
    plc.write(address, values, 0)
    assert plc.read(address, len(values), 0, 0, 0) == values


def test_the_watchdog_bites_at_500_ms_and_only_a_reset_releases(plc: Plc) -> None:
    beat(plc, 1, 1, 0.0)
    assert plc.infeed_open
    assert not plc.check_watchdog(0.499)
    assert plc.check_watchdog(0.5)
    assert status(plc) & Status.NEEDS_RESET
    assert not plc.infeed_open
    assert not plc.conveyor(occupied=True)
    assert not plc.operator_reset(0.6), "no reset while the agent is silent"
    beat(plc, 2, 1, 0.7)
    assert not plc.infeed_open, "a heartbeat alone does not bring it back"
    assert plc.operator_reset(0.8)
    assert plc.infeed_open
    assert not status(plc) & Status.NEEDS_RESET


def test_after_a_reset_the_watchdog_watches_again(plc: Plc) -> None:
    beat(plc, 1, 1, 0.0)
    plc.check_watchdog(0.5)
    beat(plc, 2, 1, 0.7)
    plc.operator_reset(0.8)
    assert plc.check_watchdog(1.2)


def test_the_watchdog_waits_for_a_first_heartbeat(plc: Plc) -> None:
    assert not plc.check_watchdog(100.0)
    assert not plc.needs_reset


@pytest.mark.parametrize(
    ("command", "infeed", "moves_empty", "moves_occupied"),
    [
        (0, False, False, True),
        (1, True, True, True),
        (2, False, False, False),
        (3, False, False, False),
    ],
)
def test_run_opens_the_infeed_none_clears_and_stop_halts(
    plc: Plc, command: int, infeed: bool, moves_empty: bool, moves_occupied: bool
) -> None:
    beat(plc, 1, command, 0.0)
    assert plc.infeed_open is infeed
    assert plc.conveyor(occupied=False) is moves_empty
    assert plc.conveyor(occupied=True) is moves_occupied


@pytest.mark.parametrize("bit", [Status.BIN_FULL, Status.MANUAL])
def test_interlocks_halt_the_belt(plc: Plc, bit: Status) -> None:
    beat(plc, 1, 1, 0.0)
    plc.set_status(bit, on=True)
    assert not plc.conveyor(occupied=True)
    plc.set_status(bit, on=False)
    assert plc.conveyor(occupied=True)


def test_without_air_nothing_moves(plc: Plc) -> None:
    beat(plc, 1, 1, 0.0)
    plc.set_status(Status.AIR_OK, on=False)
    assert not plc.conveyor(occupied=True)


def test_the_emergency_stop_wants_release_and_reset(plc: Plc) -> None:
    beat(plc, 1, 1, 0.0)
    plc.set_estop(pressed=True)
    assert not plc.operator_reset(0.1)
    plc.set_estop(pressed=False)
    assert not plc.infeed_open
    assert plc.operator_reset(0.2)
    assert plc.infeed_open


def test_the_emergency_stop_outlives_a_reboot(plc: Plc) -> None:
    plc.set_estop(pressed=True)
    plc.reboot(1.0)
    assert status(plc, 1.0) & Status.ESTOP
