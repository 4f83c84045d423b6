"""Records into a printer that holds few of them and confirms each print by one byte.

**Why a refused record may be sent again, and when.** A code goes to a printer at most
once (promise 1). The one exception is a record to which the printer itself said no: it
read the whole frame, answered that very frame (one exchange at a time, on a wire that
has not failed), and the answer is the one it gives when its queue is full, while
records of ours do fill it and it never took more. Such a record was not taken, so
nothing of it can be printed; it waits and is sent when room is made. With a queue depth
that is not set too high it never comes to that, and the depth found this way is kept,
so it comes to it once.

Silence, a time-out, a lost link, an answer that fits no question, any other refusal, or
"full" from a printer that has taken more before (something is in it that we do not know
of): then the record counts as sent, and no further record leaves until the next
`clear`. Should a printer say no and take it all the same, it prints one more than it
was given, which is doubt, and the camera has rejected the second of the two.
"""

from collections.abc import Awaitable, Callable, Sequence

from drivers.base import PrintProgress, PrintRecord
from drivers.errors import DeviceFault, DriverError, LinkDown, MisuseError
from drivers.printers.domino_codenet.codec import encode_record
from drivers.printers.domino_codenet.messages import QUEUE_IS_FULL, Ack, Nak
from drivers.printers.domino_codenet.tally import Tally
from drivers.printers.ledger import RecordLedger

# Records the driver itself keeps ahead; none of them has left it.
AHEAD = 64


class RecordFeed:
    """Which record is where. `send` is one exchange: a record's frame and its answer.

    `send` calls its second argument when the frame is about to leave, and raises
    `LinkDown` before that when the link is not the one of `session`.
    """

    def __init__(
        self,
        device: str,
        send: Callable[[bytes, Callable[[], None]], Awaitable[Ack | Nak]],
        *,
        queue_depth: int,
        products_between: int,
        group_separator: str,
    ) -> None:
        self.ledger = RecordLedger(max(AHEAD, queue_depth))
        self.tally = Tally(products_between)
        self.refusals = 0
        self.surplus = 0
        self._device = device
        self._send = send
        self._separator = group_separator
        self.room = queue_depth
        """Records the printer is given at a time: as set, or fewer once it refused."""
        self._most = 0

    def begin(self, session: int, count: int) -> None:
        """The printer is empty under link `session`; its product count is `count`."""
        self.ledger.begin(session)
        self.tally.begin(count)

    def note_done(self) -> bool:
        """A print was finished. Whether a record of ours was there to be printed."""
        self.tally.note_done()
        if self.ledger.doubt:
            return False
        is_ours = self.ledger.in_printer > 0
        self.surplus += not is_ours
        self.ledger.note_printed()
        return is_ours

    def check(self, count: int) -> None:
        """Hold what was confirmed against the printer's product count."""
        if not self.ledger.doubt:
            doubt = self.tally.check(count, has_records=self.ledger.in_printer > 0)
            if doubt:
                self.ledger.lose(doubt)

    def take(self, records: Sequence[PrintRecord], session: int) -> None:
        """Records to be sent in turn. Nothing is taken unless all can be sent."""
        if self.ledger.doubt or self.ledger.session != session:
            raise LinkDown(
                self._device, self.ledger.doubt or "not cleared since the link came up"
            )
        try:
            for record in records:
                self._encoded(record)
            self.ledger.take(records)
        except ValueError as error:
            raise MisuseError(self._device, f"cannot print {error}") from None

    async def push(self) -> None:
        """Send what there is room for. After an error nothing more is sent."""
        try:
            while await self._push_one():
                pass
        except BaseException as error:
            why = error.message if isinstance(error, DriverError) else "cancelled"
            self.ledger.lose(why)
            raise

    async def _push_one(self) -> bool:
        ledger = self.ledger
        record, held = ledger.next, ledger.in_printer
        if record is None or ledger.doubt or held >= self.room:
            return False
        answer = await self._send(self._encoded(record), ledger.note_sent)
        if isinstance(answer, Ack):
            ledger.note_accepted()
            self._most = max(self._most, ledger.in_printer)
            return True
        ledger.note_refused(record)
        self.refusals += 1
        if answer.code not in QUEUE_IS_FULL:
            raise DeviceFault(self._device, f"record {record.number}: {answer}")
        if held < max(1, self._most):
            raise DeviceFault(
                self._device,
                f"record {record.number} refused as if the queue were full ({answer}), "
                f"and only {held} of ours wait in it",
            )
        self.room = held
        return False

    def progress(self, session: int) -> PrintProgress:
        """As far as the printer told."""
        return self.ledger.progress(session)

    def _encoded(self, record: PrintRecord) -> bytes:
        if "\x1d" in record.text and not self._separator:
            raise ValueError(f"{record.text!r}: settings refuse GS for this printer")
        return encode_record(record.text)
