"""Coders with a text protocol: one machine, and the dialects it may speak.

`keyence` and `panasonic` follow the manufacturers' and plants' public material; `plain`
and `enq` are the inventions that the example tables describe. Where sources are silent,
the harsher reading is taken: a text stays until another comes, and is printed again.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Final

from simulators.world.faults import PowerCycle, Slip

MAX_FRAME: Final = 4096
ACK: Final = "\x06"
NAK: Final = "\x15"


class State(IntEnum):
    """Whether a trigger prints."""

    STARTING = 1
    READY = 2
    PRINTING = 3
    FAULT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPrinterPlan:
    """`dialect` is keyence, panasonic, plain or enq. A machine that `queues` prints
    record after record; another holds one text. `depth` is what a queue takes."""

    dialect: str = "plain"
    queues: bool = False
    depth: int = 16
    job: str = "1"
    jobs: tuple[str, ...] = ("1", "2")
    boot_s: float = 2.0
    glues: bool = False
    """Whether it says unasked things only together with the next answer."""


class TextPrinter:
    """The device; `session()` opens a conversation with it."""

    def __init__(self, plan: TextPrinterPlan | None = None) -> None:
        self.plan = plan or TextPrinterPlan()
        self.job = self.plan.job
        self.keeps_job = False
        """A fault: the job stays as it is whatever is selected (F26)."""
        self.print_done_copies = 1
        """How often a print is reported: 0 loses the message, 2 doubles it (F22)."""
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text it was ever sent, taken or not."""
        self.refused = 0
        self.fault = 0
        self.count = 0
        self.text = ""
        self.last_text = ""
        self.last_number = 0
        self.is_taken = False
        """Whether the text it holds was not printed yet."""
        self.queue: deque[tuple[int, str]] = deque()
        self.state = State.READY
        self._boots_at_s = -inf
        self._off_until_s = -inf
        self._slips: deque[Slip] = deque()
        self._sessions: list[TextSession] = []

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self.settle(now_s)
        if self.state is not State.PRINTING or not self.powered(now_s):
            return None
        slip = self._slips.popleft() if self._slips else None
        printed = self.last_text if slip is Slip.REPEAT else self._next(slip)
        if not printed:
            return None
        self.last_text = printed
        self.count += 1
        for _ in range(self.print_done_copies):
            self._tell(lambda dialect: dialect.print_done())
        return printed

    def _next(self, slip: Slip | None) -> str:
        if not self.plan.queues:
            self.is_taken = False
            # A machine with one text can only skip by leaving a product out.
            return "" if slip is Slip.SKIP else self.text
        if slip is Slip.SKIP and self.queue:
            self.queue.popleft()
        if not self.queue:
            return ""
        self.last_number, text = self.queue.popleft()
        return text

    def slip(self, slip: Slip) -> None:
        """At the next trigger leave the sequence by one."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._boots_at_s = self._off_until_s + self.plan.boot_s
        self._slips.clear()
        self.fault = 0
        if mode is PowerCycle.LAST_AGAIN and self.last_text:
            # It sits in the head, where no command clears it.
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            self.forget()
            self.last_number = self.count = 0
        self.state = State.STARTING

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    def fail(self, number: int) -> None:
        """A fault stops it."""
        self.fault = number
        self.state = State.FAULT
        self._tell(lambda dialect: dialect.alarm(number))

    # What dialects do to it.

    def take(self, text: str, number: int = 0) -> bool:
        """A text for printing; False when there is no room or the number is wrong."""
        self.received.append(text)
        if not self.plan.queues:
            self.text, self.is_taken = text, True
            return True
        last = self.queue[-1][0] if self.queue else self.last_number
        if len(self.queue) >= self.plan.depth or (number and number <= last):
            return False
        self.queue.append((number, text))
        return True

    def forget(self) -> None:
        """Hold nothing."""
        self.queue.clear()
        self.text, self.is_taken = "", False

    def select(self, job: str) -> bool:
        """Another job, if there is such a one."""
        known = {name.lstrip("0"): name for name in self.plan.jobs}
        found = known.get(job.lstrip("0"))
        if found is not None and not self.keeps_job:
            self.job = found
        return found is not None

    def go(self, *, on: bool) -> bool:
        """Print from now on, or no more."""
        if self.state not in (State.READY, State.PRINTING):
            return False
        self.state = State.PRINTING if on else State.READY
        return True

    def reset(self) -> None:
        """The fault is seen to."""
        self.fault = 0
        if self.state is State.FAULT:
            self.state = State.READY

    def settle(self, now_s: float) -> None:
        """Finish what takes its time."""
        if self.state is State.STARTING and now_s >= self._boots_at_s:
            self.state = State.READY

    # The network side.

    def session(self) -> "TextSession":
        """A new connection."""
        session = TextSession(self, DIALECTS[self.plan.dialect](self))
        self._sessions.append(session)
        return session

    def leave(self, session: "TextSession") -> None:
        """A connection is over."""
        if session in self._sessions:
            self._sessions.remove(session)

    def _tell(self, say: "Callable[[Dialect], bytes]") -> None:
        for session in self._sessions:
            session.tell(say(session.dialect))


class TextSession:
    """One connection."""

    def __init__(self, printer: TextPrinter, dialect: "Dialect") -> None:
        self.push: Callable[[bytes], None] = lambda _: None
        self.dialect = dialect
        self._printer = printer
        self._held = b""
        self._buffer = b""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        self._printer.settle(now_s)
        self._buffer += data
        replies = b""
        while (cut := self.dialect.cut(self._buffer)) is not None:
            request, self._buffer = cut
            reply = self.dialect.reply(request)
            if reply:
                replies += self._held + reply
                self._held = b""
        self._buffer = self._buffer[-MAX_FRAME:]
        return replies

    def tell(self, data: bytes) -> None:
        """Something nobody asked for."""
        if self._printer.plan.glues:
            self._held += data
        elif data:
            self.push(data)

    def closed(self) -> None:
        """The connection is over."""
        self._printer.leave(self)


class Dialect(ABC):
    """How the machine talks on one connection."""

    end = b"\r"

    def __init__(self, printer: TextPrinter) -> None:
        self.printer = printer

    def cut(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        """The first request and the rest; None until there is one."""
        request, end, rest = buffer.partition(self.end)
        return (request, rest) if end else None

    @abstractmethod
    def reply(self, request: bytes) -> bytes:
        """What it answers."""

    def print_done(self) -> bytes:
        """What it says after a print."""
        return b""

    def alarm(self, number: int) -> bytes:  # noqa: ARG002  most say nothing
        """What it says about a fault."""
        return b""


class Plain(Dialect):
    """Lines ended by CR LF: the example tables counter, event and numbered."""

    end = b"\r\n"

    def reply(self, request: bytes) -> bytes:
        line = request.decode("ascii", errors="replace")
        return f"{self._answer(line)}\r\n".encode("ascii") if line else b""

    def print_done(self) -> bytes:
        return b"DONE\r\n" if self.printer.plan.queues else b""

    def alarm(self, number: int) -> bytes:
        return b"ALARM %d\r\n" % number

    def _answer(self, line: str) -> str:
        printer = self.printer
        questions: dict[str, Callable[[], str]] = {
            "?ID": lambda: "ID EXAMPLE TIJ-1 SN0042 2.1",
            "?STATE": lambda: f"STATE {printer.state:d}",
            "?FAULT": lambda: f"FAULT {printer.fault}",
            "?JOB": lambda: f"JOB {printer.job}",
            "?COUNT": lambda: f"COUNT {printer.count:08d}",
            "?LEFT": lambda: f"LEFT {len(printer.queue)}",
            "?LAST": lambda: f"LAST {printer.last_number}",
        }
        if line in questions:
            return questions[line]()
        error = self._do(*line.partition("=")[::2])
        self.printer.refused += bool(error)
        return f"ERR {error}" if error else "OK"

    def _do(self, verb: str, value: str) -> int:
        """The error number; 0 when done."""
        printer, error = self.printer, 0
        match verb:
            case "START" | "STOP":
                error = 0 if printer.go(on=verb == "START") else 3
            case "RESET":
                printer.reset()
            case "CLEAR":
                printer.forget()
            case "JOB":
                error = 0 if printer.select(value) else 4
            case "TEXT" if not printer.plan.queues:
                printer.take(_bare(value))
            case "ADD" if printer.plan.queues:
                error = 0 if printer.take(_bare(value)) else 7
            case "PUT" if printer.plan.queues:
                number, _, text = value.partition(",")
                is_number = number.isdecimal() and len(number) >= 6
                error = 0 if printer.take(_bare(text), int(number or 0)) else 7
                error = error if is_number else 8
            case _:
                error = 1
        return error


class Enq(Dialect):
    """STX … checksum ETX, ENQ and DC2: the example table handshake."""

    def cut(self, buffer: bytes) -> tuple[bytes, bytes] | None:
        if buffer[:1] in (b"\x05", b"\x12"):
            return buffer[:1], buffer[1:]
        request, end, rest = buffer.partition(b"\x03")
        return (request + end, rest) if end else None

    def reply(self, request: bytes) -> bytes:
        printer = self.printer
        if request == b"\x05":
            return NAK.encode() if printer.is_taken else ACK.encode()
        if request == b"\x12":
            printer.forget()
            return ACK.encode()
        body = request[1:-3]
        if request[:1] != b"\x02" or request[-3:-1] != b"%02X" % (sum(body) % 256):
            return NAK.encode()
        return self._answer(body.decode("ascii"))

    def _answer(self, body: str) -> bytes:
        printer = self.printer
        is_printing = printer.state is State.PRINTING
        match body[:1], body[1:]:
            case "S", "?":
                state = 9 if printer.state is State.FAULT else int(is_printing)
                return self._framed(f"S{state}")
            case "J", "?":
                return self._framed(f"J{printer.job}")
            case "C", "?":
                return self._framed(f"C{printer.count}")
            case "G", on:
                done = printer.go(on=on == "1")
            case "T", text:
                done = not printer.is_taken
                if done:
                    printer.take(text)
                else:
                    printer.received.append(text)
            case _:
                done = False
        printer.refused += not done
        return (ACK if done else NAK).encode()

    def _framed(self, body: str) -> bytes:
        data = body.encode("ascii")
        return b"\x02" + data + b"%02X" % (sum(data) % 256) + b"\x03"


class Keyence(Dialect):
    """Keyence MK-G1000: `CMD,par,…` and CR; the text of the running program changes."""

    def reply(self, request: bytes) -> bytes:
        line = request.lstrip(b"\n").decode("ascii", errors="replace")
        if not line:
            return b""
        command, *parameters = line.split(",")
        answer = self._answer(command, parameters)
        if isinstance(answer, int):
            self.printer.refused += 1
            answer = f"ER,{command},{answer:02d}"
        return f"{answer}\r".encode("ascii")

    def _answer(self, command: str, parameters: list[str]) -> str | int:
        printer = self.printer
        fault = f",{printer.fault:03d}" if printer.fault else ""
        states = {State.PRINTING: 1, State.READY: 4, State.STARTING: 5, State.FAULT: 12}
        answers: dict[tuple[str, int], Callable[[], str | int]] = {
            ("SB", 0): lambda: f"SB,{states[printer.state]:02d}",
            ("EV", 0): lambda: f"EV{fault}",
            ("EZ", 0): self._reset,
            ("FR", 0): lambda: f"FR,{printer.job}",
            ("FW", 1): lambda: "FW" if printer.select(parameters[0]) else 22,
            ("SQ", 0): lambda: "SQ" if printer.go(on=True) else 2,
            ("SR", 0): lambda: "SR" if printer.go(on=False) else 2,
            ("KV", 1): lambda: "KV" if parameters[0] in "012" else 22,
            ("KH", 1): lambda: f"KH,{parameters[0]},{printer.count}",
            ("UZ", 2): lambda: f"UZ,{','.join(parameters)},{printer.last_text}",
            ("BK", 3): lambda: "BK" if printer.take(parameters[2]) else 2,
        }
        answer = answers.get((command, len(parameters)))
        if answer is None:
            return 0 if command not in {name for name, _ in answers} else 20
        return answer()

    def _reset(self) -> str:
        self.printer.reset()
        return "EZ"


class Panasonic(Dialect):
    """Panasonic LP-GS, LP-400/V compatible mode: STX, command, S or R, data, CR.

    Data change only while command reception is on, which takes the trigger away.
    """

    def __init__(self, printer: TextPrinter) -> None:
        super().__init__(printer)
        self._reports = False
        self._strings = {"1": "", "2": ""}

    def print_done(self) -> bytes:
        return b"\x02MSTA0000\r" if self._reports else b""

    def alarm(self, number: int) -> bytes:
        return b"\x02MSTAE%03d\r" % number if self._reports else b""

    def reply(self, request: bytes) -> bytes:
        if request[:1] != b"\x02":
            return b"\x1501\r"
        text = request[1:].decode("ascii", errors="replace")
        command, sub, data = text[:3], text[3:4], text[4:]
        if sub == "R":
            read = self._read(command)
            return f"\x02{command}A{read}\r".encode("ascii") if read else b"\x1504\r"
        error = self._set(command, data) if sub == "S" else 8
        self.printer.refused += bool(error)
        return b"\x15%02d\r" % error if error else b"\x0600\r"

    def _read(self, command: str) -> str:
        printer = self.printer
        is_ready = printer.state is State.PRINTING
        pumping = 1 if printer.state is State.STARTING else 2
        answers = {
            "STS": f"{int(printer.fault > 0)}{pumping}{int(is_ready)}{int(is_ready)}0",
            "FNO": printer.job.zfill(4),
            "MKM": str(int(is_ready)),
            "MST": str(int(self._reports)),
        }
        return answers.get(command, "")

    def _set(self, command: str, data: str) -> int:
        """The code of refusal; 0 when done."""
        printer, error = self.printer, 0
        is_open = printer.state is not State.PRINTING
        match command, data:
            case "MKM", "0" | "1":
                error = 0 if printer.go(on=data == "1") else 10
            case "MST", "0" | "1":
                self._reports = data == "1"
            case "FNO", number:
                done = is_open and printer.select(number)
                error = 0 if done else 3 if not is_open else 9
            case "BCS", parts:
                error = self._code(parts) if is_open else 3
            case _:
                error = 4
        return error

    def _code(self, parts: str) -> int:
        which, string, data = parts[:1], parts[1:2], parts[2:]
        if not which.isdecimal() or string not in self._strings or len(data) > 30:
            return 9
        self._strings[string] = data
        # The second string ends what a host sends; the first alone is half a code.
        if string == "2":
            self.printer.take("".join(self._strings.values()))
        return 0


DIALECTS: Final[dict[str, type[Dialect]]] = {
    "plain": Plain,
    "enq": Enq,
    "keyence": Keyence,
    "panasonic": Panasonic,
}


def _bare(text: str) -> str:
    """A text without the backslashes that escape."""
    bare, is_escaped = "", False
    for character in text:
        if character == "\\" and not is_escaped:
            is_escaped = True
            continue
        bare += character
        is_escaped = False
    return bare
