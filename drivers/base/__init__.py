"""What the line may ask of a device, whatever its make.

Every call either returns or raises a `drivers.errors.DriverError`. Calls ask for
states, never for toggles, so a repeated call is harmless; the exception is `queue`,
which hands over codes and is never repeated (promise 1).
"""

from drivers.base.device import (
    Device,
    DeviceStatus,
    Diagnosable,
    Identity,
    LinkState,
    Role,
)
from drivers.base.forcing import Forcible, Points
from drivers.base.labels import Label, LabelPrinter, LabelPrinterStatus
from drivers.base.line_io import (
    Beacon,
    LineCommand,
    LineIO,
    LineState,
    Outcome,
    Verdict,
)
from drivers.base.printers import (
    CodePrinter,
    Confirmation,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
    RecordState,
)
from drivers.base.readers import Camera, CodeReader, Exposed, TextRead, Triggered
from drivers.base.trying import TriesPrinting

__all__ = [
    "Beacon",
    "Camera",
    "CodePrinter",
    "CodeReader",
    "Confirmation",
    "Device",
    "DeviceStatus",
    "Diagnosable",
    "Exposed",
    "Forcible",
    "Identity",
    "Label",
    "LabelPrinter",
    "LabelPrinterStatus",
    "LineCommand",
    "LineIO",
    "LineState",
    "LinkState",
    "Outcome",
    "Points",
    "PrintProgress",
    "PrintRecord",
    "PrinterState",
    "PrinterStatus",
    "RecordState",
    "Role",
    "TextRead",
    "TriesPrinting",
    "Triggered",
    "Verdict",
]
