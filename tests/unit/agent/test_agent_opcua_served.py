"""What the agent gives its OPC UA server, from the facts it made durable."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.app import Agent
from agent.domain.facts import (
    ContainerClosed,
    ItemGated,
    ItemJudged,
    OrderStarted,
    Packed,
)
from agent.domain.run_state import RunState
from agent.domain.words import CodeRef, Evidence, ItemRef, Level, Reason, StopCause
from agent.opcua.gather import MAX_EVENTS, AgentServed
from agent.settings import OpcUaSection
from agent.store.store import Store
from agent.surroundings import real
from simulators.bench.run import settings_for

ADDRESSES = {
    "plc": "modbus://127.0.0.1:1/1",
    **dict.fromkeys(
        (
            "printer",
            "reader",
            "case_printer",
            "case_reader",
            "pallet_printer",
            "pallet_reader",
        ),
        "tcp://127.0.0.1:1",
    ),
}


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    settings = settings_for(ADDRESSES, tmp_path / "data")
    section = OpcUaSection(address="opc.tcp://127.0.0.1:4841", security="none")
    settings = settings.model_copy(update={"opcua": section})
    with Store.open(settings.line.data, settings.line.id) as store:
        yield Agent(settings, store, real())


@pytest.fixture
async def served(agent: Agent) -> AgentServed:
    return AgentServed(agent)


def judged(number: int, *, passed: bool, reason: Reason | None = None) -> ItemJudged:
    return ItemJudged(
        order="A",
        item=ItemRef(boot=1, number=number),
        passed=passed,
        reason=reason,
        code=CodeRef(package="P", index=number),
        read=f"CODE{number}",
    )


def gated(number: int, outcome: str) -> ItemGated:
    return ItemGated(order="A", item=ItemRef(boot=1, number=number), outcome=outcome)


def hear(agent: Agent, *facts: object) -> None:
    for listener in agent.journal.listeners:
        if isinstance(getattr(listener, "__self__", None), AgentServed):
            listener(facts)  # type: ignore[arg-type]


def names(served: AgentServed) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (event.name, event.codes, event.parent)
        for event in served.take_events()
        if not event.reader
    ]


async def test_the_plan_follows_the_settings(served: AgentServed) -> None:
    plan = served.plan()
    assert plan.security == "none"
    assert plan.levels[0] == "unit"
    assert set(plan.readers) >= {"case_reader", "pallet_reader"}


async def test_the_moment(agent: Agent, served: AgentServed) -> None:
    agent.tally.passed, agent.tally.rejected = 10, 2
    agent.tally.closed[Level.CASE] = 3
    running = agent.line.running
    running.state, running.cause = RunState.HELD, StopCause.CODES_EXHAUSTED
    running.detail = "no unit code is left"
    now = served.snapshot()
    assert (now.state, now.starved, now.cause_id) == (5, True, 9)
    assert now.cause_text == "codes_exhausted: no unit code is left"
    assert (now.counts[0].processed, now.counts[0].defective) == (12, 2)
    assert (now.counts[1].level, now.counts[1].processed) == ("case", 3)
    assert {reader.status for reader in now.readers} == {1}


async def test_a_code_is_commissioned_when_it_is_past_the_gate(
    agent: Agent, served: AgentServed
) -> None:
    agent.journal.listeners = [served._hear]
    hear(agent, OrderStarted(order="A", by="x"), judged(1, passed=True))
    assert names(served) == []
    hear(agent, gated(1, "passed"), judged(2, passed=True), gated(2, "rejected"))
    hear(agent, judged(3, passed=False, reason=Reason.DUPLICATE))
    hear(agent, judged(4, passed=False, reason=Reason.WRONG_PRODUCT))
    hear(
        agent,
        Packed(
            container=7, code=CodeRef(package="P", index=1), evidence=Evidence.INFERRED
        ),
    )
    hear(
        agent,
        ContainerClosed(
            container=7, code=CodeRef(package="none", index=5), evidence=Evidence.READ
        ),
    )
    assert names(served) == [
        ("SIDCommissioningEvent", ("CODE1",), ""),
        ("LabelsScrappingEvent", ("CODE2",), ""),
        ("LabelsScrappingEvent", ("CODE4",), ""),
        ("AggregationPackingEvent", ("CODE1",), "none#5"),
    ]
    assert {reader.scan for reader in served.snapshot().readers} == {None, "CODE4"}


async def test_a_flood_loses_the_oldest(agent: Agent, served: AgentServed) -> None:
    agent.journal.listeners = [served._hear]
    for number in range(MAX_EVENTS + 5):
        hear(agent, judged(number, passed=True))
    taken = served.take_events()
    assert len(taken) == MAX_EVENTS
    assert taken[-1].codes == (f"CODE{MAX_EVENTS + 4}",)
    assert served.take_events() == ()


async def test_an_idle_line_is_neither_held_nor_resumed(served: AgentServed) -> None:
    assert not await served.hold("wang")
    assert not await served.unhold("wang")
