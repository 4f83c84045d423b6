"""A Videojet thermal-transfer printer with Zipher text and a serialisation buffer.

Modelled on what public drivers of the protocol agree on. Where they are silent, the
harsher reading is taken: a clear leaves the last index and the last text where they
are, an empty buffer prints that text again, a job change forgets buffer and header.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from math import inf
from typing import Final

from simulators.world.agenda import Timers
from simulators.world.faults import PowerCycle, Slip

MAX_LINE: Final = 4096
MOST_RECORDS: Final = 1000
OK: Final = "ACK"
REFUSED: Final = "ERR"


class State(IntEnum):
    """Overall states; the moves that `SST` may ask for are in `MOVES`."""

    SHUT_DOWN = 0
    STARTING_UP = 1
    SHUTTING_DOWN = 2
    RUNNING = 3
    OFFLINE = 4


MOVES: Final = {
    State.SHUT_DOWN: (State.STARTING_UP,),
    State.OFFLINE: (State.RUNNING, State.SHUTTING_DOWN),
    State.RUNNING: (State.OFFLINE, State.SHUTTING_DOWN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipherPlan:
    """`jobs` has the fields of each. `edition` is the protocol's: below 6 there are no
    notifications. `glues` sends them only together with the next answer. `ending` ends
    each line it sends."""

    jobs: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"LINE": ("CODE", "BATCH"), "OTHER": ("CODE",)}
    )
    job: str = "LINE"
    edition: int = 34
    boot_s: float = 75.0
    head_s: float = 3.0
    glues: bool = False
    ending: str = "\r"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterFault:
    """One fault; some can be cleared from outside."""

    number: int
    text: str
    clearable: bool = True


class ZipherPrinter:
    """The device; `session()` opens a conversation with it.

    With `timers` a change of state takes its time and is acknowledged afterwards;
    without, it happens at once.
    """

    def __init__(
        self, plan: ZipherPlan | None = None, *, timers: Timers | None = None
    ) -> None:
        self.plan = plan or ZipherPlan()
        self.job = self.plan.job
        self.keeps_job = False
        """A fault: the job stays as it is whatever is selected (F26)."""
        self.print_done_copies = 1
        """How often a print is reported: 0 loses the message, 2 doubles it (F22)."""
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text it was ever sent, taken or not."""
        self.total = 0
        self.refused = 0
        self.faults: list[PrinterFault] = []
        self._timers = timers
        self._state = State.OFFLINE
        self._boots_at_s = -inf
        self._off_until_s = -inf
        self._header: str | None = None
        self._buffer: deque[tuple[int, str]] = deque()
        self._most = MOST_RECORDS
        self._last_index = 0
        self._text = ""
        self._batch = 0
        self._slips: deque[Slip] = deque()
        self._sessions: list[ZipherSession] = []

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self._settle(now_s)
        if self._state is not State.RUNNING or not self.powered(now_s):
            return None
        slip = self._slips.popleft() if self._slips else None
        if slip is Slip.SKIP and self._buffer:
            self._buffer.popleft()
        if self._buffer and slip is not Slip.REPEAT:
            self._last_index, self._text = self._buffer.popleft()
        self.total += 1
        self._batch += 1
        for _ in range(self.print_done_copies):
            self._tell("PRC", "PRC")
        return self._text or None

    def slip(self, slip: Slip) -> None:
        """At the next trigger leave the sequence by one."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._boots_at_s = self._off_until_s + self.plan.boot_s
        self._slips.clear()
        self.faults.clear()
        if mode is PowerCycle.LAST_AGAIN and self._text:
            # It sits in the head, where no command clears it.
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            self._forget()
            self._last_index = 0
        self._state = State.STARTING_UP

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    def fail(self, fault: PrinterFault) -> None:
        """A fault takes it offline."""
        self.faults.append(fault)
        self._tell("ERS", "ERS|2|")
        self._become(State.OFFLINE)

    def choose_job(self, job: str) -> None:
        """Somebody selects another job at the panel."""
        self._select(job)

    @property
    def queued(self) -> int:
        """Records in the buffer."""
        return len(self._buffer)

    # The network side.

    def session(self) -> "ZipherSession":
        """A new connection."""
        session = ZipherSession(self)
        self._sessions.append(session)
        return session

    def leave(self, session: "ZipherSession") -> None:
        """A connection is over."""
        if session in self._sessions:
            self._sessions.remove(session)

    def execute(self, line: str, now_s: float, session: "ZipherSession") -> str | None:
        """One command line; the reply without its end, or None when it comes later."""
        self._settle(now_s)
        keyword, *parameters = line.removesuffix("|").split("|")
        asked = self._query(keyword, parameters)
        if asked is not None:
            return asked
        if keyword == "SST":
            return self._set_state(parameters, now_s, session)
        if self._notifies(keyword, parameters, session):
            return OK
        if self._act(keyword, parameters):
            return OK
        self.refused += 1
        return REFUSED

    def _query(self, keyword: str, parameters: list[str]) -> str | None:
        answers: dict[str, Callable[[], str]] = {
            "GST": self._report,
            "GFT": self._list_faults,
            "GJN": lambda: f"JOB|{self.job}|-|",
            "SRC": lambda: f"SRC|{len(self._buffer)}|",
            "SLR": lambda: f"SLR|{self._last_index}|",
            "SNI": lambda: f"SNI|{self._next_index}|",
        }
        answer = answers.get(keyword)
        return answer() if answer is not None and not parameters else None

    def _report(self) -> str:
        error = 2 if self.faults else 0
        return f"STS|{self._state:d}|{error}|{self.job}|{self._batch}|{self.total}|"

    def _list_faults(self) -> str:
        listed = [f"{f.number}|{f.clearable:d}|{f.text}|" for f in self.faults]
        return f"FLT|{len(self.faults)}|{''.join(listed)}"

    @property
    def _next_index(self) -> int:
        return self._buffer[0][0] if self._buffer else self._last_index + 1

    def _notifies(
        self, keyword: str, parameters: list[str], session: "ZipherSession"
    ) -> bool:
        if keyword == "DAN" and not parameters:
            session.told.clear()
            return True
        if keyword == "SNO" and len(parameters) == 2 and self.plan.edition >= 6:
            name, on = parameters
            session.told.discard(name)
            if on == "1":
                session.told.add(name)
            return name in ("PRC", "PRS", "STS", "ERS", "JOB")
        return False

    def _act(self, keyword: str, parameters: list[str]) -> bool:
        done = False
        match keyword, parameters:
            case "SEL", [job, *_]:
                done = self._select(job)
            case "JDA", [*pairs]:
                done = self._set_fields(pairs)
            case "CAF", []:
                self.faults = [f for f in self.faults if not f.clearable]
                done = not self.faults
            case "SCB", []:
                self._buffer.clear()
                done = True
            case "SMR", [count] if count.isdecimal():
                self._most = int(count)
                done = 0 < self._most <= MOST_RECORDS
            case "SHO", [name] if name in self._fields:
                self._header = name
                done = True
            case "SID", [index, text]:
                done = self._record(index, text)
        return done

    def _record(self, index: str, text: str) -> bool:
        self.received.append(text)
        last = self._buffer[-1][0] if self._buffer else self._last_index
        if (
            self._header is None
            or not re.fullmatch(r"\d{1,9}", index)
            or int(index) <= last
            or len(self._buffer) >= self._most
        ):
            return False
        self._buffer.append((int(index), text))
        return True

    @property
    def _fields(self) -> tuple[str, ...]:
        return self.plan.jobs.get(self.job, ())

    def _set_fields(self, pairs: list[str]) -> bool:
        values = dict(pair.partition("=")[::2] for pair in pairs)
        if not values or not all(name in self._fields for name in values):
            return False
        # The code's field is the first of a job.
        self._text = values.get(self._fields[0], self._text)
        return True

    def _select(self, job: str) -> bool:
        if job not in self.plan.jobs:
            return False
        if not self.keeps_job and job != self.job:
            self.job = job
            self._forget()
            self._tell("JOB", f"JOB|{job}|-|")
        return True

    def _set_state(
        self, parameters: list[str], now_s: float, session: "ZipherSession"
    ) -> str | None:
        wanted = next((s for s in State if [str(int(s))] == parameters), None)
        runs = wanted is State.RUNNING
        if wanted not in MOVES.get(self._state, ()) or (
            runs and (self.faults or not self.job)
        ):
            self.refused += 1
            return REFUSED
        assert wanted is not None
        if self._timers is None:
            self._become(wanted)
            return OK

        def done(_: float) -> None:
            self._become(wanted)
            session.say(OK)

        self._timers.at(now_s + (self.plan.head_s if runs else 0.2), done)
        return None

    def _become(self, state: State) -> None:
        if state is not self._state:
            self._state = state
            self._tell("STS", f"STS|{state:d}|")

    def _tell(self, name: str, line: str) -> None:
        for session in self._sessions:
            if name in session.told:
                session.tell(line)

    def _forget(self) -> None:
        self._buffer.clear()
        self._header = None

    def _settle(self, now_s: float) -> None:
        if self._state is State.STARTING_UP and now_s >= self._boots_at_s:
            self._become(State.OFFLINE)


class ZipherSession:
    """One connection. Any run of CR and LF ends a line; empty ones are passed over."""

    def __init__(self, printer: ZipherPrinter) -> None:
        self.push: Callable[[bytes], None] = lambda _: None
        self.told: set[str] = set()
        """Names of the notifications that were asked for."""
        self._printer = printer
        self._held: list[str] = []
        self._buffer = ""

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        *lines, self._buffer = re.split(
            r"[\r\n]", self._buffer + data.decode("latin-1")
        )
        self._buffer = self._buffer[-MAX_LINE:]
        replies: list[str] = []
        for line in lines:
            if line:
                reply = self._printer.execute(line, now_s, self)
                if reply is not None:
                    replies += [*self._held, reply]
                    self._held.clear()
        return self._encoded(replies)

    def say(self, line: str) -> None:
        """An answer that took its time."""
        self.push(self._encoded([*self._held, line]))
        self._held.clear()

    def tell(self, line: str) -> None:
        """A notification."""
        if self._printer.plan.glues:
            self._held.append(line)
        else:
            self.push(self._encoded([line]))

    def closed(self) -> None:
        """The connection is over."""
        self._printer.leave(self)

    def _encoded(self, lines: list[str]) -> bytes:
        return "".join(line + self._printer.plan.ending for line in lines).encode(
            "latin-1"
        )
