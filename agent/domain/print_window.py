"""Which codes a printer holds, and which item each of them ought to be on.

Printer and line count the same trigger pulses, so within one loading of the buffer
(an *era*) `item - record` stays constant. It is known when the buffer was loaded at
a standstill. A read that disagrees is a sequence fault: the verdict binds the code
read, and a slip must never go unnoticed.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from agent.domain.words import CodeRef


@dataclass(slots=True)
class SentCode:
    """A code handed to the printer. `lost`: its fate became unknown."""

    ref: CodeRef
    record: int
    offset: int
    used: bool = False
    lost: bool = False


class PrintWindow:
    """Codes in flight of one printer, newest `remember` of them by key.

    `outstanding` counts those neither seen by the camera nor given up.
    """

    def __init__(self, *, remember: int = 4096) -> None:
        self._by_key: OrderedDict[str, SentCode] = OrderedDict()
        self._by_item: dict[int, SentCode] = {}
        self._remember = remember
        self._offset = 0
        self.outstanding = 0

    def begin_era(self, *, first_item: int, first_record: int) -> None:
        """The buffer was emptied; its next record goes on `first_item`."""
        self._offset = first_item - first_record

    def sent(self, key: str, ref: CodeRef, record: int) -> None:
        """`key` was handed to the printer as `record`."""
        code = SentCode(ref=ref, record=record, offset=self._offset)
        self._by_key[key] = code
        self._by_item[record + self._offset] = code
        self.outstanding += 1
        while len(self._by_key) > self._remember:
            _, old = self._by_key.popitem(last=False)
            self._by_item.pop(old.record + old.offset, None)

    def find(self, key: str) -> SentCode | None:
        """What is known of a code read, if it was handed out lately."""
        return self._by_key.get(key)

    def belongs_to(self, code: SentCode, item: int) -> bool:
        """Whether `code` was to be printed on `item`."""
        return code.record + code.offset == item

    def seen(self, code: SentCode) -> None:
        """The camera saw `code`; its fate is known from here on."""
        code.used = True
        self._settle(code)

    def lose(self) -> tuple[CodeRef, ...]:
        """The buffer is gone: every unseen code is of unknown fate. Names them."""
        return self._drop(list(self._by_key.values()))

    def give_up(self, items: Iterable[int]) -> tuple[CodeRef, ...]:
        """`items` are past the gate: a code due on them and unseen stays unseen."""
        due = (self._by_item.get(item) for item in items)
        return self._drop([code for code in due if code is not None])

    def _drop(self, codes: list[SentCode]) -> tuple[CodeRef, ...]:
        dropped = [code for code in codes if not code.used and not code.lost]
        for code in dropped:
            self._settle(code)
            code.lost = True
        return tuple(code.ref for code in dropped)

    def _settle(self, code: SentCode) -> None:
        if not code.lost:
            self.outstanding -= 1
