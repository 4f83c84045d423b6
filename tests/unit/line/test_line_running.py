"""The run state: who may change it, what waits for it, and what a hold records."""

import asyncio
import functools

import pytest

from agent.domain.facts import LineResumed, LineStopped
from agent.domain.run_state import IllegalMoveError, RunEvent, RunState
from agent.domain.words import StopCause
from agent.store.errors import StoreFaultError
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


async def to_execute(running) -> None:
    await running.move(RunEvent.START)
    await running.move(RunEvent.READY)


@on_virtual_time
async def test_hold_stops_at_once_and_is_recorded(running, journal) -> None:
    await to_execute(running)
    journal.latency_s = 9.0
    holding = asyncio.create_task(running.hold(StopCause.DISK, "full"))
    await asyncio.sleep(0)
    assert running.state is RunState.HELD
    assert (running.cause, running.detail) == (StopCause.DISK, "full")
    assert journal.facts == []
    await holding
    assert journal.facts == [LineStopped(cause=StopCause.DISK, detail="full")]


@on_virtual_time
async def test_a_store_that_cannot_write_stops_the_line_all_the_same(
    running, journal
) -> None:
    await to_execute(running)
    journal.fault = StoreFaultError("no space")
    with pytest.raises(StoreFaultError):
        await running.hold(StopCause.DISK, "full")
    assert running.state is RunState.HELD


@on_virtual_time
async def test_first_cause_stands(running, journal) -> None:
    await to_execute(running)
    await running.hold(StopCause.PRINTER, "ink")
    await running.hold(StopCause.DISK, "full")
    assert running.cause is StopCause.PRINTER
    assert len(journal.facts) == 1


@pytest.mark.parametrize(
    "moves", [(), (RunEvent.START, RunEvent.FINISH, RunEvent.DONE)]
)
@on_virtual_time
async def test_nothing_to_hold_when_no_order_runs(running, journal, moves) -> None:
    for move in moves:
        await running.move(move)
    state = running.state
    await running.hold(StopCause.LINE_IO, "silent")
    assert running.state is state
    assert journal.facts == []


@on_virtual_time
async def test_resume_is_durable_before_the_line_moves(running, journal) -> None:
    await to_execute(running)
    await running.hold(StopCause.PRINTER, "ink")
    journal.latency_s = 9.0
    resuming = asyncio.create_task(running.resume("Li", "refilled"))
    await asyncio.sleep(8.9)
    assert running.state is RunState.HELD
    assert await resuming
    assert running.state is RunState.STARTING
    assert (running.cause, running.detail) == (None, "")
    assert journal.facts[-1] == LineResumed(by="Li", reason="refilled")


@on_virtual_time
async def test_two_people_resume_once(running, journal) -> None:
    await to_execute(running)
    await running.hold(StopCause.PRINTER, "ink")
    both = (running.resume("Li", ""), running.resume("Wang", ""))
    assert await asyncio.gather(*both) == [True, False]
    assert len(journal.of(LineResumed)) == 1


@on_virtual_time
async def test_resume_without_a_hold_does_nothing(running, journal) -> None:
    await to_execute(running)
    assert not await running.resume("Li", "")
    assert journal.facts == []


@on_virtual_time
async def test_illegal_move_changes_nothing(running) -> None:
    with pytest.raises(IllegalMoveError, match="idle cannot ready"):
        await running.move(RunEvent.READY)
    assert running.state is RunState.IDLE


@pytest.mark.parametrize("held", [False, True])
@on_virtual_time
async def test_a_closed_order_ends_whatever_held_it(running, journal, held) -> None:
    await to_execute(running)
    await running.move(RunEvent.FINISH)
    if held:
        await running.hold(StopCause.LABEL_MISMATCH, "rubbish")
    await running.end()
    assert running.state is RunState.COMPLETE
    assert running.cause is None
    assert [fact.by for fact in journal.of(LineResumed)] == ["agent"] * held
    await running.move(RunEvent.RESET)


@on_virtual_time
async def test_until_wakes_at_the_state(running) -> None:
    waiting = asyncio.create_task(running.until(RunState.EXECUTE, RunState.HELD))
    await running.move(RunEvent.START)
    await asyncio.sleep(1)
    assert not waiting.done()
    await running.move(RunEvent.READY)
    assert await waiting is RunState.EXECUTE
