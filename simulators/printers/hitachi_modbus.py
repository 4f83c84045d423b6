"""A Hitachi ink-jet printer on Modbus TCP: print items in registers, no queue.

Modelled on the maker's manual (LAN Communication TUP-I, 5th ed.) and on the notes of a
program in use with a UX-161. Where they are silent the harsher reading is taken: a text
stays until it is changed, whatever was printed; held writes stay held over a lost
connection; a product that comes while data change over gets the old text.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from drivers.transports.base import RegisterRefusedError
from simulators.world.faults import PowerCycle, Slip

# Functional blocks of the holding registers: first address, code (manual 5.4, 5.5).
BLOCKS: Final = (
    (0x0000, 0x0020, 0x01),
    (0x0020, 0x1000, 0x02),
    (0x1000, 0x1006, 0x03),
    (0x1006, 0x100C, 0x04),
    (0x100C, 0x1020, 0x05),
    (0x1020, 0x19A0, 0x06),
    (0x19A0, 0x19C0, 0x07),
    (0x2490, 0x2494, 0x0E),
    (0x2494, 0x2498, 0x0F),
)
INPUTS: Final = (
    (0x0000, 0x0010),
    (0x0010, 0x0050),
    (0x0050, 0x0070),
    (0x0070, 0x0344),
    (0x0E40, 0x0ED0),
)
COUNTS, TEXT, END_OF_TEXT = 0x0020, 0x0084, 0x0854
ONLINE, REMOTE, RECALL = 0x2490, 0x2494, 0x1006
ADDRESS, SIZE, OFFLINE, JET_OFF, DATA = 2, 3, 5, 7, 0x10
PAUSED, NOT_READY, READY = 0x30, 0x31, 0x32

Character = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A message in the printer's memory: its name and the texts of its items.

    `□` stands for a character the printer makes itself (a calendar's year).
    """

    name: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HitachiModbusPlan:
    """`messages` by number; the first is loaded. `item` (from 1) has the code.

    `needs_bracket`: writes outside the start/stop flags are refused as illegal data, as
    a UX-161 does with many. `counts_low_first`: of two words the low one stands first.
    """

    messages: Mapping[int, Stored] = field(
        default_factory=lambda: {
            12: Stored(name="BEER 500ML", items=("EXP □□□", "SERIAL", "LINE 3")),
            7: Stored(name="WATER", items=("WATER", "SERIAL")),
        }
    )
    item: int = 2
    needs_bracket: bool = True
    counts_low_first: bool = False
    online: bool = True
    changeover_s: float = 0.02
    count: int = 678
    type_name: str = "UX-D161W"
    serial: int = 12345678
    init_s: float = 2.0
    ready_s: float = 1.0


class HitachiModbusPrinter:
    """The device; `bank(now_s)` is its network side."""

    def __init__(
        self, plan: HitachiModbusPlan | None = None, *, start_s: float = -inf
    ) -> None:
        self.plan = plan or HitachiModbusPlan()
        self.belt_mm_s = 0.0
        self.received: list[str] = []
        """Every text its item was ever given, taken or not."""
        self.refused = 0
        self.online = self.plan.online
        self.jet_on = True
        self.deflection_on = True
        self.fault = 0
        """An operation code above 0x32 that stands; 0: none."""
        self.warning = 0x30
        self.keeps_message = False
        """A fault: the message stays as it is whatever is recalled (F26)."""
        self.garbles = False
        """A fault: the next text written loses its last character."""
        self.refuses_text = False
        """A fault: texts are refused as illegal data."""
        self.prints = self.plan.count
        self.analysis = (0, 0, 0, 0)
        self.message = next(iter(self.plan.messages))
        self.items = 0
        self.counts = [0] * 100
        self.characters: list[Character] = [(0, 0)] * 1000
        self.held: list[tuple[int, list[int]]] | None = None
        """Writes between start and stop; None: no bracket is open."""
        self.last_items: list[str] = []
        """All texts on the last product printed."""
        self._index = 0
        self._slips: deque[Slip] = deque()
        self._last = ""
        self._old: list[str] = []
        self._changeover_until_s = -inf
        self._ready_from_s = start_s
        self._off_until_s = start_s
        self._load(self.message)

    # The product side.

    def product_trigger(self, now_s: float) -> str | None:
        """Something passes the head: the text of the code's item on it, if any."""
        if not self.powered(now_s) or self.operation(now_s) != READY:
            return None
        self.prints = (self.prints + 1) % 10**9
        changing = now_s < self._changeover_until_s
        self.last_items = list(self._old) if changing else self.texts
        slip = self._slips.popleft() if self._slips else None
        if slip is Slip.SKIP:
            return None  # counted, and nothing on the product
        at = self.plan.item - 1
        text = self.last_items[at] if at < len(self.last_items) else ""
        if slip is Slip.REPEAT:
            text = self._last
        self._last = text
        return text if text.strip() else None

    def slip(self, slip: Slip) -> None:
        """At the next trigger print nothing, or the text before."""
        self._slips.append(slip)

    def power_cycle(self, now_s: float, mode: PowerCycle, off_s: float) -> None:
        """Power goes now and comes back `off_s` later, with what `mode` says kept."""
        self._off_until_s = now_s + off_s
        self._ready_from_s = self._off_until_s + self.plan.init_s
        self._changeover_until_s = -inf
        self.held = None
        self.deflection_on = False
        self._slips.clear()
        if mode is PowerCycle.LAST_AGAIN and self._last:
            self._slips.append(Slip.REPEAT)
        if mode is PowerCycle.LOST:
            # Data changed over the line are not saved before the jet is stopped.
            self._load(self.message)
            self.prints = self.plan.count

    def powered(self, now_s: float) -> bool:
        """Whether anybody could talk to it."""
        return now_s >= self._off_until_s

    def operation(self, now_s: float) -> int:
        """Its operation status."""
        if self.fault:
            return self.fault
        if not self.jet_on:
            return PAUSED
        is_ready = self.deflection_on and now_s >= self._ready_from_s
        return READY if is_ready else NOT_READY

    @property
    def texts(self) -> list[str]:
        """Of all items, as the characters lie one behind the other."""
        texts, at = [], 0
        for count in self.counts[: self.items]:
            texts.append("".join(map(_shown, self.characters[at : at + count])))
            at += count
        return texts

    @property
    def queued(self) -> int:
        """Records in it: the code that the next product would get."""
        at = self.plan.item - 1
        return int(at < self.items and bool(self.texts[at].strip()))

    # The network side.

    def bank(self, now_s: Callable[[], float]) -> "HitachiBank":
        """Its registers."""
        return HitachiBank(self, now_s)

    def write(self, address: int, values: Sequence[int], now_s: float) -> None:
        """Function 16 (or 6). Raises the refusal, with the analysis set."""
        if not 1 <= len(values) <= 123:
            raise self.refusal(0x10, address, SIZE)
        if not self.online and address != ONLINE:
            raise self.refusal(0x10, address, OFFLINE)
        if block_of(address, len(values)) is None:
            raise self.refusal(0x10, address, ADDRESS)
        self._note_text(address, values)
        if address == 0:
            self._bracket(values[0], now_s)
        elif address in (ONLINE, REMOTE):
            self._switch(address, values[0], now_s)
        elif not self._fits(address, values):
            raise self.refusal(0x10, address, DATA)
        elif self.held is not None:
            self.held.append((address, list(values)))
        elif self.plan.needs_bracket:
            raise self.refusal(0x10, address, DATA)
        else:
            self._take([(address, list(values))], now_s)

    def read(self, address: int, count: int) -> list[int]:
        """Function 3. What is held does not show."""
        if not 1 <= count <= 125:
            raise self.refusal(0x03, address, SIZE)
        if not self.online and address != ONLINE:
            raise self.refusal(0x03, address, OFFLINE)
        if block_of(address, count) is None:
            raise self.refusal(0x03, address, ADDRESS)
        return [self._holding(at) for at in range(address, address + count)]

    def read_input(self, address: int, count: int, now_s: float) -> list[int]:
        """Function 4, offline too."""
        if not 1 <= count <= 125:
            raise self.refusal(0x04, address, SIZE)
        if not any(a <= address and address + count <= b for a, b in INPUTS):
            raise self.refusal(0x04, address, ADDRESS)
        known = self._inputs(now_s)
        return [known.get(at, 0) & 0xFFFF for at in range(address, address + count)]

    def refusal(self, function: int, address: int, factor: int) -> RegisterRefusedError:
        """The exception to raise; its cause then stands in the input registers."""
        self.refused += 1
        self.analysis = (function, block_of(address, 1) or 0, factor, 0)
        return RegisterRefusedError(factor if factor in (1, 2) else 3)

    def _note_text(self, address: int, values: Sequence[int]) -> None:
        begin = TEXT + 2 * sum(self.counts[: self.plan.item - 1])
        if address == begin and len(values) % 2 == 0:
            count = self._count_to_be(self.plan.item - 1)
            characters = _pairs(values)[:count]
            self.received.append("".join(map(_shown, characters)))

    def _count_to_be(self, item: int) -> int:
        count = self.counts[item]
        for address, values in self.held or ():
            if address <= COUNTS + item < address + len(values):
                count = values[COUNTS + item - address]
        return count

    def _bracket(self, flag: int, now_s: float) -> None:
        if flag == 1:
            self.held = self.held or []
        elif flag == 2 and self.held is not None:
            held, self.held = self.held, None
            self._take(held, now_s)
        else:
            raise self.refusal(0x10, 0, DATA)

    def _switch(self, address: int, value: int, now_s: float) -> None:
        if value not in range(2 if address == ONLINE else 5):
            raise self.refusal(0x10, address, DATA)
        if address == ONLINE:
            self.online = value == 1
            return
        if value in (2, 3) and not self.jet_on:
            raise self.refusal(0x10, address, JET_OFF)
        if value in (0, 1):
            self.jet_on = value == 0
            self.deflection_on = False
        elif value in (2, 3):
            self.deflection_on = value == 2
        else:
            self.fault = 0
        self._ready_from_s = max(self._ready_from_s, now_s + self.plan.ready_s)

    def _fits(self, address: int, values: Sequence[int]) -> bool:
        if TEXT <= address < END_OF_TEXT:
            return not self.refuses_text and _are_characters(address, values)
        if COUNTS <= address < TEXT:
            return all(1 <= value <= 1000 for value in values)
        if address == RECALL:
            return values[0] in self.plan.messages
        limits = {0x0008: range(1, 101), 0x0010: range(2001)}
        return values[0] in limits.get(address, range(0x10000))

    def _take(self, writes: list[tuple[int, list[int]]], now_s: float) -> None:
        old = self.texts
        for address, values in writes:
            self._take_one(address, values)
        if self.texts != old:
            self._old = old
            self._changeover_until_s = now_s + self.plan.changeover_s

    def _take_one(self, address: int, values: list[int]) -> None:
        if address == RECALL:
            if not self.keeps_message:
                self._load(values[0])
        elif address == 0x0008:
            self.items = values[0]
        elif address == 0x0010:
            self._index = values[0]
        elif COUNTS <= address < TEXT:
            at = address - COUNTS
            self.counts[at : at + len(values)] = values
        elif TEXT <= address < END_OF_TEXT:
            characters = _pairs(values)
            if self.garbles:
                self.garbles = False
                characters[-1] = (0, ord("?"))
            at = (address - TEXT) // 2
            self.characters[at : at + len(characters)] = characters

    def _load(self, number: int) -> None:
        self.message = number
        stored = self.plan.messages[number].items
        self.items = len(stored)
        self.counts = [*map(len, stored), *[0] * (100 - len(stored))]
        loaded = [_character(each) for each in "".join(stored)]
        self.characters = loaded + [(0, 0)] * (1000 - len(loaded))

    def _holding(self, at: int) -> int:
        if COUNTS <= at < TEXT:
            return self.counts[at - COUNTS]
        if TEXT <= at < END_OF_TEXT:
            return self.characters[(at - TEXT) // 2][at % 2]
        known = {0x0008: self.items, 0x0010: self._index, ONLINE: int(self.online)}
        return known.get(at, 0)

    def _inputs(self, now_s: float) -> dict[int, int]:
        online = 0x30 + self.online
        asked = self._index or self.message
        stored = self.plan.messages.get(asked)
        values = {
            0x0000: [online, online, self.operation(now_s), self.warning],
            0x0004: list(self.analysis),
            0x0010: [ord(c) for c in f"{self.plan.type_name:16s}"],
            0x0020: self._two_words(self.plan.serial),
            0x0050: [1200, 5000, *self._two_words(self.prints)],
            0x0057: [35, 255, 23, 57, 12, 754],
            0x0070: [1, 0, 0, 0, 2024, 5, 17, 8, 30, 0, 12],
        }
        if stored is not None:
            name = [ord(c) for c in f"{stored.name:12s}"[:12]]
            values[0x0E40] = [asked, 1, *name]
        return {
            begin + at: word
            for begin, words in values.items()
            for at, word in enumerate(words)
        }

    def _two_words(self, value: int) -> list[int]:
        words = list(divmod(value, 0x10000))
        return words[::-1] if self.plan.counts_low_first else words


class HitachiBank:
    """The registers as hosts want them. Without power nothing answers."""

    def __init__(
        self, printer: HitachiModbusPrinter, now_s: Callable[[], float]
    ) -> None:
        self._printer = printer
        self._now_s = now_s

    def read(self, address: int, count: int) -> Sequence[int]:
        self._powered()
        return self._printer.read(address, count)

    def read_input(self, address: int, count: int) -> Sequence[int]:
        return self._printer.read_input(address, count, self._powered())

    def write(self, address: int, values: Sequence[int]) -> None:
        now_s = self._powered()
        self._printer.write(address, values, now_s)

    def _powered(self) -> float:
        now_s = self._now_s()
        if not self._printer.powered(now_s):
            raise ConnectionResetError("the printer has no power")
        return now_s


def block_of(address: int, count: int) -> int | None:
    """The functional block a request lies in; None where it lies in none or in two."""
    for begin, end, code in BLOCKS:
        if begin <= address and address + count <= end:
            return code
    return None


def _pairs(values: Sequence[int]) -> list[Character]:
    return list(zip(values[::2], values[1::2], strict=True))


def _are_characters(address: int, values: Sequence[int]) -> bool:
    if (address - TEXT) % 2 or len(values) % 2:
        return False
    return all(attribute or _is_code(code) for attribute, code in _pairs(values))


def _is_code(code: int) -> bool:
    """Unusable: 60h, 7Bh to 7Fh (RX Technical Manual, p. 5-34)."""
    return code >= 0x20 and code != 0x60 and not 0x7B <= code <= 0x7F


def _character(shown: str) -> Character:
    """`□`: the calendar's year, in the attribute."""
    return (0xF250, 0) if shown == "□" else (0, ord(shown))


def _shown(character: Character) -> str:
    attribute, code = character
    return "□" if attribute else chr(code) if code else ""
