"""A ZPL printer of case and pallet labels as a `LabelPrinter`.

Formats are not acknowledged. A label counts as printed when the printer, asked with
`~HS`, has nothing left to print and nothing in its way, and when its label count, if
it keeps one, rose by one.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeVar

from drivers.around import Around
from drivers.base import Identity, Label, LabelPrinter, LabelPrinterStatus
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, MisuseError, ProtocolFault
from drivers.link import received
from drivers.printers.zebra_zpl.alerts import decode_alert, encode_alerts
from drivers.printers.zebra_zpl.codec import (
    STATUS_PARTS,
    FrameParser,
    decode_error_status,
    decode_host_status,
    decode_identity,
    decode_serial_number,
    decode_value,
    encode_get,
    encode_set,
    is_status_part,
)
from drivers.printers.zebra_zpl.formats import StoredFormat, plain_label
from drivers.printers.zebra_zpl.inbox import AlertInbox
from drivers.printers.zebra_zpl.messages import ErrorStatus, HostStatus
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
from drivers.printers.zebra_zpl.show import Show
from drivers.printers.zebra_zpl.templates import load_formats
from drivers.transports.addresses import TcpAddress
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# A healthy printer answers ~HS within 50 ms; 1.5 s is the survey's rule for printers.
REPLY_S = 1.5
# A 150 mm label takes about 1.5 s at 4 inch/s; a cold head or a slow model more.
PRINT_S = 10.0
POLL_S = 0.1
# Some firmware does not answer ~HS while media is out or the head is open (the
# manual says so). The link is doubted only after this many silences in a row.
SILENT_LIMIT = 3
# How long to listen for an answer that came too late.
DRAIN_S = 0.05
# How long the label count may lag behind ~HS.
COUNT_S = 2.0

LABEL_COUNT = "odometer.total_label_count"
_ERRORS = b"~HQES\r\n"
_ERRORS_MARK = "PRINTER STATUS"
_SERIAL = b"~HQSN\r\n"
_SERIAL_MARK = "SERIAL NUMBER"
_SILENT = "does not answer ~HS: look at media, ribbon and head"
_T = TypeVar("_T")


@dataclass(slots=True)
class _Told:
    """What a printer answered while the link came up; other makes answer less."""

    serial: str = ""
    errors: bool = False
    variables: bool = False
    count: int | None = None


class ZebraZpl(LinkedDevice[ByteStream]):
    """Talks to one printer at `address`; `formats` are downloaded at each link-up.

    `identity` must be part of what it says it is. With `counts_labels` a label is out
    only when the printer's label count rose. `alerts` are letters of `^SX`, armed at
    each link-up; `alert_address` is where we listen and the printer dials to tell
    them, None for its serial port.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        formats: Iterable[StoredFormat],
        reply_timeout_s: float = REPLY_S,
        print_timeout_s: float = PRINT_S,
        identity: str = "",
        counts_labels: bool = True,
        alerts: str = "",
        alert_address: TcpAddress | None = None,
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            probe=self._host_status,
        )
        self._formats = {format_.name: format_ for format_ in formats}
        self._reply_s = reply_timeout_s
        self._print_s = print_timeout_s
        self._expected = identity
        self._counts_labels = counts_labels
        self._alerts = alerts
        self._show = Show(self.board)
        self._inbox: AlertInbox | None = None
        if alert_address is not None:
            listened = f"tcp-listen://{alert_address.host}:{alert_address.port}"
            accept = tapped(dialer, listened, tap)
            self._inbox = AlertInbox(name, accept, alert_address, rng, self._show.alert)
        self._parser = FrameParser()
        self._told = _Told()
        self._value: str | None = None
        self._foreign = 0
        self._silences = 0
        self.board.live("foreign frames", lambda: self.foreign_frames)

    @property
    def foreign_frames(self) -> int:
        """Frames and stray bytes received that answered nothing we asked."""
        return self._foreign + self._parser.foreign

    async def run(self) -> None:
        """Keep the link up, and listen for alerts, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            if self._inbox is not None:
                tasks.create_task(self._inbox.link.run())

    async def status_of_printer(self) -> LabelPrinterStatus:
        """By `~HS`, and by `~HQES` where the printer knows it."""
        async with self.link.exchange("status", timeout_s=4 * self._reply_s) as wire:
            status, errors = await self._state(wire)
        return _label_status(self._heard(status), errors)

    async def error_status(self) -> ErrorStatus:
        """`~HQES`: errors and warnings by name, for diagnostics."""
        async with self.link.exchange("errors", timeout_s=self._reply_s) as wire:
            if known := self._told.errors:
                errors = await self._ask_errors(wire)
        if not known:
            raise DeviceFault(self.name, "does not know ~HQES")
        return errors

    async def variable(self, name: str) -> str | None:
        """A Set-Get-Do variable of the printer; None when it knows no such one."""
        return await self._variable(self._possible(lambda: encode_get(name)))

    async def set_variable(self, name: str, value: str) -> None:
        """Set a variable and see that it has this value."""
        now = await self._variable(
            self._possible(lambda: encode_set(name, value) + encode_get(name))
        )
        if now != value:
            raise DeviceFault(self.name, f"{name} is {now!r} after setting {value!r}")

    async def _variable(self, data: bytes) -> str | None:
        async with self.link.exchange("variable", timeout_s=self._reply_s) as wire:
            # A printer slow to answer while the link came up might answer only now.
            if known := self._told.variables:
                value = await self._ask_value(wire, data)
        if not known:
            raise DeviceFault(self.name, "does not know Set-Get-Do variables")
        return value

    async def print_label(self, label: Label) -> None:
        """Print one label and wait until it is out.

        A printer that is not able to print gets nothing, and the error says "not
        sent". After any other `DeviceFault` or `LinkDown` the label may be out, or
        come out later.
        """
        await self._print(self._possible(lambda: self._filled(label)))

    async def print_test(self, text: str) -> None:
        """One label with `text` in plain letters, through no template."""
        await self._print(self._possible(lambda: plain_label(text)))

    async def _print(self, data: bytes) -> None:
        rise: int | None = None
        async with self._long_exchange("print") as wire:
            why = await self._in_the_way(wire)
            if not why:
                count = await self._count_before(wire)
                await wire.send(data)
                after = await self._until_idle(wire, despite_faults=False)
                if count is not None and after is not None and _is_out(after):
                    rise = await self._count_rise(wire, count)
        if why:
            raise DeviceFault(self.name, f"label not sent: {why}")
        status = _label_status(self._heard(after))
        if status.fault or status.waiting:
            why = status.fault or f"{status.waiting} still to print"
            raise DeviceFault(self.name, f"label sent, but {why}")
        if rise is not None and rise != 1:
            raise DeviceFault(
                self.name,
                f"label sent, but the printer counts {rise} labels: none came out, "
                "one came twice, or another host prints on it",
            )

    async def cancel_all(self) -> None:
        """Drop what waits; a label being printed is finished."""
        async with self._long_exchange("cancel") as wire:
            await wire.send(b"~JA\r\n")
            status = await self._until_idle(wire, despite_faults=True)
        heard = self._heard(status)
        if not heard.idle:
            waiting = _label_status(heard).waiting
            raise DeviceFault(self.name, f"keeps {waiting} labels after cancelling")

    def _long_exchange(self, what: str) -> AbstractAsyncContextManager[ByteStream]:
        longest_s = self._print_s + COUNT_S + 7 * self._reply_s
        return self.link.exchange(what, timeout_s=longest_s)

    def _filled(self, label: Label) -> bytes:
        format_ = self._formats.get(label.template)
        if format_ is None:
            known = ", ".join(self._formats)
            raise ValueError(f"no template {label.template!r} (there is: {known})")
        return format_.fill(label.fields)

    def _possible(self, encode: Callable[[], bytes]) -> bytes:
        try:
            return encode()
        except ValueError as error:
            raise MisuseError(self.name, str(error)) from None

    # Link-up.

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything is stored in it, the peer must name itself as ZPL does."""
        self._foreign += self._parser.foreign
        self._parser = FrameParser()
        self._silences = 0
        async with asyncio.timeout(self._reply_s):
            frame = await self._ask(wire, b"~HI\r\n", ",V")
        hi = self._decoded(decode_identity, frame)
        self._told = await self._ask_around(wire)
        self.known_as(
            Identity(
                make="Zebra",
                model=hi.model,
                serial=self._told.serial,
                firmware=hi.firmware,
            ),
            expected=self._expected,
        )
        for format_ in self._formats.values():
            await wire.send(format_.download())
        if self._alerts:
            reached_at = self._inbox.address if self._inbox else None
            await wire.send(encode_alerts(self._alerts, reached_at))

    async def _ask_around(self, wire: ByteStream) -> _Told:
        """What it answers of all that not every ZPL printer answers, asked at once."""
        told, missing = _Told(), {_SERIAL_MARK, _ERRORS_MARK, LABEL_COUNT}
        self._value = None
        try:
            async with asyncio.timeout(self._reply_s):
                await wire.send(_SERIAL + _ERRORS + encode_get(LABEL_COUNT))
                while missing:
                    for frame in await self._hear(wire):
                        marks = [mark for mark in missing if mark in frame]
                        self._foreign += not marks
                        missing.difference_update(marks)
                        if _SERIAL_MARK in marks:
                            told.serial = self._decoded(decode_serial_number, frame)
                        told.errors |= _ERRORS_MARK in marks
                    if self._value is not None and LABEL_COUNT in missing:
                        missing.discard(LABEL_COUNT)
                        told.variables = True
                        told.count = _count(decode_value(self._value))
        except TimeoutError as error:
            if error.errno is not None:
                raise
            self._parser.reset()
        if told.count is not None:
            self._show.label_count(told.count)
        return told

    # Questions, under an exchange.

    async def _state(
        self, wire: ByteStream
    ) -> tuple[HostStatus | None, ErrorStatus | None]:
        status = await self._host_status(wire)
        if status is None or not self._told.errors:
            return status, None
        return status, await self._patiently(wire, self._ask_errors)

    async def _in_the_way(self, wire: ByteStream) -> str:
        """Why no label may be sent; empty when it may."""
        status, errors = await self._state(wire)
        return _label_status(status, errors).fault if status else _SILENT

    async def _until_idle(
        self, wire: ByteStream, *, despite_faults: bool
    ) -> HostStatus | None:
        """The last status, once nothing is left to print, or a fault stands in the
        way, or the printer is silent, or time is up.

        Twice idle in a row: `~HS` is answered at once, even before a format that came
        just before it is counted.
        """
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._print_s
        idle = 0
        while True:
            await asyncio.sleep(POLL_S)
            status = await self._host_status(wire)
            if status is None or (_label_status(status).fault and not despite_faults):
                return status
            idle = idle + 1 if status.idle else 0
            if idle == 2 or loop.time() >= until_s:
                return status

    async def _count_before(self, wire: ByteStream) -> int | None:
        """The label count, where the printer keeps one and it is to be believed."""
        if not self._counts_labels or self._told.count is None:
            return None
        return await self._label_count(wire)

    async def _count_rise(self, wire: ByteStream, before: int) -> int:
        """How many labels were counted since `before`; 0 only once time is up."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + COUNT_S
        while (count := await self._label_count(wire)) == before:
            if loop.time() >= until_s:
                break
            await asyncio.sleep(POLL_S)
        return count - before

    async def _label_count(self, wire: ByteStream) -> int:
        async with asyncio.timeout(self._reply_s):
            value = await self._ask_value(wire, encode_get(LABEL_COUNT))
        count = _count(value)
        if count is None:
            raise ProtocolFault(self.name, f"{LABEL_COUNT} is {value!r}")
        self._show.label_count(count)
        return count

    async def _host_status(self, wire: ByteStream) -> HostStatus | None:
        """`~HS`; None for a silent printer, until `SILENT_LIMIT` silences in a row."""
        return await self._patiently(wire, self._ask_status)

    async def _patiently(
        self, wire: ByteStream, ask: Callable[[ByteStream], Awaitable[_T]]
    ) -> _T | None:
        if self._silences:
            await self._drain(wire)
        try:
            async with asyncio.timeout(self._reply_s):
                answer = await ask(wire)
        except TimeoutError as error:
            self._silences += 1
            if error.errno is not None or self._silences >= SILENT_LIMIT:
                raise
            return None
        self._silences = 0
        return answer

    async def _ask_status(self, wire: ByteStream) -> HostStatus:
        await wire.send(b"~HS\r\n")
        got: list[str] = []
        while len(got) < STATUS_PARTS:
            for frame in await self._hear(wire):
                if len(got) < STATUS_PARTS and is_status_part(frame, len(got)):
                    got.append(frame)
                elif is_status_part(frame, 0):
                    self._foreign += len(got)
                    got = [frame]
                else:
                    self._foreign += 1
        status = decode_host_status(got)
        self._show.status(status)
        return status

    async def _ask_errors(self, wire: ByteStream) -> ErrorStatus:
        frame = await self._ask(wire, _ERRORS, _ERRORS_MARK)
        errors = self._decoded(decode_error_status, frame)
        self._show.errors(errors)
        return errors

    async def _ask_value(self, wire: ByteStream, data: bytes) -> str | None:
        self._value = None
        await wire.send(data)
        while self._value is None:
            self._foreign += len(await self._hear(wire))
        return decode_value(self._value)

    async def _ask(self, wire: ByteStream, command: bytes, marker: str) -> str:
        """A command and the next frame with `marker`; others are counted."""
        await wire.send(command)
        while True:
            frames = await self._hear(wire)
            replies = [frame for frame in frames if marker in frame]
            self._foreign += len(frames) - len(replies[:1])
            if replies:
                return replies[0]

    def _decoded(self, decode: Callable[[str], _T], frame: str) -> _T:
        try:
            return decode(frame)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _hear(self, wire: ByteStream) -> list[str]:
        """The frames in the next bytes. Alerts among them upset nothing."""
        frames = self._parser.feed(await received(wire))
        for text in self._parser.texts():
            if text.startswith('"') and self._value is None:
                self._value = text
            elif (alert := decode_alert(text)) is not None:
                self._show.alert(alert)
            else:
                self._foreign += 1
        return frames

    async def _drain(self, wire: ByteStream) -> None:
        """Take what came too late, so that it does not answer the next question."""
        try:
            while True:
                async with asyncio.timeout(DRAIN_S):
                    self._foreign += len(await self._hear(wire))
        except TimeoutError as error:
            if error.errno is not None:
                raise
        self._parser.reset()

    def _heard(self, status: HostStatus | None) -> HostStatus:
        if status is None:
            raise DeviceFault(self.name, _SILENT)
        return status


def from_settings(
    name: str, settings: ZebraZplSettings, around: Around
) -> LabelPrinter:
    """The printer that `settings` describe; `MisuseError` on an unusable template."""
    try:
        formats = load_formats(settings.templates, qr_fnc1=settings.qr_fnc1)
    except ValueError as error:
        raise MisuseError(name, str(error)) from None
    return ZebraZpl(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        formats=formats,
        reply_timeout_s=settings.reply_timeout_s,
        print_timeout_s=settings.print_timeout_s,
        identity=settings.identity,
        counts_labels=settings.label_count,
        alerts=settings.alerts,
        alert_address=settings.alerts_at,
    )


def _is_out(status: HostStatus) -> bool:
    return status.idle and not _label_status(status).fault


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isdecimal() else None


def _label_status(
    status: HostStatus, errors: ErrorStatus | None = None
) -> LabelPrinterStatus:
    return LabelPrinterStatus(
        paused=status.paused,
        paper_out=status.paper_out,
        ribbon_out=status.ribbon_out,
        head_open=status.head_open,
        waiting=status.formats_waiting
        + status.labels_remaining
        + status.partial_format,
        trouble=str(errors or ""),
    )
