"""The OPC UA face of the line's PLC: its registers as typed nodes.

The same PLC as behind Modbus (`simulators.io.line_io`), seen through its register bank.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from drivers.transports.base import RegisterRefusedError
from drivers.transports.nodes import NodeRefusedError, NodeType, NodeValue
from simulators.io.line_io import OUTCOMES, RING, VERDICTS, Command, Register, Status
from simulators.nodes import Node, NodeTable

URI: Final = "urn:line-sim:plc"
OWNER: Final = "LineIO"

_NUMBERS: Final = {
    "MapVersion": (NodeType.UINT16, Register.MAP_VERSION),
    "BootId": (NodeType.UINT16, Register.BOOT_ID),
    "Heartbeat": (NodeType.UINT16, Register.HEARTBEAT),
    "ItemsAtTrigger": (NodeType.UINT32, Register.ITEMS_AT_TRIGGER),
    "ItemsAtGate": (NodeType.UINT32, Register.ITEMS_AT_GATE),
    "RejectsFired": (NodeType.UINT32, Register.REJECTS_FIRED),
    "RejectsConfirmed": (NodeType.UINT32, Register.REJECTS_CONFIRMED),
    "BeltSpeed": (NodeType.UINT16, Register.BELT_MM_S),
    "Encoder": (NodeType.UINT32, Register.ENCODER),
}
_STATUS: Final = {
    "Running": Status.RUNNING,
    "EStop": Status.ESTOP,
    "AirOk": Status.AIR_OK,
    "BinFull": Status.BIN_FULL,
    "ConfirmOk": Status.CONFIRM_OK,
    "Manual": Status.MANUAL,
    "NeedsReset": Status.NEEDS_RESET,
}
_ORDERS: Final = {
    "Run": (Register.COMMAND, Command.RUN),
    "Stop": (Register.COMMAND, Command.STOP),
    "BeaconRed": (Register.BEACON, 1),
    "BeaconAmber": (Register.BEACON, 2),
    "BeaconGreen": (Register.BEACON, 4),
    "Buzzer": (Register.BEACON, 8),
}
_AGENT: Final = int(Register.AGENT_BOOT_ID)


class Bank(Protocol):
    """The PLC's registers at the present moment."""

    def read(self, address: int, count: int) -> Sequence[int]: ...

    def write(self, address: int, values: Sequence[int]) -> None: ...


class PlcNodes:
    """`table` for a host. `slot_nodes`: each verdict slot has a node of its own too.

    A fault: while `frozen` the server answers with what it last had (a PLC in STOP).
    """

    def __init__(self, bank: Bank, *, slot_nodes: bool = False, uri: str = URI) -> None:
        self.frozen = False
        self._bank = bank
        self._seen: list[int] = []
        self._agent = [0] * 4
        self._told = False
        nodes = [*self._numbers(), *self._states(), self._outcomes()]
        nodes += [*self._orders(), *self._rings(slot_nodes=slot_nodes)]
        self.table = NodeTable(
            uri=uri, owner=OWNER, nodes=nodes, before=self._look, after=self._tell
        )
        self._look()

    def _look(self) -> None:
        if not self.frozen:
            self._seen = list(self._bank.read(0, OUTCOMES + RING))
            self._agent = list(self._bank.read(_AGENT, 4))

    def _tell(self) -> None:
        if self._told:
            self._told = False
            self._write(_AGENT, self._agent)

    def _write(self, address: int, values: Sequence[int]) -> None:
        try:
            self._bank.write(address, values)
        except RegisterRefusedError:
            raise NodeRefusedError("BadOutOfRange") from None

    def _numbers(self) -> list[Node]:
        return [
            Node(name=name, type=kind, get=partial(self._number, kind, place))
            for name, (kind, place) in _NUMBERS.items()
        ]

    def _states(self) -> list[Node]:
        return [
            Node(
                name=name,
                type=NodeType.BOOLEAN,
                get=partial(self._state, bit),
            )
            for name, bit in _STATUS.items()
        ]

    def _outcomes(self) -> Node:
        return Node(
            name="Outcomes",
            type=NodeType.UINT16,
            length=RING,
            get=lambda: tuple(self._seen[OUTCOMES:]),
        )

    def _orders(self) -> list[Node]:
        numbers = [
            Node(
                name=name,
                type=NodeType.UINT16,
                get=partial(self._order, place),
                put=partial(self._put_number, place),
            )
            for name, place in (
                ("AgentBootId", Register.AGENT_BOOT_ID),
                ("AgentHeartbeat", Register.AGENT_HEARTBEAT),
            )
        ]
        bits = [
            Node(
                name=name,
                type=NodeType.BOOLEAN,
                get=partial(self._order_bit, place, bit),
                put=partial(self._put_bit, place, bit),
            )
            for name, (place, bit) in _ORDERS.items()
        ]
        return numbers + bits

    def _rings(self, *, slot_nodes: bool) -> list[Node]:
        ring = Node(
            name="Verdicts",
            type=NodeType.UINT16,
            length=RING,
            get=lambda: tuple(self._bank.read(VERDICTS, RING)),
            put=self._put_slots,
        )
        if not slot_nodes:
            return [ring]
        slots = [
            Node(
                name=f"Verdicts[{slot}]",
                type=NodeType.UINT16,
                get=partial(self._slot, slot),
                put=partial(self._put_slot, slot),
            )
            for slot in range(RING)
        ]
        return [ring, *slots]

    # What the nodes show and take.

    def _number(self, kind: NodeType, register: int) -> NodeValue:
        high, low = self._seen[register : register + 2]
        return high << 16 | low if kind is NodeType.UINT32 else high

    def _state(self, bit: int) -> NodeValue:
        return bool(self._seen[Register.STATUS] & bit)

    def _order(self, register: int) -> NodeValue:
        return self._agent[register - _AGENT]

    def _order_bit(self, register: int, bit: int) -> NodeValue:
        return bool(self._agent[register - _AGENT] & bit)

    def _put_number(self, register: int, _first: int, value: NodeValue) -> None:
        assert isinstance(value, int)
        self._agent[register - _AGENT] = value
        self._told = True

    def _put_bit(self, register: int, bit: int, _first: int, value: NodeValue) -> None:
        before = self._agent[register - _AGENT]
        self._put_number(register, 0, before | bit if value else before & ~bit)

    def _slot(self, slot: int) -> NodeValue:
        return self._bank.read(VERDICTS + slot, 1)[0]

    def _put_slot(self, slot: int, _first: int, value: NodeValue) -> None:
        self._put_slots(slot, value)

    def _put_slots(self, first: int, value: NodeValue) -> None:
        values = value if isinstance(value, tuple) else (value,)
        self._write(VERDICTS + first, [int(each) for each in values])
