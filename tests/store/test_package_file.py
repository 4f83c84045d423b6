"""Stored packages: damage is found by their own digest, memory stays bounded."""

import resource
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from agent.domain.facts import PackageAccepted
from agent.domain.words import Level, Mode
from agent.store.errors import PackageDamagedError, StoreError
from agent.store.package_import import import_package
from agent.store.packages import PackageFile, PackageShelf


@pytest.fixture
def package(tmp_path: Path, claim) -> Path:
    source = tmp_path / "codes.txt"
    source.write_text("".join(f"A{n:07d},V{n}\n" for n in range(1000)))
    import_package(source, tmp_path, claim(), lambda code: (code, f"http://x/{code}"))
    return tmp_path / "PK1.sqlite"


def test_it_is_written_once(package: Path) -> None:
    assert package.stat().st_mode & 0o222 == 0
    with PackageFile(package) as file:
        file.verify()
        assert file.code(3).pair == file.pair(3) == "V2"
        assert file.text(3) == "http://x/A0000002"
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            file._db.execute("DELETE FROM code")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE code SET text = text || '0' WHERE idx = 500",
        "UPDATE code SET pair = 'W' WHERE idx = 500",
        "UPDATE code SET idx = 1001 WHERE idx = 500",
        "DELETE FROM code WHERE idx = 500",
        "INSERT INTO code VALUES ('B', 1001, NULL, NULL)",
        "DELETE FROM step WHERE first = 257",
        "UPDATE step SET first = first + 1 WHERE first = 257",
        "UPDATE meta SET value = '999' WHERE name = 'count'",
    ],
)
def test_a_change_of_anything_is_found(package: Path, change: str) -> None:
    package.chmod(0o644)
    db = sqlite3.connect(package)
    with db:
        db.execute(change)
    db.close()
    with PackageFile(package) as file, pytest.raises(PackageDamagedError):
        file.verify()


def test_flipped_bits_are_found_or_harmless(package: Path) -> None:
    """Every flip is either reported, or every code still reads as imported."""
    whole = package.read_bytes()
    with PackageFile(package) as file:
        codes = file.codes(1, 1000)
    package.chmod(0o644)
    found = 0
    for place in range(0, len(whole) * 8, len(whole) * 8 // 300):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        package.write_bytes(flipped)
        try:
            with PackageFile(package) as file:
                file.verify()
                assert file.codes(1, 1000) == codes
        except PackageDamagedError:
            found += 1
    assert found > 150


@pytest.mark.parametrize("data", [b"", b"no database", b"\0" * 8192])
def test_a_file_that_is_no_package(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "PK1.sqlite"
    path.write_bytes(data)
    with pytest.raises(PackageDamagedError, match="do not print from it"):
        PackageFile(path)
    with pytest.raises(StoreError, match="no code package file"):
        PackageFile(tmp_path / "PK2.sqlite")


def test_the_shelf_holds_few_files_open(tmp_path: Path, claim, monkeypatch) -> None:
    monkeypatch.setattr(PackageShelf, "OPEN_FILES", 2)
    source = tmp_path / "codes.txt"
    source.write_text("00000001\n")
    for package in ("A", "B", "C"):
        import_package(source, tmp_path, claim(package), lambda code: (code, code))
    shelf = PackageShelf(tmp_path)
    assert shelf.ids() == ["A", "B", "C"]
    first = shelf.get("A")
    assert shelf.get("A") is first
    shelf.get("B")
    shelf.get("C")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first._db.execute("SELECT 1")
    assert shelf.get("A").find("00000001") == 1
    shelf.close()
    with pytest.raises(StoreError, match="a package id has"):
        shelf.get("../A")


def test_files_and_facts_are_compared(line, tmp_path: Path, claim) -> None:
    store = line.store
    source = tmp_path / "codes.txt"
    source.write_text("00000001\n")
    meta = store.accept_package(source, claim("A"), lambda code: (code, code))
    assert store.orphans() == [meta]
    line.order()
    line.do(meta.accepted())
    assert store.orphans() == []
    assert store.missing_packages() == []
    line.do(
        PackageAccepted(
            package="GONE",
            level=Level.UNIT,
            mode=Mode.PRINT,
            order="O1",
            codes=1,
            sha256=meta.digest,
        )
    )
    assert store.missing_packages() == ["GONE"]
    store.packages_path.joinpath("A.sqlite").unlink()
    assert store.missing_packages() == ["A", "GONE"]
    with pytest.raises(StoreError, match="accepted before"):
        store.accept_package(source, claim("A"), lambda code: (code, code))


GROWTH = """
import resource, sys
from pathlib import Path
from agent.domain.words import Level, Mode
from agent.store.package_import import import_package
from agent.store.package_meta import PackageClaim
def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = used()
claim = PackageClaim(
    package="PK1", level=Level.UNIT, mode=Mode.PRINT, order="O1", product="P"
)
meta = import_package(
    Path(sys.argv[1]), Path(sys.argv[2]), claim, lambda code: (code, code)
)
print(meta.count, (used() - before) // 1024)
"""


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Zipped, so that unpacking is part of it; 300,000 codes of 40 characters are
    12 MB of text and 30 MB as Python strings."""
    text = "".join(f"https://x.cn/{n * 7919 % 300007:027d}\n" for n in range(300_000))
    source = tmp_path / "codes.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("codes.txt", text)
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, str(source), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    count, growth_mb = map(int, done.stdout.split())
    assert count == 300_000
    assert growth_mb < 64
