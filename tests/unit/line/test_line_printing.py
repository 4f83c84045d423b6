"""Promise 1 at the printer: a lease is durable before its bytes leave, and what is of
unknown fate is never sent again."""

import asyncio
import functools
from itertools import pairwise

import pytest

from agent.domain.facts import CodesLeased, CodesReleased, CodesVoided, LineStopped
from agent.domain.print_window import PrintWindow
from agent.domain.run_state import RunEvent, RunState
from agent.domain.words import StopCause, VoidCause
from agent.line.printing import MARGIN, Printing, by_package
from agent.store.errors import StoreFaultError
from drivers.base import LinkState, PrinterState
from drivers.errors import DeviceFault
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


class Rig:
    """A printer to be kept 16 ahead, leases of 20 of 100 codes."""

    def __init__(self, printer, journal, running, book):
        self.printer = printer
        self.journal = journal
        self.running = running
        self.window = PrintWindow()
        self.want = 50
        self.next_item = 1
        self.stage = Printing(
            printer,
            journal=journal,
            codes=book,
            key_of=lambda text: text,
            window=self.window,
            running=running,
            wanted=lambda: self.want,
            standstill=lambda: self.next_item,
            ahead=16,
            lease=20,
        )

    async def state(self, state):
        async with asyncio.timeout(60):
            await self.running.until(state)


@pytest.fixture
def rig(printer, journal, running, book):
    return Rig(printer, journal, running, book)


@on_virtual_time
async def test_no_byte_leaves_before_its_lease_is_durable(
    rig, journal, trace, background
) -> None:
    journal.latency_s = 3.0
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await asyncio.sleep(2.9)
        assert rig.printer.received == []
        await rig.state(RunState.EXECUTE)
        leased = 0
        for kind, what in trace:
            if isinstance(what, CodesLeased):
                leased = what.last
            elif kind == "bytes":
                assert int(what) <= leased
        assert len(rig.printer.received) == 16


@on_virtual_time
async def test_lease_that_fails_prints_nothing(rig, journal) -> None:
    journal.fault = StoreFaultError("no space")
    await rig.running.move(RunEvent.START)
    with pytest.raises(StoreFaultError):
        await rig.stage.run()
    assert rig.printer.received == []


@on_virtual_time
async def test_loading_empties_the_printer_first(rig, trace, background) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
    acts = [what for kind, what in trace if kind == "printer"]
    assert acts[:3] == ["stop", "clear", "start"]
    assert trace.index(("printer", "clear")) < trace.index(("bytes", "00000001"))


@on_virtual_time
async def test_nothing_is_loaded_while_the_belt_moves(rig, background) -> None:
    rig.next_item = None
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await asyncio.sleep(10)
        assert rig.running.state is RunState.STARTING
        assert rig.printer.received == []
        rig.next_item = 41
        await rig.state(RunState.EXECUTE)
    # The first record was tied to the first item.
    sent = rig.window.find("00000001")
    assert rig.window.belongs_to(sent, 41)


@on_virtual_time
async def test_codes_go_out_once_and_in_order(rig, background) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        for _ in range(8):
            rig.printer.print_next(6)
            rig.want -= 6
            await asyncio.sleep(0.5)
    numbers = [record.number for record in rig.printer.received]
    texts = [record.text for record in rig.printer.received]
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
    assert texts == [f"{n:08}" for n in range(1, len(texts) + 1)]
    # Some more than wanted, so that a bad print does not stop the feed.
    assert len(texts) == 50 + MARGIN


@pytest.mark.fault("F23")
@on_virtual_time
async def test_a_broken_send_is_of_unknown_fate(rig, journal, background) -> None:
    rig.printer.breaks_after = 3
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.HELD)
        assert rig.running.cause is StopCause.PRINTER
        rig.printer.breaks_after = None
        await rig.running.resume("op", "looked")
        await rig.state(RunState.EXECUTE)
    (voided,) = journal.of(CodesVoided)
    assert voided.indices == tuple(range(1, 17))
    assert voided.cause is VoidCause.UNKNOWN_FATE
    texts = [record.text for record in rig.printer.received]
    assert len(set(texts)) == len(texts)
    assert min(texts[3:]) > "00000016"


@pytest.mark.fault("F20")
@on_virtual_time
async def test_a_new_session_is_not_trusted(rig, journal, background) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        rig.printer.session += 1
        await rig.state(RunState.HELD)
        assert "connection was lost" in rig.running.detail
        await rig.running.resume("op", "looked")
        await rig.state(RunState.EXECUTE)
    assert journal.of(CodesVoided)[0].indices == tuple(range(1, 17))


@pytest.mark.fault("F20")
@on_virtual_time
async def test_codes_seen_before_the_loss_are_not_voided(
    rig, journal, background
) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        for text in ("00000001", "00000002"):
            rig.window.seen(rig.window.find(text))
        rig.printer.session += 1
        await rig.state(RunState.HELD)
        await rig.running.resume("op", "looked")
        await rig.state(RunState.EXECUTE)
    assert journal.of(CodesVoided)[0].indices == tuple(range(3, 17))


@on_virtual_time
async def test_absent_printer_is_waited_for(rig, journal, background) -> None:
    rig.printer.link = LinkState.DOWN
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await asyncio.sleep(10)
        assert rig.running.state is RunState.STARTING
        assert rig.running.detail == "waiting for jet: not connected"
        rig.printer.link = LinkState.READY
        await rig.state(RunState.EXECUTE)
        assert rig.running.detail == ""
    assert journal.of(LineStopped) == []


@on_virtual_time
async def test_a_printer_that_stops_by_itself_holds_the_line(rig, background) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        rig.printer.state = PrinterState.FAULT
        await rig.state(RunState.HELD)
    assert rig.running.cause is StopCause.PRINTER
    assert not rig.stage.loaded


@on_virtual_time
@pytest.mark.fault("F26")
@pytest.mark.parametrize(
    ("loaded", "goes"),
    [
        ("line.job", True),
        (r"\FFSDISK\JOBS\line.job", True),
        ("cola.job", False),
        (r"\FFSDISK\JOBS\inline.job", False),
        ("", False),
    ],
)
async def test_the_job_is_read_back_before_anything_is_sent(
    rig, background, loaded, goes
) -> None:
    async def job() -> str:
        return loaded

    rig.printer.job = job
    rig.stage._job = "line.job"
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE if goes else RunState.HELD)
    if not goes:
        assert rig.running.cause is StopCause.PRINTER
        assert f"job {loaded!r} is loaded" in rig.running.detail
        assert rig.printer.received == []


@on_virtual_time
@pytest.mark.fault("F22")
async def test_a_printer_in_doubt_holds_the_line_and_its_codes_are_voided(
    rig, journal, background
) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        rig.printer.doubt = "printed 2 more than it was given"
        await rig.state(RunState.HELD)
        assert "printed 2 more" in rig.running.detail
        rig.printer.doubt = ""
        await rig.running.resume("op", "looked")
        await rig.state(RunState.EXECUTE)
    assert journal.of(CodesVoided)[0].indices == tuple(range(1, 17))


@on_virtual_time
@pytest.mark.fault("F24")
async def test_a_buffer_that_runs_low_is_told_before_it_is_empty(
    rig, background
) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        assert not rig.stage.is_low
        rig.printer.answer_s = 1.0
        rig.printer.print_next(14)
        await asyncio.sleep(2.6)
        assert rig.stage.is_low


@on_virtual_time
async def test_a_printer_that_keeps_its_buffer_is_not_loaded(rig, background) -> None:
    async def keeps() -> None:
        rig.printer.trace.append(("printer", "clear"))

    rig.printer.clear = keeps
    rig.printer.buffer.append(object())
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.HELD)
    assert "not empty after a clear" in rig.running.detail
    assert rig.printer.received == []


@on_virtual_time
async def test_last_codes_are_run_out_before_the_line_is_held(
    rig, book, background
) -> None:
    book.size = 20
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        while rig.printer.buffer:
            assert rig.running.state is RunState.EXECUTE
            rig.printer.print_next()
            rig.want -= 1
            await asyncio.sleep(0.3)
        await rig.state(RunState.HELD)
    assert rig.running.cause is StopCause.CODES_EXHAUSTED
    assert len(rig.printer.received) == 20


@on_virtual_time
async def test_finish_gives_back_what_was_not_sent_and_voids_what_was(
    rig, journal, background
) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        facts = await rig.stage.finish()
    assert rig.printer.buffer == []
    assert facts == [
        CodesVoided(
            package="P-unit",
            indices=tuple(range(1, 17)),
            cause=VoidCause.UNKNOWN_FATE,
        ),
        CodesReleased(package="P-unit", first=17, last=20),
    ]
    (leased,) = journal.of(CodesLeased)
    assert (leased.first, leased.last) == (1, 20)


@on_virtual_time
async def test_finish_comes_between_two_feeds(rig, journal, background) -> None:
    """However the two meet: no false alarm, no code after the clear."""
    rig.printer.answer_s = 0.06
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        rig.printer.print_next(10)
        await asyncio.sleep(0.25)
        await rig.stage.finish()
        await asyncio.sleep(5)
    assert rig.running.state is RunState.EXECUTE
    assert journal.of(LineStopped) == []
    assert rig.printer.trace[-1] == ("printer", "clear")


@on_virtual_time
async def test_finish_does_without_the_printer(rig, background) -> None:
    await rig.running.move(RunEvent.START)
    async with background(rig.stage.run()):
        await rig.state(RunState.EXECUTE)
        rig.printer.fault = DeviceFault("jet", "no")
        facts = await rig.stage.finish()
    assert [type(fact) for fact in facts] == [CodesVoided, CodesReleased]


def test_codes_by_package(book, make_book, journal) -> None:
    other = make_book(journal, level="case")
    refs = [book.ref(3), other.ref(9), book.ref(1)]
    assert by_package(refs) == {"P-unit": [3, 1], "P-case": [9]}
