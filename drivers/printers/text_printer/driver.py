"""A text printer as its table describes it, as a `CodePrinter`.

One driver for all five confirmation models: the table says which, and a feed does it.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    Identity,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice, tapped
from drivers.errors import (
    DeviceFault,
    DriverError,
    LinkDown,
    MisuseError,
    ProtocolFault,
)
from drivers.printers.buffer_feed import BufferFeed, NumberedFeed
from drivers.printers.dialogue import Dialogue
from drivers.printers.live_feed import LiveFeed
from drivers.printers.text_printer.codec import Dialect
from drivers.printers.text_printer.feeds import (
    EventFeed,
    HandshakeFeed,
    ReadBackFeed,
)
from drivers.printers.text_printer.messages import Answer, Unasked, Verdict
from drivers.printers.text_printer.settings import TextPrinterSettings
from drivers.printers.text_printer.table import Step, Table, TableError, load
from drivers.readings import Category
from drivers.transports.base import ByteStream
from drivers.wiretap import WireTap

# A printer that nobody asks anything is asked how it is, to notice a dead link.
IDLE_S = 5.0
# Between two questions whether a change of state is over.
POLL_S = 0.1


class TextPrinter(LinkedDevice[ByteStream]):
    """Talks to one printer in the dialect of `table`."""

    def __init__(
        self, name: str, settings: TextPrinterSettings, table: Table, around: Around
    ) -> None:
        tap = WireTap(name)
        self._dialect = Dialect(table, settings.parameters)
        self._dialogue: Dialogue[str] = Dialogue(self._dialect.parser, self._news)
        super().__init__(
            name,
            tapped(around.dialer, settings.address, tap),
            tap=tap,
            rng=around.rng,
            on_up=self._greet,
            serve=self._dialogue.listen,
            probe=self._look_alive,
        )
        self.confirmation = table.confirmation
        self._table = table
        self._commands = table.commands
        self._settings = settings
        self._reply_s = settings.reply_timeout_s
        self._expected_job = ""
        self._last_asked_s = 0.0
        self.print_done_messages = 0
        self._feed: LiveFeed | BufferFeed = self._new_feed()
        ledger = self._feed.ledger
        self.board.live("queued", lambda: ledger.unprinted)
        self.board.live("printed", lambda: ledger.printed)
        self.board.live("doubt", lambda: ledger.doubt)
        self.board.live("print_done_messages", lambda: self.print_done_messages)
        self.board.live("foreign_messages", lambda: self.foreign_frames)

    @property
    def foreign_frames(self) -> int:
        """Messages received that answered nothing asked and told nothing known."""
        return self._dialogue.foreign

    async def run(self) -> None:
        """Keep the link up and the printer fed, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(self._feed.run())
            group.create_task(self._ask_when_idle())

    # What the line asks.

    async def status_of_printer(self) -> PrinterStatus:
        return await self._printer_status()

    async def job(self) -> str:
        """The selected job, as the printer names it; empty where it does not say."""
        return await self._job()

    async def start(self) -> None:
        """Reset a standing fault, start, and see that it prints."""
        status = await self._settled(lambda s: s.state is not PrinterState.STARTING)
        await self._check_job()
        if status.state is PrinterState.FAULT and self._commands.reset_faults:
            await self._ask("reset_faults")
        if status.state is not PrinterState.PRINTING and self._commands.start:
            await self._ask("start")
            status = await self._settled(lambda s: s.state is PrinterState.PRINTING)
        if status.state is not PrinterState.PRINTING:
            raise DeviceFault(self.name, f"does not start: {status.detail}")

    async def stop(self) -> None:
        """Stop and see that it stopped, where it can be told to."""
        self._feed.rest()
        if not self._commands.stop:
            return
        status = await self._printer_status()
        if status.state is PrinterState.PRINTING:
            await self._ask("stop")
            status = await self._settled(lambda s: s.state is not PrinterState.PRINTING)
        if status.state is PrinterState.PRINTING:
            raise DeviceFault(self.name, "does not stop")

    async def clear(self) -> None:
        """Select the job and leave nothing in the printer that is a code."""
        await self._select_job()
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; each goes to the printer once.

        Needs a `clear` since the link came up and since the last `stop`. After
        `DeviceFault` or `LinkDown` some of the codes may be in the printer.
        """
        await self._feed.queue([self._checked(record) for record in records])

    async def progress(self) -> PrintProgress:
        if isinstance(self._feed, BufferFeed):
            await self._feed.look()
        return self._feed.progress()

    # What the feeds ask (see `feeds`, `live_feed` and `buffer_feed`).

    async def put_text(self, text: str | None) -> None:
        """Print this from now on; None: the blank."""
        if text is None:
            await self.put_blank()
        else:
            await self.put_text_once(text, self._feed.ledger.session)

    async def put_text_once(self, text: str, session: int) -> None:
        await self._hand_over(session, text=text)

    async def put_record(self, index: int, text: str, session: int) -> None:
        await self._hand_over(session, text=text, number=str(index))

    async def put_blank(self) -> None:
        """Its own command, or the blank text sent like a code."""
        if self._commands.blank:
            await self._ask("blank", text=self._table.text.blank)
        else:
            await self._ask("send", text=self._table.text.blank)

    async def empty(self) -> None:
        """Make it hold nothing, and see that it does, as far as it tells."""
        await self._ask("clear", text=self._table.text.blank)
        if self._commands.waiting and (waiting := await self._number("waiting")):
            raise DeviceFault(self.name, f"keeps {waiting} records after a clear")

    async def print_count(self) -> int:
        return await self._number("count")

    async def counted(self) -> int | None:
        return await self.print_count() if self._commands.count else None

    async def last_index(self) -> int:
        return await self._number("last_number", "number")

    async def last_text(self) -> str:
        """The text it printed last."""
        text = self._dialect.unescaped((await self._ask("last_text")).groups["text"])
        self.board.put("last_text", text, category=Category.DETAIL)
        return text

    async def is_ready(self) -> bool:
        """Whether it would take a record now."""
        return (await self._ask("ready")).verdict is Verdict.OK

    # One command: its steps, each a question and an answer.

    async def _ask(self, command: str, **filled: str) -> Answer:
        answer: Answer | None = None
        steps = self._commands.given()[command]
        limit_s = self._reply_s * len(steps)
        async with self.link.exchange(command, timeout_s=limit_s) as wire:
            for step in steps:
                answer = await self._ask_on(wire, step, **filled)
                if answer.verdict is Verdict.ERROR:
                    break
        return self._judged(command, answer)

    async def _hand_over(self, session: int, **filled: str) -> None:
        """`send`, under link number `session` or not at all."""
        answer: Answer | None = None
        steps = self._commands.send
        limit_s = self._reply_s * len(steps)
        async with self.link.exchange("send", timeout_s=limit_s) as wire:
            for step in steps if self.session == session else ():
                answer = await self._ask_on(wire, step, **filled)
                if answer.verdict is not Verdict.OK:
                    break
        if answer is None:
            raise LinkDown(self.name, "the connection was lost")
        if self._judged("send", answer).verdict is Verdict.BUSY:
            raise DeviceFault(self.name, f"send refused, busy: {answer.message!r}")

    async def _ask_on(self, wire: ByteStream, step: Step, **filled: str) -> Answer:
        text = filled.get("text")
        if text is not None:
            filled["text"] = self._dialect.escaped(text)
        filled.setdefault("job", self._settings.job)
        data = self._dialect.encode(step, **filled)
        async with asyncio.timeout(self._reply_s):
            answer = await self._dialogue.ask(
                wire, data, partial(self._answer_to, step)
            )
        self._last_asked_s = asyncio.get_running_loop().time()
        return answer

    def _answer_to(self, step: Step, message: str) -> Answer | None:
        # What it says unasked is never an answer, however it looks.
        if self._dialect.unasked(message) is not None:
            return None
        return self._dialect.answer(step, message)

    def _judged(self, command: str, answer: Answer | None) -> Answer:
        assert answer is not None  # a command has a step
        if answer.verdict is not Verdict.ERROR:
            return answer
        error = self._dialect.error_text(answer.groups.get("error", ""))
        raise DeviceFault(
            self.name, f"{command} refused: {error or repr(answer.message)}"
        )

    async def _number(self, command: str, group: str = "count") -> int:
        answer = await self._ask(command)
        told = answer.groups[group].strip()
        if not told.isdecimal():
            raise ProtocolFault(
                self.name, f"{command} wants a number, got {answer.message!r}"
            )
        self.board.put(command, int(told), category=Category.DETAIL)
        return int(told)

    # Parts of the calls above. (Calls of the line itself are noted for replay, so
    # none of them is used here.)

    async def _printer_status(self) -> PrinterStatus:
        answer = await self._ask("status")
        status = self._status(answer.groups["state"])
        if status.state is PrinterState.FAULT and self._commands.faults:
            status = await self._with_fault(status)
        self.board.put("state", status.detail)
        return status

    async def _job(self) -> str:
        if not self._commands.read_job:
            return ""
        job = (await self._ask("read_job")).groups["job"]
        self.board.put("job", job)
        return job

    def _new_feed(self) -> LiveFeed | BufferFeed:
        table, poll_s = self._table, self._settings.poll_s
        modulus = table.count_modulus

        def session() -> int:
            return self.session

        match table.confirmation:
            case Confirmation.COUNTER:
                return LiveFeed(self, poll_s=poll_s, count_modulus=modulus)
            case Confirmation.READ_BACK:
                return ReadBackFeed(
                    self, blank=table.text.blank, poll_s=poll_s, count_modulus=modulus
                )
            case Confirmation.HANDSHAKE:
                return HandshakeFeed(
                    self.name, session, self, poll_s=poll_s, count_modulus=modulus
                )
            case Confirmation.EVENT:
                return EventFeed(
                    self.name,
                    session,
                    self,
                    depth=table.depth,
                    repeats=table.when_empty == "repeats",
                    poll_s=poll_s,
                    count_modulus=modulus,
                )
            case Confirmation.NUMBERED:
                return NumberedFeed(
                    self.name,
                    session,
                    _Numbered(self),
                    depth=table.depth,
                    poll_s=poll_s,
                    count_modulus=modulus,
                )

    def _status(self, told: str) -> PrinterStatus:
        for state in self._table.states:
            if self._dialect.matches(state.matches, told):
                return PrinterStatus(state=state.state, detail=state.text)
        return PrinterStatus(
            state=PrinterState.FAULT,
            detail=f"state {told!r}, which is not in the table's [[states]]",
        )

    async def _with_fault(self, status: PrinterStatus) -> PrinterStatus:
        number = (await self._ask("faults")).groups.get("error", "")
        if not number:
            return status
        return PrinterStatus(
            state=status.state,
            error=int(number) if number.isdecimal() else 0,
            detail=f"{status.detail}, {self._dialect.error_text(number)}",
        )

    async def _settled(self, is_so: Callable[[PrinterStatus], bool]) -> PrinterStatus:
        """Ask until it is so or the settling time is over; the last answer."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settings.settle_timeout_s
        while True:
            status = await self._printer_status()
            if is_so(status) or loop.time() >= until_s:
                return status
            await asyncio.sleep(POLL_S)

    async def _select_job(self) -> None:
        wanted = self._settings.job
        if wanted and not _same_job(await self._job(), wanted):
            await self._ask("select_job")
        self._expected_job = wanted or await self._job()
        await self._check_job()

    async def _check_job(self) -> None:
        wanted = self._expected_job or self._settings.job
        if not wanted or not self._commands.read_job:
            return
        shown = await self._job()
        if not _same_job(shown, wanted):
            raise DeviceFault(
                self.name, f"has job {shown!r} where {wanted!r} was selected"
            )

    def _checked(self, record: PrintRecord) -> PrintRecord:
        text = record.text
        separator = self._settings.group_separator
        if "\x1d" in text:
            if not separator:
                raise MisuseError(
                    self.name, f"{text!r}: settings refuse GS for this printer"
                )
            text = text.replace("\x1d", separator)
        try:
            self._dialect.escaped(text)
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        if text == self._table.text.blank:
            raise MisuseError(self.name, f"cannot print {text!r}: it is the blank")
        return PrintRecord(number=record.number, text=text)

    # The link.

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything else is sent to it, the peer must talk like its table."""
        self._dialogue.restart()
        await self._ask_first(wire, "status")
        if self._commands.identify:
            groups = (await self._ask_first(wire, "identify")).groups
            said = {
                n: groups.get(n, "") for n in ("make", "model", "serial", "firmware")
            }
            self.known_as(Identity(**said), expected=self._settings.identity)
        if self._commands.setup:
            await self._ask_first(wire, "setup")

    async def _look_alive(self, wire: ByteStream) -> None:
        await self._ask_on(wire, self._commands.status[-1])

    async def _ask_first(self, wire: ByteStream, command: str) -> Answer:
        answer: Answer | None = None
        for step in self._commands.given()[command]:
            answer = await self._ask_on(wire, step)
            self._judged(command, answer)
        return self._judged(command, answer)

    def _news(self, message: str) -> bool:
        """What the printer says unasked."""
        found = self._dialect.unasked(message)
        if found is None:
            return False
        kind, error = found
        if kind is Unasked.PRINTED:
            self.print_done_messages += 1
            if isinstance(self._feed, EventFeed):
                self._feed.printed()
            elif isinstance(self._feed, BufferFeed):
                self._feed.hint()
        elif kind is Unasked.FAULT:
            text = self._dialect.error_text(error) or message
            self.board.put("fault_message", text)
            self._feed.ledger.lose(f"a print failed: {text}")
        return True

    async def _ask_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.link.wait_ready()
            await asyncio.sleep(max(0.1, self._last_asked_s + IDLE_S - loop.time()))
            if loop.time() >= self._last_asked_s + IDLE_S:
                # A dead link shows in its own status.
                with suppress(DriverError):
                    await self._ask("status")


class _Numbered:
    """A `TextPrinter` as `buffer_feed.NumberedPrinter`: its count may be missing."""

    def __init__(self, printer: TextPrinter) -> None:
        self.empty = printer.empty
        self.put_record = printer.put_record
        self.last_index = printer.last_index
        self.print_count = printer.counted


def from_settings(
    name: str, settings: TextPrinterSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe. `MisuseError` when its table is wrong."""
    try:
        table = load(settings.table)
    except TableError as error:
        raise MisuseError(name, str(error)) from None
    if wrong := _wrong_for(settings, table):
        raise MisuseError(name, f"{settings.table}: {wrong}")
    return TextPrinter(name, settings, table, around)


def _wrong_for(settings: TextPrinterSettings, table: Table) -> str:
    """What settings ask for and the table does not have."""
    if unknown := sorted(settings.parameters.keys() - table.parameters.keys()):
        known = ", ".join(table.parameters) or "none"
        return f"has no parameters {unknown}; it has {known}"
    if settings.job and not table.commands.select_job:
        return f"has no commands.select_job for job = {settings.job!r}"
    if settings.identity and not table.commands.identify:
        return f"has no commands.identify for identity = {settings.identity!r}"
    return ""


def _same_job(shown: str, wanted: str) -> bool:
    """Whether two names are the same job: 7 and 0007 are."""
    if shown.isdecimal() and wanted.isdecimal():
        return int(shown) == int(wanted)
    return shown == wanted
