"""What the printer's state means to the line, and the readings it publishes."""

from drivers.base import PrinterState, PrinterStatus
from drivers.printers.hitachi_modbus.messages import (
    Alarm,
    Analysis,
    Condition,
    Operation,
    UnitStatus,
)
from drivers.printers.hitachi_modbus.settings import Operated
from drivers.printers.hitachi_modbus.texts import (
    BLOCK,
    FACTOR,
    FUNCTION,
    OPERATION,
    WARNING,
    named,
)
from drivers.readings import Category, ReadingBoard

OFFLINE = (
    "打印机离线 printer is offline: 请在打印机上切换到在线 put it online at the printer"
)
# The factor of a refusal while offline: an offline printer has no code of its own.
_OFFLINE_ERROR = 5

_STATES: dict[int, PrinterState] = {
    Operation.PAUSED: PrinterState.OFF,
    Operation.NOT_READY: PrinterState.IDLE,
    Operation.READY: PrinterState.PRINTING,
    # It takes up new data, and prints all the while.
    Operation.CHANGEOVER_M: PrinterState.PRINTING,
    Operation.CHANGEOVER_S: PrinterState.PRINTING,
    Operation.CHANGEOVER_V: PrinterState.PRINTING,
    Operation.STOPPING: PrinterState.OFF,
    Operation.MAINTENANCE: PrinterState.OFF,
}
# Nothing is printed in these, so there is nothing to stop.
RESTING = (
    Operation.PAUSED,
    Operation.NOT_READY,
    Operation.STOPPING,
    Operation.MAINTENANCE,
)


def described(
    status: UnitStatus, *, operated: Operated, may_switch: bool
) -> PrinterStatus:
    """State, number and text. What is no known state of rest is a fault.

    Offline is a fault unless the driver `may_switch` it online; a jet that is off is
    idle where `start` switches it on.
    """
    if not (status.is_online or may_switch):
        return PrinterStatus(
            state=PrinterState.FAULT, error=_OFFLINE_ERROR, detail=OFFLINE
        )
    state = _STATES.get(status.operation, PrinterState.FAULT)
    if operated == "jet" and status.operation == Operation.PAUSED:
        state = PrinterState.IDLE
    error = status.operation if state is PrinterState.FAULT else 0
    detail = named(OPERATION, status.operation)
    if status.warning in WARNING:
        error = error or status.warning
        detail += f"; {named(WARNING, status.warning)}"
    if not status.is_online:
        detail += "; 离线 offline"
    return PrinterStatus(state=state, error=error, detail=detail)


def refusal(code: int, analysis: Analysis | None) -> str:
    """A refusal in words: what the printer says of the last communication error."""
    said = f"refused (Modbus exception {code})"
    if analysis is None or not analysis.factor:
        return f"{said}; the printer does not say why (input registers 0004-0007)"
    return (
        f"{said}: {named(FACTOR, analysis.factor)} "
        f"[{named(BLOCK, analysis.block)}; {named(FUNCTION, analysis.function)}]"
    )


def show_status(board: ReadingBoard, status: UnitStatus) -> None:
    """Readings of the unit status."""
    board.put("online", status.is_online)
    board.put("can receive", status.can_receive, category=Category.DETAIL)
    board.put("operation", named(OPERATION, status.operation))
    warning = WARNING.get(status.warning, "")
    board.put("warning", warning)


def show_condition(board: ReadingBoard, condition: Condition, alarm: Alarm) -> None:
    """Readings of ink, head and alarm history. What is normal depends on the ink."""
    board.put("print count", condition.prints)
    board.put("ink viscosity", condition.viscosity)
    board.put("ink pressure", condition.pressure_mpa, unit="MPa")
    board.put("ambient temperature", condition.ambient_c, unit="°C")
    board.put("deflection voltage", condition.deflection_kv, unit="kV")
    board.put("excitation V-ref", condition.excitation_v_ref)
    board.put("excitation frequency", condition.excitation_khz, unit="kHz")
    detail = Category.DETAIL
    board.put(
        "ink operating time", condition.ink_operating_time, unit="h", category=detail
    )
    board.put("ink alarm time", condition.ink_alarm_time, unit="h", category=detail)
    board.put("alarms", alarm.count, category=detail)
    last = f"{alarm.at} No. {alarm.number}" if alarm.count else ""
    board.put("alarm 1 of history", last, category=detail)
