"""A Hitachi printer in overwrite-protected mode, as a `CodePrinter`.

It takes a text, and the next one only when that was printed: each ACK to ENQ while it
holds a record tells of one print. It tells nothing else: neither a count, nor what it
prints, nor whether its ink jet runs.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    LinkState,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, DriverError, LinkDown, MisuseError
from drivers.printers.hitachi_serial import codec
from drivers.printers.hitachi_serial.conversation import (
    OFFLINE,
    SCREEN,
    Conversation,
)
from drivers.printers.hitachi_serial.feed import PermissionFeed
from drivers.printers.hitachi_serial.messages import Operation
from drivers.printers.hitachi_serial.settings import HitachiSerialSettings
from drivers.readings import Category
from drivers.transports.base import ByteStream
from drivers.wiretap import WireTap

# A product may print the blank just before it is asked whether the printer holds it.
TRIES = 3
# A printer that nobody asks anything is asked the time, to notice a dead link.
IDLE_S = 5.0


class HitachiSerial(LinkedDevice[ByteStream]):
    """Talks to one printer."""

    confirmation = Confirmation.HANDSHAKE

    def __init__(
        self, name: str, settings: HitachiSerialSettings, around: Around
    ) -> None:
        tap = WireTap(name)
        self._talk = Conversation(name, settings, self._heard)
        super().__init__(
            name,
            tapped(around.dialer, settings.address, tap),
            tap=tap,
            rng=around.rng,
            on_up=self._talk.greet,
            serve=self._talk.dialogue.listen,
            probe=self._talk.ask_clock,
            up_timeout_s=3 * settings.reply_timeout_s,
        )
        self._settings = settings
        self._reply_s = settings.reply_timeout_s
        self._recalled_session = self._started_session = -1
        # It counts nothing, so the modulus is of no count.
        self._feed = PermissionFeed(
            name, lambda: self.session, self, poll_s=settings.poll_s, count_modulus=1000
        )
        self._show_own()

    @property
    def foreign(self) -> int:
        """What came and answered nothing asked."""
        return self._talk.dialogue.foreign

    async def run(self) -> None:
        """Keep the link up and the printer fed, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._feed.run())
            tasks.create_task(self._ask_when_idle())

    # What the line asks.

    async def status_of_printer(self) -> PrinterStatus:
        """By whether it takes a text. Jet, ink and faults are on its screen only."""
        async with self.link.exchange("enquiry", timeout_s=self._reply_s) as wire:
            takes = await self._talk.takes(wire)
            holds = bool(self._feed.ledger.in_printer)
            has_started = self._started_session == self.link.session
        if takes and holds:
            self._feed.hint()
        return _described(takes=takes, holds=holds, has_started=has_started)

    async def job(self) -> str:
        """Four digits of the message recalled under this connection; empty if none is.

        It cannot be read back. So the message of the settings is recalled here, unless
        that was done already.
        """
        if not self._settings.message:
            return ""
        if self._recalled_session != self.session:
            await self._recall()
        return f"{self._settings.message:04d}"

    async def start(self) -> None:
        """Deflection on, where settings say so; then it must take a text."""
        async with self.link.exchange("start", timeout_s=2 * self._reply_s) as wire:
            is_on = not self._settings.deflection or await self._talk.tell(
                wire, codec.encode_operation(Operation.DEFLECTION_ON)
            )
            takes = await self._talk.takes(wire)
            if is_on and takes:
                self._started_session = self.link.session
        if not is_on:
            raise DeviceFault(
                self.name, "does not start: 偏转电压 deflection on refused"
            )
        if not takes:
            raise DeviceFault(self.name, f"does not start: {OFFLINE}")

    async def stop(self) -> None:
        """The record in the printer gives way to the blank, offline or not.

        And the deflection is switched off, where settings say so.
        """
        self._started_session = -1
        holds = self._feed.ledger.in_printer > 0
        self._feed.rest()
        if holds:
            await self._put_blank(online=True)
        if not self._settings.deflection:
            return
        async with self.link.exchange("stop", timeout_s=self._reply_s) as wire:
            is_off = await self._talk.tell(
                wire, codec.encode_operation(Operation.DEFLECTION_OFF)
            )
        if not is_off:
            raise DeviceFault(
                self.name, "does not stop: 偏转电压 deflection off refused"
            )

    async def clear(self) -> None:
        """Online, the message of the settings, and the blank in place of any code."""
        self._feed.ledger.lose("not cleared")
        await self._recall()
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; each goes to the printer once.

        Needs a `clear` since the link came up and since the last `stop`.
        """
        for record in records:
            self._check(record.text)
        await self._feed.queue(records)

    async def progress(self) -> PrintProgress:
        """As far as the printer gave permission."""
        if self.status().link is not LinkState.READY:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        await self._feed.look()
        return self._feed.progress()

    # What the feed asks.

    async def put_text_once(self, text: str, session: int) -> None:
        """Hand over, under link number `session` and while the feed stands."""
        data = codec.encode_text(self._settings.item, text)
        takes = is_taken = False
        async with self.link.exchange("text", timeout_s=2 * self._reply_s) as wire:
            may = self.session == session and not self._feed.ledger.doubt
            takes = may and await self._talk.takes(wire)
            is_taken = takes and await self._talk.tell(wire, data)
        if not may:
            why = self._feed.ledger.doubt or "the connection was lost"
            raise LinkDown(self.name, why)
        if not takes:
            raise DeviceFault(self.name, f"no text taken: {OFFLINE}")
        if not is_taken:
            raise DeviceFault(self.name, f"text refused (NAK): {SCREEN}")

    async def put_blank(self) -> None:
        """Print the blank from now on, and be open for the next text."""
        await self._put_blank(online=False)

    async def empty(self) -> None:
        """Put the blank, and see that the printer keeps it until it is printed.

        One that is open at once overwrites: nothing would tell of a print.
        """
        is_protected = False
        limit_s = (4 * TRIES + 1) * self._reply_s
        async with self.link.exchange("clear", timeout_s=limit_s) as wire:
            refused = ""
            for _ in range(TRIES):
                refused = refused or await self._talk.put_blank(wire)
                is_protected = is_protected or not await self._talk.takes(wire)
                if refused or is_protected:
                    break
            refused = refused or await self._talk.reopen(wire)
        if refused:
            raise DeviceFault(self.name, refused)
        if not is_protected:
            raise DeviceFault(self.name, UNPROTECTED)

    async def is_ready(self) -> bool:
        """Whether it would take a text now."""
        async with self.link.exchange("enquiry", timeout_s=self._reply_s) as wire:
            return await self._talk.takes(wire)

    async def counted(self) -> int | None:
        """It tells no count."""
        return None

    # Parts of exchanges. A text tells why it was refused, an empty one that it was not.

    async def _put_blank(self, *, online: bool) -> None:
        async with self.link.exchange("blank", timeout_s=5 * self._reply_s) as wire:
            refused = "" if not online else await self._talk.go_online(wire)
            refused = refused or await self._talk.put_blank(wire)
            refused = refused or await self._talk.reopen(wire)
        if refused:
            raise DeviceFault(self.name, refused)

    async def _recall(self) -> None:
        """Online, open, and with the message of the settings."""
        self._recalled_session = -1
        message = self._settings.message
        async with self.link.exchange("recall", timeout_s=3 * self._reply_s) as wire:
            refused = await self._talk.go_online(wire) or await self._talk.reopen(wire)
            if message and not refused:
                refused = await self._talk.recall(wire, message)
            if message and not refused:
                self._recalled_session = self.link.session
        if refused:
            raise DeviceFault(self.name, refused)
        if message:
            self.board.put("message recalled", f"{message:04d}")

    def _check(self, text: str) -> None:
        try:
            codec.checked(text)
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        if text == self._settings.blank:
            raise MisuseError(self.name, f"cannot print {text!r}: it is the blank")

    # The link.

    async def _ask_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.link.wait_ready()
            await asyncio.sleep(max(0.1, self._talk.answered_s + IDLE_S - loop.time()))
            if loop.time() >= self._talk.answered_s + IDLE_S:
                # A dead link shows in its own status.
                with suppress(DriverError):
                    await self.link.probe()

    def _heard(self, name: str, value: bool | str) -> None:
        category = Category.DETAIL if name == "clock" else Category.PRIMARY
        self.board.put(name, value, category=category)

    def _show_own(self) -> None:
        ledger, board = self._feed.ledger, self.board
        board.live("records in printer", lambda: ledger.in_printer)
        board.live("records ahead", lambda: ledger.unprinted)
        board.live("prints seen", lambda: ledger.triggers)
        board.live("doubt", lambda: ledger.doubt)
        board.live("answers to nothing", lambda: self.foreign)


UNPROTECTED = (
    "takes text after text: 通信模式须为覆盖保护 set its communication mode to "
    "overwrite-protected and its buffer function to disable"
)


def from_settings(
    name: str, settings: HitachiSerialSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return HitachiSerial(name, settings, around)


def _described(*, takes: bool, holds: bool, has_started: bool) -> PrinterStatus:
    if not takes and not holds:
        return PrinterStatus(state=PrinterState.IDLE, detail=OFFLINE)
    state = PrinterState.PRINTING if has_started else PrinterState.IDLE
    detail = "等待打印 holds a text" if holds and not takes else "可接收 takes a text"
    return PrinterStatus(state=state, detail=detail)
