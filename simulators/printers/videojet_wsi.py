"""A Videojet 1000 line printer over WSI: one message, fields in it, counters.

Modelled on the maker's manual (P/N 462115-01 rev. AD). Where it is silent, the harsher
reading is taken: the data of a field stays until it is changed, whatever was printed.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import Final

from simulators.world.faults import PowerCycle, Slip

STX: Final = 0x02
ETX: Final = 0x03
MAX_REQUEST: Final = 1024
GREEN: Final = 1
RED: Final = 4


class Unknown(Enum):
    """What a printer does about a command it does not support."""

    REFUSES = "!"
    ACKNOWLEDGES = "$"
    """The manual lists only the `$` reply for the 1710 and the 1610 DH."""
    IS_SILENT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WsiPlan:
    """`messages` by name, each with the names of its fields; the first is selected.

    `lacks` are the command letters it does not support, `unknown` what it then does.
    `digits` is the width of the counters: eight in the manual's examples.
    """

    messages: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"BEER 500ML": ("CODE", "BATCH"), "WATER": ("CODE",)}
    )
    lacks: str = ""
    unknown: Unknown = Unknown.REFUSES
    digits: int = 8
    count: int = 678
    part_number: str = "1.0.385W        "
    init_s: float = 2.0


# Neither tells its counters or its message, nor can it be switched on and off.
VIDEOJET_1710: Final = WsiPlan(lacks="GOQRZ", unknown=Unknown.ACKNOWLEDGES)


class WsiPrinter:
    """The device; `session()` opens a conversation with it."""

    def __init__(self, plan: WsiPlan | None = None, *, start_s: float = -inf) -> None:
        self.plan = plan or WsiPlan()
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text its fields were ever given, taken or not."""
        self.refused = 0
        self.message = next(iter(self.plan.messages))
        self.keeps_message = False
        """A fault: the message stays as it is whatever is selected (F26)."""
        self.garbles = False
        """A fault: the next request loses its last character on the way."""
        self.lamp = GREEN
        self.faults = "000000"
        self.jet_on = True
        self.print_on = True
        self.prints = self.plan.count
        self.products = self.plan.count
        self.fields = {f: "" for fields in self.plan.messages.values() for f in fields}
        self.code_field = "CODE"
        self._slips: deque[Slip] = deque()
        self._last = ""
        self._off_until_s = start_s
        self._busy_until_s = start_s

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        if not self.powered(now_s) or now_s < self._busy_until_s:
            return None
        self.products += 1
        if not (self.print_on and self.jet_on):
            return None
        self.prints += 1
        slip = self._slips.popleft() if self._slips else None
        if slip is Slip.SKIP:
            return None  # counted, and nothing on the product
        text = self.fields[self.code_field]
        if slip is Slip.REPEAT:
            text = self._last
        self._last = text
        return text or None

    def slip(self, slip: Slip) -> None:
        """At the next trigger print nothing, or the text before."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._busy_until_s = self._off_until_s + self.plan.init_s
        self._slips.clear()
        if mode is PowerCycle.LAST_AGAIN and self._last:
            self._slips.append(Slip.REPEAT)
        if mode is PowerCycle.LOST:
            self.fields = dict.fromkeys(self.fields, "")
            self.prints = self.plan.count

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    @property
    def queued(self) -> int:
        """Records in it: the code that the next product would get."""
        return int(bool(self.fields[self.code_field]))

    # The network side.

    def session(self) -> "WsiSession":
        """A new connection."""
        return WsiSession(self)

    def execute(self, request: str) -> bytes:
        """One request without STX and ETX; the answer."""
        if self.garbles:
            self.garbles = False
            request = request[:-1]
        letter, data = request[:1], request[1:]
        if letter in self.plan.lacks and letter:
            reply = self.plan.unknown.value
            return self._verdict(reply, request) if reply else b""
        if letter in "QGEH" and letter:
            answer = self._question(letter, data)
            if answer is not None:
                return b"\x02" + answer.encode("ascii") + b"\x03"
            return self._verdict("!", request)
        is_done = self._command(letter, data)
        self.refused += not is_done
        return self._verdict("$" if is_done else "!", request)

    def _verdict(self, sign: str, request: str) -> bytes:
        return f"{sign}{sum(request.encode('latin-1')) & 0xFF:02X}".encode("ascii")

    def _question(self, letter: str, data: str) -> str | None:
        if letter == "G":
            counts = {"A": self.prints, "B": self.products}
            count = counts.get(data.upper())
            width = self.plan.digits
            return None if count is None else f"{count % 10**width:0{width}d}"
        if data:
            return None
        answers = {
            "Q": self.message,
            "E": f"{self.faults}{self.lamp:X}",
            "H": self.plan.part_number,
        }
        return answers[letter]

    def _command(self, letter: str, data: str) -> bool:
        match letter:
            case "M":
                return self._select(data)
            case "U":
                name, _, text = data.partition("\n")
                self.received.append(text)
                return self._update(name, text)
            case "D":
                return self._update(data, None)
            case "O":
                return self._switch(data)
            case "R":
                return self._reset(data.upper())
        return False

    def _select(self, name: str) -> bool:
        if name not in self.plan.messages:
            return False
        if not self.keeps_message:
            self.message = name
        return True

    def _update(self, name: str, text: str | None) -> bool:
        if name not in self.plan.messages[self.message]:
            return False
        if text is not None and not 1 <= len(text) <= 50:
            return False
        self.fields[name] = text or ""
        return True

    def _switch(self, data: str) -> bool:
        if data not in ("0", "1") or not self.jet_on:
            return False
        self.print_on = data == "1"
        return True

    def _reset(self, data: str) -> bool:
        if data == "A":
            self.prints = 0
        elif data == "B":
            self.products = 0
        return data in ("A", "B")


class WsiSession:
    """One connection: requests between STX and ETX, the rest is passed over."""

    def __init__(self, printer: WsiPrinter) -> None:
        self.push: Callable[[bytes], None] = lambda _data: None
        self._printer = printer
        self._request: bytearray | None = None

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        if not self._printer.powered(now_s):
            return b""
        answer = b""
        for byte in data:
            if byte == STX:
                self._request = bytearray()
            elif byte == ETX and self._request is not None:
                request, self._request = self._request.decode("latin-1"), None
                answer += self._printer.execute(request)
            elif self._request is not None and len(self._request) < MAX_REQUEST:
                self._request.append(byte)
        return answer

    def closed(self) -> None:
        """The connection is over."""
