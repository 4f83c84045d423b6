"""From pictures or reader frames to what was read on which item."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from agent.domain.code_format import CodeFormat, CodeFormatError, FormatFault
from agent.domain.judging import ItemRead
from agent.domain.words import Reason
from agent.eye.look import Look, text_of
from agent.vision.checks.finding import CheckName
from drivers.base import TextRead
from drivers.cameras.frame import BadFrame, Frame
from drivers.errors import DriverError

log = logging.getLogger(__name__)

# Reads waiting for a verdict; beyond that the oldest are too late for the gate anyway.
WAITING = 256

FAULTS = {
    FormatFault.WRONG_FORMAT: Reason.WRONG_FORMAT,
    FormatFault.WRONG_PRODUCT: Reason.WRONG_PRODUCT,
}
FINDINGS = {
    CheckName.TEXT: Reason.WRONG_TEXT,
    CheckName.PLACEMENT: Reason.MISPLACED,
    CheckName.SECOND_CARRIER: Reason.SECOND_CODE,
}


class ItemReads(Protocol):
    """A source of reads, each with the item it belongs to."""

    async def next(self) -> ItemRead: ...


def item_read(
    code_format: CodeFormat, item: int, found: Sequence[tuple[str, str | None]]
) -> ItemRead:
    """Judge the texts found on an item by the format of its level.

    `found` holds payload and AIM identifier of each. One good code among others
    (a price code beside ours) counts; two good codes are for the judge to refuse.
    """
    keys: dict[str, str] = {}
    fault: Reason | None = None
    for text, aim in found:
        try:
            keys.setdefault(code_format.key(text, aim), text)
        except CodeFormatError as error:
            fault = FAULTS[error.fault]
    if keys:
        text = next(iter(keys.values()))
        return ItemRead(item=item, keys=tuple(keys), text=text)
    return ItemRead(item=item, text=found[0][0] if found else "", fault=fault)


class ReaderReads:
    """Reads of a fixed reader that puts the item number into its output."""

    def __init__(
        self, read: Callable[[], Awaitable[TextRead]], code_format: CodeFormat
    ) -> None:
        self._read = read
        self._format = code_format

    async def next(self) -> ItemRead:
        """The next frame that names its item; others are counted and dropped."""
        while True:
            frame = await self._read()
            if frame.item is None:
                log.warning("a read without item number was dropped")
                continue
            found = [] if frame.text is None else [(frame.text, frame.aim)]
            return item_read(self._format, frame.item, found)


class CameraReads:
    """Pictures looked at on another thread; the loop stays free.

    `seen` is told of every look before its item is judged.
    """

    def __init__(
        self,
        frame: Callable[[], Awaitable[Frame | BadFrame]],
        look: Callable[[Frame], Awaitable[Look]],
        code_format: CodeFormat,
        *,
        seen: Callable[[Frame, Look], None] = lambda _frame, _look: None,
    ) -> None:
        self._frame = frame
        self._look = look
        self._format = code_format
        self._seen = seen

    async def next(self) -> ItemRead:
        """The next picture's codes."""
        frame = await self._frame()
        if isinstance(frame, BadFrame):
            log.warning("picture of item %s: %s", frame.item, frame.reason)
            return ItemRead(item=frame.item)
        look = await self._look(frame)
        self._seen(frame, look)
        return seen_read(self._format, frame.item, look)


def seen_read(code_format: CodeFormat, item: int, look: Look) -> ItemRead:
    """What a look at the picture of `item` says of it."""
    found = [(text_of(code), code.aim) for code in look.result.codes]
    if look.result.conflict:
        text = found[0][0] if found else ""
        return ItemRead(item=item, text=text, fault=Reason.CONFLICT)
    return replace(
        item_read(code_format, item, found),
        grade=None if look.grade is None else look.grade.grade,
        faults=tuple(FINDINGS[each.check] for each in look.findings if not each.passed),
    )


class Verifying:
    """Moves reads from the source to the decision, through a bounded queue."""

    def __init__(self, source: ItemReads, *, retry_s: float = 0.5) -> None:
        self._source = source
        self._retry_s = retry_s
        self.reads: asyncio.Queue[ItemRead] = asyncio.Queue(WAITING)
        self.dropped = 0
        self.fault = ""

    async def run(self) -> None:
        """Until cancelled. A silent source costs rejects, never a wrong pass."""
        while True:
            try:
                read = await self._source.next()
                self.fault = ""
            except DriverError as error:
                self.fault = error.message
                await asyncio.sleep(self._retry_s)
                continue
            if self.reads.full():
                self.reads.get_nowait()
                self.dropped += 1
            self.reads.put_nowait(read)
