"""`audit verify`: what was edited behind the agent's back is found and named."""

import sqlite3
from pathlib import Path

import pytest


def edit(folder: Path, statement: str) -> None:
    db = sqlite3.connect(folder / "data" / "line.sqlite")
    with db:
        assert db.execute(statement).rowcount == 1
    db.close()


def test_clean_books_are_verified(cli, finished) -> None:
    result = cli("audit", "verify", "-s", finished)
    assert result.exit_code == 0
    assert "校验通过" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE journal SET payload = replace(payload, '60', '61') WHERE seq = 2", 2),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 40", 40),
        ("UPDATE journal SET kind = 'AgentStarted' WHERE seq = 41", 41),
        ("DELETE FROM journal WHERE seq = 42", 42),
    ],
)
def test_an_edited_fact_is_named(cli, finished, tmp_path, statement, first) -> None:
    edit(tmp_path, statement)
    result = cli("audit", "verify", "-s", finished)
    assert result.exit_code == 1
    assert f"breaks at fact {first}:" in result.stderr
    assert result.stdout == ""


def test_an_edited_table_is_shown(cli, finished, tmp_path) -> None:
    edit(tmp_path, "UPDATE orders SET state = 'started'")
    result = cli("audit", "verify", "-s", finished)
    assert result.exit_code == 1
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert [row[:2] for row in rows] == [["orders", "extra"], ["orders", "missing"]]
    assert "'started'" in rows[0][2]
    assert "'closed'" in rows[1][2]
    assert "2 rows differ" in result.stderr


def test_a_file_that_is_no_database(cli, finished, tmp_path) -> None:
    (tmp_path / "data" / "line.sqlite").write_bytes(b"not a database at all" * 500)
    result = cli("audit", "verify", "-s", finished)
    assert result.exit_code == 1
    assert "cannot be read through: file is not a database" in result.stderr
    result = cli("orders", "-s", finished)
    assert result.exit_code == 4
    assert "file is not a database" in result.stderr


def test_a_damaged_page(cli, finished, tmp_path) -> None:
    path = tmp_path / "data" / "line.sqlite"
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (root,) = db.execute(
        "SELECT rootpage FROM sqlite_master WHERE name = 'journal'"
    ).fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x00" * size)
    result = cli("audit", "verify", "-s", finished)
    assert result.exit_code == 1
    assert "cannot be read through" in result.stderr or "breaks at" in result.stderr
