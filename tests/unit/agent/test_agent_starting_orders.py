"""What must be there before an order starts, and what a start is refused for."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.app import Agent
from agent.documents import spec_to_json
from agent.domain.code_format import Digits, Sscc
from agent.domain.facts import OrderReceived, OrderStarted, PackageAccepted
from agent.domain.spec import LevelSpec, Spec
from agent.domain.words import Level, Mode
from agent.line.station import OrderError
from agent.settings import Settings
from agent.store.store import Store
from agent.surroundings import real
from simulators.bench.run import settings_for

ADDRESSES = {
    "plc": "modbus://127.0.0.1:1/1",
    "printer": "tcp://127.0.0.1:1",
    "reader": "tcp://127.0.0.1:1",
    "case_printer": "tcp://127.0.0.1:1",
    "case_reader": "tcp://127.0.0.1:1",
    "pallet_printer": "tcp://127.0.0.1:1",
    "pallet_reader": "tcp://127.0.0.1:1",
}


def level(name: Level, mode: Mode = Mode.PRINT) -> LevelSpec:
    return LevelSpec(
        level=name,
        mode=mode,
        format=Digits(length=8) if name is Level.UNIT else Sscc(company_prefix=None),
        symbology="qr" if name is Level.UNIT else "gs1_128",
        holds=0 if name is Level.UNIT else 2,
        template="",
    )


def received(order: str, *levels: LevelSpec) -> OrderReceived:
    spec = Spec(spec="S", version=1, product="P", levels=levels)
    return OrderReceived(
        order=order,
        product="P",
        batch="B",
        target=5,
        spec="S",
        spec_version=1,
        spec_json=spec_to_json(spec),
    )


ALL = (level(Level.UNIT), level(Level.CASE), level(Level.PALLET))


def packages(order: str, *levels: Level) -> list[PackageAccepted]:
    return [
        PackageAccepted(
            package=f"{order}-{each}",
            level=each,
            mode=Mode.PRINT,
            order=order,
            codes=9,
            sha256="",
        )
        for each in levels
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(ADDRESSES, tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store.open(settings.line.data, settings.line.id) as store:
        yield store


@pytest.fixture
async def agent_on(settings: Settings, store: Store) -> Callable[..., Agent]:
    def make(free: float = 0.5, settings: Settings = settings) -> Agent:
        around = dataclasses.replace(real(), disk_free=lambda _: free)
        return Agent(settings, store, around)

    return make


async def test_an_order_with_all_its_packages_starts_once(agent_on, store) -> None:
    store.ledger.append(
        [received("O1", *ALL), *packages("O1", Level.UNIT, Level.CASE, Level.PALLET)], 1
    )
    agent = agent_on()
    assert agent.is_idle()
    agent.start_order("O1", by="op")
    assert not agent.is_idle()
    with pytest.raises(OrderError, match="the line works on another order"):
        agent.start_order("O1", by="op")


@pytest.mark.parametrize("missing", [Level.UNIT, Level.CASE, Level.PALLET])
async def test_every_level_needs_codes(agent_on, store, missing) -> None:
    there = [each for each in (Level.UNIT, Level.CASE, Level.PALLET) if each != missing]
    store.ledger.append([received("O1", *ALL), *packages("O1", *there)], 1)
    with pytest.raises(OrderError, match=f"has no {missing} code package yet"):
        agent_on().start_order("O1", by="op")


async def test_unknown_started_and_closed_orders(agent_on, store) -> None:
    store.ledger.append([received("O1", *ALL), OrderStarted(order="O1", by="op")], 1)
    with pytest.raises(OrderError, match="there is no order 'O9'"):
        agent_on().start_order("O9", by="op")
    with pytest.raises(OrderError, match="order O1 is started already"):
        agent_on().start_order("O1", by="op")


async def test_no_order_starts_on_a_disk_that_is_nearly_full(agent_on, store) -> None:
    full = (Level.UNIT, Level.CASE, Level.PALLET)
    store.ledger.append([received("O1", *ALL), *packages("O1", *full)], 1)
    with pytest.raises(OrderError, match="disk is nearly full"):
        agent_on(0.099).start_order("O1", by="op")
    agent_on(0.101).start_order("O1", by="op")


async def test_the_spec_must_know_every_level_of_the_line(agent_on, store) -> None:
    order = received("O1", *ALL[:2])
    store.ledger.append([order, *packages("O1", Level.UNIT, Level.CASE)], 1)
    with pytest.raises(OrderError, match="pallet"):
        agent_on().start_order("O1", by="op")


async def test_codes_to_print_need_a_coding_station(agent_on, settings, store) -> None:
    full = (Level.UNIT, Level.CASE, Level.PALLET)
    store.ledger.append([received("O1", *ALL), *packages("O1", *full)], 1)
    stations = tuple(s for s in settings.stations if s.kind != "coding")
    without = settings.model_copy(update={"stations": stations})
    with pytest.raises(OrderError, match="this line has no coding station"):
        agent_on(settings=without).start_order("O1", by="op")


async def test_a_grade_nobody_gives_is_no_grade_to_demand(agent_on, store) -> None:
    unit = dataclasses.replace(level(Level.UNIT), minimum_grade=1.5)
    full = (Level.UNIT, Level.CASE, Level.PALLET)
    store.ledger.append([received("O1", unit, *ALL[1:]), *packages("O1", *full)], 1)
    with pytest.raises(OrderError, match=r"demands a print grade of 1\.5; this line"):
        agent_on().start_order("O1", by="op")


async def test_why_no_order_starts_by_itself_is_told_once(
    agent_on, store, caplog
) -> None:
    store.ledger.append([received("O1", *ALL), received("O2", *ALL)], 1)
    agent = agent_on()
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            agent._start_next()
    told = [r.message for r in caplog.records if "not started yet" in r.message]
    assert len(told) == 2
