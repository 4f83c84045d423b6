"""The platform's reference stub: the contract of docs/platform.md, executable.

`PlatformLedger` is what it knows, `create_app` its HTTP face, `issue_order` its
clerk, `FaultScript` its bad days, `MemoryTransport` and `serve` its two hosts.
"""

from simulators.platform.app import create_app
from simulators.platform.faults import Fault, FaultScript
from simulators.platform.host import PortTakenError, running, serve
from simulators.platform.issuing import (
    AlreadyIssuedError,
    Carrier,
    Issued,
    OrderPlan,
    issue_order,
    target_for,
)
from simulators.platform.ledger import PlatformLedger
from simulators.platform.memory import MemoryTransport
from simulators.platform.user_codes import UserCodes, UserCodesError, read_user_codes

__all__ = [
    "AlreadyIssuedError",
    "Carrier",
    "Fault",
    "FaultScript",
    "Issued",
    "MemoryTransport",
    "OrderPlan",
    "PlatformLedger",
    "PortTakenError",
    "UserCodes",
    "UserCodesError",
    "create_app",
    "issue_order",
    "read_user_codes",
    "running",
    "serve",
    "target_for",
]
