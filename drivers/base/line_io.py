"""The line I/O contract, map version 1, as values (docs/devices/line-io.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, runtime_checkable

from drivers.base.device import Device


class Verdict(IntEnum):
    """Values of the verdict ring (line I/O contract)."""

    NONE = 0
    PASS = 1
    REJECT = 2


class Outcome(IntEnum):
    """Values of the outcome ring: what the PLC saw happen at the gate."""

    NONE = 0
    PASSED = 1
    REJECTED = 2
    ABSENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """One consistent picture of the PLC's registers."""

    map_version: int
    boot_id: int
    heartbeat: int
    running: bool
    estop: bool
    air_ok: bool
    bin_full: bool
    confirm_ok: bool
    manual: bool
    needs_reset: bool
    items_at_trigger: int
    items_at_gate: int
    rejects_fired: int
    rejects_confirmed: int
    belt_mm_s: int
    encoder: int
    outcomes: tuple[int, ...]

    def outcome(self, item: int) -> Outcome:
        """What became of `item`; NONE when its slot holds another item's."""
        value = self.outcomes[item % len(self.outcomes)]
        if value >> 2 != item % 16384:
            return Outcome.NONE
        return Outcome(value & 3)


class Beacon(IntEnum):
    """Bits of the beacon register."""

    RED = 1
    AMBER = 2
    GREEN = 4
    BUZZER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommand:
    """What the agent tells the PLC with every heartbeat.

    `run` opens the infeed; without it the conveyor only clears itself. `stop` halts
    the conveyor now. `beacon` is a sum of `Beacon` bits.
    """

    run: bool
    stop: bool
    beacon: int = 0


@runtime_checkable
class LineIO(Device, Protocol):
    """The line I/O contract, map version 1, over whichever face."""

    async def poll(self) -> LineState: ...

    async def beat(self, command: LineCommand) -> None: ...

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None: ...
