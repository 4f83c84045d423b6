"""How records are fed, by the confirmation model of the table."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from drivers.base import PrintRecord
from drivers.errors import DeviceFault
from drivers.printers.buffer_feed import BufferFeed
from drivers.printers.ledger import counter_rise
from drivers.printers.live_feed import LiveFeed, LivePrinter
from drivers.printers.numbering import CrossCheck


class ReadingPrinter(LivePrinter, Protocol):
    """A live printer that tells what it printed last."""

    async def last_text(self) -> str: ...


class ReadBackFeed(LiveFeed):
    """By the text last printed: the one model that tells which record it was.

    The count says that something was printed, the text what. So a blank that went out
    just before the record came is no doubt, and a code printed twice is no record more.
    """

    def __init__(
        self,
        printer: ReadingPrinter,
        *,
        blank: str,
        poll_s: float,
        count_modulus: int,
    ) -> None:
        super().__init__(printer, poll_s=poll_s, count_modulus=count_modulus)
        self._reading = printer
        self._blank = blank
        self._given: str | None = None

    async def _put_next(self) -> None:
        record = None if self.ledger.doubt else self.ledger.next
        self._given = record.text if record is not None else None
        await super()._put_next()

    async def _step(self) -> None:
        count = await self._printer.print_count()
        if self._printer.session != self.ledger.session:
            self.ledger.lose("the connection was lost")
            return
        rise = counter_rise(self._count, count, self._modulus)
        self._count = count
        if rise < 0:
            self.ledger.lose("the printer's print count went back: it restarted")
        elif rise:
            await self._judge(rise, await self._reading.last_text())
        elif not self.ledger.in_printer:
            # Nothing printed since the blank was put: what prints from now on is it.
            self._is_blank = True

    async def _judge(self, rise: int, text: str) -> None:
        if text == self._blank and (rise == 1 or not self.ledger.in_printer):
            self.ledger.triggers += rise
        elif rise > 1:
            self.ledger.lose(
                f"it printed {rise} times between two looks, last {text!r}"
            )
        elif text == self._given and self.ledger.in_printer:
            self.ledger.note_printed()
            await self._put_next()
        else:
            self.ledger.lose(f"it printed {text!r}, which it was not given now")


class FedPrinter(Protocol):
    """What the buffer feeds ask of the device. Each call is one exchange or a few."""

    async def empty(self) -> None:
        """Make it hold nothing, and see that it does, as far as it tells."""
        ...

    async def put_text_once(self, text: str, session: int) -> None:
        """Hand over; `LinkDown`, nothing sent, under any link but number `session`."""
        ...

    async def put_blank(self) -> None:
        """Print the blank from now on."""
        ...

    async def is_ready(self) -> bool:
        """Whether it would take a record now."""
        ...

    async def counted(self) -> int | None:
        """Its print count, where it keeps one."""
        ...


class HandshakeFeed(BufferFeed):
    """By permission: the printer is ready for the next once it printed the one before.

    A printer that is ready because it lost the record looks the same; where it also
    counts its prints, that is found out.
    """

    def __init__(
        self,
        name: str,
        session: Callable[[], int],
        printer: FedPrinter,
        *,
        poll_s: float,
        count_modulus: int,
    ) -> None:
        super().__init__(name, session, depth=1, poll_s=poll_s)
        self._printer = printer
        self._modulus = count_modulus
        self._base: int | None = None
        self._noted = 0
        self._is_empty = False

    async def _empty(self) -> None:
        await self._printer.empty()
        if not await self._printer.is_ready():
            raise DeviceFault(self.name, "keeps a record after a clear")
        self._base = await self._printer.counted()
        self._noted = 0
        self._is_empty = True

    async def _send(self, record: PrintRecord) -> None:
        self._is_empty = False
        await self._printer.put_text_once(record.text, self.ledger.session)

    async def _step(self) -> None:
        if not self.ledger.in_printer or not await self._printer.is_ready():
            return
        count = await self._printer.counted()
        if count is not None and self._base is not None:
            counted = counter_rise(self._base, count, self._modulus)
            if counted != self._noted + 1:
                self.lose(
                    f"it is ready for the next, but counts {counted} prints where "
                    f"{self._noted + 1} records were due"
                )
                return
        self._noted += 1
        self.ledger.note_printed()

    async def _drained(self) -> None:
        if not self._is_empty:
            await self._printer.empty()
            self._is_empty = True

    async def _end(self) -> None:
        await self._printer.empty()


class EventFeed(BufferFeed):
    """By one message a print, without a number.

    `repeats`: the printer holds one text and prints it at each trigger until it gets
    another. Where it also counts its prints, the count is held against the messages.
    """

    def __init__(
        self,
        name: str,
        session: Callable[[], int],
        printer: FedPrinter,
        *,
        depth: int,
        repeats: bool,
        poll_s: float,
        count_modulus: int,
    ) -> None:
        super().__init__(name, session, depth=1 if repeats else depth, poll_s=poll_s)
        self._printer = printer
        self._repeats = repeats
        self._modulus = count_modulus
        self._base: int | None = None
        self._told = 0
        self._is_blank = False
        self._check = CrossCheck()

    def printed(self) -> None:
        """The printer says that it printed."""
        ledger = self.ledger
        if not self._is_cleared or ledger.doubt or ledger.session != self._session():
            return
        self._told += 1
        if self._is_blank:
            ledger.triggers += 1
        elif self._repeats and ledger.sent != ledger.accepted:
            self.lose("it printed while its text was being changed: which is unknown")
        else:
            ledger.note_printed()
        self.hint()

    async def _empty(self) -> None:
        await self._printer.empty()
        self._base = await self._printer.counted()
        self._told = 0
        self._is_blank = self._repeats
        self._check = CrossCheck()

    async def _send(self, record: PrintRecord) -> None:
        self._is_blank = False
        await self._printer.put_text_once(record.text, self.ledger.session)

    async def _step(self) -> None:
        count = await self._printer.counted()
        if count is None or self._base is None:
            return
        counted = counter_rise(self._base, count, self._modulus)
        if counted < 0:
            self.lose("its print count went back: it restarted")
        elif self._check.differs(self._told, counted, now_s=_now_s()):
            self.lose(f"it counts {counted} prints and told of {self._told}")

    async def _drained(self) -> None:
        if self._repeats and not self._is_blank:
            await self._printer.put_blank()
            self._is_blank = True

    async def _end(self) -> None:
        if self._repeats:
            await self._printer.put_blank()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
