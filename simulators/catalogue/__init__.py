"""What a simulated line can be built of, each by name, with what a plant would write.

A name is the kind of the settings, with a variant where one kind stands for several
machines: `opcua_coder/queue`, `remote_io/moxa_e1212`.
"""

from simulators.catalogue.choice import ChoiceError, LineChoice
from simulators.catalogue.controls import CONTROLS, Control
from simulators.catalogue.printers import PRINTERS, Printer, UnitPrinter
from simulators.catalogue.readers import PACKING_READERS, READERS, LineReader, Reader

# Kinds a line has no place for, or that have no simulator, with the reason.
NOT_ON_THE_LINE = {
    "keyboard_wedge": "types through the kernel's input devices, which is no address",
}

__all__ = [
    "CONTROLS",
    "NOT_ON_THE_LINE",
    "PACKING_READERS",
    "PRINTERS",
    "READERS",
    "ChoiceError",
    "Control",
    "LineChoice",
    "LineReader",
    "Printer",
    "Reader",
    "UnitPrinter",
]
