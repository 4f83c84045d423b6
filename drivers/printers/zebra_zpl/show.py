"""What a ZPL printer says, as readings."""

from drivers.printers.zebra_zpl.messages import Alert, ErrorStatus, HostStatus
from drivers.readings import Category, ReadingBoard

# Conditions in the words of an English panel: reading, normal value, value when set.
_CONDITIONS: dict[str, tuple[str, str, str]] = {
    "PAPER OUT": ("media", "ok", "out"),
    "RIBBON OUT": ("ribbon", "ok", "out"),
    "HEAD OPEN": ("head", "closed", "open"),
    "PRINTER PAUSED": ("paused", "no", "yes"),
}


class Show:
    """Puts on `board` what was heard."""

    def __init__(self, board: ReadingBoard) -> None:
        self._board = board
        self._alerts = 0

    def status(self, status: HostStatus) -> None:
        """From `~HS`."""
        put = self._board.put
        put("media", "out" if status.paper_out else "ok")
        put("ribbon", "out" if status.ribbon_out else "ok")
        put("head", "open" if status.head_open else "closed")
        put("paused", "yes" if status.paused else "no")
        put("formats waiting", status.formats_waiting)
        put("labels remaining", status.labels_remaining, category=Category.DETAIL)
        temperature = "normal"
        if status.over_temperature or status.under_temperature:
            temperature = "too hot" if status.over_temperature else "too cold"
        put("head temperature", temperature)

    def errors(self, status: ErrorStatus) -> None:
        """From `~HQES`."""
        self._board.put("errors", ", ".join(status.errors) or "none")
        self._board.put("warnings", ", ".join(status.warnings) or "none")

    def label_count(self, count: int) -> None:
        """Labels printed in the printer's life."""
        self._board.put("label count", count, unit="labels")

    def alert(self, alert: Alert) -> None:
        """What it said unasked."""
        self._alerts += 1
        self._board.put("last alert", alert.text)
        self._board.put("alerts", self._alerts, category=Category.DETAIL)
        known = _CONDITIONS.get(alert.condition.upper())
        if known is not None and alert.is_set is not None:
            name, normal, when_set = known
            self._board.put(name, when_set if alert.is_set else normal)
