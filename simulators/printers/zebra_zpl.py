"""A ZPL II label printer: formats in, labels out one after another, honest `~HS`.

Replies are byte for byte those of captured ZT410 printers in the same state. Alerts
(`^SX`) are lines like those captured from a ZD621 and an older printer.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from simulators.printers.zpl_alerts import AlertBook
from simulators.printers.zpl_formats import FormatMemory
from simulators.printers.zpl_text import Command, CommandStream
from simulators.world.agenda import Timers
from simulators.world.labels import Label

IDENTITY: Final = "ZT410-200dpi,V75.19.15Z,8,4096KB"
SERIAL: Final = "18J161604846"
PRINT_S: Final = 0.4
# Labels it had printed before, as its configuration label says (^HH).
FORMER_LABELS: Final = 104_382


class ZplPrinter:
    """The device; `session()` opens a conversation with it.

    `on_label` gets each label as it leaves the printer. `on_dial` gets host, port and
    bytes of an alert for which it dials out. `error_flags` and `warning_flags` are
    flags of `~HQES` that stand beside those of media, ribbon, head and pause.
    `counts` off: it knows no odometer, as printers of other makes.
    """

    def __init__(self, timers: Timers, *, print_s: float = PRINT_S) -> None:
        self.on_label: Callable[[Label], None] = lambda _label: None
        self.on_dial: Callable[[str, int, bytes], None] = lambda _h, _p, _data: None
        self.error_flags = 0
        self.warning_flags = 0
        self.counts = True
        self.variables = {
            "device.friendly_name": SERIAL,
            "device.host_identification": IDENTITY,
            "media.speed": "6.0",
            "print.tone": "10.0",
        }
        self.labels = 0
        self.paused = False
        self.media_out = False
        self.ribbon_out = False
        self.head_open = False
        self.memory = FormatMemory()
        self._timers = timers
        self._print_s = print_s
        self._batches: deque[list[Label]] = deque()
        self._printing: list[Label] = []
        self._heating = False
        # Counts what stopped the head, so that a label called off is known as such.
        self._stops = 0
        self._sessions: list[ZplSession] = []
        self._alerts = AlertBook(SERIAL)
        self._now_s = 0.0

    def session(self) -> "ZplSession":
        """A new connection."""
        session = ZplSession(self)
        self._sessions.append(session)
        return session

    def left(self, session: "ZplSession") -> None:
        """A connection is over."""
        self._sessions.remove(session)

    # The paper side.

    def fail(
        self,
        *,
        media_out: bool = False,
        ribbon_out: bool = False,
        head_open: bool = False,
    ) -> None:
        """Something needs a hand: the label in the head is lost and printed anew."""
        self.media_out |= media_out
        self.ribbon_out |= ribbon_out
        self.head_open |= head_open
        self.paused = True
        self._heating = False
        self._stops += 1
        self._tell()

    def mend(self, now_s: float) -> None:
        """Loaded, closed, and the pause key pressed."""
        self._now_s = now_s
        self.media_out = self.ribbon_out = self.head_open = self.paused = False
        self._tell()
        self._go_on(now_s)

    # The network side.

    def take(self, commands: list[Command], now_s: float) -> None:
        """One format, complete."""
        self._now_s = now_s
        for command in commands:
            if command.code in ("^SX", "^SQ"):
                self._alerts.set(command)
        labels = self.memory.print(commands)
        if labels:
            self._batches.append(labels)
            self._go_on(now_s)

    def immediate(self, command: Command, now_s: float, *, half: bool) -> bytes:
        """A `~` or Set-Get-Do command; the bytes to answer.

        `half`: its connection is in the middle of a format.
        """
        self._now_s = now_s
        answers: dict[str, Callable[[], bytes]] = {
            "~HS": partial(self._status, half=half),
            "~HQES": self._errors,
            "~HQSN": lambda: _frame(_page("  SERIAL NUMBER", f"   {SERIAL}")),
            "~HI": lambda: _frame(IDENTITY),
            "~HU": lambda: self._alerts.table().encode(),
            "! getvar": lambda: self._variable(command.body.decode("latin-1")),
        }
        if command.code in answers:
            return answers[command.code]()
        self._act(command, now_s)
        return b""

    def _act(self, command: Command, now_s: float) -> None:
        match command.code:
            case "~JA":
                self._batches.clear()
                del self._printing[int(self._heating) :]
            case "~PP":
                self.paused = True
                self._tell()
            case "~PS":
                self.paused = False
                self._tell()
                self._go_on(now_s)
            case "! setvar":
                name, _, value = command.body.decode("latin-1").partition("=")
                if name in self.variables:
                    self.variables[name] = value

    def _variable(self, name: str) -> bytes:
        value = self.variables.get(name, "?")
        if name == "odometer.total_label_count" and self.counts:
            value = str(FORMER_LABELS + self.labels)
        return f'"{value}"'.encode()

    @property
    def waiting(self) -> int:
        """Formats whose labels are not all out."""
        return len(self._batches) + bool(self._printing)

    def _status(self, *, half: bool) -> bytes:
        first = (
            f"030,{self.media_out:d},{self.paused:d},1225,{len(self._batches):03d},"
            f"0,0,{half:d},000,0,0,0"
        )
        second = (
            f"001,0,{self.head_open:d},{self.ribbon_out:d},1,2,6,0,"
            f"{len(self._printing):08d},1,000"
        )
        return _frame(first) + _frame(second) + _frame("1234,0")

    def _errors(self) -> bytes:
        errors = self.error_flags | (
            self.media_out
            | self.ribbon_out << 1
            | self.head_open << 2
            | self.paused << 16
        )
        return _frame(
            _page(
                "  PRINTER STATUS",
                f"   ERRORS:         {_flags(errors)}",
                f"   WARNINGS:       {_flags(self.warning_flags)}",
            )
        )

    def _tell(self, *, done: bool = False) -> None:
        """Alerts for what has changed, to where they are to go."""
        standing = {
            "A": self.media_out,
            "B": self.ribbon_out,
            "E": self.head_open,
            "J": self.paused,
        }
        for alert in self._alerts.news(standing, done=done, now_s=self._now_s):
            if alert.host:
                self.on_dial(alert.host, alert.port, alert.line)
                continue
            for session in self._sessions:
                session.push(alert.line)

    # The head.

    def _go_on(self, now_s: float) -> None:
        blocked = self.paused or self.media_out or self.ribbon_out or self.head_open
        if blocked or self._heating:
            return
        if not self._printing and self._batches:
            self._printing = self._batches.popleft()
        if self._printing:
            self._heating = True
            out_s = now_s + self._print_s
            self._timers.at(out_s, partial(self._out, self._stops))

    def _out(self, stops: int, now_s: float) -> None:
        if stops != self._stops:
            return
        self._now_s = now_s
        self._heating = False
        self.labels += 1
        self.on_label(self._printing.pop(0))
        if not self._printing:
            self._tell(done=True)
        self._go_on(now_s)


class ZplSession:
    """One connection. A format not yet ended is this connection's alone."""

    def __init__(self, printer: ZplPrinter) -> None:
        self.push: Callable[[bytes], None] = lambda _data: None
        self._printer = printer
        self._stream = CommandStream()
        self._format: list[Command] | None = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        replies = [self._take(command, now_s) for command in self._stream.feed(data)]
        return b"".join(replies)

    def closed(self) -> None:
        """The connection is over; a format it began is gone."""
        self._printer.left(self)

    def _take(self, command: Command, now_s: float) -> bytes:
        if command.code[0] != "^":
            half = self._format is not None
            return self._printer.immediate(command, now_s, half=half)
        if command.code == "^XA":
            self._format = []
        elif command.code == "^XZ":
            if self._format is not None:
                self._printer.take(self._format, now_s)
            self._format = None
        elif self._format is not None:
            self._format.append(command)
        return b""


def _frame(text: str) -> bytes:
    return f"\x02{text}\x03\r\n".encode("latin-1")


def _page(*lines: str) -> str:
    """What `~HQ` commands answer: lines of 44 characters between empty ones."""
    return "\r\n".join(("", *(f"{line:<44}" for line in lines), ""))


def _flags(bits: int) -> str:
    return f"{bits != 0:d} {bits >> 32:08X} {bits & 0xFFFFFFFF:08X}"
