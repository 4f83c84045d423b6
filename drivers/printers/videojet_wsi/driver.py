"""A Videojet 1000 line printer as a `CodePrinter`: one code at a time, by its count.

The printer has no queue. A user field holds the code of the next product; when the
print count shows that it was printed, the next code takes its place (`live_feed`).
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    Identity,
    LinkState,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, LinkDown, MisuseError, ProtocolFault
from drivers.link import received
from drivers.printers.live_feed import LiveFeed
from drivers.printers.videojet_wsi import codec
from drivers.printers.videojet_wsi.messages import (
    LAMP_TEXTS,
    ErrorStatus,
    Lamp,
    Packet,
    Verdict,
)
from drivers.printers.videojet_wsi.settings import VideojetWsiSettings
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

_T = TypeVar("_T")


class VideojetWsi(LinkedDevice[ByteStream]):
    """Talks to one printer. Arguments as in `VideojetWsiSettings`."""

    confirmation = Confirmation.COUNTER

    def __init__(
        self,
        name: str,
        *,
        address: str,
        field: str,
        dialer: Dialer,
        rng: random.Random,
        message: str = "",
        blank: str = "",
        reply_timeout_s: float = 1.5,
        poll_s: float = 0.02,
        identity: str = "",
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            probe=self._errors,
            up_timeout_s=5 * reply_timeout_s,
        )
        self._reply_s = reply_timeout_s
        self._field = field
        self._message = message
        self._blank = codec.update_field(field, blank) if blank else ""
        self._expected = identity
        self._parser = codec.AnswerParser()
        self._foreign = 0
        self._started_session = -1
        self._feed = LiveFeed(self, poll_s=poll_s, count_modulus=codec.COUNT_MODULUS)
        self._show_own()

    @property
    def foreign_bytes(self) -> int:
        """What came and fitted no shape or no question."""
        return self._foreign + self._parser.foreign

    async def run(self) -> None:
        """Keep the link up, and put the next code whenever one was printed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._feed.run())

    async def status_of_printer(self) -> PrinterStatus:
        async with self.link.exchange("status", timeout_s=self._reply_s) as wire:
            errors = await self._errors(wire)
            has_started = self._started_session == self.link.session
        return _described(errors, has_started=has_started)

    async def job(self) -> str:
        """Name of the message selected at the printer."""
        async with self.link.exchange("message", timeout_s=self._reply_s) as wire:
            return await self._selected(wire)

    async def progress(self) -> PrintProgress:
        """As far as the print count told; asks nothing."""
        if self.status().link is not LinkState.READY:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        return self._feed.progress()

    async def start(self) -> None:
        """Message selected and read back, then print on. The jet must run already."""
        fault = ""
        async with self.link.exchange("start", timeout_s=5 * self._reply_s) as wire:
            errors = await self._errors(wire)
            if Lamp.RED in errors.lamp:
                fault = _described(errors, has_started=False).detail
            fault = fault or await self._select(wire)
            if not fault and not await self._tell(wire, codec.PRINT_ON):
                fault = "print on (O1) refused: 喷头未开? is the jet on?"
            self._started_session = -1 if fault else self.link.session
        if fault:
            raise DeviceFault(self.name, f"does not start: {fault}")

    async def stop(self) -> None:
        """Print off. What the field holds is of unknown fate until the next clear."""
        self._started_session = -1
        self._feed.rest()
        async with self.link.exchange("stop", timeout_s=self._reply_s) as wire:
            is_off = await self._tell(wire, codec.PRINT_OFF)
        if not is_off:
            raise DeviceFault(self.name, "does not stop: print off (O0) refused")

    async def clear(self) -> None:
        """Blank the field."""
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; the first goes to the printer if its field is blank."""
        try:
            for record in records:
                codec.checked(record.text)
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        await self._feed.queue(records)

    async def put_text(self, text: str | None) -> None:
        """The field's data from now on; None: the blank."""
        blank = self._blank or codec.clear_field(self._field)
        content = blank if text is None else codec.update_field(self._field, text)
        is_done = is_known = False
        async with self.link.exchange("field", timeout_s=self._reply_s) as wire:
            is_known = self.link.session == self._feed.ledger.session
            if text is None or is_known:
                is_done = await self._tell(wire, content)
        if text is not None and not is_known:
            raise LinkDown(self.name, "the connection was lost")
        if not is_done:
            raise DeviceFault(
                self.name,
                f"field {self._field!r} refused: is it in the message selected?",
            )

    async def print_count(self) -> int:
        """How much was printed so far."""
        async with self.link.exchange("count", timeout_s=self._reply_s) as wire:
            return await self._count(wire)

    async def _select(self, wire: ByteStream) -> str:
        if not self._message:
            return ""
        if not await self._tell(wire, codec.select_message(self._message)):
            return f"message {self._message!r} refused: no such message"
        selected = await self._selected(wire)
        if selected != self._message:
            return f"message {selected!r} is selected, settings want {self._message!r}"
        return ""

    async def _selected(self, wire: ByteStream) -> str:
        name = (await self._ask(wire, codec.MESSAGE)).body
        self.board.put("message", name)
        return name

    async def _errors(self, wire: ByteStream) -> ErrorStatus:
        packet = await self._ask(wire, codec.ERRORS)
        errors = self._decoded(codec.decode_errors, packet)
        self.board.put("lamp", _shown(errors.lamp))
        self.board.put("faults", ", ".join(errors.faults))
        return errors

    async def _count(self, wire: ByteStream) -> int:
        packet = await self._ask(wire, codec.PRINT_COUNT)
        count = self._decoded(codec.decode_count, packet)
        self.board.put("print count", count)
        return count

    def _decoded(self, decode: Callable[[Packet], _T], packet: Packet) -> _T:
        try:
            return decode(packet)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _greet(self, wire: ByteStream) -> None:
        """The peer must name its software and count; without the count we are blind."""
        self._foreign += self._parser.foreign
        self._parser = codec.AnswerParser()
        part = (await self._ask(wire, codec.PART_NUMBER)).body.strip()
        self.known_as(Identity(make="Videojet", firmware=part), expected=self._expected)
        try:
            await self._count(wire)
            await self._selected(wire)
        except (DeviceFault, TimeoutError) as error:
            raise DeviceFault(
                self.name,
                "does not tell its print count or message (G A, Q), as a 1710 and a "
                "1610 DH do not: such a printer cannot be confirmed and is not driven",
            ) from error

    async def _ask(self, wire: ByteStream, content: str) -> Packet:
        """A question and its answer. `DeviceFault` if it is refused."""
        answer = await self._answer(wire, content)
        if isinstance(answer, Verdict):
            raise DeviceFault(self.name, f"question {content!r} refused")
        return answer

    async def _tell(self, wire: ByteStream, content: str) -> bool:
        """A command; whether it was done. `ProtocolFault` if another was understood."""
        answer = await self._answer(wire, content)
        assert isinstance(answer, Verdict)
        return answer.is_done

    async def _answer(self, wire: ByteStream, content: str) -> Verdict | Packet:
        """What answers `content`; what else comes is counted, not believed."""
        is_question = content[0] in "HQEG"
        async with asyncio.timeout(self._reply_s):
            await wire.send(codec.encode(content))
            while True:
                answers = self._parser.feed(await received(wire))
                fitting = [a for a in answers if is_question or isinstance(a, Verdict)]
                self._foreign += len(answers) - len(fitting[:1])
                if fitting:
                    self._check(fitting[0], content)
                    return fitting[0]

    def _check(self, answer: Verdict | Packet, content: str) -> None:
        expected = codec.checksum(content)
        if isinstance(answer, Verdict) and answer.checksum != expected:
            raise ProtocolFault(
                self.name,
                f"the printer got something else than {content!r}: checksum "
                f"{answer.checksum:02X}, not {expected:02X}",
            )

    def _show_own(self) -> None:
        ledger, board = self._feed.ledger, self.board
        board.live("records in printer", lambda: ledger.in_printer)
        board.live("records ahead", lambda: ledger.unprinted)
        board.live("prints seen", lambda: ledger.triggers)
        board.live("bytes not understood", lambda: self.foreign_bytes)


def from_settings(
    name: str, settings: VideojetWsiSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return VideojetWsi(
        name,
        address=settings.address,
        field=settings.field,
        dialer=around.dialer,
        rng=around.rng,
        message=settings.message,
        blank=settings.blank,
        reply_timeout_s=settings.reply_timeout_s,
        poll_s=settings.poll_s,
        identity=settings.identity,
    )


def _described(errors: ErrorStatus, *, has_started: bool) -> PrinterStatus:
    """By the traffic light: red stops, dark is off, anything else may print.

    A fault beside an amber or green light is a warning. Whether printing is on cannot
    be asked; it is on when we switched it on under the present link.
    """
    detail = ", ".join((_shown(errors.lamp), *errors.faults))
    error = int(errors.digits[:6], 16)
    if Lamp.RED in errors.lamp:
        return PrinterStatus(state=PrinterState.FAULT, error=error, detail=detail)
    if not errors.lamp:
        return PrinterStatus(state=PrinterState.OFF, error=error, detail=detail)
    state = PrinterState.PRINTING if has_started else PrinterState.IDLE
    return PrinterStatus(state=state, error=error, detail=detail)


def _shown(lamp: Lamp) -> str:
    lit = [text for light, text in LAMP_TEXTS.items() if light in lamp]
    return "灯 lamp " + ("+".join(lit) or "灭 dark")
