"""A Domino printer fed with external data over Codenet, as a `CodePrinter`.

The printer queues few records and says one anonymous byte a print; see `feed` for what
follows from that. Every command is acknowledged; what can be read back is read back.
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
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice, tapped
from drivers.errors import DeviceFault, DriverError, LinkDown, ProtocolFault
from drivers.printers.domino_codenet import codec
from drivers.printers.domino_codenet.conversation import Conversation
from drivers.printers.domino_codenet.feed import RecordFeed
from drivers.printers.domino_codenet.messages import NOT_THERE, Ack, Nak, Reply
from drivers.printers.domino_codenet.settings import DominoCodenetSettings
from drivers.printers.domino_codenet.status import described
from drivers.readings import Category
from drivers.transports.base import ByteStream, Dialer
from drivers.wiretap import WireTap

# A TCP write succeeds on a dead link; only an answer proves that it lives.
WATCH_S = 5.0
_T = TypeVar("_T")


class DominoCodenet(LinkedDevice[ByteStream]):
    """Talks to one printer. Arguments as in `DominoCodenetSettings`."""

    confirmation = Confirmation.EVENT

    def __init__(
        self,
        name: str,
        *,
        address: str,
        dialer: Dialer,
        rng: random.Random,
        reply_timeout_s: float = 1.5,
        label: str = "",
        queue_depth: int = 1,
        products_between: int = 2,
        group_separator: str = "",
        identity: str = "",
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            tapped(dialer, address, tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            serve=self._listen,
            up_timeout_s=3 * reply_timeout_s,
        )
        self._reply_s = reply_timeout_s
        self._label = label
        self._expected = identity
        # The queue that our own records go into, the others after it.
        own = "1" if address.startswith("serial:") else "0"
        self._queues = sorted(codec.QUEUES, key=lambda queue: queue != own)
        self._talk = Conversation(name, self._done, reply_s=reply_timeout_s)
        self._feed = RecordFeed(
            name,
            self._send,
            queue_depth=queue_depth,
            products_between=products_between,
            group_separator=group_separator,
        )
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._started_session = -1
        self._labelled_session = -1
        self._has_liquids = True
        self._show_own()

    @property
    def foreign_bytes(self) -> int:
        """What came and fitted no shape or no question."""
        return self._talk.foreign

    async def run(self) -> None:
        """Keep the link up, feed records as prints make room, and watch."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._keep_feeding())
            tasks.create_task(self._watch())

    async def status_of_printer(self) -> PrinterStatus:
        return await self._status()

    async def _status(self) -> PrinterStatus:
        async with self.link.exchange("status", timeout_s=3 * self._reply_s) as wire:
            extended = await self._ask_if_known(
                wire, codec.EXTENDED_STATUS, codec.decode_extended_status
            )
            basic = await self._ask(wire, codec.BASIC_STATUS, codec.decode_basic_status)
            head_on = await self._ask(wire, codec.HEAD, codec.decode_switch)
        status = described(extended, basic, head_on=head_on)
        self.board.put("state", status.detail)
        if extended is not None:
            self.board.put("lamp", extended.lamp, category=Category.DETAIL)
        self.board.put("head enabled", head_on)
        return status

    async def job(self) -> str:
        """The label online: its number, or its name as far as the printer tells it.

        Of a name the printer shows three characters. If this driver put the label of
        its settings online under the present link, and these begin with the same
        three, the whole name is given.
        """
        async with self.link.exchange("label", timeout_s=self._reply_s) as wire:
            shown = await self._ask(wire, codec.LABEL, codec.decode_label)
            is_ours = self._labelled_session == self.link.session
        self.board.put("label", shown)
        if is_ours and codec.is_label(self._label, shown):
            return self._label
        return shown

    async def progress(self) -> PrintProgress:
        async with self.link.exchange("count", timeout_s=self._reply_s) as wire:
            await self._look_at_count(wire)
            session = self.link.session
        return self._feed.progress(session)

    async def start(self) -> None:
        """Label online and read back, single prints, confirmations on, head enabled."""
        status = await self._status()
        if status.state not in (PrinterState.IDLE, PrinterState.PRINTING):
            raise DeviceFault(self.name, f"does not start: {status.detail}")
        async with (
            self._turn,
            self.link.exchange("start", timeout_s=9 * self._reply_s) as wire,
        ):
            fault = await self._prepare(wire)
            self._started_session = -1 if fault else self.link.session
        if fault:
            raise DeviceFault(self.name, f"does not start: {fault}")

    async def stop(self) -> None:
        """Disable the head and see it; what the printer holds is of unknown fate."""
        self._started_session = -1
        async with self._turn:
            if self._feed.ledger.unprinted:
                self._feed.ledger.lose("the printer was stopped")
            async with self.link.exchange("stop", timeout_s=2 * self._reply_s) as wire:
                fault = await self._switched(wire, codec.HEAD_OFF, codec.HEAD, on=False)
        if fault:
            raise DeviceFault(self.name, f"does not stop: {fault}")

    async def clear(self) -> None:
        """Empty every queue of external data, our own first."""
        fault = ""
        async with self._turn:
            self._feed.ledger.lose("not cleared")
            async with self.link.exchange("clear", timeout_s=4 * self._reply_s) as wire:
                for queue in self._queues:
                    answer = await self._talk.tell(wire, codec.encode_clear(queue))
                    fault = fault or self._clear_fault(queue, answer)
                count = await self._count(wire)
                session = self.link.session
            if not fault:
                self._feed.begin(session, count)
        if fault:
            raise DeviceFault(self.name, fault)

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; those the printer has room for go to it at once."""
        if not records:
            return
        async with self._turn:
            self._feed.take(records, self.link.session)
            await self._feed.push()

    async def _prepare(self, wire: ByteStream) -> str:
        """Everything before the first product; what went wrong, or ""."""
        steps = (
            self._label_online,
            self._continuous_off,
            self._arm,
            self._count_anew,
            self._head_on,
        )
        for step in steps:
            if fault := await step(wire):
                return fault
        return ""

    async def _label_online(self, wire: ByteStream) -> str:
        if not self._label:
            return ""
        answer = await self._talk.tell(wire, codec.encode_label(self._label))
        if isinstance(answer, Nak):
            return f"label {self._label!r}: {answer}"
        shown = await self._ask(wire, codec.LABEL, codec.decode_label)
        self.board.put("label", shown)
        if not codec.is_label(self._label, shown):
            return f"label {shown!r} is online, settings want {self._label!r}"
        self._labelled_session = self.link.session
        return ""

    async def _continuous_off(self, wire: ByteStream) -> str:
        """A printer that does not know the question has no such mode."""
        if not await self._ask_if_known(wire, codec.CONTINUOUS, codec.decode_switch):
            return ""
        fault = await self._switched(
            wire, codec.CONTINUOUS_OFF, codec.CONTINUOUS, on=False
        )
        return fault and f"continuous printing: {fault}"

    async def _arm(self, wire: ByteStream) -> str:
        answer = await self._talk.tell(wire, codec.ARM_DONE)
        return f"does not confirm prints: {answer}" if isinstance(answer, Nak) else ""

    async def _count_anew(self, wire: ByteStream) -> str:
        self._feed.tally.begin(await self._count(wire))
        return ""

    async def _head_on(self, wire: ByteStream) -> str:
        return await self._switched(wire, codec.HEAD_ON, codec.HEAD, on=True)

    async def _switched(
        self, wire: ByteStream, command: bytes, query: bytes, *, on: bool
    ) -> str:
        answer = await self._talk.tell(wire, command)
        if isinstance(answer, Nak):
            return str(answer)
        is_on = await self._ask(wire, query, codec.decode_switch)
        return "" if is_on is on else f"acknowledged, and stays {'off' if on else 'on'}"

    def _clear_fault(self, queue: str, answer: Ack | Nak) -> str:
        if isinstance(answer, Ack):
            return ""
        # A printer without that interface has no such queue; ours must be there.
        if queue != self._queues[0] and answer.code in NOT_THERE:
            return ""
        return f"the {codec.QUEUES[queue]} queue is not cleared: {answer}"

    async def _send(self, frame: bytes, leaves: Callable[[], None]) -> Ack | Nak:
        answer: Ack | Nak | None = None
        async with self.link.exchange("record", timeout_s=self._reply_s) as wire:
            # Only under the link that was cleared is anything known of the queue.
            if self.link.session == self._feed.ledger.session:
                leaves()
                answer = await self._talk.tell(wire, frame)
        if answer is None:
            raise LinkDown(self.name, "the connection was lost")
        return answer

    def _done(self) -> bool:
        self._wake.set()
        return self._feed.note_done()

    async def _keep_feeding(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                async with self._turn:
                    await self._feed.push()
            except DriverError:
                # It stands in the ledger's doubt, and the link says why it is down.
                continue

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                async with self.link.exchange(
                    "watch", timeout_s=2 * self._reply_s
                ) as wire:
                    await self._look_at_count(wire)
                    await self._look_at_liquids(wire)
            except DriverError:
                continue

    async def _look_at_count(self, wire: ByteStream) -> None:
        count = await self._count(wire)
        if self._started_session == self.link.session:
            self._feed.check(count)

    async def _look_at_liquids(self, wire: ByteStream) -> None:
        if not self._has_liquids:
            return
        liquids = await self._ask_if_known(wire, codec.LIQUIDS, codec.decode_liquids)
        if liquids is None:
            self._has_liquids = False
            return
        for name, level in (("ink", liquids.ink), ("make-up", liquids.make_up)):
            if level is None:
                self.board.put(name, "传感器未插 sensor unplugged")
            else:
                self.board.put(name, level, unit="of 8", low=1, high=8)

    async def _count(self, wire: ByteStream) -> int:
        count = await self._ask(wire, codec.COUNT, codec.decode_count)
        self.board.put("products counted", count)
        return count

    async def _ask(
        self, wire: ByteStream, query: bytes, decode: Callable[[Reply], _T]
    ) -> _T:
        return self._decoded(decode, await self._talk.ask(wire, query))

    async def _ask_if_known(
        self, wire: ByteStream, query: bytes, decode: Callable[[Reply], _T]
    ) -> _T | None:
        try:
            return await self._ask(wire, query, decode)
        except DeviceFault:
            return None

    def _decoded(self, decode: Callable[[Reply], _T], reply: Reply) -> _T:
        try:
            return decode(reply)
        except ValueError as error:
            raise ProtocolFault(self.name, str(error)) from None

    async def _greet(self, wire: ByteStream) -> None:
        """The peer must count like a Codenet printer; then it confirms prints again."""
        self._talk.begin()
        self._has_liquids = True
        shown = await self._ask_if_known(wire, codec.IDENTIFY, lambda r: r.body[1:])
        identity = Identity(make="Domino", model=shown or "")
        self.known_as(identity, expected=self._expected)
        await self._count(wire)
        if fault := await self._arm(wire):
            raise DeviceFault(self.name, fault)

    async def _listen(self, wire: ByteStream) -> None:
        await self._talk.listen(wire)

    def _show_own(self) -> None:
        feed, board = self._feed, self.board
        board.live("records in printer", lambda: feed.ledger.in_printer)
        board.live("records ahead", lambda: feed.ledger.unprinted)
        board.live("records given at a time", lambda: feed.room)
        board.live("records refused", lambda: feed.refusals)
        board.live("prints confirmed", lambda: feed.ledger.triggers)
        board.live("prints nobody expected", lambda: feed.surplus)
        board.live("products unprinted", lambda: feed.tally.unprinted)
        board.live("bytes not understood", lambda: self.foreign_bytes)


def from_settings(
    name: str, settings: DominoCodenetSettings, around: Around
) -> CodePrinter:
    """The printer that `settings` describe."""
    return DominoCodenet(
        name,
        address=settings.address,
        dialer=around.dialer,
        rng=around.rng,
        reply_timeout_s=settings.reply_timeout_s,
        label=settings.label,
        queue_depth=settings.queue_depth,
        products_between=settings.products_between,
        group_separator=settings.group_separator,
        identity=settings.identity,
    )
