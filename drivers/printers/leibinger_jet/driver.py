"""A Leibinger JET in mailing mode as a `CodePrinter`.

Set and action commands get no acknowledgement, so nothing is believed to have worked
until a query on the same wire shows it. Codes are sent once; what became of them after
any failure is for the caller to treat as unknown.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
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
from drivers.errors import DeviceFault, LinkDown, MisuseError, ProtocolFault
from drivers.link import received
from drivers.printers.leibinger_jet.codec import (
    FrameParser,
    decode_fifo_status,
    decode_run_status,
    encode_action,
    encode_query,
    encode_records,
)
from drivers.printers.leibinger_jet.load import Load
from drivers.printers.leibinger_jet.messages import (
    ERROR_TEXTS,
    MACHINE_TEXTS,
    REFUSALS,
    FifoStatus,
    Frame,
    MachineState,
    NozzleState,
    RunStatus,
)
from drivers.printers.leibinger_jet.settings import LeibingerJetSettings
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# A healthy printer answers within 50 ms; 1.5 s is the survey's rule for printers.
REPLY_S = 1.5
# Plant users wait up to 3 s until a sent block or a cleared buffer shows in =SM.
SETTLE_S = 3.0
POLL_S = 0.05

_NOT_CLEARED = "the buffer was not cleared since the link came up or the last stop"
_T = TypeVar("_T")

# Machine states of a printer without an error; those not named here are faults.
_STATES: dict[int, PrinterState] = {
    MachineState.STANDBY: PrinterState.OFF,
    MachineState.NEEDS_NOZZLE: PrinterState.OFF,
    MachineState.READY_TO_START: PrinterState.IDLE,
}


class LeibingerJet(LinkedDevice[ByteStream]):
    """Talks to one printer at `address` (tcp:// or serial:).

    `group_separator` is sent in place of GS in a code: how a job turns GS into FNC1
    depends on the printer. An empty one refuses such codes.
    """

    confirmation = Confirmation.NUMBERED

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        reply_timeout_s: float = REPLY_S,
        settle_timeout_s: float = SETTLE_S,
        group_separator: str = "\x1d",
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            probe=self._run_status,
        )
        self._reply_s = reply_timeout_s
        self._settle_s = settle_timeout_s
        self._separator = group_separator
        self._parser = FrameParser()
        self._foreign = 0
        self._load: Load | None = None

    @property
    def foreign_frames(self) -> int:
        """Lines received that answered nothing we asked."""
        return self._foreign + self._parser.foreign

    async def status_of_printer(self) -> PrinterStatus:
        async with self.link.exchange(timeout_s=self._reply_s) as wire:
            return _printer_status(await self._run_status(wire))

    async def job(self) -> str:
        """Path of the loaded job, as the printer names it."""
        async with self.link.exchange(timeout_s=self._reply_s) as wire:
            return (await self._ask(wire, "JL")).body

    async def progress(self) -> PrintProgress:
        async with self.link.exchange(timeout_s=self._reply_s) as wire:
            fifo = await self._fifo_status(wire)
            is_same = self._load and self._load.session == self.link.session
        load = self._load if is_same else None
        return PrintProgress(
            last_started=load.started(fifo) if load else fifo.last_started,
            finished=fifo.finished,
            queued=fifo.entries + (load.staged(fifo) if load else 0),
            triggers=fifo.print_gos,
            depth=fifo.depth,
            sent=load.last if load else 0,
            accepted=load.last if load else 0,
        )

    async def start(self) -> None:
        """Acknowledge a standing error, start, and see that it prints.

        A printer that is just getting ready is waited for, as long as for any effect.
        """
        async with self._long_exchange() as wire:
            status = await self._until(
                wire, self._run_status, lambda s: not _is_getting_ready(s)
            )
            if status.machine == MachineState.PRINTING:
                return
            if status.machine == MachineState.READY_TO_START:
                status = await self._start_ready(wire, status)
        if status.machine != MachineState.PRINTING:
            raise DeviceFault(self.name, f"does not start: {_describe(status)}")

    async def _start_ready(self, wire: ByteStream, status: RunStatus) -> RunStatus:
        if status.error:
            await wire.send(encode_action("EQ"))
        await wire.send(encode_action("GO"))
        return await self._until(
            wire, self._run_status, lambda s: s.machine == MachineState.PRINTING
        )

    async def stop(self) -> None:
        """Stop and see that it stopped. The printer drops its buffer by itself."""
        self._load = None
        async with self._long_exchange() as wire:
            status = await self._run_status(wire)
            if status.machine != MachineState.PRINTING:
                return
            await wire.send(encode_action("ST"))
            status = await self._until(
                wire, self._run_status, lambda s: s.machine != MachineState.PRINTING
            )
        if status.machine == MachineState.PRINTING:
            raise DeviceFault(self.name, "does not stop")

    async def clear(self) -> None:
        """Empty the buffer and see that it is empty."""
        self._load = None
        async with self._long_exchange() as wire:
            await wire.send(encode_action("FF"))
            fifo = await self._until(wire, self._fifo_status, lambda f: f.entries == 0)
            session = self.link.session
        if fifo.entries:
            raise DeviceFault(self.name, f"keeps {fifo.entries} records after a clear")
        self._load = Load(session=session, stale=fifo.last_started)

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Hand over `records` once, then prove by `=SM` that all were taken.

        Needs a `clear` since the link came up and since the last `stop`. After
        `DeviceFault` or `LinkDown` some of the codes may be in the printer.
        """
        if not records:
            return
        load = self._load
        if load is None:
            raise LinkDown(self.name, _NOT_CLEARED)
        data = self._encoded(records, load)
        before: FifoStatus | None = None
        after: FifoStatus | None = None
        async with self._long_exchange() as wire:
            # Only under the link that was cleared is anything known of the buffer.
            if load.session == self.link.session:
                before = await self._fifo_status(wire)
                if load.is_in_step(before) and load.has_room(before, len(records)):
                    load.first = load.first or records[0].number
                    after, status = await self._hand_over(wire, load, data, records)
        if before is None:
            raise LinkDown(self.name, _NOT_CLEARED)
        if after is None:
            if not load.is_in_step(before):
                self._load = None
            raise DeviceFault(self.name, f"nothing sent: {load.describe(before)}")
        last = records[-1].number
        if not load.holds(after, last) or status.error in REFUSALS:
            self._load = None
            raise DeviceFault(
                self.name,
                f"records up to {last} not taken: {load.describe(after)}, "
                f"{_describe(status)}",
            )
        load.last = last

    async def _hand_over(
        self,
        wire: ByteStream,
        load: Load,
        data: bytes,
        records: Sequence[PrintRecord],
    ) -> tuple[FifoStatus, RunStatus]:
        last = records[-1].number
        await wire.send(data)
        fifo = await self._until(
            wire, self._fifo_status, lambda fifo: load.holds(fifo, last)
        )
        return fifo, await self._run_status(wire)

    def _encoded(self, records: Sequence[PrintRecord], load: Load) -> bytes:
        numbers = [record.number for record in records]
        first = load.last + 1 if load.last else max(1, numbers[0])
        if numbers != list(range(first, first + len(numbers))):
            raise MisuseError(
                self.name, f"record numbers must rise by one from {first}: {numbers}"
            )
        try:
            return encode_records(map(self._separated, records))
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None

    def _separated(self, record: PrintRecord) -> PrintRecord:
        if "\x1d" not in record.text:
            return record
        if not self._separator:
            raise ValueError(f"{record.text!r}: settings refuse GS for this printer")
        text = record.text.replace("\x1d", self._separator)
        return PrintRecord(number=record.number, text=text)

    def _long_exchange(self) -> AbstractAsyncContextManager[ByteStream]:
        return self.link.exchange(timeout_s=self._settle_s + 4 * self._reply_s)

    async def _greet(self, wire: ByteStream) -> None:
        """Before anything is sent to it, the peer must talk like a JET."""
        self._foreign += self._parser.foreign
        self._parser = FrameParser()
        await self._run_status(wire)

    async def _run_status(self, wire: ByteStream) -> RunStatus:
        return self._decoded(decode_run_status, await self._ask(wire, "RS"))

    async def _fifo_status(self, wire: ByteStream) -> FifoStatus:
        return self._decoded(decode_fifo_status, await self._ask(wire, "SM"))

    def _decoded(self, decode: Callable[[Frame], _T], frame: Frame) -> _T:
        try:
            return decode(frame)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _ask(self, wire: ByteStream, code: str) -> Frame:
        """One query and its reply; what else comes is counted, not believed."""
        async with asyncio.timeout(self._reply_s):
            await wire.send(encode_query(code))
            while True:
                frames = self._parser.feed(await received(wire))
                replies = [f for f in frames if (f.kind, f.code) == ("=", code)]
                self._foreign += len(frames) - len(replies[:1])
                if replies:
                    return replies[0]

    async def _until(
        self,
        wire: ByteStream,
        ask: Callable[[ByteStream], Awaitable[_T]],
        is_so: Callable[[_T], bool],
    ) -> _T:
        """Ask until it is so or the settling time is over; the last answer."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._settle_s
        while True:
            answer = await ask(wire)
            if is_so(answer) or loop.time() >= until_s:
                return answer
            await asyncio.sleep(POLL_S)


def from_settings(
    name: str, settings: LeibingerJetSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return LeibingerJet(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        reply_timeout_s=settings.reply_timeout_s,
        settle_timeout_s=settings.settle_timeout_s,
        group_separator=settings.group_separator,
    )


def _printer_status(status: RunStatus) -> PrinterStatus:
    return PrinterStatus(
        state=_state(status), error=status.error, detail=_describe(status)
    )


def _state(status: RunStatus) -> PrinterState:
    if status.machine == MachineState.PRINTING:
        return PrinterState.PRINTING  # an error number beside it is a warning
    if status.error:
        return PrinterState.FAULT
    if _is_getting_ready(status):
        return PrinterState.STARTING
    return _STATES.get(status.machine, PrinterState.FAULT)


def _is_getting_ready(status: RunStatus) -> bool:
    return (
        status.machine == MachineState.INITIALISING
        or status.nozzle == NozzleState.OPENING
    )


def _describe(status: RunStatus) -> str:
    machine = MACHINE_TEXTS.get(status.machine, f"machine state {status.machine}")
    if status.nozzle == NozzleState.OPENING:
        machine = "喷头正在打开 nozzle is opening"
    if not status.error:
        return machine
    return f"{machine}, {ERROR_TEXTS.get(status.error, f'error {status.error}')}"
