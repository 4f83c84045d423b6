"""A ZPL printer of case and pallet labels as a `LabelPrinter`.

Formats are not acknowledged. A label counts as printed when the printer, asked with
`~HS`, has nothing left to print and nothing in its way.
"""

import asyncio
import random
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from drivers.around import Around
from drivers.base import Identity, Label, LabelPrinter, LabelPrinterStatus
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, MisuseError, ProtocolFault
from drivers.link import received
from drivers.printers.zebra_zpl.codec import (
    STATUS_PARTS,
    FrameParser,
    decode_error_status,
    decode_host_status,
    decode_identity,
    is_status_part,
)
from drivers.printers.zebra_zpl.formats import BUILT_IN, StoredFormat, parse_format
from drivers.printers.zebra_zpl.messages import ErrorStatus, HostStatus
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
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

_BUILT_IN = "builtin:"
_SILENT = "does not answer ~HS: look at media, ribbon and head"


class ZebraZpl(LinkedDevice[ByteStream]):
    """Talks to one printer at `address`; `formats` are downloaded at each link-up."""

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
        self._parser = FrameParser()
        self._foreign = 0
        self._silences = 0

    @property
    def foreign_frames(self) -> int:
        """Frames and stray bytes received that answered nothing we asked."""
        return self._foreign + self._parser.foreign

    async def status_of_printer(self) -> LabelPrinterStatus:
        async with self.link.exchange(timeout_s=3 * self._reply_s) as wire:
            status = await self._host_status(wire)
        return _label_status(self._heard(status))

    async def error_status(self) -> ErrorStatus:
        """`~HQES`: errors and warnings by name, for diagnostics."""
        async with self.link.exchange(timeout_s=self._reply_s) as wire:
            frame = await self._ask(wire, b"~HQES\r\n", "PRINTER STATUS")
            try:
                return decode_error_status(frame)
            except ValueError as error:
                raise ProtocolFault(self.name, str(error)) from None

    async def print_label(self, label: Label) -> None:
        """Print one label and wait until it is out.

        A printer that is not able to print gets nothing, and the error says "not
        sent". After any other `DeviceFault` or `LinkDown` the label may be out, or
        come out later.
        """
        data = self._filled(label)
        async with self._long_exchange() as wire:
            before = await self._host_status(wire)
            if able := before is not None and not _label_status(before).fault:
                await wire.send(data)
                after = await self._until_idle(wire, despite_faults=False)
        if not able:
            why = _label_status(before).fault if before else _SILENT
            raise DeviceFault(self.name, f"label not sent: {why}")
        status = _label_status(self._heard(after))
        if status.fault or status.waiting:
            why = status.fault or f"{status.waiting} still to print"
            raise DeviceFault(self.name, f"label sent, but {why}")

    async def cancel_all(self) -> None:
        """Drop what waits; a label being printed is finished."""
        async with self._long_exchange() as wire:
            await wire.send(b"~JA\r\n")
            status = await self._until_idle(wire, despite_faults=True)
        heard = self._heard(status)
        if not heard.idle:
            waiting = _label_status(heard).waiting
            raise DeviceFault(self.name, f"keeps {waiting} labels after cancelling")

    def _long_exchange(self) -> AbstractAsyncContextManager[ByteStream]:
        return self.link.exchange(timeout_s=self._print_s + 4 * self._reply_s)

    def _filled(self, label: Label) -> bytes:
        format_ = self._formats.get(label.template)
        if format_ is None:
            known = ", ".join(self._formats)
            raise MisuseError(
                self.name, f"no template {label.template!r} (there is: {known})"
            )
        try:
            return format_.fill(label.fields)
        except ValueError as error:
            raise MisuseError(self.name, str(error)) from None

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything is stored in it, the peer must name itself as ZPL does."""
        self._foreign += self._parser.foreign
        self._parser = FrameParser()
        self._silences = 0
        frame = await self._ask(wire, b"~HI\r\n", ",V")
        try:
            told = decode_identity(frame)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None
        self.known_as(
            Identity(make="Zebra", model=told.model, firmware=told.firmware),
            expected="",
        )
        for format_ in self._formats.values():
            await wire.send(format_.download())

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

    async def _host_status(self, wire: ByteStream) -> HostStatus | None:
        """`~HS`; None for a silent printer, until `SILENT_LIMIT` silences in a row."""
        if self._silences:
            await self._drain(wire)
        try:
            async with asyncio.timeout(self._reply_s):
                await wire.send(b"~HS\r\n")
                frames = await self._status_frames(wire)
        except TimeoutError as error:
            self._silences += 1
            if error.errno is not None or self._silences >= SILENT_LIMIT:
                raise
            return None
        self._silences = 0
        return decode_host_status(frames)

    async def _status_frames(self, wire: ByteStream) -> list[str]:
        got: list[str] = []
        while len(got) < STATUS_PARTS:
            for frame in self._parser.feed(await received(wire)):
                if len(got) < STATUS_PARTS and is_status_part(frame, len(got)):
                    got.append(frame)
                elif is_status_part(frame, 0):
                    self._foreign += len(got)
                    got = [frame]
                else:
                    self._foreign += 1
        return got

    async def _ask(self, wire: ByteStream, command: bytes, marker: str) -> str:
        """A command and the next frame with `marker`; others are counted."""
        async with asyncio.timeout(self._reply_s):
            await wire.send(command)
            while True:
                frames = self._parser.feed(await received(wire))
                replies = [frame for frame in frames if marker in frame]
                self._foreign += len(frames) - len(replies[:1])
                if replies:
                    return replies[0]

    async def _drain(self, wire: ByteStream) -> None:
        """Take what came too late, so that it does not answer the next question."""
        try:
            while True:
                async with asyncio.timeout(DRAIN_S):
                    self._foreign += len(self._parser.feed(await received(wire)))
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
        formats = [
            parse_format(template, zpl, slot=slot)
            for slot, (template, zpl) in enumerate(_templates(settings), 1)
        ]
    except (OSError, ValueError) as error:
        raise MisuseError(name, str(error)) from None
    return ZebraZpl(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        formats=formats,
        reply_timeout_s=settings.reply_timeout_s,
        print_timeout_s=settings.print_timeout_s,
    )


def _templates(settings: ZebraZplSettings) -> Iterator[tuple[str, str]]:
    for template, source in settings.templates.items():
        if source.startswith(_BUILT_IN):
            built_in = source.removeprefix(_BUILT_IN)
            if built_in not in BUILT_IN:
                raise ValueError(
                    f"template {template!r}: there is no {source!r}, "
                    f"but {', '.join(_BUILT_IN + known for known in BUILT_IN)}"
                )
            yield template, BUILT_IN[built_in]
        elif source.lstrip("\ufeff \r\n\t").startswith("^XA"):
            yield template, source
        else:
            yield template, Path(source).read_text(encoding="utf-8-sig")


def _label_status(status: HostStatus) -> LabelPrinterStatus:
    return LabelPrinterStatus(
        paused=status.paused,
        paper_out=status.paper_out,
        ribbon_out=status.ribbon_out,
        head_open=status.head_open,
        waiting=status.formats_waiting
        + status.labels_remaining
        + status.partial_format,
    )
