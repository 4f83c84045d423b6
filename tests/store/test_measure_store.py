"""The measurements measure: both sides write the same rows, and figures come out."""

import io
import shutil
import sqlite3
from pathlib import Path

import pytest
from rich.console import Console

from simulators.measure import store as measure


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    db = sqlite3.connect(path)
    try:
        return db.execute(f"SELECT * FROM {table}").fetchall()
    finally:
        db.close()


def test_both_sides_write_the_same_rows(tmp_path: Path) -> None:
    ours, bare = measure.measure_commits(tmp_path, commits=6, size=5)
    assert len(ours.took_s) == len(bare.took_s) == 6
    assert ours.per_second() > 0
    store, plain = tmp_path / "store-5-0" / "line.sqlite", tmp_path / "bare-5-0.sqlite"
    for table in ("codes", "items"):
        assert rows(store, table) == rows(plain, table)
        assert len(rows(store, table)) == 10
    verdicts = [row[3] for row in rows(store, "journal") if row[2] == "ItemJudged"]
    assert verdicts == [row[3] for row in rows(plain, "journal")]


@pytest.mark.parametrize("shell", [True, False])
def test_the_import_is_measured_with_and_without_a_shell(
    tmp_path: Path, shell: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shell and shutil.which("sqlite3") is None:
        pytest.skip("no sqlite3 command here")
    if not shell:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    told = io.StringIO()
    assert measure.measure_import(Console(file=told), tmp_path, 2_000) > 0
    assert "rows/s" in told.getvalue()
    assert ("skipped" in told.getvalue()) is not shell
    if shell:
        assert len(rows(tmp_path / "shell.sqlite", "code")) == 2_000
