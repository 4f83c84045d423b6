"""F32 at the line: a reject nobody saw fall stops it and says what is suspect."""

import asyncio

import pytest

from agent.domain.run_state import RunEvent, RunState
from agent.domain.words import StopCause
from agent.line.confirming import Confirming
from simulators.bench.virtual_time import run_virtual

pytestmark = pytest.mark.fault("F32")


def story(running, io, background, act, *, limit_s=0.3):
    async def told():
        await running.move(RunEvent.START)
        await running.move(RunEvent.READY)
        stage = Confirming(running, limit_s=limit_s)
        async with background(stage.run()):
            stage.take(io.set(rejects_fired=4, rejects_confirmed=3))
            await act(stage)

    run_virtual(told())


def test_an_unconfirmed_reject_holds_the_line(running, io, background):
    async def act(stage):
        stage.take(io.set(rejects_fired=5, items_at_gate=41))
        await asyncio.sleep(0.31)
        stage.take(io.set(items_at_gate=44))
        await asyncio.sleep(0.01)

    story(running, io, background, act)
    assert running.state is RunState.HELD
    assert running.cause is StopCause.REJECT_UNCONFIRMED
    assert "1 of 5 rejects not seen to fall" in running.detail
    assert "up to number 44" in running.detail


def test_confirmed_rejects_do_not(running, io, background):
    async def act(stage):
        for count in range(5, 20):
            stage.take(io.set(rejects_fired=count))
            await asyncio.sleep(0.1)
            stage.take(io.set(rejects_confirmed=count - 1))
            await asyncio.sleep(1)

    story(running, io, background, act)
    assert running.state is RunState.EXECUTE


def test_a_plc_that_restarted_owes_no_confirmation(running, io, background):
    async def act(stage):
        stage.take(io.set(rejects_fired=5))
        stage.take(io.set(boot_id=8, rejects_fired=0, rejects_confirmed=0))
        await asyncio.sleep(5)
        stage.take(io.state)
        await asyncio.sleep(0.01)

    story(running, io, background, act)
    assert running.state is RunState.EXECUTE


def test_a_gate_without_sensor_is_not_asked(running, io, background):
    async def act(stage):
        stage.take(io.set(rejects_fired=9))
        await asyncio.sleep(5)
        stage.take(io.state)
        await asyncio.sleep(0.01)

    story(running, io, background, act, limit_s=0)
    assert running.state is RunState.EXECUTE
