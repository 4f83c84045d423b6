"""Opening a data folder: alone, of this version, of this line, or not at all."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.domain.facts import OrderReceived
from agent.domain.words import Reason
from agent.store import migrations
from agent.store.errors import (
    SchemaTooNewError,
    StoreBusyError,
    StoreError,
    StoreFaultError,
)
from agent.store.reader import StoreReader
from agent.store.store import Store


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_second_instance_is_told_who_is_first(open_store, tmp_path) -> None:
    open_store()
    before = contents(tmp_path / "data")
    with pytest.raises(StoreBusyError, match=f"process {os.getpid()}") as caught:
        open_store()
    assert caught.value.pid == os.getpid()
    assert contents(tmp_path / "data") == before


HOLD = """
import sys
from pathlib import Path
from agent.store.store import Store
store = Store.open(Path(sys.argv[1]), "L1")
print("open", flush=True)
sys.stdin.read()
"""


def test_a_killed_instance_leaves_no_lock(open_store, tmp_path) -> None:
    folder = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreBusyError) as caught:
            open_store()
        assert caught.value.pid == holder.pid
        holder.kill()
    open_store()


def test_what_was_written_is_there_after_reopening(open_store, line_on) -> None:
    store = open_store()
    line = line_on(store)
    line.order()
    line.package("U1", leased=3)
    head = store.ledger.head
    store.close()
    again = open_store()
    assert again.ledger.head == head
    assert again.ledger.life.epoch == "e" * 32
    line_on(again).judge(1, None, Reason.NO_READ)


def test_a_new_database_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = set()
    for name in ("a", "b"):
        with Store.open(tmp_path / name, "L1") as store:
            epochs.add(store.ledger.life.epoch)
    assert len(epochs) == 2
    assert all(len(epoch) == 32 for epoch in epochs)


def test_the_folder_of_another_line_is_left_alone(open_store, tmp_path) -> None:
    open_store().close()
    with pytest.raises(StoreError, match="belongs to line 'L1', not 'L2'"):
        open_store(line="L2")
    open_store(line="L1")


def test_a_later_schema_is_not_written_to(open_store, tmp_path) -> None:
    open_store().close()
    path = tmp_path / "data" / "line.sqlite"
    db = sqlite3.connect(path)
    with db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('line', 'm099_from_tomorrow', 'now')"
        )
    db.close()
    before = contents(tmp_path / "data")
    with pytest.raises(SchemaTooNewError, match="m099_from_tomorrow"):
        open_store()
    after = contents(tmp_path / "data")
    assert after["line.sqlite"] == before["line.sqlite"]
    assert not after.get("line.sqlite-wal")


def test_a_foreign_database_is_left_alone(open_store, tmp_path) -> None:
    path = tmp_path / "data" / "line.sqlite"
    path.parent.mkdir()
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE shopping (item TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a database of the line agent"):
        open_store()
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_a_fault(open_store, tmp_path) -> None:
    path = tmp_path / "data" / "line.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreFaultError, match="cannot be opened"):
        open_store()


def test_a_failed_migration_leaves_the_old_schema_usable(
    open_store, line_on, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    line_on(store).order()
    store.close()

    def m002_breaks(db: object) -> None:
        db.execute("CREATE TABLE half_done (x)")
        db.execute("INSERT INTO nowhere VALUES (1)")

    broken = type(migrations.MIGRATIONS)("line")
    for step in (*migrations.STEPS, m002_breaks):
        broken()(step)
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", broken)
        with pytest.raises(StoreFaultError, match="nowhere"):
            open_store()
    again = open_store()
    line_on(again).package("U1")
    with again.reader() as reader:
        names = reader._db.rows("SELECT name FROM sqlite_master")
    assert ("half_done",) not in names


def test_a_folder_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with pytest.raises(StoreError, match="cannot use data folder"):
        Store.open(tmp_path / "data", "L1")


def test_reading_where_no_agent_ever_ran_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no database"):
        StoreReader(tmp_path / "line.sqlite", tmp_path / "packages")


def test_readers_work_while_the_agent_is_down(open_store, line_on, tmp_path) -> None:
    store = open_store()
    line_on(store).order()
    store.close()
    folder = tmp_path / "data"
    with StoreReader(folder / "line.sqlite", folder / "packages") as reader:
        assert reader.order("O1").state == "started"


def test_readers_cannot_write(line) -> None:
    with (
        line.store.reader() as reader,
        pytest.raises(StoreFaultError, match="readonly"),
    ):
        reader._db.rows("DELETE FROM journal")


def test_the_writer_asks_for_full_durability(line) -> None:
    """The settings that keep an acknowledged commit through a power cut."""
    db = line.store.ledger._db
    asked = {
        name: db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "wal_autocheckpoint")
    }
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "wal_autocheckpoint": 10_000,
    }


def test_an_order_is_stored_as_received(line) -> None:
    line.do(
        OrderReceived(
            order="任务1",
            product="P",
            batch="B",
            target=7,
            spec="S",
            spec_version=2,
            spec_json='{"a": "码"}',
            close_short=True,
        )
    )
    with line.store.reader() as reader:
        (order,) = reader.orders()
    assert (order.order, order.spec_json, order.close_short, order.state) == (
        "任务1",
        '{"a": "码"}',
        True,
        "received",
    )
