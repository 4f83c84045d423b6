"""A Domino Ax or A200+ fed with external data over Codenet.

Modelled on the log of a real Ax printer and on what two public programs rely on. Where
they differ, the plan says which printer it is; where they are silent, the harsher
reading is taken: a pause keeps the queue, a trigger without data prints nothing.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

from simulators.world.faults import PowerCycle, Slip

ESC: Final = 0x1B
EOT: Final = 0x04
DONE: Final = b"2"
MAX_COMMAND: Final = 2048
COUNTS: Final = 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class CodenetPlan:
    """Which printer it is. The defaults are the Ax of the log; `A200` is the other.

    `labels` are names or three-digit numbers. `fixed` is the response length set at
    the panel. `knows` leaves out commands by their first letters.
    """

    depth: int = 1
    nak_digits: bool = True
    fixed: bool = False
    labels: tuple[str, ...] = ("NOICE KM 200ML",)
    lacks: tuple[str, ...] = ("}",)
    identity: str = "01560670600"
    ink: str = "007"
    make_up: str = "006"
    count: int = 304641327
    init_s: float = 2.0


A200: Final = CodenetPlan(
    depth=3, nak_digits=False, labels=("001", "002"), lacks=("}", "A", "O1", "[", "y")
)


@dataclass(slots=True)
class CodenetFaults:
    """What goes wrong; each number is how many times yet."""

    lose_done: int = 0
    double_done: int = 0
    hold_done: bool = False
    """Print-done bytes are kept until the next answer, and glued before it."""
    refuse: dict[str, str] = field(default_factory=dict)
    """NAK code by the beginning of a command."""
    keeps_label: bool = False
    """The label stays as it is whatever is put online (F26)."""
    keeps_queue: bool = False
    """A clear is acknowledged and does nothing."""
    refuse_and_print: int = 0
    """Records answered as if the queue were full, and taken all the same."""


class CodenetPrinter:
    """The device; `session()` opens a conversation with it."""

    def __init__(
        self, plan: CodenetPlan | None = None, *, start_s: float = -inf
    ) -> None:
        self.plan = plan or CodenetPlan()
        self.faults = CodenetFaults()
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text it was ever sent, taken or not."""
        self.refused = 0
        self.label = self.plan.labels[0]
        self.head_on = True
        self.continuous = False
        self.jet = 1
        self.status = 0
        self.count = self.plan.count
        self.since_power_on = 0
        self._queues: dict[str, deque[str]] = {q: deque() for q in "012"}
        self._last = ""
        self._slips: deque[Slip] = deque()
        self._sessions: list[CodenetSession] = []
        self._kept_done = b""
        self._off_until_s = start_s
        self._busy_until_s = start_s

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self.detect(now_s)
        return self.print_now(now_s)

    def detect(self, now_s: float) -> None:
        """The photo-eye alone: it counts, whatever is printed."""
        if self.powered(now_s):
            self.count = (self.count + 1) % COUNTS

    def print_now(self, now_s: float) -> str | None:
        """The head alone, for a product that was detected earlier."""
        self._settle(now_s)
        if not self.powered(now_s) or self.jet != 1 or not self.head_on:
            return None
        slip = self._slips.popleft() if self._slips else None
        if slip is Slip.REPEAT and self._last:
            return self._printed(self._last)
        queue = self._queues["0"] or self._queues["1"]
        if slip is Slip.SKIP and queue:
            queue.popleft()
        return self._printed(queue.popleft()) if queue else None

    def _printed(self, text: str) -> str:
        self._last = text
        self.since_power_on += 1
        times = 1
        if self.faults.lose_done:
            self.faults.lose_done -= 1
            times = 0
        elif self.faults.double_done:
            self.faults.double_done -= 1
            times = 2
        self.say_done(times)
        return text

    def say_done(self, times: int = 1) -> None:
        """Send print-done bytes, as after prints."""
        if self.faults.hold_done:
            self._kept_done += DONE * times
            return
        for session in self._sessions:
            if session.is_armed and times:
                session.push(DONE * times)

    def slip(self, slip: Slip) -> None:
        """At the next trigger leave the sequence by one."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._busy_until_s = self._off_until_s + self.plan.init_s
        self._slips.clear()
        self.since_power_on = 0
        self.jet = 12
        if mode is PowerCycle.LAST_AGAIN and self._last:
            # It sits in the head, where no command clears it.
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            for queue in self._queues.values():
                queue.clear()
        for session in self._sessions:
            session.is_armed = False

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    @property
    def queued(self) -> int:
        """Records that wait in any queue."""
        return sum(map(len, self._queues.values()))

    # The network side.

    def session(self, queue: str = "0") -> "CodenetSession":
        """A new connection; records go into queue 0 (TCP) or 1 (RS-232)."""
        session = CodenetSession(self, queue)
        self._sessions.append(session)
        return session

    def left(self, session: "CodenetSession") -> None:
        """A connection is over."""
        self._sessions.remove(session)

    def kept_done(self) -> bytes:
        """Print-done bytes that waited for an answer to be glued to."""
        kept, self._kept_done = self._kept_done, b""
        return kept

    def execute(self, command: str, session: "CodenetSession", now_s: float) -> bytes:
        """One command without ESC and EOT; the answer."""
        self._settle(now_s)
        for start, code in self.faults.refuse.items():
            if command.startswith(start):
                return self._nak(code)
        if command.startswith(self.plan.lacks):
            return self._nak("003")
        if command.endswith("?"):
            return self._query(command[:-1])
        for pattern, act in _COMMANDS.items():
            if match := re.fullmatch(pattern, command, re.DOTALL):
                return act(self, match, session)
        return self._nak("003")

    def _query(self, letters: str) -> bytes:
        answers = {
            "A": f"A{self.plan.identity}",
            "O1": f"O1{self.jet:03d}01",
            "1C": f"1C{self.status:03d}11619",
            "y": f"y{self.plan.ink}{self.plan.make_up}",
            "T1": f"T1{self.count:010d}",
            "T2": f"T2{self.since_power_on:010d}",
            "P1": f"P1{self.label[:3]}",
            "Q1": f"Q1{'Y' if self.head_on else 'N'}",
            "[": f"[1{'Y' if self.continuous else 'N'}00000",
        }
        answer = answers.get(letters)
        if answer is None:
            return self._nak("003")
        return bytes([ESC]) + answer.encode("ascii") + bytes([EOT])

    def ack(self) -> bytes:
        """Done."""
        return b"\x06000" if self.plan.fixed else b"\x06"

    def _nak(self, code: str) -> bytes:
        self.refused += 1
        return b"\x15" + (code.encode("ascii") if self.plan.nak_digits else b"")

    def arm(self, match: re.Match[str], session: "CodenetSession") -> bytes:
        """`I12`: this connection hears of finished prints."""
        session.is_armed = match[1] == "2"
        return self.ack()

    def record(self, match: re.Match[str], session: "CodenetSession") -> bytes:
        """`OE`: a record, or the order to empty a queue."""
        length, data = int(match[1]), match[2]
        if not length:
            if data not in self._queues:
                return self._nak("007")
            if not self.faults.keeps_queue:
                self._queues[data].clear()
            return self.ack()
        self.received.append(data)
        if len(data) != length:
            return self._nak("001")
        queue = self._queues[session.queue]
        if len(queue) >= self.plan.depth:
            return self._nak("000")
        queue.append(data)
        if self.faults.refuse_and_print:
            self.faults.refuse_and_print -= 1
            return self._nak("000")
        return self.ack()

    def put_online(self, match: re.Match[str], _session: "CodenetSession") -> bytes:
        """`P1sss` or `ON1llname`."""
        *length, name = match.groups()
        if length and int(length[0]) != len(name):
            return self._nak("001")
        if name not in self.plan.labels:
            return self._nak("016" if length else "017")
        if not self.faults.keeps_label:
            self.label = name
        return self.ack()

    def switch(self, match: re.Match[str], _session: "CodenetSession") -> bytes:
        """`Q1Y`, `[1N00000`."""
        if match[1] == "Q":
            self.head_on = match[2] == "Y"
        else:
            self.continuous = match[2] == "Y"
        return self.ack()

    def _settle(self, now_s: float) -> None:
        if self.jet == 12 and now_s >= self._busy_until_s:
            self.jet = 1


_Act = Callable[[CodenetPrinter, "re.Match[str]", "CodenetSession"], bytes]
_COMMANDS: Final[Mapping[str, _Act]] = {
    r"I1(.)": CodenetPrinter.arm,
    r"OE(\d{4})(.*)": CodenetPrinter.record,
    r"P1(\d{3})": CodenetPrinter.put_online,
    r"ON1(\d{2})(.*)": CodenetPrinter.put_online,
    r"(Q)1([YN])": CodenetPrinter.switch,
    r"(\[)1([YN])\d{5}": CodenetPrinter.switch,
}


class CodenetSession:
    """One connection. What comes between EOT and the next ESC is lost."""

    def __init__(self, printer: CodenetPrinter, queue: str) -> None:
        self.queue = queue
        self.is_armed = False
        self.push: Callable[[bytes], None] = lambda _data: None
        self._printer = printer
        self._command: bytearray | None = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        answer = b""
        for byte in data:
            if self._command is None:
                if byte == ESC:
                    self._command = bytearray()
            elif byte == EOT:
                command, self._command = self._command.decode("latin-1"), None
                reply = self._printer.execute(command, self, now_s)
                answer += self._printer.kept_done() + reply
            elif len(self._command) < MAX_COMMAND:
                self._command.append(byte)
        return answer

    def closed(self) -> None:
        """The connection is over."""
        self._printer.left(self)
