"""Line I/O map, version 1: where each value stands and what its bits mean.

Addresses are offsets from a base that settings name. See docs/devices/line-io.md.
"""

from enum import IntEnum, IntFlag

MAP_VERSION = 1

# The ring's slot is `item % RING_SLOTS`; its value carries `item % ITEM_MODULUS`.
RING_SLOTS = 64
ITEM_MODULUS = 16384


class PlcRegister(IntEnum):
    """PLC → agent. Two-register values have their high word first."""

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
    OUTCOME_RING = 32


# One read of this many registers from the base is the whole picture.
PLC_REGISTERS = PlcRegister.OUTCOME_RING + RING_SLOTS


class AgentRegister(IntEnum):
    """Agent → PLC."""

    BOOT_ID = 100
    HEARTBEAT = 101
    COMMAND = 102
    BEACON = 103
    VERDICT_RING = 128


AGENT_REGISTERS = AgentRegister.VERDICT_RING + RING_SLOTS


class StatusBit(IntFlag):
    """Bits of `PlcRegister.STATUS`."""

    RUNNING = 1 << 0
    ESTOP = 1 << 1
    AIR_OK = 1 << 2
    BIN_FULL = 1 << 3
    CONFIRM_OK = 1 << 4
    MANUAL = 1 << 5
    NEEDS_RESET = 1 << 6


class CommandBit(IntFlag):
    """Bits of `AgentRegister.COMMAND`. Neither: infeed closed, conveyor clears."""

    RUN = 1 << 0
    STOP = 1 << 1
