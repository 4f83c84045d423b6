"""A Videojet printer with a serialisation buffer as a `CodePrinter`.

Records carry indices of our own; what is printed is told by the index the printer
reports. Its print-done message only makes us look at once: it may be lost or come
twice without harm.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
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
from drivers.printers.buffer_feed import NumberedFeed
from drivers.printers.dialogue import Dialogue
from drivers.printers.videojet_zipher.codec import (
    LineParser,
    decode_faults,
    decode_number,
    decode_report,
    encode,
    encode_record,
)
from drivers.printers.videojet_zipher.messages import (
    NOTIFICATIONS,
    STATE_TEXTS,
    ErrorState,
    Fault,
    Message,
    OverallState,
    PrinterReport,
)
from drivers.printers.videojet_zipher.settings import VideojetZipherSettings
from drivers.readings import Category
from drivers.transports.base import ByteStream
from drivers.wiretap import WireTap

# A printer that nobody asks anything is asked how it is, to notice a dead link.
IDLE_S = 5.0
# Between two questions whether a change of state is over.
POLL_S = 0.1

_T = TypeVar("_T")

_STATES: dict[int, PrinterState] = {
    OverallState.SHUT_DOWN: PrinterState.OFF,
    OverallState.STARTING_UP: PrinterState.STARTING,
    OverallState.SHUTTING_DOWN: PrinterState.OFF,
    OverallState.RUNNING: PrinterState.PRINTING,
    OverallState.OFFLINE: PrinterState.IDLE,
}


class VideojetZipher(LinkedDevice[ByteStream]):
    """Talks to one printer (`settings` say where and which field)."""

    confirmation = Confirmation.NUMBERED

    def __init__(
        self, name: str, settings: VideojetZipherSettings, around: Around
    ) -> None:
        tap = WireTap(name)
        self._dialogue: Dialogue[Message] = Dialogue(LineParser, self._news)
        super().__init__(
            name,
            tapped(around.dialer, settings.address, tap),
            tap=tap,
            rng=around.rng,
            on_up=self._greet,
            serve=self._dialogue.listen,
            probe=self._look_alive,
        )
        self._settings = settings
        self._reply_s = settings.reply_timeout_s
        self._expected_job = ""
        self._last_asked_s = 0.0
        self.print_done_messages = 0
        self._feed = NumberedFeed(
            name,
            lambda: self.session,
            self,
            depth=settings.depth,
            poll_s=settings.poll_s,
        )
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
        """Keep the link up and look at what is printed, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(self._feed.run())
            group.create_task(self._ask_when_idle())

    # What the line asks.

    async def status_of_printer(self) -> PrinterStatus:
        return await self._printer_status()

    async def job(self) -> str:
        """Name of the selected job, as the printer says it."""
        return await self._job()

    async def start(self) -> None:
        """Clear faults that can be cleared, go to running and see that it runs."""
        report = await self._settled(lambda r: r.state != OverallState.STARTING_UP)
        await self._check_job()
        if report.error == ErrorState.FAULTS:
            await self._command("CAF", timeout_s=self._settings.settle_timeout_s)
        if report.state == OverallState.OFFLINE:
            await self._set_state(OverallState.RUNNING)
        status = await self._printer_status()
        if status.state is not PrinterState.PRINTING:
            raise DeviceFault(self.name, f"does not start: {status.detail}")

    async def stop(self) -> None:
        """Go offline and see that it is. What it still holds is of unknown fate."""
        self._feed.rest()
        await self._offline()

    async def clear(self) -> None:
        """Offline, select the job, empty the buffer and the field, see it empty."""
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Hand over `records`, each once and acknowledged.

        Needs a `clear` since the link came up and since the last `stop`. After
        `DeviceFault` or `LinkDown` some of the codes may be in the printer.
        """
        await self._feed.queue([self._checked(record) for record in records])

    async def progress(self) -> PrintProgress:
        await self._feed.look()
        return self._feed.progress()

    # What the feed asks (`buffer_feed.NumberedPrinter`).

    async def empty(self) -> None:
        """Make it hold nothing, and see that it does."""
        await self._offline()
        await self._select_job()
        await self._command("SCB")
        if self._settings.blank:
            await self._put_blank()
        await self._command("SMR", self._settings.depth)
        # Names the field for the records; values without a header are refused.
        await self._command("SHO", self._settings.field)
        if waiting := await self._waiting():
            raise DeviceFault(self.name, f"keeps {waiting} records after a clear")

    async def put_record(self, index: int, text: str, session: int) -> None:
        """Hand over one record under link number `session`, or nothing."""
        async with self.link.exchange("SID", timeout_s=self._reply_s) as wire:
            is_same = self.session == session
            if is_same:
                data = encode_record(index, text)
                answer = await self._dialogue.ask(wire, data, _acknowledgement)
        if not is_same:
            raise LinkDown(self.name, "the connection was lost")
        if answer.keyword == "ERR":
            raise DeviceFault(self.name, f"record {index} refused")

    async def last_index(self) -> int:
        """Index of the last record printed."""
        last = await self._query("SLR", "SLR", decode_number)
        self.board.put("last_index", last, category=Category.DETAIL)
        return last

    async def print_count(self) -> int:
        """Its total of all prints."""
        return (await self._report()).total

    # One question and its answer.

    async def _query(
        self, command: str, keyword: str, decode: Callable[[Message], _T]
    ) -> _T:
        def answer(message: Message) -> Message | None:
            is_event = message.keyword == "STS" and len(message.fields) == 1
            is_ours = message.keyword in (keyword, "ERR") and not is_event
            return message if is_ours else None

        async with self.link.exchange(command, timeout_s=self._reply_s) as wire:
            found = await self._dialogue.ask(wire, encode(command), answer)
            value = None if found.keyword == "ERR" else self._decoded(decode, found)
            self._last_asked_s = asyncio.get_running_loop().time()
        if value is None:
            raise DeviceFault(self.name, f"{command} refused")
        return value

    def _decoded(self, decode: Callable[[Message], _T], message: Message) -> _T:
        try:
            return decode(message)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _command(
        self, keyword: str, *parameters: int | str, timeout_s: float = 0.0
    ) -> None:
        data = encode(keyword, *parameters)
        timeout_s = timeout_s or self._reply_s
        async with self.link.exchange(keyword, timeout_s=timeout_s) as wire:
            answer = await self._dialogue.ask(wire, data, _acknowledgement)
        if answer.keyword == "ERR":
            shown = "|".join([keyword, *map(str, parameters)])
            raise DeviceFault(self.name, f"{shown} refused")

    # Parts of the calls above. (Calls of the line itself are noted for replay, so
    # none of them is used here.)

    async def _printer_status(self) -> PrinterStatus:
        report = await self._report()
        faults = await self._faults() if report.error == ErrorState.FAULTS else []
        return _status_from(report, faults)

    async def _job(self) -> str:
        answer = await self._query("GJN", "JOB", _job_of)
        self.board.put("job", answer)
        return answer

    async def _report(self) -> PrinterReport:
        report = await self._query("GST", "STS", decode_report)
        self.board.put("state", STATE_TEXTS.get(report.state, str(report.state)))
        self.board.put("total_prints", report.total, unit="prints")
        self.board.put("error_state", report.error, low=0, high=0)
        return report

    async def _faults(self) -> list[Fault]:
        return await self._query("GFT", "FLT", decode_faults)

    async def _waiting(self) -> int:
        waiting = await self._query("SRC", "SRC", decode_number)
        self.board.put("records_waiting", waiting, unit="records")
        return waiting

    async def _settled(self, is_so: Callable[[PrinterReport], bool]) -> PrinterReport:
        """Ask until it is so or the settling time is over; the last answer."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settings.settle_timeout_s
        while True:
            report = await self._report()
            if is_so(report) or loop.time() >= until_s:
                return report
            await asyncio.sleep(POLL_S)

    async def _set_state(self, state: OverallState) -> None:
        """Acknowledged only once the change has taken place."""
        limit_s = self._settings.settle_timeout_s
        await self._command("SST", int(state), timeout_s=limit_s)
        report = await self._settled(lambda r: r.state == state)
        if report.state != state:
            shown = STATE_TEXTS.get(report.state, str(report.state))
            raise DeviceFault(self.name, f"stays {shown}")

    async def _offline(self) -> None:
        report = await self._report()
        if report.state == OverallState.RUNNING:
            await self._set_state(OverallState.OFFLINE)

    async def _select_job(self) -> None:
        wanted = self._settings.job
        if wanted and await self._job() != wanted:
            await self._command("SEL", wanted)
        self._expected_job = wanted or await self._job()
        await self._check_job()

    async def _check_job(self) -> None:
        shown = await self._job()
        wanted = self._expected_job or self._settings.job
        if wanted and shown != wanted:
            raise DeviceFault(
                self.name, f"has job {shown!r} where {wanted!r} was selected"
            )

    async def _put_blank(self) -> None:
        field, blank = self._settings.field, self._settings.blank
        try:
            await self._command("JDA", f"{field}={blank}")
        except DeviceFault as error:
            raise DeviceFault(
                self.name,
                f"{error.message}: check setting field = {field!r} against the job, "
                "or set blank = '' if it takes no text outside the buffer",
            ) from None

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
            encode_record(record.number, text)
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        return PrintRecord(number=record.number, text=text)

    # The link.

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything else is sent to it, the peer must report like a Zipher."""
        self._dialogue.restart()
        await self._ask_first(wire, "GST")
        # An older edition does not know these; then the printer is only polled.
        await self._ask_first(wire, "DAN")
        told = [
            event
            for event in NOTIFICATIONS
            if (await self._ask_first(wire, "SNO", event, 1)).keyword == "ACK"
        ]
        self.board.put("notifications", " ".join(told) or "none")

    async def _look_alive(self, wire: ByteStream) -> None:
        await self._ask_first(wire, "GST")

    async def _ask_first(
        self, wire: ByteStream, keyword: str, *parameters: int | str
    ) -> Message:
        def report(message: Message) -> Message | None:
            # Late answers to an earlier connection come before it and are passed over.
            if message.keyword != "STS" or len(message.fields) == 1:
                return None
            decode_report(message)
            return message

        answer = report if keyword == "GST" else _acknowledgement
        async with asyncio.timeout(self._reply_s):
            try:
                return await self._dialogue.ask(
                    wire, encode(keyword, *parameters), answer
                )
            except ValueError as error:
                raise ProtocolFault(self.name, str(error)) from None

    def _news(self, message: Message) -> bool:
        """What the printer says unasked; each is a reason to look at once."""
        match message.keyword, message.fields:
            case "PRC", _:
                self.print_done_messages += 1
            case "STS", (state,) if state.isdecimal():
                self.board.put("state", STATE_TEXTS.get(int(state), state))
            case "ERS", fields:
                self.board.put("error_message", " ".join(fields))
            case "JOB", (job, *_):
                self._job_changed(job)
            case _:
                return False
        self._feed.hint()
        return True

    def _job_changed(self, job: str) -> None:
        self.board.put("job", job)
        if self._feed.ledger.unprinted and job != self._expected_job:
            self._feed.lose(f"the job was changed to {job!r}")

    async def _ask_when_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self.link.wait_ready()
            await asyncio.sleep(max(0.1, self._last_asked_s + IDLE_S - loop.time()))
            if loop.time() >= self._last_asked_s + IDLE_S:
                # A dead link shows in its own status.
                with suppress(DriverError):
                    await self._report()


def from_settings(
    name: str, settings: VideojetZipherSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return VideojetZipher(name, settings, around)


def _acknowledgement(message: Message) -> Message | None:
    return message if message.keyword in ("ACK", "ERR") else None


def _job_of(message: Message) -> str:
    if not message.fields:
        raise ValueError("JOB names no job")
    return message.fields[0]


def _status_from(report: PrinterReport, faults: list[Fault]) -> PrinterStatus:
    detail = STATE_TEXTS.get(report.state, f"state {report.state}")
    if report.error == ErrorState.WARNINGS:
        detail += ", 有警告 warnings present"
    for fault in faults:
        detail += f", {fault.number} {fault.text}"
    state = _STATES.get(report.state, PrinterState.FAULT)
    if report.error == ErrorState.FAULTS:
        state = PrinterState.FAULT
    numbers = [int(fault.number) for fault in faults if fault.number.isdecimal()]
    return PrinterStatus(state=state, error=numbers[0] if numbers else 0, detail=detail)
