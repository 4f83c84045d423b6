"""The settlement of a closed order, back to the platform stub."""

import asyncio
import random

import pytest

from agent.domain.words import Level
from agent.sync.ports import ItemBooks, LevelBooks, OrderBooks
from agent.sync.returns import Returns
from agent.sync.status import Trouble
from simulators.platform import OrderPlan, faults, issue_order


def books(order="MO-1", seq=3, *, good=50, in_flight=0):
    return OrderBooks(
        order=order,
        seq=seq,
        levels=(
            LevelBooks(
                level=Level.UNIT,
                issued=60,
                unused=6,
                in_flight=in_flight,
                good=good,
                rejected=3,
                voided=1,
                sampled=0,
            ),
        ),
        items=ItemBooks(entered=54, passed=50, rejected=4, removed=0),
    )


class Closed:
    def __init__(self) -> None:
        self.orders = [books()]

    def closed_after(self, seq: int) -> list[OrderBooks]:
        return [order for order in self.orders if order.seq > seq]


@pytest.fixture
def closed() -> Closed:
    return Closed()


@pytest.fixture
def returns(bench, closed) -> Returns:
    issue_order(bench.ledger, OrderPlan(line="L1", order="MO-1", target=50, seed=1))
    bench.journal.produce(5)
    return make(bench, closed)


def make(bench, closed, **settings) -> Returns:
    return Returns(
        books=closed,
        journal=bench.journal,
        marks=bench.marks,
        client=bench.client,
        rng=random.Random(4),
        **settings,
    )


async def test_books_go_up_only_after_the_mark_has_passed_the_close(
    bench, closed, returns
):
    assert await returns.step() is None
    assert bench.wire.sent == []
    await bench.drain(bench.uploader(max_entries=2))
    assert await returns.step() == 0.0
    settled = bench.ledger.settlements.reconciliation("MO-1")
    assert settled.seq == 3
    assert settled.levels[0].good == 50
    assert await returns.step() is None
    assert returns.status.online


async def test_lost_reply_and_restart_settle_once(bench, closed, returns):
    await bench.drain(bench.uploader())
    bench.script.add(faults.lose_reply())
    assert await returns.step() > 0
    assert returns.status.trouble is Trouble.UNREACHABLE
    again = make(bench, closed)
    assert await again.step() == 0.0
    posts = [body for _, url, body in bench.wire.sent if "reconciliation" in url]
    assert len(posts) == 2
    assert len(set(posts)) == 1


async def test_books_that_do_not_balance_are_refused_and_named(bench, closed, returns):
    await bench.drain(bench.uploader())
    closed.orders = [books(good=49)]
    await returns.step()
    assert returns.status.held
    assert returns.status.trouble is Trouble.RECORD_REFUSED
    assert "59 of 60 codes placed" in returns.status.last_error
    closed.orders = [books()]
    assert await returns.step() == 0.0
    assert not returns.status.held


async def test_orders_return_in_the_order_of_their_closing(bench, closed, returns):
    issue_order(bench.ledger, OrderPlan(line="L1", order="MO-2", target=50, seed=1))
    closed.orders.append(books("MO-2", 5))
    await bench.drain(bench.uploader())
    bench.script.add(faults.status(503, retry_after="9"), on="reconciliation")
    assert await returns.step() >= 9
    while await returns.step() is not None:
        pass
    posts = [url for _, url, _ in bench.wire.sent if "reconciliation" in url]
    assert [url.split("/")[-2] for url in posts] == ["MO-1", "MO-1", "MO-2"]
    assert bench.marks.cursor("returns e1") == "5"


async def test_runs_when_the_mark_moves(bench, closed, returns):
    running_returns = make(bench, closed)
    task = asyncio.create_task(running_returns.run())
    await asyncio.sleep(0)
    uploader = bench.uploader(on_mark=running_returns.notify)
    await bench.drain(uploader)
    for _ in range(50):
        await asyncio.sleep(0)
    assert bench.ledger.settlements.reconciliation("MO-1") is not None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_closing_fact_that_is_not_on_file_is_a_broken_journal(
    bench, closed, returns
):
    await bench.drain(bench.uploader())
    bench.journal.hash_at = lambda seq: None
    await returns.step()
    assert returns.status.trouble is Trouble.JOURNAL_BROKEN
