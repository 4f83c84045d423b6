"""A ZPL II label printer: formats in, labels out one after another, honest `~HS`.

Replies are byte for byte those of captured ZT410 printers in the same state.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from simulators.printers.zpl_formats import FormatMemory
from simulators.printers.zpl_text import Command, CommandStream
from simulators.world.agenda import Timers
from simulators.world.labels import Label

IDENTITY: Final = "ZT410-200dpi,V75.19.15Z,8,4096KB"
PRINT_S: Final = 0.4
_VARIABLES: Final = {
    "device.friendly_name": "18J161604846",
    "device.host_identification": IDENTITY,
    "media.speed": "6.0",
    "print.tone": "10.0",
}


class ZplPrinter:
    """The device; `session()` opens a conversation with it.

    `on_label` gets each label as it leaves the printer.
    """

    def __init__(self, timers: Timers, *, print_s: float = PRINT_S) -> None:
        self.on_label: Callable[[Label], None] = lambda _label: None
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

    def session(self) -> "ZplSession":
        """A new connection."""
        return ZplSession(self)

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

    def mend(self, now_s: float) -> None:
        """Loaded, closed, and the pause key pressed."""
        self.media_out = self.ribbon_out = self.head_open = self.paused = False
        self._go_on(now_s)

    # The network side.

    def take(self, commands: list[Command], now_s: float) -> None:
        """One format, complete."""
        labels = self.memory.print(commands)
        if labels:
            self._batches.append(labels)
            self._go_on(now_s)

    def immediate(self, command: Command, now_s: float, *, half: bool) -> bytes:
        """A `~` or Set-Get-Do command; the bytes to answer.

        `half`: its connection is in the middle of a format.
        """
        match command.code:
            case "~HS":
                return self._status(half=half)
            case "~HQES":
                return self._errors()
            case "~HI":
                return _frame(IDENTITY)
            case "~JA":
                self._batches.clear()
                del self._printing[int(self._heating) :]
            case "~PP":
                self.paused = True
            case "~PS":
                self.paused = False
                self._go_on(now_s)
            case "! getvar":
                value = _VARIABLES.get(command.body.decode("latin-1"), "?")
                return f'"{value}"'.encode()
        return b""

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
        bits = (
            self.media_out
            | self.ribbon_out << 1
            | self.head_open << 2
            | self.paused << 16
        )
        lines = (
            "",
            f"{'  PRINTER STATUS':<44}",
            f"{f'   ERRORS:         {bits != 0:d} 00000000 {bits:08X}':<44}",
            f"{'   WARNINGS:       0 00000000 00000000':<44}",
            "",
        )
        return _frame("\r\n".join(lines))

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
        self._heating = False
        self.labels += 1
        self.on_label(self._printing.pop(0))
        self._go_on(now_s)


class ZplSession:
    """One connection. A format not yet ended is this connection's alone."""

    def __init__(self, printer: ZplPrinter) -> None:
        self._printer = printer
        self._stream = CommandStream()
        self._format: list[Command] | None = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        replies = [self._take(command, now_s) for command in self._stream.feed(data)]
        return b"".join(replies)

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
