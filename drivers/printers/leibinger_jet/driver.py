"""A Leibinger JET in mailing mode as a `CodePrinter`.

Codes are sent once; what became of them after any failure is for the caller to treat
as unknown.
"""

import asyncio
import random
from collections.abc import Sequence

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.leibinger_jet.codec import encode_action, encode_records
from drivers.printers.leibinger_jet.load import Load
from drivers.printers.leibinger_jet.maintenance import JetMaintenance
from drivers.printers.leibinger_jet.messages import (
    ERROR_TEXTS,
    MACHINE_TEXTS,
    REFUSALS,
    FifoStatus,
    JobField,
    MachineState,
    NozzleState,
    RunStatus,
)
from drivers.printers.leibinger_jet.settings import LeibingerJetSettings
from drivers.transports.base import ByteStream, Dialer

# A healthy printer answers within 50 ms; 1.5 s is the survey's rule for printers.
REPLY_S = 1.5
# Plant users wait up to 3 s until a sent block or a cleared buffer shows in =SM.
SETTLE_S = 3.0
# Counters are for people; asking for them more often would only cost the feed.
COUNTERS_EVERY_S = 10.0

_NOT_CLEARED = "the buffer was not cleared since the link came up or the last stop"

# Machine states of a printer without an error; those not named here are faults.
_STATES: dict[int, PrinterState] = {
    MachineState.STANDBY: PrinterState.OFF,
    MachineState.NEEDS_NOZZLE: PrinterState.OFF,
    MachineState.READY_TO_START: PrinterState.IDLE,
}


class LeibingerJet(JetMaintenance):
    """Talks to one printer at `address` (tcp:// or serial:).

    `group_separator` is sent in place of GS in a code: how a job turns GS into FNC1
    depends on the printer. An empty one refuses such codes. With `checks_job` only a
    job with mail field 1 is started, if the printer tells the fields of its job.
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
        identity: str = "",
        checks_job: bool = True,
    ) -> None:
        super().__init__(
            name,
            address=address,
            dialer=dialer,
            rng=rng,
            reply_timeout_s=reply_timeout_s,
            settle_timeout_s=settle_timeout_s,
            identity=identity,
        )
        self._separator = group_separator
        self._checks_job = checks_job
        self._load: Load | None = None
        # The session in which the printer was silent to ?JB or ?CC, asked never again.
        self._untold: dict[str, int] = {}
        self._counted_s = -COUNTERS_EVERY_S

    async def status_of_printer(self) -> PrinterStatus:
        async with self.link.exchange("status", timeout_s=3 * self._reply_s) as wire:
            status = await self._run_status(wire)
            await self._count(wire)
        return _printer_status(status)

    async def job(self) -> str:
        """Path of the loaded job, as the printer names it."""
        async with self.link.exchange("job", timeout_s=self._reply_s) as wire:
            return await self._job(wire)

    async def progress(self) -> PrintProgress:
        """What became of the records since the last `clear`."""
        async with self.link.exchange("progress", timeout_s=self._reply_s) as wire:
            fifo = await self._fifo_status(wire)
            session = self.link.session
        if self._load is not None:
            return self._load.progress(fifo, session)
        return PrintProgress(
            last_started=fifo.last_started,
            finished=fifo.finished,
            queued=fifo.entries,
            triggers=fifo.print_gos,
            depth=fifo.depth,
        )

    async def start(self) -> None:
        """Acknowledge a standing error, start, and see that it prints.

        A printer that is just getting ready is waited for, as long as for any effect.
        """
        fields: list[JobField] | None = None
        async with self._long_exchange("start") as wire:
            status = await self._until(
                wire, self._run_status, lambda s: not _is_getting_ready(s)
            )
            if status.machine == MachineState.PRINTING:
                return
            if status.machine == MachineState.READY_TO_START:
                fields = await self._fields(wire)
                if fields is None or _mail_field(fields) is not None:
                    status = await self._start_ready(wire, status)
        if fields is not None and _mail_field(fields) is None:
            raise DeviceFault(
                self.name,
                "not started: its job has no EXTERN TEXT in mail mode with field 1 and "
                "would print no code; edit the job, save it and load it again",
            )
        if status.machine != MachineState.PRINTING:
            raise DeviceFault(self.name, f"does not start: {_describe(status)}")

    async def _fields(self, wire: ByteStream) -> list[JobField] | None:
        """Fields of the loaded job; None where they are not told or not wanted."""
        if not self._checks_job or self._untold.get("JB") == self.link.session:
            return None
        fields = await self._job_fields(wire)
        if fields is None:
            self._untold["JB"] = self.link.session
        else:
            self._show.mail_field(_mail_field(fields))
        return fields

    async def _count(self, wire: ByteStream) -> None:
        """Look at the counters now and then, of a printer that tells them."""
        now_s = asyncio.get_running_loop().time()
        is_due = now_s - self._counted_s >= COUNTERS_EVERY_S
        if not is_due or self._untold.get("CC") == self.link.session:
            return
        self._counted_s = now_s
        try:
            await self._counters(wire)
        except TimeoutError as error:
            if error.errno is not None:
                raise
            self._untold["CC"] = self.link.session

    async def _start_ready(self, wire: ByteStream, status: RunStatus) -> RunStatus:
        if status.error:
            await wire.send(encode_action("EQ"))
        await wire.send(encode_action("GO"))
        return await self._until(
            wire, self._run_status, lambda s: s.machine == MachineState.PRINTING
        )

    async def stop(self) -> None:
        """Stop and see that it stopped. The printer drops its buffer by itself."""
        self._forget("the printer was stopped")
        async with self._long_exchange("stop") as wire:
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
        self._forget("the buffer was to be cleared")
        async with self._long_exchange("clear") as wire:
            await wire.send(encode_action("FF"))
            fifo = await self._until(wire, self._fifo_status, lambda f: f.entries == 0)
            session = self.link.session
        if fifo.entries:
            raise DeviceFault(self.name, f"keeps {fifo.entries} records after a clear")
        self._load = Load(session=session, stale=fifo.last_started)

    def _forget(self, why: str) -> None:
        if self._load is not None:
            self._load.lose(why)

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Hand over `records` once, then prove by `=SM` that all were taken.

        Needs a `clear` since the link came up and since the last `stop`. After
        `DeviceFault` or `LinkDown` some of the codes may be in the printer.
        """
        if not records:
            return
        load = self._load
        if load is None or load.doubt:
            raise LinkDown(self.name, _NOT_CLEARED)
        data = self._encoded(records, load)
        before: FifoStatus | None = None
        after: FifoStatus | None = None
        async with self._long_exchange("queue") as wire:
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
                load.lose(load.describe(before))
            raise DeviceFault(self.name, f"nothing sent: {load.describe(before)}")
        last = records[-1].number
        if not load.holds(after, last) or status.error in REFUSALS:
            why = f"{load.describe(after)}, {_describe(status)}"
            load.lose(f"records up to {last} not taken: {why}")
            raise DeviceFault(self.name, load.doubt)
        load.last = last

    async def _hand_over(
        self,
        wire: ByteStream,
        load: Load,
        data: bytes,
        records: Sequence[PrintRecord],
    ) -> tuple[FifoStatus, RunStatus]:
        last = records[-1].number
        # Sent is what may have left, even if the wire fails in the middle.
        load.sent = last
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
        identity=settings.identity,
        checks_job=settings.check_job,
    )


def _mail_field(fields: Sequence[JobField]) -> JobField | None:
    return next((field for field in fields if field.number == 1), None)


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
