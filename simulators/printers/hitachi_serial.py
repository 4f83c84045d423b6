"""A Hitachi ink-jet printer on RS-232, after the RX Technical Manual rev. D, section 5.

One text at a time, printed until another comes; or, with the buffer function, texts
that are fetched one a print. Where the manual is silent, the harsher reading is taken:
a print of the old text during a changeover is a print; half a text stays in the printer
when the connection is gone, and swallows what the next one says; after power-up it
prints what was stored last, however old.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from math import inf
from typing import Final

from simulators.world.faults import PowerCycle, Slip

STX: Final = 0x02
ETX: Final = 0x03
ENQ: Final = 0x05
DLE: Final = 0x10
DC2: Final = 0x12
DC3: Final = 0x13
ESC2: Final = 0x1F
ACK: Final = b"\x06"
NAK: Final = b"\x15"
MAX_TEXT: Final = 3000
BUFFER_RECORDS: Final = 100
BUFFER_CHARACTERS: Final = 1000
RECORD_ITEMS: Final = 8
RECORD_CHARACTERS: Final = 80
EPOCH: Final = datetime(2015, 7, 7, 12, 45)  # noqa: DTZ001  it knows no time zone


class Mode(Enum):
    """Communication mode, and the buffer function."""

    PROTECTED = "overwrite-protected"
    ENABLED = "overwrite-enabled"
    BUFFER = "buffer"


@dataclass(frozen=True, slots=True, kw_only=True)
class HitachiSerialPlan:
    """`messages` by number, each the texts of its items; `message` is the one shown.

    `item` holds the code. `online` is its state at power-up. `longest` is what an item
    of its format takes.
    """

    mode: Mode = Mode.PROTECTED
    messages: Mapping[int, Mapping[int, str]] = field(
        default_factory=lambda: {12: {1: "MSG12", 2: "EXP"}, 13: {1: "MSG13"}}
    )
    message: int = 13
    item: int = 1
    longest: int = 100
    changeover_s: float = 0.02
    boot_s: float = 2.0
    online: bool = True


class HitachiSerialPrinter:
    """The device; `session()` opens a conversation with it."""

    def __init__(
        self, plan: HitachiSerialPlan | None = None, *, start_s: float = -inf
    ) -> None:
        self.plan = plan or HitachiSerialPlan()
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text its code item was ever sent, taken or not."""
        self.errors: list[int] = []
        """Error codes of the manual's table, as its screen showed them."""
        self.message = self.plan.message
        self.keeps_message = False
        """A fault: it acknowledges a recall and keeps what it has (F26)."""
        self.garbles = False
        """A fault: the next text arrives with a parity error."""
        self.panel_open = False
        """A screen is open at which it does not go online or offline."""
        self.online = True
        self.ready = True
        """Whether it takes a text (overwrite-protected)."""
        self.deflection = True
        self.prints = 0
        self.stored = dict(self.plan.messages[self.message])
        """What is left after a loss of power."""
        self.buffer: deque[dict[int, str]] = deque()
        self._items = dict(self.stored)
        self._coming: tuple[float, dict[int, str]] | None = None
        self._slips: deque[Slip] = deque()
        self._last = ""
        self._off_until_s = self._boots_at_s = start_s
        self._text: bytearray | None = None
        self._is_escaped = False

    # The product side.

    @property
    def text(self) -> str:
        """What the code item will print, once a changeover is over."""
        items = self._coming[1] if self._coming else self._items
        return items.get(self.plan.item, "")

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text printed on it, if any."""
        self.settle(now_s)
        if not self._is_up(now_s) or not self.deflection:
            return None
        slip = self._slips.popleft() if self._slips else None
        self.prints += 1
        self.ready = True
        if self.buffer:
            self._items = {**self._items, **self.buffer.popleft()}
        text = self._items.get(self.plan.item, "")
        if slip is Slip.SKIP:
            return None
        printed = self._last if slip is Slip.REPEAT else text
        self._last = printed
        return printed or None

    def slip(self, slip: Slip) -> None:
        """At the next trigger print nothing, or the text before."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self.settle(now_s)
        self._off_until_s = now_s + off_s
        self._boots_at_s = self._off_until_s + self.plan.boot_s
        self._slips.clear()
        self.buffer.clear()
        if mode is PowerCycle.LAST_AGAIN and self._last:
            self._slips.append(Slip.REPEAT)
        if mode is not PowerCycle.KEPT:
            self._items = dict(self.stored)
        elif self._coming:
            self._items = self._coming[1]
        self._coming = self._text = None
        self._is_escaped = False
        self.ready, self.online = True, self.plan.online

    def powered(self, now_s: float) -> bool:
        """Whether there is power."""
        return now_s >= self._off_until_s

    def store(self) -> None:
        """Every hour, and when it is shut down at its button."""
        self.stored = dict(self._items)

    def settle(self, now_s: float) -> None:
        """Finish a changeover that took its time."""
        if self._coming and now_s >= self._coming[0]:
            self._items, self._coming = self._coming[1], None

    def go(self, *, online: bool) -> bool:
        """Online or offline, by its button or by a command."""
        if self.panel_open:
            return False
        if online is not self.online:
            self.online, self.ready = online, True
            self.buffer.clear()
        return True

    # The network side.

    def session(self) -> "HitachiSerialSession":
        """A new connection. The printer itself does not know of connections."""
        return HitachiSerialSession(self)

    def hear(self, byte: int, now_s: float) -> bytes:
        """One byte from the host; what it answers."""
        if not self._is_up(now_s):
            return b""
        if byte in (DC2, DC3):
            # It ends a text half received, too.
            self._text, self._is_escaped = None, False
            self.ready = self.ready or self.online
            return ACK if self.online else NAK
        if self._text is not None:
            return self._in_text(byte, now_s)
        if self._is_escaped:
            self._is_escaped = False
            return self._bare(byte, now_s)
        if byte == STX:
            self._text = bytearray()
        elif byte == ESC2:
            self._is_escaped = True
        elif byte == ENQ:
            return ACK if self.online and self._takes() else NAK
        return b""

    def _is_up(self, now_s: float) -> bool:
        return self.powered(now_s) and now_s >= self._boots_at_s

    def _takes(self) -> bool:
        return self.ready or self.plan.mode is not Mode.PROTECTED

    def _bare(self, header: int, now_s: float) -> bytes:
        """What stands without STX and ETX."""
        if header in (0x73, 0x74):
            return ACK if self.go(online=header == 0x73) else NAK
        if header == 0x75:
            told = EPOCH + timedelta(seconds=int(now_s))
            digits = f"{told:%Y%m%d%H%M%S}".encode("ascii")
            return bytes([STX, ESC2, 0x7F]) + digits + bytes([ETX])
        return self._refused(5)

    def _in_text(self, byte: int, now_s: float) -> bytes:
        assert self._text is not None
        if byte != ETX:
            # Past the limit it is only counted.
            self._text.append(byte)
            return b""
        body, self._text = bytes(self._text), None
        error = self._execute(body, now_s)
        return ACK if error is None else self._refused(error)

    def _refused(self, error: int) -> bytes:
        """NAK; 0 is a refusal without an error on the screen."""
        if error:
            self.errors.append(error)
        return NAK

    def _execute(self, body: bytes, now_s: float) -> int | None:
        """A text; the error, if it is one."""
        self.settle(now_s)
        if body[:1] == bytes([DLE]):
            self._note(body)
        if self.garbles:
            self.garbles = False
            return 14
        if not self.online or len(body) + 2 > MAX_TEXT:
            return 6 if not self.online else 1
        if body[:1] == bytes([DLE]):
            return self._printings(body, now_s)
        return self._escape(body, now_s)

    def _note(self, body: bytes) -> None:
        for part in body.split(bytes([DLE]))[1:]:
            if part[:1] == bytes([0x30 + self.plan.item]) and part[1:]:
                self.received.append(part[1:].decode("latin-1"))

    def _printings(self, body: bytes, now_s: float) -> int | None:
        items: dict[int, str] = {}
        for part in body.split(bytes([DLE]))[1:]:
            if not part or not 0x31 <= part[0] <= 0x94:
                return 4
            if any(not _is_character(byte) for byte in part[1:]):
                return 1
            if len(part) - 1 > self.plan.longest:
                return 3
            items[part[0] - 0x30] = part[1:].decode("ascii")
        if not self._takes():
            return 6
        if self.plan.mode is Mode.BUFFER:
            return self._held(items)
        self._change(items, now_s)
        self.ready = False
        return None

    def _held(self, items: dict[int, str]) -> int | None:
        characters = sum(map(len, items.values()))
        if len(items) > RECORD_ITEMS or characters > RECORD_CHARACTERS:
            return 30
        held = sum(len(text) for one in self.buffer for text in one.values())
        if len(self.buffer) >= BUFFER_RECORDS or held + characters > BUFFER_CHARACTERS:
            return 0
        self.buffer.append(items)
        return None

    def _change(self, items: Mapping[int, str], now_s: float) -> None:
        base = self._coming[1] if self._coming else self._items
        self._coming = (now_s + self.plan.changeover_s, {**base, **items})

    def _escape(self, body: bytes, now_s: float) -> int | None:
        header, data = body[1:2], body[2:]
        if body[:1] != bytes([ESC2]):
            return 1
        if header == b"\x20":
            return self._recall(data, now_s)
        if header == b"\x72":
            return self._operate(data)
        if header in (b"\x76", b"\x77") and self.plan.mode is Mode.BUFFER:
            if data:
                return 2
            if header == b"\x76":
                self.buffer.clear()
            return None
        return 5

    def _recall(self, data: bytes, now_s: float) -> int | None:
        number = int(data[1:]) if data[1:].isdigit() else 0
        if not self._takes():
            return 6
        if data[:1] != b"1" or len(data) != 5 or number not in self.plan.messages:
            return 20
        if not self.keeps_message:
            self.message = number
            self._coming = (
                now_s + self.plan.changeover_s,
                dict(self.plan.messages[number]),
            )
        return None

    def _operate(self, data: bytes) -> int | None:
        if data in (b"2", b"3"):
            self.deflection = data == b"2"
        # What cannot be done now is acknowledged all the same.
        return None if data in (b"0", b"1", b"2", b"3", b"4") else 2


def _is_character(byte: int) -> bool:
    """By the manual's code table, p. 5-34, as far as the standard characters go."""
    return 0x20 <= byte <= 0x7A and byte != 0x60


class HitachiSerialSession:
    """One connection."""

    def __init__(self, printer: HitachiSerialPrinter) -> None:
        self.push: Callable[[bytes], None] = lambda _data: None
        self._printer = printer

    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""
        self._printer.settle(now_s)
        return b"".join(self._printer.hear(byte, now_s) for byte in data)

    def closed(self) -> None:
        """The connection is over."""
