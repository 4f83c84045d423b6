"""Dates of an order, and a data folder from before orders had any."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from agent.documents import spec_to_json
from agent.domain.code_format import Digits
from agent.domain.facts import OrderReceived
from agent.domain.spec import LevelSpec, Spec
from agent.domain.words import Level, Mode
from agent.line_store import order_of
from agent.store import schema
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.replay import verify_projection
from agent.store.store import PACKAGES_NAME, Store

UNIT = LevelSpec(
    level=Level.UNIT, mode=Mode.PRINT, format=Digits(length=8), symbology="qr"
)
SPEC = spec_to_json(Spec(spec="S", version=1, product="P", levels=(UNIT,)))


def received(order: str, production: str = "", expiry: str = "") -> OrderReceived:
    return OrderReceived(
        order=order,
        product="P",
        batch="B",
        target=5,
        spec="S",
        spec_version=1,
        spec_json=SPEC,
        production=production,
        expiry=expiry,
    )


def reader_of(folder: Path) -> StoreReader:
    return StoreReader(folder / DATABASE_NAME, folder / PACKAGES_NAME)


def test_dates_survive_the_store(tmp_path) -> None:
    with Store.open(tmp_path, "L1") as store:
        store.ledger.append([received("O1", "2026-03-02", "2027-03-01")], 1)
        store.ledger.append([received("O2")], 2)
    with reader_of(tmp_path) as reader:
        dated, undated = (order_of(view) for view in reader.orders())
    assert (dated.production, dated.expiry) == (date(2026, 3, 2), date(2027, 3, 1))
    assert (undated.production, undated.expiry) == (None, None)
    assert verify_projection(tmp_path / DATABASE_NAME) == []


@pytest.fixture
def old(tmp_path) -> Path:
    """A data folder as an agent left it that knew no dates."""
    with Store.open(tmp_path, "L1") as store:
        store.ledger.append([received("O1")], 1)
    db = sqlite3.connect(tmp_path / DATABASE_NAME)
    with db:
        db.execute("ALTER TABLE orders DROP COLUMN production")
        db.execute("ALTER TABLE orders DROP COLUMN expiry")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm002_order_dates'")
    db.close()
    assert len(schema.ORDER_DATES) == 2
    return tmp_path


def test_commands_read_an_older_folder_as_it_is(old) -> None:
    with reader_of(old) as reader:
        (view,) = reader.orders()
        assert reader.order("O1") == view
        assert reader.current_order() is None
    assert (view.order, view.production, view.state) == ("O1", "", "received")
    assert verify_projection(old / DATABASE_NAME) == []
    columns = sqlite3.connect(old / DATABASE_NAME).execute("PRAGMA table_info(orders)")
    assert "production" not in {row[1] for row in columns}


def test_the_next_start_brings_an_older_folder_up_to_date(old) -> None:
    with Store.open(old, "L1") as store:
        store.ledger.append([received("O2", expiry="2027-03-01")], 2)
    with reader_of(old) as reader:
        first, second = reader.orders()
    assert (first.expiry, second.expiry) == ("", "2027-03-01")
    assert verify_projection(old / DATABASE_NAME) == []
