"""A ZPL printer of case and pallet labels as a `LabelPrinter`.

Formats are not acknowledged. A label counts as printed when the printer, asked with
`~HS`, has nothing left to print and nothing in its way, and when its label count, if
it keeps one, rose by one.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager

from drivers.around import Around
from drivers.base import Label, LabelPrinter, LabelPrinterStatus
from drivers.errors import DeviceFault, MisuseError
from drivers.printers.zebra_zpl.codec import encode_get, encode_set
from drivers.printers.zebra_zpl.conversation import ZplConversation
from drivers.printers.zebra_zpl.formats import StoredFormat, plain_label
from drivers.printers.zebra_zpl.messages import ErrorStatus, HostStatus
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
from drivers.printers.zebra_zpl.templates import load_formats
from drivers.transports.addresses import TcpAddress
from drivers.transports.base import ByteStream, Dialer

# A healthy printer answers ~HS within 50 ms; 1.5 s is the survey's rule for printers.
REPLY_S = 1.5
# A 150 mm label takes about 1.5 s at 4 inch/s; a cold head or a slow model more.
PRINT_S = 10.0
POLL_S = 0.1
# How long the label count may lag behind ~HS.
COUNT_S = 2.0

_SILENT = "does not answer ~HS: look at media, ribbon and head"


class ZebraZpl(ZplConversation):
    """Talks to one printer; see `ZplConversation` for what is not said here.

    With `counts_labels` a label is out only when the printer's label count rose.
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
        super().__init__(
            name,
            address=address,
            dialer=dialer,
            rng=rng,
            formats=formats,
            reply_timeout_s=reply_timeout_s,
            identity=identity,
            alerts=alerts,
            alert_address=alert_address,
        )
        self._print_s = print_timeout_s
        self._counts_labels = counts_labels

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
