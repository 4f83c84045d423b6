"""What a Codenet printer's states mean for the line."""

from collections.abc import Mapping

from drivers.base import PrinterState, PrinterStatus
from drivers.printers.domino_codenet.messages import (
    JET_TEXTS,
    BasicStatus,
    ExtendedStatus,
    JetState,
)

_STATES: Mapping[int, PrinterState] = {
    JetState.SEQUENCING_ON: PrinterState.STARTING,
    JetState.INITIALISING: PrinterState.STARTING,
    JetState.SEQUENCING_OFF: PrinterState.OFF,
    JetState.STANDBY: PrinterState.OFF,
    JetState.FAULT: PrinterState.FAULT,
}


def described(
    extended: ExtendedStatus | None, basic: BasicStatus, *, head_on: bool
) -> PrinterStatus:
    """State of the jet (None: this printer does not tell), then of the head.

    An alert without a place in the table stops nothing by itself; that the printer
    does not print although its head is enabled (2xx) does.
    """
    jet = JetState.NO_ALERT if extended is None else extended.state
    detail = JET_TEXTS.get(jet, f"报警 alert {jet:03d}")
    if basic.code:
        detail = f"{detail}, 状态 status {basic.code:03d}"
    state = _STATES.get(jet)
    if state is None:
        state = PrinterState.PRINTING if head_on else PrinterState.IDLE
        if head_on and basic.inhibits_printing:
            state = PrinterState.FAULT
    if not head_on:
        detail = f"{detail}, 喷头未启用 head disabled"
    return PrinterStatus(state=state, error=basic.code, detail=detail)
