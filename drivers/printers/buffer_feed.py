"""Feeding a printer that holds records of its own, and telling what became of them.

What a family must say is in `BufferFeed`'s abstract methods; what the line is told is
the ledger's. A record leaves here at most once: after any doubt nothing more is sent
until the next proven `clear`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from drivers.base import PrintProgress, PrintRecord
from drivers.errors import DriverError, LinkDown, MisuseError
from drivers.printers.ledger import RecordLedger, counter_rise
from drivers.printers.numbering import CrossCheck, Numbering

# Hints may come faster than they are worth: at 50 ms two prints at 33 items/s.
GAP_S = 0.05
# Records the driver itself keeps ahead of a printer that takes fewer.
AHEAD = 64


class BufferFeed(ABC):
    """The loop between products. Its `run` belongs into the driver's own `run`.

    `depth` is how many records the printer takes; `session` the link's number.
    """

    def __init__(
        self,
        name: str,
        session: Callable[[], int],
        *,
        depth: int,
        poll_s: float,
    ) -> None:
        self.name = name
        self.ledger = RecordLedger(max(depth, AHEAD))
        self._depth = depth
        self._session = session
        self._poll_s = poll_s
        self._is_cleared = False
        self._is_ended = False
        self._hint = asyncio.Event()
        self._turn = asyncio.Lock()

    @abstractmethod
    async def _empty(self) -> None:
        """Make the printer hold nothing, and see that it does."""

    @abstractmethod
    async def _send(self, record: PrintRecord) -> None:
        """Hand over one record; returns once the printer has it."""

    @abstractmethod
    async def _step(self) -> None:
        """Ask how far it got and tell the ledger."""

    async def _drained(self) -> None:
        """Nothing is left to print. A printer that repeats itself is blanked here."""
        return

    async def _end(self) -> None:
        """Out of step. A printer that repeats its text is made to hold none."""
        return

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._hint.wait()
            self._hint.clear()
            # The ledger keeps what went wrong, and so does the link's status.
            with suppress(DriverError):
                if self.ledger.sent:
                    await self.look()
                await self._end_once()
            await asyncio.sleep(GAP_S)

    async def _end_once(self) -> None:
        async with self._turn:
            if self._is_cleared and self.ledger.doubt and not self._is_ended:
                await self._end()
                self._is_ended = True

    def hint(self) -> None:
        """Something happened: look at once."""
        self._hint.set()

    async def clear(self) -> None:
        """Empty the printer and forget every record."""
        async with self._turn:
            self._is_cleared = self._is_ended = False
            session = self._session()
            self.ledger.lose("not cleared")
            await self._empty()
            if self._session() != session:
                raise LinkDown(self.name, "the connection was lost")
            self.ledger.begin(session)
            self._is_cleared = True

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records` and hand over as many as the printer has room for."""
        if not records:
            return
        async with self._turn:
            self._check_cleared()
            if not self.ledger.sent:
                # Whatever passed until now was none of ours.
                await self._try(self._step)
                self._check_cleared()
            try:
                self.ledger.take(records)
            except ValueError as error:
                raise MisuseError(self.name, str(error)) from None
            await self._try(self._fill)

    async def look(self) -> None:
        """See how far the printer got, and fill it up again."""
        async with self._turn:
            if not self._is_cleared or self.ledger.doubt:
                return
            if self.ledger.session != self._session():
                self.ledger.lose("the connection was lost")
                return
            await self._try(self._step)
            if not self.ledger.doubt:
                await self._try(self._fill)

    def rest(self) -> None:
        """The printer was stopped: prints from now on are none of ours."""
        self._is_cleared = False
        self.lose("the printer was stopped")

    def lose(self, why: str) -> None:
        """From now on the printer's word and ours cannot be matched."""
        self.ledger.lose(why)

    def progress(self) -> PrintProgress:
        """As far as is known."""
        return self.ledger.progress(self._session())

    def _check_cleared(self) -> None:
        if (
            not self._is_cleared
            or self.ledger.doubt
            or self.ledger.session != self._session()
        ):
            why = self.ledger.doubt or "the link came up"
            raise LinkDown(self.name, f"not cleared since: {why}")

    async def _try(self, act: Callable[[], Awaitable[None]]) -> None:
        try:
            await act()
        except DriverError as error:
            self.ledger.lose(error.message)
            raise

    async def _fill(self) -> None:
        while (
            record := self.ledger.next
        ) is not None and self.ledger.in_printer < self._depth:
            self.ledger.note_sent()
            await self._send(record)
            if self.ledger.doubt:
                return
            self.ledger.note_accepted()
        if not self.ledger.unprinted:
            await self._drained()


class NumberedPrinter(Protocol):
    """What `NumberedFeed` asks of the device. Each call is one exchange."""

    async def empty(self) -> None:
        """Make it hold nothing, and see that it does. `DeviceFault` if it keeps any."""
        ...

    async def put_record(self, index: int, text: str, session: int) -> None:
        """Hand over; `LinkDown`, nothing sent, under any link but number `session`."""
        ...

    async def last_index(self) -> int:
        """Number of the last record printed."""
        ...

    async def print_count(self) -> int | None:
        """Its count of all prints, where it keeps one."""
        ...


class NumberedFeed(BufferFeed):
    """For printers that report the number of the last record printed.

    Where the printer also counts its prints, the count is held against the numbers: a
    record printed twice, or printed from the time before, shows only there.
    """

    def __init__(
        self,
        name: str,
        session: Callable[[], int],
        printer: NumberedPrinter,
        *,
        depth: int,
        poll_s: float,
        count_modulus: int = 10**9,
    ) -> None:
        super().__init__(name, session, depth=depth, poll_s=poll_s)
        self._printer = printer
        self._modulus = count_modulus
        self._numbering = Numbering(0)
        self._first = 0
        self._handed = 0
        self._noted = 0
        self._base_count: int | None = None
        self._check = CrossCheck()

    async def _empty(self) -> None:
        await self._printer.empty()
        self._numbering = Numbering(await self._printer.last_index())
        self._base_count = await self._printer.print_count()
        self._handed = self._noted = 0
        self._check = CrossCheck()

    async def _send(self, record: PrintRecord) -> None:
        self._handed += 1
        index = self._numbering.base + self._handed
        await self._printer.put_record(index, record.text, self.ledger.session)

    async def _step(self) -> None:
        reported = await self._printer.last_index()
        printed = self._numbering.printed(reported)
        if printed is None or printed > self._handed:
            self.lose(f"it printed record number {reported}, which is none of ours")
        elif printed < self._noted:
            self.lose(f"its last record number went back to {reported}: it restarted")
        else:
            self.ledger.note_printed(printed - self._noted)
            self._noted = printed
            await self._check_count(printed)

    async def _check_count(self, printed: int) -> None:
        count = await self._printer.print_count()
        if count is None or self._base_count is None:
            return
        if not self._handed:
            self._base_count = count
        counted = counter_rise(self._base_count, count, self._modulus)
        if counted < 0:
            self.lose("its print count went back: it restarted")
        elif self._check.differs(printed, counted, now_s=_now_s()):
            self.lose(
                f"it counts {counted} prints where {printed} records are printed: "
                "a code twice, or one left out"
            )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
