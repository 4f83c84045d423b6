"""Line I/O registers to values and back. No I/O, no state.

Both ends of the contract may use these; tests/wire pins them to literal registers.
"""

from collections.abc import Iterator, Mapping, Sequence

from drivers.base import LineCommand, LineState, Outcome, Verdict
from drivers.io.line_io.messages import (
    ITEM_MODULUS,
    PLC_REGISTERS,
    RING_SLOTS,
    AgentRegister,
    CommandBit,
    PlcRegister,
    StatusBit,
)

_HALF = 1 << 31
_WHOLE = 1 << 32


def counter_rise(before: int, now: int) -> int:
    """How far a 32-bit counter went from `before` to `now`, over its wrap.

    Negative when it went back (the PLC restarted, or the reading is older).
    """
    return (now - before + _HALF) % _WHOLE - _HALF


def ring_value(item: int, result: Verdict | Outcome) -> int:
    """The value of `item`'s slot in either ring."""
    return (item % ITEM_MODULUS) << 2 | result


def decode_state(registers: Sequence[int]) -> LineState:
    """The PLC's registers 0–95 as one picture. `ValueError` on another length.

    Read ten to a hundred times a second: plain integers, no enum objects.
    """
    if len(registers) != PLC_REGISTERS:
        raise ValueError(f"expected {PLC_REGISTERS} registers, got {len(registers)}")
    r = registers
    status = r[3]
    return LineState(
        map_version=r[0],
        boot_id=r[1],
        heartbeat=r[2],
        running=status & 1 != 0,
        estop=status & 2 != 0,
        air_ok=status & 4 != 0,
        bin_full=status & 8 != 0,
        confirm_ok=status & 16 != 0,
        manual=status & 32 != 0,
        needs_reset=status & 64 != 0,
        items_at_trigger=r[4] << 16 | r[5],
        items_at_gate=r[6] << 16 | r[7],
        rejects_fired=r[8] << 16 | r[9],
        rejects_confirmed=r[10] << 16 | r[11],
        belt_mm_s=r[12],
        encoder=r[13] << 16 | r[14],
        outcomes=tuple(r[32:96]),
    )


def encode_state(state: LineState) -> list[int]:
    """The registers 0–95 a PLC shows for `state` (the inverse of `decode_state`)."""
    registers = [0] * PLC_REGISTERS
    registers[PlcRegister.MAP_VERSION] = state.map_version
    registers[PlcRegister.BOOT_ID] = state.boot_id
    registers[PlcRegister.HEARTBEAT] = state.heartbeat
    registers[PlcRegister.STATUS] = _status_bits(state)
    registers[PlcRegister.BELT_MM_S] = state.belt_mm_s
    for address, value in (
        (PlcRegister.ITEMS_AT_TRIGGER, state.items_at_trigger),
        (PlcRegister.ITEMS_AT_GATE, state.items_at_gate),
        (PlcRegister.REJECTS_FIRED, state.rejects_fired),
        (PlcRegister.REJECTS_CONFIRMED, state.rejects_confirmed),
        (PlcRegister.ENCODER, state.encoder),
    ):
        registers[address : address + 2] = divmod(value % _WHOLE, 1 << 16)
    registers[PlcRegister.OUTCOME_RING :] = state.outcomes
    return registers


def _status_bits(state: LineState) -> int:
    flags = (
        (StatusBit.RUNNING, state.running),
        (StatusBit.ESTOP, state.estop),
        (StatusBit.AIR_OK, state.air_ok),
        (StatusBit.BIN_FULL, state.bin_full),
        (StatusBit.CONFIRM_OK, state.confirm_ok),
        (StatusBit.MANUAL, state.manual),
        (StatusBit.NEEDS_RESET, state.needs_reset),
    )
    return sum(bit for bit, is_set in flags if is_set)


def encode_beat(boot_id: int, heartbeat: int, command: LineCommand) -> list[int]:
    """The agent's registers 100–103."""
    bits = CommandBit.RUN * command.run + CommandBit.STOP * command.stop
    return [boot_id, heartbeat, bits, command.beacon]


def verdict_writes(verdicts: Mapping[int, Verdict]) -> Iterator[tuple[int, list[int]]]:
    """The fewest (address, values) writes that put `verdicts` into the ring.

    `ValueError` when two items want one slot.
    """
    slots: dict[int, int] = {}
    for item, verdict in verdicts.items():
        slot = item % RING_SLOTS
        if slot in slots:
            raise ValueError(
                f"items {RING_SLOTS} apart share slot {slot} (item {item})"
            )
        slots[slot] = ring_value(item, verdict)
    start, values = 0, list[int]()
    for slot in sorted(slots):
        if values and slot != start + len(values):
            yield AgentRegister.VERDICT_RING + start, values
            values = []
        if not values:
            start = slot
        values.append(slots[slot])
    if values:
        yield AgentRegister.VERDICT_RING + start, values
