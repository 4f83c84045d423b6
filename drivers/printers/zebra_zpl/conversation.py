"""Talking with a ZPL printer: who it is, what it answers, and patience.

Replies are known by their shape alone, alerts may stand between them, and a printer in
trouble may be silent.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from drivers.base import Identity
from drivers.device import LinkedDevice, tapped
from drivers.errors import ProtocolFault
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
    is_status_part,
)
from drivers.printers.zebra_zpl.formats import StoredFormat
from drivers.printers.zebra_zpl.inbox import AlertInbox
from drivers.printers.zebra_zpl.messages import ErrorStatus, HostStatus
from drivers.printers.zebra_zpl.show import Show
from drivers.transports.addresses import TcpAddress
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# Some firmware does not answer ~HS while media is out or the head is open (the
# manual says so). The link is doubted only after this many silences in a row.
SILENT_LIMIT = 3
# How long to listen for an answer that came too late.
DRAIN_S = 0.05

LABEL_COUNT = "odometer.total_label_count"
_ERRORS = b"~HQES\r\n"
_ERRORS_MARK = "PRINTER STATUS"
_SERIAL = b"~HQSN\r\n"
_SERIAL_MARK = "SERIAL NUMBER"
_T = TypeVar("_T")


@dataclass(slots=True)
class Told:
    """What a printer answered while the link came up; other makes answer less."""

    serial: str = ""
    errors: bool = False
    variables: bool = False
    count: int | None = None


class ZplConversation(LinkedDevice[ByteStream]):
    """One printer at `address`; `formats` are downloaded at each link-up.

    `identity` must be part of what it says it is. `alerts` are letters of `^SX`, armed
    at each link-up; `alert_address` is where we listen and the printer dials to tell
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
        reply_timeout_s: float,
        identity: str,
        alerts: str,
        alert_address: TcpAddress | None,
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
        self._expected = identity
        self._alerts = alerts
        self._show = Show(self.board)
        self._inbox: AlertInbox | None = None
        if alert_address is not None:
            listened = f"tcp-listen://{alert_address.host}:{alert_address.port}"
            accept = tapped(dialer, listened, tap)
            self._inbox = AlertInbox(name, accept, alert_address, rng, self._show.alert)
        self._parser = FrameParser()
        self._told = Told()
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

    async def _ask_around(self, wire: ByteStream) -> Told:
        """What it answers of all that not every ZPL printer answers, asked at once."""
        told, missing = Told(), {_SERIAL_MARK, _ERRORS_MARK, LABEL_COUNT}
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


def _count(value: str | None) -> int | None:
    return int(value) if value is not None and value.isdecimal() else None
