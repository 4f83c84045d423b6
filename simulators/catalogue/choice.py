"""Which of the catalogue's devices stand on a line."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from simulators.catalogue.controls import CONTROLS, Control
from simulators.catalogue.printers import PRINTERS, Printer
from simulators.catalogue.readers import PACKING_READERS, READERS, Reader

T = TypeVar("T")


class ChoiceError(ValueError):
    """There is no such device in the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChoice:
    """By names of the catalogue. `ChoiceError` for one that is not there."""

    printer: str = "leibinger_jet"
    reader: str = "text_reader"
    io: str = "line_io"
    packing_reader: str = "text_reader"

    def __post_init__(self) -> None:
        find(PRINTERS, "printer", self.printer)
        find(READERS, "reader", self.reader)
        find(CONTROLS, "line I/O", self.io)
        find(PACKING_READERS, "packing reader", self.packing_reader)

    @property
    def unit_printer(self) -> Printer:
        """What the catalogue says of the printer."""
        return PRINTERS[self.printer]

    @property
    def unit_reader(self) -> Reader:
        """What the catalogue says of the fixed reader."""
        return READERS[self.reader]

    @property
    def control(self) -> Control:
        """What the catalogue says of the line I/O."""
        return CONTROLS[self.io]

    @property
    def label_reader(self) -> Reader:
        """What the catalogue says of the packing stations' readers."""
        return PACKING_READERS[self.packing_reader]


def find(devices: Mapping[str, T], what: str, name: str) -> T:
    """The device of that name; `ChoiceError` with the nearest one."""
    if name in devices:
        return devices[name]
    close = difflib.get_close_matches(name, devices, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(devices)}"
    raise ChoiceError(f"no simulated {what} {name!r}; {hint}")
