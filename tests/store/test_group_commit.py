"""Group commit: one transaction for many, and nobody pays for another's mistake."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent import killpoints
from agent.domain.facts import LineResumed, OrderStarted
from agent.store import writer
from agent.store.errors import FactRefusedError, StoreFaultError
from agent.store.ledger import Ledger
from agent.store.writer import GroupCommit


def fact(reason: str) -> LineResumed:
    return LineResumed(by="op", reason=reason)


BAD = OrderStarted(order="nowhere", by="op")


async def inline(work):
    return work()


@pytest.fixture
def commits(line, monkeypatch) -> list[int]:
    """The sizes of the ledger's transactions, tried or done."""
    sizes: list[int] = []
    append = Ledger.append

    def counted(self, facts, at_ms):
        sizes.append(len(facts))
        return append(self, facts, at_ms)

    monkeypatch.setattr(Ledger, "append", counted)
    return sizes


@pytest.fixture
def group(line) -> GroupCommit:
    return GroupCommit(line.store.ledger, inline, lambda: 42)


def journal(line) -> list[str]:
    with line.store.reader() as reader:
        return [row.fact().reason for row in reader.journal_after(0, 1000)]


async def test_what_queued_together_is_one_transaction(line, group, commits) -> None:
    last = await asyncio.gather(
        group.commit(fact("a"), fact("b")), group.commit(fact("c")), group.commit()
    )
    assert last == [2, 3, 3]
    assert commits == [3]
    assert journal(line) == ["a", "b", "c"]
    with line.store.reader() as reader:
        assert {row.at_ms for row in reader.journal_after(0, 9)} == {42}


async def test_it_goes_on_after_a_pause(line, group) -> None:
    assert await group.commit(fact("a")) == 1
    assert await group.commit(fact("b")) == 2
    await group.finish()


async def test_a_bad_set_is_refused_alone(line, group, commits) -> None:
    good, bad, also = await asyncio.gather(
        group.commit(fact("a")),
        group.commit(fact("lost with the bad one"), BAD),
        group.commit(fact("b"), fact("c")),
        return_exceptions=True,
    )
    assert (good, also) == (1, 3)
    assert isinstance(bad, FactRefusedError)
    assert bad.fact == BAD
    assert journal(line) == ["a", "b", "c"]
    assert commits == [5, 1, 2, 2]


async def test_groups_are_small(line, group, commits) -> None:
    await asyncio.gather(*(group.commit(fact(str(n))) for n in range(150)))
    assert commits == [64, 64, 22]
    assert journal(line) == [str(n) for n in range(150)]


async def test_the_loop_goes_on_while_the_disk_works(line) -> None:
    loop = asyncio.get_running_loop()
    began, let_go = asyncio.Event(), __import__("threading").Event()
    with ThreadPoolExecutor(1) as thread:

        async def slow_disk(work: Callable[[], object]) -> object:
            def later() -> object:
                loop.call_soon_threadsafe(began.set)
                assert let_go.wait(10)
                return work()

            return await loop.run_in_executor(thread, later)

        group = GroupCommit(line.store.ledger, slow_disk, lambda: 1)
        first = asyncio.create_task(group.commit(fact("a")))
        await began.wait()
        others = [asyncio.create_task(group.commit(fact(str(n)))) for n in range(3)]
        await asyncio.sleep(0)
        assert not first.done()
        let_go.set()
        assert await asyncio.gather(first, *others) == [1, 2, 3, 4]


async def test_a_cancelled_wait_takes_nothing_back(line, group) -> None:
    task = asyncio.create_task(group.commit(fact("a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await group.commit(fact("b")) == 2
    assert journal(line) == ["a", "b"]


async def test_a_fault_is_told_to_all_and_latches(line, group, monkeypatch) -> None:
    ledger = line.store.ledger
    ledger._db.set_authorizer(
        lambda action, *_: (
            sqlite3.SQLITE_DENY
            if action == sqlite3.SQLITE_INSERT
            else sqlite3.SQLITE_OK
        )
    )
    answers = await asyncio.gather(
        *(group.commit(fact(str(n))) for n in range(3)), return_exceptions=True
    )
    assert all(isinstance(each, StoreFaultError) for each in answers)
    ledger._db.set_authorizer(None)
    with pytest.raises(StoreFaultError, match="restart the agent"):
        await group.commit(fact("later"))
    with pytest.raises(StoreFaultError):
        await group.set_cursor("orders", "1")
    assert journal(line) == []


async def test_too_many_waiting_is_a_fault(line, group, monkeypatch) -> None:
    monkeypatch.setattr(writer, "MAX_WAITING", 5)
    answers = await asyncio.gather(
        *(group.commit(fact(str(n))) for n in range(7)), return_exceptions=True
    )
    assert answers[:5] == [1, 2, 3, 4, 5]
    assert all(isinstance(each, StoreFaultError) for each in answers[5:])
    assert "too slow" in str(answers[5])
    assert await group.commit(fact("again")) == 6


class Killed(BaseException):
    """As if the process had died here."""


@pytest.mark.parametrize(
    ("point", "kept"), [("before_commit", []), ("after_commit", ["a", "b"])]
)
async def test_a_death_around_the_commit(line, group, point: str, kept) -> None:
    def die(name: str) -> None:
        if name == point:
            raise Killed

    killpoints.arm(die)
    try:
        answers = await asyncio.gather(
            group.commit(fact("a")), group.commit(fact("b")), return_exceptions=True
        )
    finally:
        killpoints.arm(None)
    assert [type(each) for each in answers] == [Killed, Killed]
    assert journal(line) == kept


async def test_marks_and_cursors(line, group) -> None:
    epoch = line.store.ledger.life.epoch
    with line.store.reader() as reader:
        assert reader.mark() is None
        assert reader.cursor("orders") is None
        await group.set_mark(epoch, 5, b"h")
        await group.set_mark("an older epoch", 9, b"i")
        await group.set_cursor("orders", "17")
        await group.set_cursor("orders", "18")
        mark = reader.mark()
        assert (mark.epoch, mark.seq, mark.hash) == (epoch, 5, b"h")
        assert reader.cursor("orders") == "18"
