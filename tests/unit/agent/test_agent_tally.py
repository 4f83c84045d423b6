"""Counts for people: of durable facts only, and right after a restart."""

import functools

import pytest

from agent.domain.facts import (
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    ItemGated,
    ItemJudged,
    OrderStarted,
    Packed,
    UnnumberedRejected,
)
from agent.domain.words import CodeRef, Evidence, ItemRef, Level, Reason
from agent.line.tally import Tally
from simulators.bench.virtual_time import run_virtual

CODE = CodeRef(package="P", index=1)


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


def item(number):
    return ItemRef(boot=1, number=number)


def judged(number, reason=None):
    return ItemJudged(
        order="O",
        item=item(number),
        passed=reason is None,
        reason=reason,
        code=None,
        read="",
    )


def gated(number, outcome):
    return ItemGated(order="O", item=item(number), outcome=outcome)


def tally_of(*facts):
    tally = Tally()
    for fact in facts:
        tally.take(fact)
    return tally


@on_virtual_time
async def test_a_pass_counts_when_it_is_through_the_gate() -> None:
    tally = tally_of(judged(1))
    assert (tally.passed, tally.rejected) == (0, 0)
    tally.take(gated(1, "passed"))
    assert (tally.passed, tally.rejected) == (1, 0)


@pytest.mark.parametrize("outcome", ["rejected", "absent", "unknown"])
@on_virtual_time
async def test_a_pass_that_did_not_get_through_is_late(outcome) -> None:
    tally = tally_of(judged(1), gated(1, outcome))
    assert (tally.passed, tally.rejected) == (0, 1)
    assert tally.reasons == {"late": 1}


@on_virtual_time
async def test_rejects_by_reason_count_once() -> None:
    tally = tally_of(
        judged(1, Reason.NO_READ),
        gated(1, "rejected"),
        judged(2, Reason.NO_READ),
        judged(3, Reason.DUPLICATE),
        gated(3, "passed"),  # escaped: it is no good bottle
        UnnumberedRejected(order="O", count=3),
    )
    assert (tally.passed, tally.rejected, tally.unnumbered) == (0, 3, 3)
    assert tally.reasons == {"no_read": 2, "duplicate": 1}


@on_virtual_time
async def test_containers_fill_close_and_are_counted_by_level() -> None:
    tally = tally_of(ContainerOpened(order="O", container=5, level=Level.CASE))
    for _ in range(3):
        tally.take(Packed(container=5, code=CODE, evidence=Evidence.READ))
    assert tally.open_held(Level.CASE) == 3
    assert tally.open_held(Level.PALLET) == 0
    tally.take(ContainerFilled(container=5, children=3, partial=False, by="count"))
    assert tally.open_held(Level.CASE) == 0
    assert tally.closed[Level.CASE] == 0
    tally.take(ContainerClosed(container=5, code=CODE, evidence=Evidence.READ))
    assert tally.closed[Level.CASE] == 1


@on_virtual_time
async def test_a_new_order_begins_at_zero() -> None:
    tally = tally_of(
        judged(1),
        gated(1, "passed"),
        judged(2, Reason.NO_READ),
        judged(3),
        ContainerOpened(order="O", container=5, level=Level.CASE),
        OrderStarted(order="O2", by="op"),
        gated(3, "passed"),
    )
    assert (tally.passed, tally.rejected) == (0, 0)
    assert tally.open_held(Level.CASE) == 0
    assert tally.rate_per_h(60.0) == 0


@on_virtual_time
async def test_a_restart_goes_on_with_what_is_on_file() -> None:
    tally = Tally()
    tally.load(
        passed=40,
        reasons={"no_read": 2, "late": 1},
        unnumbered=1,
        closed={"case": 1},
        containers={8: (Level.CASE, 16, True), 7: (Level.CASE, 0, False)},
        passing=[item(41)],
    )
    assert (tally.passed, tally.rejected, tally.unnumbered) == (40, 3, 1)
    assert tally.open_held(Level.CASE) == 16
    tally.take(gated(41, "passed"))
    assert tally.passed == 41
    tally.take(ContainerClosed(container=7, code=CODE, evidence=Evidence.READ))
    assert tally.closed[Level.CASE] == 2


@on_virtual_time
async def test_rate_is_that_of_the_last_minute() -> None:
    import asyncio

    tally = Tally()
    loop = asyncio.get_running_loop()
    for number in range(300):
        tally.take(judged(number))
        tally.take(gated(number, "passed"))
        await asyncio.sleep(0.1)
    assert tally.rate_per_h(loop.time()) == pytest.approx(36_000, rel=0.01)
    assert tally.rate_per_h(loop.time() + 90) == 0
