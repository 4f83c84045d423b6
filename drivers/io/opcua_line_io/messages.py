"""Line I/O map, version 1, as OPC UA nodes: names, types, order.

The order is that of the requests. In a read the outcomes come after the count of items
at the gate, so that an outcome announced by the count is there; in a write the
heartbeat comes last, so that the PLC never counts from a beat whose command it does not
have yet.
"""

from collections.abc import Mapping
from typing import Final

from drivers.base import Beacon
from drivers.transports.nodes import NodeType

PLC_NODES: Final[Mapping[str, NodeType]] = {
    "MapVersion": NodeType.UINT16,
    "BootId": NodeType.UINT16,
    "Heartbeat": NodeType.UINT16,
    "Running": NodeType.BOOLEAN,
    "EStop": NodeType.BOOLEAN,
    "AirOk": NodeType.BOOLEAN,
    "BinFull": NodeType.BOOLEAN,
    "ConfirmOk": NodeType.BOOLEAN,
    "Manual": NodeType.BOOLEAN,
    "NeedsReset": NodeType.BOOLEAN,
    "ItemsAtTrigger": NodeType.UINT32,
    "ItemsAtGate": NodeType.UINT32,
    "RejectsFired": NodeType.UINT32,
    "RejectsConfirmed": NodeType.UINT32,
    "BeltSpeed": NodeType.UINT16,
    "Encoder": NodeType.UINT32,
    "Outcomes": NodeType.UINT16,
}

AGENT_NODES: Final[Mapping[str, NodeType]] = {
    "AgentBootId": NodeType.UINT16,
    "Run": NodeType.BOOLEAN,
    "Stop": NodeType.BOOLEAN,
    "BeaconRed": NodeType.BOOLEAN,
    "BeaconAmber": NodeType.BOOLEAN,
    "BeaconGreen": NodeType.BOOLEAN,
    "Buzzer": NodeType.BOOLEAN,
    "AgentHeartbeat": NodeType.UINT16,
}

LAMPS: Final[Mapping[str, Beacon]] = {
    "BeaconRed": Beacon.RED,
    "BeaconAmber": Beacon.AMBER,
    "BeaconGreen": Beacon.GREEN,
    "Buzzer": Beacon.BUZZER,
}

VERDICTS: Final = "Verdicts"
VERDICT_TYPE: Final = NodeType.UINT16
