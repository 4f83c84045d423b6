"""The PLC of the line: line I/O map version 1 over a shift register that rejects.

It numbers what passes the trigger sensor, fires the camera for each number, and at
the gate lets a bottle through only if the agent's verdict for exactly its number
says so and the agent is alive. Everything else is thrown out.
"""

from collections import deque
from collections.abc import Sequence
from enum import IntEnum
from math import inf
from typing import Final

from drivers.transports.base import RegisterRefusedError

MAP_VERSION: Final = 1
REGISTERS: Final = 192
RING: Final = 64
OUTCOMES: Final = 32
VERDICTS: Final = 128
ITEM_MODULUS: Final = 16384
FIRST_WRITABLE: Final = 96
ILLEGAL_ADDRESS: Final = 2
PASS: Final = 1


class Register(IntEnum):
    """Holding registers by name; counters take two, high word first."""

    MAP_VERSION = 0
    BOOT_ID = 1
    HEARTBEAT = 2
    STATUS = 3
    ITEMS_AT_TRIGGER = 4
    ITEMS_AT_GATE = 6
    REJECTS_FIRED = 8
    REJECTS_CONFIRMED = 10
    BELT_MM_S = 12
    ENCODER = 13
    AGENT_BOOT_ID = 100
    AGENT_HEARTBEAT = 101
    COMMAND = 102
    BEACON = 103


class Status(IntEnum):
    """Bits of the status register."""

    RUNNING = 1
    ESTOP = 2
    AIR_OK = 4
    BIN_FULL = 8
    CONFIRM_OK = 16
    MANUAL = 32
    NEEDS_RESET = 64


class Command(IntEnum):
    """Bits of the command register."""

    RUN = 1
    STOP = 2


class _Outcome(IntEnum):
    PASSED = 1
    REJECTED = 2
    ABSENT = 3


# Plain numbers: these are looked at for every bottle.
_BLOCKED: Final = int(
    Status.ESTOP | Status.BIN_FULL | Status.MANUAL | Status.NEEDS_RESET
)
_NEEDS_RESET: Final = int(Status.NEEDS_RESET)
_RUN: Final = int(Command.RUN)
_STOP: Final = int(Command.STOP)
_COMMAND: Final = int(Register.COMMAND)
_BEAT: Final = int(Register.AGENT_HEARTBEAT)


class Plc:
    """Pure: time and odometer are arguments. `gate_mm` is the way from the trigger.

    Items at the trigger counts the numbers given out. Items at the gate is the number
    up to which every one has left the register, passed, rejected or absent. A reject
    of something without a number shows in rejects fired alone.
    """

    def __init__(
        self,
        *,
        gate_mm: float,
        window_mm: float,
        start_s: float = 0.0,
        boot_id: int = 1,
        watchdog_s: float = 0.5,
    ) -> None:
        self.sees_ahead_mm = 0.0
        self._gate_mm = gate_mm
        self._window_mm = window_mm
        self._watchdog_s = watchdog_s
        self._status = int(Status.AIR_OK | Status.CONFIRM_OK)
        self._boot(boot_id, start_s)

    def _boot(self, boot_id: int, now_s: float) -> None:
        self._registers = [0] * REGISTERS
        self._registers[Register.MAP_VERSION] = MAP_VERSION
        self._registers[Register.BOOT_ID] = boot_id
        self._registers[Register.STATUS] = self._status
        self._booted_s = now_s
        self._beat_s = -inf
        self._tracked: deque[tuple[int, float]] = deque()
        self._items = 0
        self._fired = 0
        self._confirmed = 0
        self.deadline_s = inf
        """When the watchdog will bite unless the agent's heartbeat moves."""

    # The plant side.

    def trigger(self, odometer_mm: float) -> int:
        """Something broke the light beam: its number."""
        self._items = (self._items + 1) & 0xFFFFFFFF
        self._tracked.append((self._items, odometer_mm))
        self._count(Register.ITEMS_AT_TRIGGER, self._items)
        return self._items

    def at_sensor(self, odometer_mm: float) -> None:
        """It has none before the gate."""

    def gate(self, odometer_mm: float, now_s: float) -> bool:
        """A bottle stands at the gate: whether it may pass. False fires the reject."""
        item = self._match(odometer_mm)
        if (
            item is not None
            and self._good(item)
            and self._beating(now_s)
            and not self._status & _NEEDS_RESET
        ):
            self._note(item, _Outcome.PASSED)
            return True
        if item is not None:
            self._note(item, _Outcome.REJECTED)
        self._fired += 1
        self._count(Register.REJECTS_FIRED, self._fired)
        return False

    def window_closed(self, item: int) -> None:
        """The place of `item` has gone by the gate; without a bottle it is absent."""
        for position, (tracked, _) in enumerate(self._tracked):
            if tracked == item:
                del self._tracked[position]
                self._note(item, _Outcome.ABSENT)
                return

    def reject_confirmed(self) -> None:
        """The reject's own sensor saw a bottle fall."""
        self._confirmed += 1
        self._count(Register.REJECTS_CONFIRMED, self._confirmed)

    def check_watchdog(self, now_s: float) -> bool:
        """Whether the agent's silence has just been found to be too long."""
        if now_s < self.deadline_s:
            return False
        self.deadline_s = inf
        self._set(Status.NEEDS_RESET, on=True)
        return True

    def set_estop(self, *, pressed: bool) -> None:
        """The emergency stop; released, it still wants a reset."""
        self._set(Status.ESTOP, on=pressed)
        if pressed:
            self._set(Status.NEEDS_RESET, on=True)

    def set_status(self, bit: Status, *, on: bool) -> None:
        """Air, bin, confirm sensor, manual mode, belt running."""
        self._set(bit, on=on)

    def operator_reset(self, now_s: float) -> bool:
        """The reset button; refused while the cause is still there."""
        if self._status & Status.ESTOP or not self._beating(now_s):
            return False
        self._set(Status.NEEDS_RESET, on=False)
        self.deadline_s = self._beat_s + self._watchdog_s
        return True

    def reboot(self, now_s: float) -> None:
        """Power off and on: a new boot id, and nothing is remembered."""
        self._set(Status.NEEDS_RESET, on=bool(self._status & Status.ESTOP))
        boot_id = self._registers[Register.BOOT_ID] % 0xFFFF + 1
        self._boot(boot_id, now_s)

    # Its outputs.

    @property
    def boot_id(self) -> int:
        """Rises with every reboot."""
        return self._registers[Register.BOOT_ID]

    @property
    def needs_reset(self) -> bool:
        """Whether it waits for the reset button."""
        return bool(self._status & _NEEDS_RESET)

    @property
    def tracking(self) -> bool:
        """Whether numbers are still on their way to the gate."""
        return bool(self._tracked)

    @property
    def infeed_open(self) -> bool:
        """Whether new bottles are let in."""
        return self._released and self._registers[_COMMAND] & 3 == _RUN

    def conveyor(self, *, occupied: bool) -> bool:
        """Whether the belt shall move; without `run` it only clears itself."""
        command = self._registers[_COMMAND]
        if command & _STOP or not self._released:
            return False
        return occupied or bool(command & _RUN)

    @property
    def _released(self) -> bool:
        return (
            self._beat_s > -inf
            and not self._status & _BLOCKED
            and bool(self._status & Status.AIR_OK)
        )

    # The network side.

    def read(
        self,
        address: int,
        count: int,
        now_s: float,
        odometer_mm: float,
        belt_mm_s: float,
    ) -> list[int]:
        """Registers as they are now. RegisterRefusedError outside the map."""
        end = address + count
        if address < 0 or count < 1 or end > REGISTERS:
            raise RegisterRefusedError(ILLEGAL_ADDRESS)
        if address <= Register.ENCODER + 1:
            live = self._registers
            live[Register.HEARTBEAT] = int((now_s - self._booted_s) * 10) & 0xFFFF
            live[Register.BELT_MM_S] = int(belt_mm_s)
            self._count(Register.ENCODER, int(odometer_mm))
        return self._registers[address:end]

    def write(self, address: int, values: Sequence[int], now_s: float) -> None:
        """Set registers of the agent's side.

        RegisterRefusedError elsewhere, and then nothing is written.
        """
        end = address + len(values)
        if address < FIRST_WRITABLE or end > REGISTERS or not values:
            raise RegisterRefusedError(ILLEGAL_ADDRESS)
        beat = self._registers[_BEAT]
        self._registers[address:end] = values
        if self._registers[_BEAT] != beat:
            self._beat_s = now_s
            if not self._status & _NEEDS_RESET:
                self.deadline_s = now_s + self._watchdog_s

    # Within.

    def _match(self, odometer_mm: float) -> int | None:
        """Take the number whose place is nearest, within the window, if any."""
        best = -1
        best_off_mm = self._window_mm
        for position, (_, trigger_mm) in enumerate(self._tracked):
            off_mm = abs(odometer_mm - trigger_mm - self._gate_mm)
            if off_mm < best_off_mm or (best < 0 and off_mm == best_off_mm):
                best, best_off_mm = position, off_mm
            elif odometer_mm - trigger_mm < self._gate_mm - self._window_mm:
                break
        if best < 0:
            return None
        item, _ = self._tracked[best]
        del self._tracked[best]
        return item

    def _good(self, item: int) -> bool:
        held = self._registers[VERDICTS + item % RING]
        return held == item % ITEM_MODULUS * 4 + PASS

    def _beating(self, now_s: float) -> bool:
        return now_s - self._beat_s < self._watchdog_s

    def _note(self, item: int, outcome: _Outcome) -> None:
        self._registers[OUTCOMES + item % RING] = item % ITEM_MODULUS * 4 + outcome
        oldest = self._tracked[0][0] if self._tracked else self._items + 1
        self._count(Register.ITEMS_AT_GATE, oldest - 1)

    def _count(self, register: Register, value: int) -> None:
        self._registers[register] = value >> 16 & 0xFFFF
        self._registers[register + 1] = value & 0xFFFF

    def _set(self, bit: Status, *, on: bool) -> None:
        self._status = self._status | bit if on else self._status & ~bit
        self._registers[Register.STATUS] = self._status
