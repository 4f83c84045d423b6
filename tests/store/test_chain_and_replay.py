"""Tampering with the journal names the first bad sequence; tables equal the replay."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.domain.facts import LineResumed
from agent.domain.words import CodeRef
from agent.store.chain import Head, genesis, seal
from agent.store.errors import StoreFaultError
from agent.store.replay import verify_chain, verify_projection

LAST = 30


@pytest.fixture
def journal(line) -> Path:
    """The database of a finished run of 30 facts, closed."""
    line.order()
    line.package("U1", leased=10)
    line.good(1, 2, 3)
    line.fill(1, CodeRef(package="U1", index=1), CodeRef(package="U1", index=2))
    while line.store.ledger.head.seq < LAST:
        line.do(LineResumed(by="op", reason="码"))
    line.store.close()
    return line.store.database_path


def change(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path)
    with db:
        for statement in statements:
            db.execute(statement)
    db.close()


def head_of(path: Path, seq: int) -> Head:
    db = sqlite3.connect(path)
    (sealed,) = db.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    db.close()
    return Head(seq=seq, hash=sealed)


def test_a_whole_journal_verifies(journal: Path) -> None:
    assert verify_chain(journal) is None
    assert verify_chain(journal, head_of(journal, LAST)) is None
    assert verify_chain(journal, head_of(journal, 7)) is None


def test_the_chain_is_what_anybody_can_compute(journal: Path) -> None:
    """Written out from its definition, without the code under test."""
    db = sqlite3.connect(journal)
    epoch, owner = db.execute("SELECT epoch, line FROM life").fetchone()
    rows = db.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    db.close()
    previous = hashlib.sha256(f"line-agent/1 {owner} {epoch}".encode()).digest()
    for seq, at_ms, kind, payload, sealed in rows:
        entry = json.dumps(
            [seq, at_ms, kind, json.loads(payload)],
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
        )
        previous = hashlib.sha256(previous + entry.encode()).digest()
        assert sealed == previous


@pytest.mark.parametrize(
    ("tampering", "bad"),
    [
        ("UPDATE journal SET payload = replace(payload, 'B', 'C') WHERE seq = 1", 1),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 12", 12),
        ("UPDATE journal SET kind = 'LineStopped' WHERE seq = 30", 30),
        ("UPDATE journal SET hash = zeroblob(32) WHERE seq = 9", 9),
        ("DELETE FROM journal WHERE seq = 17", 17),
        ("DELETE FROM journal WHERE seq = 1", 1),
        (
            "INSERT INTO journal SELECT 31, at_ms, kind, payload, hash"
            " FROM journal WHERE seq = 30",
            31,
        ),
        ("UPDATE life SET epoch = 'other'", 1),
        ("UPDATE life SET line = 'L2'", 1),
    ],
)
def test_tampering_is_named_by_the_first_bad_sequence(
    journal: Path, tampering: str, bad: int
) -> None:
    change(journal, tampering)
    assert verify_chain(journal) == bad


def test_two_entries_swapped_are_found(journal: Path) -> None:
    change(
        journal,
        "UPDATE journal SET seq = -seq WHERE seq IN (11, 12)",
        "UPDATE journal SET seq = 23 + seq WHERE seq < 0",
    )
    assert verify_chain(journal) == 11


def test_a_cut_tail_is_found_by_the_anchor(journal: Path) -> None:
    anchor = head_of(journal, LAST)
    change(journal, "DELETE FROM journal WHERE seq > 25")
    assert verify_chain(journal) is None
    assert verify_chain(journal, anchor) == 26


def rebuild(path: Path, tampering: str) -> None:
    """Tamper, then seal everything anew, as somebody with this code could."""
    db = sqlite3.connect(path)
    db.execute(tampering)
    epoch, owner = db.execute("SELECT epoch, line FROM life").fetchone()
    previous = hashlib.sha256(f"line-agent/1 {owner} {epoch}".encode()).digest()
    for seq, at_ms, kind, payload, _ in db.execute("SELECT * FROM journal").fetchall():
        previous = seal(previous, seq, at_ms, kind, payload)
        db.execute("UPDATE journal SET hash = ? WHERE seq = ?", (previous, seq))
    db.commit()
    db.close()


def test_a_chain_rebuilt_from_scratch_is_found_by_the_anchor(journal: Path) -> None:
    anchor = head_of(journal, 20)
    rebuild(journal, "UPDATE journal SET at_ms = at_ms + 60000 WHERE seq = 5")
    assert verify_chain(journal) is None
    assert verify_chain(journal, anchor) == 20


def test_a_gap_is_found_even_in_a_chain_built_around_it(journal: Path) -> None:
    rebuild(journal, "DELETE FROM journal WHERE seq = 5")
    assert verify_chain(journal) == 5


def test_another_database_is_found_by_the_anchor_of_an_empty_one(line) -> None:
    path = line.store.database_path
    assert verify_chain(path, genesis(line.store.ledger.life)) is None
    assert verify_chain(path, Head(seq=0, hash=bytes(32))) == 0


def test_long_journals_are_read_in_pages(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.replay._PAGE", 10)
    anchor = head_of(journal, 20)
    assert verify_chain(journal, anchor) is None
    change(journal, "DELETE FROM journal WHERE seq = 21")
    assert verify_chain(journal, anchor) == 21


def test_a_damaged_tail_is_not_opened(
    journal: Path, open_store: Callable[..., object]
) -> None:
    change(journal, "UPDATE journal SET at_ms = 0 WHERE seq = 28")
    with pytest.raises(StoreFaultError, match="damaged at sequence 28"):
        open_store()


# --- tables


@pytest.mark.parametrize(
    ("table", "tampering"),
    [
        ("codes", "UPDATE codes SET state = 'rejected' WHERE idx = 1"),
        ("codes", "DELETE FROM codes WHERE idx = 2"),
        ("items", "UPDATE items SET outcome = NULL WHERE number = 3"),
        ("packages", "UPDATE packages SET good = good + 1, unused = unused - 1"),
        ("children", "UPDATE children SET evidence = 'typed' WHERE idx = 2"),
        ("containers", "UPDATE containers SET partial = 1"),
        ("orders", "UPDATE orders SET target = 99"),
        ("tallies", "UPDATE tallies SET n = n + 1 WHERE kind = 'judged'"),
        ("touches", "DELETE FROM touches"),
        ("ranges", "UPDATE ranges SET last = last + 1"),
    ],
)
def test_a_table_that_does_not_follow_from_the_journal_is_named(
    journal: Path, table: str, tampering: str
) -> None:
    assert verify_projection(journal) == []
    change(journal, tampering)
    differences = verify_projection(journal)
    assert {each.table for each in differences} == {table}


def test_a_journal_that_cannot_have_happened_is_named(journal: Path) -> None:
    change(journal, "UPDATE journal SET kind = 'OrderClosed' WHERE seq = 2")
    first = verify_projection(journal)[0]
    assert (first.table, first.what) == ("journal", "refused")
    assert first.row.startswith("2: ")


def test_verifying_changes_nothing_and_needs_no_quiet_line(line, tmp_path) -> None:
    line.order()
    before = shutil.copytree(line.store.folder, tmp_path / "before")
    assert verify_chain(line.store.database_path) is None
    assert verify_projection(line.store.database_path) == []
    for path in sorted(before.iterdir()):
        if path.is_file() and not path.name.endswith("-shm"):
            assert path.read_bytes() == (line.store.folder / path.name).read_bytes()
    line.package("U1")
