"""Stages on virtual time, between devices and a journal that tell what came first.

Every fake writes into one `trace`, so a test can say what had to happen before what.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from agent.domain.code_state import CodeState
from agent.domain.facts import Fact
from agent.domain.judging import Standing
from agent.domain.words import CodeRef, Level
from agent.line.ports import Lease
from agent.line.running import Running
from drivers.base import (
    DeviceStatus,
    Label,
    LabelPrinterStatus,
    LineCommand,
    LineState,
    LinkState,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
    TextRead,
    Verdict,
)
from drivers.errors import LinkDown

Trace = list[tuple[str, object]]


class MemoryJournal:
    """Durable after `latency_s`, in order; a test may stall it."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._turn = asyncio.Lock()
        self.facts: list[Fact] = []
        self.latency_s = 0.001
        self.fault: Exception | None = None

    async def commit(self, *facts: Fact) -> int:
        async with self._turn:
            await asyncio.sleep(self.latency_s)
            if self.fault is not None:
                raise self.fault
            self.facts.extend(facts)
            self._trace.extend(("durable", fact) for fact in facts)
            return len(self.facts)

    def of(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


class _Device:
    def __init__(self, name: str, trace: Trace) -> None:
        self.name = name
        self.trace = trace
        self.link = LinkState.READY
        self.session = 1

    async def run(self) -> None:
        await asyncio.Event().wait()

    def status(self) -> DeviceStatus:
        return DeviceStatus(device=self.name, link=self.link, since_s=0)

    def check(self) -> None:
        if self.link is not LinkState.READY:
            raise LinkDown(self.name, "not connected")


STANDING = LineState(
    map_version=1,
    boot_id=7,
    heartbeat=0,
    running=False,
    estop=False,
    air_ok=True,
    bin_full=False,
    confirm_ok=True,
    manual=False,
    needs_reset=False,
    items_at_trigger=0,
    items_at_gate=0,
    rejects_fired=0,
    rejects_confirmed=0,
    belt_mm_s=0,
    encoder=0,
    outcomes=(0,) * 64,
)


class FakeLineIO(_Device):
    """A PLC whose picture the test sets; verdicts and commands go to the trace."""

    def __init__(self, trace: Trace) -> None:
        super().__init__("plc", trace)
        self.state = STANDING
        self.commands: list[LineCommand] = []
        self.beats_s: list[float] = []

    def set(self, **changes: object) -> LineState:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        return self.state

    async def poll(self) -> LineState:
        self.check()
        return self.state

    async def beat(self, command: LineCommand) -> None:
        self.check()
        self.commands.append(command)
        self.beats_s.append(asyncio.get_running_loop().time())

    async def write_verdicts(self, verdicts: Mapping[int, Verdict]) -> None:
        self.check()
        self.trace.extend(("ring", (item, v)) for item, v in verdicts.items())


class FakePrinter(_Device):
    """Holds numbered records; prints when told `print_next`."""

    def __init__(self, trace: Trace) -> None:
        super().__init__("jet", trace)
        self.state = PrinterState.IDLE
        self.buffer: list[PrintRecord] = []
        self.received: list[PrintRecord] = []
        self.last_started = 0
        self.depth = 255
        self.answer_s = 0.001
        self.doubt = ""
        self.fault: Exception | None = None
        self.breaks_after: int | None = None

    async def _turn(self) -> None:
        await asyncio.sleep(self.answer_s)
        self.check()
        if self.fault is not None:
            raise self.fault

    async def status_of_printer(self) -> PrinterStatus:
        await self._turn()
        return PrinterStatus(state=self.state)

    async def job(self) -> str:
        return "job"

    async def start(self) -> None:
        await self._turn()
        self.state = PrinterState.PRINTING
        self.trace.append(("printer", "start"))

    async def stop(self) -> None:
        await self._turn()
        self.state = PrinterState.IDLE
        self.trace.append(("printer", "stop"))

    async def clear(self) -> None:
        await self._turn()
        self.buffer.clear()
        self.trace.append(("printer", "clear"))

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        await self._turn()
        taken = list(records)[: self.breaks_after]
        self.buffer.extend(taken)
        self.received.extend(taken)
        self.trace.extend(("bytes", record.text) for record in taken)
        if self.breaks_after is not None:
            raise LinkDown(self.name, "the connection was lost")

    async def progress(self) -> PrintProgress:
        await self._turn()
        return PrintProgress(
            last_started=self.last_started,
            finished=True,
            queued=len(self.buffer),
            triggers=self.last_started,
            depth=self.depth,
            doubt=self.doubt,
        )

    def print_next(self, count: int = 1) -> None:
        for _ in range(count):
            self.last_started = self.buffer.pop(0).number


class FakeLabeller(_Device):
    def __init__(self, trace: Trace) -> None:
        super().__init__("labeller", trace)
        self.labels: list[Label] = []
        self.fault = ""
        self.breaks: Exception | None = None

    async def print_label(self, label: Label) -> None:
        self.check()
        self.trace.append(("label", label.fields["code"]))
        self.labels.append(label)
        if self.breaks is not None:
            raise self.breaks

    async def status_of_printer(self) -> LabelPrinterStatus:
        self.check()
        return LabelPrinterStatus(
            paused=False,
            paper_out=self.fault == "paper out",
            ribbon_out=False,
            head_open=False,
            waiting=0,
        )

    async def cancel_all(self) -> None:
        self.check()


class FakeReader(_Device):
    def __init__(self, trace: Trace) -> None:
        super().__init__("reader", trace)
        self._reads: asyncio.Queue[TextRead | Exception] = asyncio.Queue()

    def push(self, read: TextRead | Exception) -> None:
        self._reads.put_nowait(read)

    async def read(self) -> TextRead:
        read = await self._reads.get()
        if isinstance(read, Exception):
            raise read
        return read


@dataclass
class MemoryBook:
    """Codes of one package, 1 to `size`; what was leased counts once it is durable."""

    journal: MemoryJournal
    level: Level = Level.UNIT
    size: int = 100
    text: Callable[[int], str] = lambda index: f"{index:08}"
    states: dict[int, CodeState] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return f"P-{self.level}"

    @property
    def leased_to(self) -> int:
        ends = [
            fact.last
            for fact in self.journal.facts
            if getattr(fact, "package", "") == self.package and hasattr(fact, "device")
        ]
        return max(ends, default=0)

    def ref(self, index: int) -> CodeRef:
        return CodeRef(package=self.package, index=index)

    def next_lease(self, count: int) -> Lease | None:
        first = self.leased_to + 1
        last = min(self.leased_to + count, self.size)
        if last < first:
            return None
        return Lease(
            package=self.package,
            first=first,
            last=last,
            codes=tuple((self.ref(i), self.text(i)) for i in range(first, last + 1)),
        )

    def find(self, key: str) -> Standing | None:
        for index in range(1, self.size + 1):
            if self.text(index) == key:
                unused = index > self.leased_to
                state = CodeState.UNUSED if unused else CodeState.IN_FLIGHT
                return Standing(
                    ref=self.ref(index), state=self.states.get(index, state)
                )
        return None


@pytest.fixture
def trace() -> Trace:
    return []


@pytest.fixture
def journal(trace: Trace) -> MemoryJournal:
    return MemoryJournal(trace)


@pytest.fixture
def running(journal: MemoryJournal) -> Running:
    return Running(journal)


@pytest.fixture
def io(trace: Trace) -> FakeLineIO:
    return FakeLineIO(trace)


@pytest.fixture
def printer(trace: Trace) -> FakePrinter:
    return FakePrinter(trace)


@pytest.fixture
def labeller(trace: Trace) -> FakeLabeller:
    return FakeLabeller(trace)


@pytest.fixture
def reader(trace: Trace) -> FakeReader:
    return FakeReader(trace)


@pytest.fixture
def book(journal: MemoryJournal) -> MemoryBook:
    return MemoryBook(journal)


@pytest.fixture
def make_book() -> type[MemoryBook]:
    return MemoryBook


@contextlib.asynccontextmanager
async def in_background(
    *stages: Coroutine[object, object, None],
) -> AsyncIterator[None]:
    """Stages run beside the block. A fault of one of them is a fault of the test."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(stage) for stage in stages]
        yield
        for task in tasks:
            task.cancel()


@pytest.fixture
def background() -> Callable[..., contextlib.AbstractAsyncContextManager[None]]:
    return in_background
