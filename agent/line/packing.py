"""Cases and pallets: label what is full, and believe it only when it is read back.

One class serves every level. The children come from the gate (cases) or from the
level below (pallets); the label's code is good only once a reader has seen it on
the container.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from agent import killpoints
from agent.domain.code_format import CodeFormat, CodeFormatError
from agent.domain.code_state import CodeState
from agent.domain.facts import ActDone, Fact
from agent.domain.packing import Packer
from agent.domain.words import Evidence, StopCause
from agent.line.ports import CodeBook, Journal, Lease
from agent.line.running import Running
from drivers.base import CodeReader, Label, LabelPrinter, LinkState, TextRead
from drivers.errors import DriverError

log = logging.getLogger(__name__)

# How long to wait before looking again at a labeller that needs a hand.
RETRY_S = 0.5


class Packing:
    """Labels and confirms the containers of one level of one order."""

    def __init__(
        self,
        *,
        packer: Packer,
        journal: Journal,
        codes: CodeBook,
        code_format: CodeFormat,
        labeller: LabelPrinter,
        reader: CodeReader,
        running: Running,
        label_fields: Callable[[int, str], Mapping[str, str]],
        template: str,
        above: Packing | None = None,
    ) -> None:
        self.packer = packer
        self._journal = journal
        self._codes = codes
        self._format = code_format
        self._labeller = labeller
        self._reader = reader
        self._running = running
        self._label_fields = label_fields
        self._template = template
        self._above = above
        # Labels of which nobody knows whether they were printed. While there is one,
        # no other is sent: the next label would go onto its container.
        self._doubtful = set(packer.labelled)
        self._work = asyncio.Event()
        self.no_reads = 0
        self.attention = ""

    def poke(self) -> None:
        """Something may have filled up."""
        if self.packer.filled:
            self._work.set()

    async def close_short(self, by: str, reason: str) -> bool:
        """Close the open container with what it has; False if none is open."""
        container = self.packer.open_id
        facts = self.packer.close_short(by)
        if facts:
            decided = ActDone(
                act="close_short", subject=str(container), by=by, reason=reason
            )
            await self._journal.commit(decided, *facts)
            self.poke()
        return bool(facts)

    async def relabel(self, container: int, by: str, reason: str) -> None:
        """The label of `container` is lost: void its code and print another.

        Raises `PackingError` if it has none.
        """
        facts = self.packer.label_lost(container)
        self._doubtful.discard(container)
        decided = ActDone(act="relabel", subject=str(container), by=by, reason=reason)
        await self._journal.commit(decided, *facts)
        self.poke()

    async def run_labels(self) -> None:
        """Until cancelled: print the labels of filled containers, oldest first."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self.packer.filled:
                if not await self._label_next():
                    await asyncio.sleep(RETRY_S)

    async def _label_next(self) -> bool:
        """Label the oldest filled container; False if that must wait."""
        if self._doubtful:
            waiting = ", ".join(str(each) for each in sorted(self._doubtful))
            self.attention = (
                f"was the label of {self._codes.level} {waiting} printed? "
                "scan it, or print it anew"
            )
            return False
        try:
            if not await self._is_ready():
                return False
            lease = self._codes.next_lease(1)
            if lease is None:
                self.attention = f"no {self._codes.level} codes left"
                await self._running.hold(StopCause.CODES_EXHAUSTED, self.attention)
                return False
            await self._send_label(lease)
        except DriverError as error:
            # The label's fate is unknown: a person looks at the labeller.
            self.attention = error.message
            await self._running.hold(StopCause.LABELLER, str(error))
            return False
        self.attention = ""
        return True

    async def _is_ready(self) -> bool:
        if self._labeller.status().link is not LinkState.READY:
            self.attention = "the labeller does not answer"
            return False
        self.attention = (await self._labeller.status_of_printer()).fault
        return not self.attention

    async def _send_label(self, lease: Lease) -> None:
        container = next(iter(self.packer.filled))
        ((ref, text),) = lease.codes
        facts: list[Fact] = [lease.fact(self._labeller.name)]
        facts += self.packer.send_label(container, ref)
        await self._journal.commit(*facts)
        killpoints.visit("after_label_reserve")
        label = Label(
            template=self._template, fields=self._label_fields(container, text)
        )
        self._doubtful.add(container)
        await self._labeller.print_label(label)
        self._doubtful.discard(container)
        killpoints.visit("after_label_send")

    async def run_scans(self) -> None:
        """Until cancelled: labels read back on containers."""
        while True:
            try:
                read = await self._reader.read()
            except DriverError as error:
                log.warning("label reader: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            await self.scan(read)

    async def scan(self, read: TextRead) -> None:
        """One read of a label: confirms its container, or says why not."""
        if read.text is None:
            self.no_reads += 1
            return
        try:
            standing = self._codes.find(self._format.key(read.text, read.aim))
        except CodeFormatError as error:
            await self._mismatch(f"{read.text[:60]!r}: {error}")
            return
        if standing is None:
            await self._mismatch(f"{read.text[:60]!r} is no label of this order")
            return
        container = self.packer.waiting_for(standing.ref)
        if container is not None and self.packer.is_oldest(container):
            await self._confirm(container)
        elif container is not None:
            oldest = next(iter(self.packer.labelled))
            await self._mismatch(
                f"{read.text[:60]!r} of {self._codes.level} {container} came before "
                f"{self._codes.level} {oldest}: scan that one first"
            )
        elif standing.state is not CodeState.GOOD:
            await self._mismatch(f"{read.text[:60]!r} belongs to no waiting label")

    async def _confirm(self, container: int) -> None:
        code = self.packer.labelled[container]
        self._doubtful.discard(container)
        facts = self.packer.confirm(container, Evidence.READ)
        if self._above is not None:
            facts += self._above.packer.add(code, Evidence.READ)
        await self._journal.commit(*facts)
        if self._above is not None:
            self._above.poke()

    async def _mismatch(self, detail: str) -> None:
        self.attention = detail
        await self._running.hold(StopCause.LABEL_MISMATCH, detail)
