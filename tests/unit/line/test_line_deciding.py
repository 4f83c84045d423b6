"""Promise 2: a pass reaches the verdict ring only once its verdict is durable."""

import asyncio
import functools

import pytest

from agent.domain.facts import CodeSeen, ItemJudged, LineStopped
from agent.domain.judging import ItemRead, Judge
from agent.domain.print_window import PrintWindow
from agent.domain.reject_run import RejectRun
from agent.domain.run_state import RunEvent, RunState
from agent.domain.tracking import ItemRegister
from agent.domain.words import Reason, StopCause
from agent.line.deciding import Deciding
from agent.store.errors import StoreFaultError
from drivers.base import LinkState, Verdict
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


class Rig:
    """Deciding over a register of items 1 to 20 on the belt, codes 1 to 20 sent."""

    def __init__(self, io, journal, running, book):
        self.register = ItemRegister(boot=7, triggered=20, gated=0)
        self.window = PrintWindow()
        self.window.begin_era(first_item=1, first_record=1)
        for number in range(1, 21):
            self.window.sent(book.text(number), book.ref(number), number)
        self.carried = {}
        self.first_item = 0
        self.deciding = Deciding(
            io,
            order="O1",
            journal=journal,
            judge=Judge(lookup=book.find, target=50, window=self.window),
            rejects=RejectRun(limit=4, sequence_limit=2),
            running=running,
            register=lambda: self.register,
            counts_from=lambda: self.first_item,
            carry=self.carried.__setitem__,
        )


@pytest.fixture
def rig(io, journal, running, book):
    return Rig(io, journal, running, book)


def read(book, item, code=None):
    text = book.text(item if code is None else code)
    return ItemRead(item=item, keys=(text,), text=text)


@on_virtual_time
async def test_verdict_is_durable_before_it_is_in_the_ring(rig, book, trace) -> None:
    await rig.deciding.decide([read(book, 1)])
    ((first, fact), second) = trace
    assert (first, type(fact), fact.passed) == ("durable", ItemJudged, True)
    assert second == ("ring", (1, Verdict.PASS))


@on_virtual_time
async def test_slow_disk_keeps_the_pass_back(rig, book, journal, trace) -> None:
    journal.latency_s = 5.0
    deciding = asyncio.create_task(rig.deciding.decide([read(book, 1)]))
    await asyncio.sleep(4.9)
    assert trace == []
    await deciding
    assert [kind for kind, _ in trace] == ["durable", "ring"]


@on_virtual_time
async def test_verdict_that_cannot_be_kept_never_reaches_the_ring(
    rig, book, journal, trace
) -> None:
    journal.fault = StoreFaultError("no space")
    with pytest.raises(StoreFaultError):
        await rig.deciding.decide([read(book, 1)])
    assert trace == []


@on_virtual_time
async def test_what_queued_up_is_one_group(rig, book, trace, background) -> None:
    reads: asyncio.Queue[ItemRead] = asyncio.Queue()
    for item in (1, 2, 3):
        reads.put_nowait(read(book, item))
    async with background(rig.deciding.run(reads)):
        await asyncio.sleep(1)
    kinds = [kind for kind, _ in trace]
    assert kinds == ["durable"] * 3 + ["ring"] * 3


@on_virtual_time
async def test_reject_and_pass_say_what_was_read(rig, book, journal) -> None:
    unreadable = ItemRead(item=2)
    await rig.deciding.decide([read(book, 1), unreadable])
    good, bad = journal.facts
    assert (good.code, good.reason, good.read) == (book.ref(1), None, "00000001")
    assert (bad.code, bad.reason, bad.passed) == (None, Reason.NO_READ, False)
    assert rig.carried == {1: book.ref(1)}


@on_virtual_time
async def test_an_item_is_judged_once(rig, book, journal, trace) -> None:
    await rig.deciding.decide([read(book, 1)])
    await rig.deciding.decide([read(book, 1), read(book, 1, code=2)])
    assert len(journal.facts) == 1
    assert [kind for kind, _ in trace] == ["durable", "ring"]
    assert rig.deciding.ignored == 2


@pytest.mark.fault("F30")
@pytest.mark.parametrize("item", [0, 21, 4_000_000_000])
@on_virtual_time
async def test_items_that_are_not_before_the_gate_get_no_verdict(
    rig, book, trace, item: int
) -> None:
    await rig.deciding.decide([ItemRead(item=item, keys=("99999999",), text="9")])
    assert trace == []
    assert rig.deciding.ignored == 1


@pytest.mark.fault("F30")
@on_virtual_time
async def test_code_seen_too_late_is_noted_but_passes_nothing(
    rig, book, journal, trace
) -> None:
    rig.register.advance(20, 5, lambda _: "rejected")
    await rig.deciding.decide([read(book, 3)])
    (fact,) = journal.facts
    assert isinstance(fact, CodeSeen)
    assert fact.code == book.ref(3)
    assert [kind for kind, _ in trace] == ["durable"]
    await rig.deciding.decide([read(book, 3)])  # its second sight is no news
    assert len(journal.facts) == 1


@on_virtual_time
async def test_without_a_register_nothing_is_judged(rig, book, trace) -> None:
    rig.register = None
    await rig.deciding.decide([read(book, 1)])
    assert trace == []
    assert rig.deciding.ignored == 1


@on_virtual_time
async def test_lost_verdicts_are_counted_and_the_stage_goes_on(
    rig, book, io, journal
) -> None:
    io.link = LinkState.DOWN
    await rig.deciding.decide([read(book, 1), read(book, 2)])
    assert rig.deciding.unsent == 2
    assert len(journal.facts) == 2
    io.link = LinkState.READY
    await rig.deciding.decide([read(book, 3)])
    assert rig.deciding.unsent == 2


async def executing(running) -> None:
    await running.move(RunEvent.START)
    await running.move(RunEvent.READY)


@on_virtual_time
async def test_rejects_in_a_row_hold_the_line(rig, running, journal) -> None:
    await executing(running)
    await rig.deciding.decide([ItemRead(item=n) for n in (1, 2, 3)])
    assert running.state is RunState.EXECUTE
    await rig.deciding.decide([ItemRead(item=4)])
    assert running.state is RunState.HELD
    assert running.cause is StopCause.CONSECUTIVE_REJECTS
    assert "item 4" in running.detail
    assert [f.cause for f in journal.of(LineStopped)] == [running.cause]


@on_virtual_time
async def test_a_pass_breaks_the_row(rig, running, book) -> None:
    await executing(running)
    unread = [ItemRead(item=n) for n in (1, 2, 3)]
    await rig.deciding.decide([*unread, read(book, 4)])
    await rig.deciding.decide([ItemRead(item=n) for n in (5, 6, 7)])
    assert running.state is RunState.EXECUTE


@on_virtual_time
async def test_slipped_order_holds_sooner(rig, running, book) -> None:
    await executing(running)
    await rig.deciding.decide([read(book, 1, code=2), read(book, 2, code=3)])
    assert running.cause is StopCause.SEQUENCE


@on_virtual_time
async def test_items_from_before_the_loading_do_not_count(rig, running) -> None:
    await executing(running)
    rig.first_item = 10
    await rig.deciding.decide([ItemRead(item=n) for n in range(1, 10)])
    assert running.state is RunState.EXECUTE
