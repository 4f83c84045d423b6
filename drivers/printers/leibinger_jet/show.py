"""What a JET says, as readings."""

from drivers.printers.leibinger_jet.messages import (
    ERROR_TEXTS,
    MACHINE_TEXTS,
    NOZZLE_TEXTS,
    Counters,
    FifoStatus,
    JobField,
    RunStatus,
)
from drivers.readings import Category, ReadingBoard


class Show:
    """Puts on `board` what was heard."""

    def __init__(self, board: ReadingBoard) -> None:
        self._board = board

    def run_status(self, status: RunStatus) -> None:
        """From `=RS`."""
        put = self._board.put
        put("machine", MACHINE_TEXTS.get(status.machine, f"state {status.machine}"))
        put("nozzle", NOZZLE_TEXTS.get(status.nozzle, f"state {status.nozzle}"))
        put("error", status.error, low=0, high=0)
        put("error text", ERROR_TEXTS.get(status.error, ""), category=Category.DETAIL)
        put("head cover", "open" if status.cover_open else "closed")
        put("belt speed", status.speed / 10, unit="m/min")

    def fifo_status(self, fifo: FifoStatus) -> None:
        """From `=SM`."""
        put = self._board.put
        put("records waiting", fifo.entries, unit="records", low=0, high=fifo.depth)
        put("last record begun", fifo.last_started)
        put("product triggers", fifo.print_gos)

    def counters(self, counters: Counters) -> None:
        """From `=CC`."""
        self._board.put("product count", counters.product, unit="prints")
        self._board.put("total count", counters.total, unit="prints")

    def job(self, path: str) -> None:
        """From `=JL`."""
        self._board.put("job", path)

    def mail_field(self, field: JobField | None) -> None:
        """From the lines of `?JB`: the field that prints records."""
        length = field.length if field else 0
        self._board.put("mail field length", length, unit="characters", low=1)
