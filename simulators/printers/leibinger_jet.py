r"""A Leibinger JET in mailing mode: one numbered record printed per product trigger.

Modelled on what public drivers of the JET3 text protocol agree on. Where they are
silent, the harsher reading is taken: refused records get no answer, a stop throws the
buffer away, and after it numbering goes on from the last record begun.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Final

from simulators.world.faults import PowerCycle, Slip

DEPTH: Final = 256
MAX_LINE: Final = 4096
# As a printer's, with the firmware of a technician's manual.
VERSION: Final = (
    "FPDATV120\t0\t0\t1\t134\t0\t0\t67\t0\t0\t0\t125\t9\tV2.0.0.20\t"
    "Typ 1 Release\tEnglish\t0\tV75.0.11.2\tJET2neo\t307252"
)
JOB_HEAD: Final = (
    "BEGINLJSCRIPT [(V01.06.00.16)]",
    "JLPAR [65 1 0 0 200 0 1 10000 00:00 0 7000 0 0]",
    "BEGINJOB [ 0 () ]",
    "JOBPAR [ 95000 0 0 300 0 0 0 0 0 180000 -1 () 1 0 55000 1 0 0 0 ]",
    "OBJ [1 0 25 0 (ISO1_7X5)  (LOT) 1 0 0 0 0 1 1 0 0 0 0 0 ()  () 0 0 () ]",
)
JOB_TAIL: Final = ("ENDJOB []", "ENDLJSCRIPT []")
BUFFER_RAN_EMPTY: Final = 5043
# The error number takes the low 25 bits; flags stand above it.
ERROR_FLAG: Final = 1 << 25
_COMMAND: Final = re.compile(r"\^0([?=!])([A-Z][A-Z0-9])(.*)", re.DOTALL)
_RECORD: Final = re.compile(r"(\d{1,9})\t([^\t]*)(?:\t.*)?", re.DOTALL)


class Nozzle(IntEnum):
    """First value of `=RS`."""

    INVALID = 0
    OPENING = 1
    OPEN = 2
    CLOSING = 3
    CLOSED = 4


class Machine(IntEnum):
    """Second value of `=RS`."""

    STANDBY = 1
    INIT = 2
    NEEDS_NOZZLE = 4
    READY = 5
    PRINTING = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class JetPlan:
    """`jobs` are the files it has; a job whose name has `fixed` prints fixed text.

    `autostart` opens the nozzle by itself after power comes, as plants set it.
    """

    job: str = r"\FFSDISK\JOBS\line.job"
    jobs: tuple[str, ...] = (r"\FFSDISK\JOBS\line.job",)
    autostart: bool = True
    mail_field: int = 1
    """Field number in the job's EXTERN TEXT; 0: extern text mode, as by default."""
    tells_job: bool = True
    init_s: float = 2.0
    nozzle_s: float = 2.0
    print_s: float = 0.02


class JetPrinter:
    """The device; `session()` opens a conversation with it."""

    def __init__(self, plan: JetPlan | None = None, *, start_s: float = 0.0) -> None:
        self.plan = plan or JetPlan()
        self.job = self.plan.job
        self.keeps_job = False
        """A fault: the job stays as it is whatever is selected (F26)."""
        self.belt_mm_s = 0.0
        self.error = 0
        self.refused = 0
        self.received: list[str] = []
        """Every text it was ever sent, taken or not."""
        self.product_count = 0
        self.total_count = 0
        self._machine = Machine.READY
        self._nozzle = Nozzle.OPEN
        self._busy_until_s = -inf
        self._off_until_s = -inf
        self._fifo: deque[tuple[int, str]] = deque()
        self._expected: int | None = None
        self._last = (0, "")
        self._last_s = -inf
        self._triggers = 0
        self._stop_at = 0
        self._external = ""
        self._slips: deque[Slip] = deque()
        if not self.plan.autostart:
            self._machine, self._nozzle = Machine.NEEDS_NOZZLE, Nozzle.CLOSED
        self._settle(start_s)

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self._settle(now_s)
        if now_s < self._off_until_s:
            return None
        self._triggers += 1
        if self._machine is not Machine.PRINTING:
            return None
        self.total_count += 1
        self.product_count += 1
        if "fixed" in self.job or self.plan.mail_field != 1:
            return "FIXED TEXT"
        slip = self._slips.popleft() if self._slips else None
        if slip is Slip.REPEAT:
            return self._last[1] or None
        if slip is Slip.SKIP and self._fifo:
            self._fifo.popleft()
        if not self._fifo:
            self.error = BUFFER_RAN_EMPTY
            self._machine = Machine.READY
            return None
        self._last = self._fifo.popleft()
        self._last_s = now_s
        return self._last[1]

    def slip(self, slip: Slip) -> None:
        """At the next trigger leave the sequence by one."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._slips.clear()
        self.error = 0
        self._triggers = 0
        if mode is PowerCycle.LAST_AGAIN and self._last[1]:
            # It sits in the head, where no command clears it.
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            self._fifo.clear()
            self._expected = None
            self._last = (0, self._last[1])
        self._machine, self._nozzle = Machine.INIT, Nozzle.INVALID
        self._busy_until_s = self._off_until_s + self.plan.init_s

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    @property
    def queued(self) -> int:
        """Records in the buffer, the one in the print stage included."""
        return len(self._fifo)

    # The network side.

    def session(self) -> "JetSession":
        """A new connection."""
        return JetSession(self)

    def execute(self, line: str, now_s: float) -> str:
        """One command line without its CR; the reply with it, often empty."""
        self._settle(now_s)
        match = _COMMAND.fullmatch(line)
        if match is None:
            return ""
        kind, code, body = match.groups()
        if kind == "?":
            return self._query(code, now_s)
        if kind == "=":
            self._set(code, body)
        else:
            self._act(code, now_s)
        return ""

    def _query(self, code: str, now_s: float) -> str:
        fields: tuple[int | str, ...]
        match code:
            case "RS":
                fields = self._run_status()
            case "SM":
                fields = self._fifo_status(now_s)
            case "CC":
                fields = (self.product_count, 0, self.total_count)
            case "JL":
                fields = (self.job,)
            case "ET":
                fields = (self._external,)
            case "VS":
                fields = (VERSION,)
            case "JB":
                return self._job_description() if self.plan.tells_job else ""
            case _:
                return ""
        return f"^0={code}{chr(9).join(map(str, fields))}\r"

    def _job_description(self) -> str:
        """The loaded job line by line; one that prints fixed text has no field."""
        field = f"EXTTXT [ 60 (X) {self.plan.mail_field} 0 0 0 0 0]"
        fields = () if "fixed" in self.job else (field,)
        lines = (*JOB_HEAD, *fields, *JOB_TAIL)
        return "".join(f"^0*{line}\r" for line in lines)

    def _run_status(self) -> tuple[int | str, ...]:
        speed = round(self.belt_mm_s * 0.6)  # in 0.1 m/min
        error = self.error | ERROR_FLAG if self.error else 0
        return int(self._nozzle), int(self._machine), error, 0, speed, 0

    def _fifo_status(self, now_s: float) -> tuple[int | str, ...]:
        finished = now_s - self._last_s >= self.plan.print_s
        staged = bool(self._fifo) and self._machine is Machine.PRINTING
        entries = len(self._fifo) - staged
        last, stop_at = self._last[0], self._stop_at
        return DEPTH, entries, last, stop_at, int(finished), self._triggers

    def _set(self, code: str, body: str) -> None:
        match code:
            case "MR":
                self._record(body)
            case "CM" if body.isdecimal():
                self._stop_at = int(body)  # shown, and otherwise ignored (V75)
            case "JL" if body in self.plan.jobs and not self.keeps_job:
                self.job = body
            case "ET":
                self._external = _unescape(body)
            case "CC" if body == "0\t0\t0":
                self.product_count = 0

    def _act(self, code: str, now_s: float) -> None:
        match code:
            case "FF":
                self._clear(expected=None)
                self._last = (0, self._last[1])
            case "GO" if self._machine is Machine.READY and not self.error:
                self._machine = Machine.PRINTING
            case "ST" if self._machine is Machine.PRINTING:
                self._machine = Machine.READY
                self._clear(expected=self._last[0] + 1 if self._last[0] else None)
            case "EQ":
                self.error = 0
            case "NO" if self._machine is Machine.NEEDS_NOZZLE:
                self._open_nozzle(now_s)
            case "NC" if self._machine in (Machine.READY, Machine.PRINTING):
                self._clear(expected=None)
                self._machine, self._nozzle = Machine.NEEDS_NOZZLE, Nozzle.CLOSED
            case "PF":
                self._clear(expected=None)
                self._machine, self._nozzle = Machine.STANDBY, Nozzle.INVALID
            case "PO" if self._machine is Machine.STANDBY:
                self._machine = Machine.INIT
                self._busy_until_s = now_s + self.plan.init_s
            case "RC":
                self.product_count = 0

    def _record(self, body: str) -> None:
        match = _RECORD.fullmatch(body)
        number = int(match[1]) if match else -1
        if match is not None:
            self.received.append(_unescape(match[2]))
        if (
            match is None
            or len(self._fifo) >= DEPTH
            or (self._expected is not None and number != self._expected)
        ):
            self.refused += 1
            return
        self._expected = number + 1
        self._fifo.append((number, _unescape(match[2])))

    def _clear(self, expected: int | None) -> None:
        self._fifo.clear()
        self._expected = expected

    def _open_nozzle(self, now_s: float) -> None:
        self._nozzle = Nozzle.OPENING
        self._busy_until_s = now_s + self.plan.nozzle_s

    def _settle(self, now_s: float) -> None:
        """Finish what takes its time."""
        if self._machine is Machine.INIT and now_s >= self._busy_until_s:
            self._machine, self._nozzle = Machine.NEEDS_NOZZLE, Nozzle.CLOSED
            if self.plan.autostart:
                self._open_nozzle(self._busy_until_s)
        if self._nozzle is Nozzle.OPENING and now_s >= self._busy_until_s:
            self._machine, self._nozzle = Machine.READY, Nozzle.OPEN


class JetSession:
    """One connection: lines end with CR, a LF after it is tolerated."""

    def __init__(self, printer: JetPrinter) -> None:
        self.push: Callable[[bytes], None] = lambda _data: None
        self._printer = printer
        self._buffer = b""
        self._echo = False

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        *lines, self._buffer = (self._buffer + data).split(b"\r")
        self._buffer = self._buffer[-MAX_LINE:]
        return b"".join(self._line(line, now_s) for line in lines)

    def closed(self) -> None:
        """The connection is over."""

    def _line(self, line: bytes, now_s: float) -> bytes:
        text = line.lstrip(b"\n").decode("latin-1")
        if text == "^0!EM":
            self._echo = True
        reply = self._printer.execute(text, now_s)
        if not reply and self._echo and text.startswith(("^0!", "^0=")):
            reply = text + "\r"
        return reply.encode("latin-1")


def _unescape(text: str) -> str:
    return re.sub(r"\\([\\^])", r"\1", text)
