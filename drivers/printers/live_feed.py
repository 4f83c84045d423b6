"""Feeding a printer that holds one record, by its print counter.

Such a printer (Hitachi over Modbus, Videojet WSI, many domestic coders) prints its
present text at every trigger until it gets another. So a fresh record is put as soon
as the count shows the last one printed, and a harmless blank when there is none: a
code must never stay where the next product could get it too.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from drivers.base import PrintProgress, PrintRecord
from drivers.errors import DriverError, LinkDown, MisuseError
from drivers.printers.ledger import RecordLedger, counter_rise

# Records the driver itself keeps ahead; none of them has left it.
AHEAD = 64


class LivePrinter(Protocol):
    """What the feed asks of the device. Each call is one exchange over its link."""

    name: str

    @property
    def session(self) -> int: ...

    async def put_text(self, text: str | None) -> None:
        """Print this from now on; None: the blank. Returns once the printer has it.

        A text that is not the blank is for the link of the ledger's session only: an
        implementation looks once more inside its exchange, and raises `LinkDown`.
        """
        ...

    async def print_count(self) -> int: ...


class LiveFeed:
    """The loop between products. Its `run` belongs into the driver's own `run`.

    `poll_s` is how often the count is asked for: it and the time of a `put_text` must
    together stay below the time between two products, or products get a code twice
    (which the camera rejects, and which `doubt` reports).
    """

    def __init__(
        self,
        printer: LivePrinter,
        *,
        poll_s: float,
        count_modulus: int,
        depth: int = AHEAD,
    ) -> None:
        self.ledger = RecordLedger(depth)
        self._printer = printer
        self._poll_s = poll_s
        self._modulus = count_modulus
        self._count = 0
        self._is_feeding = False
        self._is_blank = False
        self._hint = asyncio.Event()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._hint.wait()
            self._hint.clear()
            if self._is_feeding:
                await self._look()

    def hint(self) -> None:
        """Something happened: look at once."""
        self._hint.set()

    async def clear(self) -> None:
        """Blank the printer and forget every record."""
        async with self._turn:
            self._is_feeding = self._is_blank = False
            session = self._printer.session
            self.ledger.lose("not cleared")
            await self._printer.put_text(None)
            self._count = await self._printer.print_count()
            if self._printer.session != session:
                raise LinkDown(self._printer.name, "the connection was lost")
            self.ledger.begin(session)
            self._is_blank = True

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; the first goes to the printer at once if it is blank."""
        if not records:
            return
        async with self._turn:
            if self.ledger.doubt or self.ledger.session != self._printer.session:
                raise LinkDown(
                    self._printer.name,
                    self.ledger.doubt or "not cleared since the link came up",
                )
            try:
                self.ledger.take(records)
            except ValueError as error:
                raise MisuseError(self._printer.name, str(error)) from None
            self._is_feeding = True
            if not self.ledger.in_printer:
                await self._begin_again()

    async def _begin_again(self) -> None:
        """The first record after a blank. What printed meanwhile was the blank."""
        try:
            if self._is_blank:
                self._note(await self._printer.print_count())
            await self._put_next()
        except BaseException as error:
            why = error.message if isinstance(error, DriverError) else "cancelled"
            self.ledger.lose(why)
            raise

    def rest(self) -> None:
        """The printer was stopped: prints from now on are none of ours."""
        if self.ledger.unprinted:
            self.ledger.lose("the printer was stopped")
        self._is_feeding = self._is_feeding and bool(self.ledger.doubt)

    def progress(self) -> PrintProgress:
        """As far as the count told."""
        return self.ledger.progress(self._printer.session)

    async def _look(self) -> None:
        async with self._turn:
            if not self._is_feeding:
                return
            try:
                if self.ledger.doubt:
                    await self._end()
                else:
                    await self._step()
            except DriverError as error:
                # The link says the same in its status; here it ends the feed.
                self.ledger.lose(error.message)

    async def _end(self) -> None:
        """Out of step: the code in the printer must not stay, so this is tried until
        it is done."""
        await self._printer.put_text(None)
        self._is_feeding = False

    async def _step(self) -> None:
        count = await self._printer.print_count()
        if self._printer.session != self.ledger.session:
            self.ledger.lose("the connection was lost")
        elif self._note(count):
            await self._put_next()
        elif not self.ledger.in_printer:
            # Nothing printed since the blank was put: what prints from now on is it.
            self._is_blank = True

    def _note(self, count: int) -> bool:
        """Take down the print count; whether the record in the printer was printed."""
        rise = counter_rise(self._count, count, self._modulus)
        self._count = count
        if rise < 0:
            self.ledger.lose("the printer's print count went back: it restarted")
        elif self._is_blank:
            self.ledger.triggers += rise
        elif rise:
            self.ledger.note_printed(rise)
            return True
        return False

    async def _put_next(self) -> None:
        record = None if self.ledger.doubt else self.ledger.next
        if record is None:
            await self._printer.put_text(None)
            return
        self._is_blank = False
        self.ledger.note_sent()
        await self._printer.put_text(record.text)
        self.ledger.note_accepted()
