"""Faults of a plan as they strike a running line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from simulators.world.faults import (
    BottleAdded,
    BottleTaken,
    LabelStock,
    LinkCut,
    MachineFault,
    PlcReboot,
    PrinterPower,
    PrinterSlip,
    Silence,
    TimedFault,
)
from simulators.world.record import Kind

if TYPE_CHECKING:
    from simulators.line import SimulatedLine


class Interference:
    """Does to a line what a fault says; faults may also be had `strike` at once."""

    def __init__(self, line: SimulatedLine) -> None:
        self._line = line

    def schedule(self, fault: TimedFault) -> None:
        """Have `fault` strike when its time comes."""
        at_s = self._line.start_s + fault.at_s
        self._line.world.agenda.at(at_s, lambda _now_s: self.strike(fault))

    def strike(self, fault: TimedFault) -> None:
        """Now. A device the line does not have is a KeyError."""
        line, world = self._line, self._line.world
        match fault:
            case PrinterPower(mode=mode, off_s=off_s):
                line.printer.power_cycle(world.now_s, mode, off_s)
                self._cut("printer", off_s)
            case PrinterSlip(slip=slip):
                line.printer.slip(slip)
            case LinkCut(device=device, for_s=for_s):
                self._cut(device, for_s)
            case Silence(device=device, for_s=for_s):
                wire = line.wires[device]
                wire.silence(on=True)
                self._later(for_s, partial(wire.silence, on=False))
            case PlcReboot():
                world.reboot_plc()
            case MachineFault(hazard=hazard, for_s=for_s):
                world.set_hazard(hazard, on=True)
                self._later(for_s, partial(world.set_hazard, hazard, on=False))
            case BottleTaken():
                world.take_bottle()
            case BottleAdded(text=text):
                world.add_bottle(text)
            case LabelStock(device=device, for_s=for_s):
                printer = line.label_printers[Kind(device.removesuffix("_printer"))]
                printer.fail(media_out=True)
                self._later(for_s, lambda: printer.mend(world.now_s))
        line.poke()

    def _cut(self, device: str, for_s: float) -> None:
        wire = self._line.wires[device]
        if for_s > 0:
            wire.refuse(on=True)
            self._later(for_s, partial(wire.refuse, on=False))
        wire.cut()

    def _later(self, for_s: float, undo: Callable[[], None]) -> None:
        world = self._line.world
        world.agenda.at(world.now_s + for_s, lambda _now_s: undo())
