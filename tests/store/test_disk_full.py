"""No space: the fault latches, and what was acknowledged stays (F10, F12)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.replay import verify_chain, verify_projection
from agent.store.store import Store

# Fills the store until it fails; then proves that the fault stays.
FILL = """
import sys
from pathlib import Path
from agent.domain.facts import LineResumed
from agent.store.errors import StoreFaultError
from agent.store.store import Store
store = Store.open(Path(sys.argv[1]), "L1")
LIMIT
acknowledged = 0
try:
    while acknowledged < 100_000:
        fact = LineResumed(by="op", reason="x" * 2_000)
        acknowledged = store.ledger.append([fact], 0).last_seq
except StoreFaultError as error:
    print(acknowledged, store.ledger.head.seq)
    for _ in range(3):
        try:
            store.ledger.append([LineResumed(by="op", reason="")], 0)
        except StoreFaultError as again:
            assert "restart the agent" in str(again)
            continue
        sys.exit("the fault did not latch")
    print(error)
"""
NO_LIMIT = ""
FILE_LIMIT = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
"""

IMPORT = """
import sys
from pathlib import Path
from agent.domain.words import Level, Mode
from agent.store.errors import StoreFaultError
from agent.store.package_import import import_package
from agent.store.package_meta import PackageClaim
source, folder = map(Path, sys.argv[1:])
claim = PackageClaim(
    package="PK1", level=Level.UNIT, mode=Mode.PRINT, order="O1", product="P"
)
LIMIT
try:
    import_package(source, folder, claim, lambda code: (code, code))
except StoreFaultError as error:
    print(error)
"""


def run(script: str, limit: str, *args: object) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script.replace("LIMIT", limit), *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def check_full(lines: list[str], folder: Path) -> int:
    acknowledged, head = map(int, lines[0].split())
    assert acknowledged == head > 10
    assert "nothing more is recorded" in lines[1]
    path = folder / "line.sqlite"
    assert verify_chain(path) is None
    assert verify_projection(path) == []
    return acknowledged


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of 1 MB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    where = tmp_path / "small"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(where)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield where
    subprocess.run(["umount", str(where)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    folder = small_disk / "data"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 300_000)
    lines = run(FILL, NO_LIMIT, folder)
    assert "full" in lines[1]
    # Room again: the agent is started again and goes on where it was.
    ballast.unlink()
    acknowledged = check_full(lines, folder)
    with Store.open(folder, "L1") as store:
        assert store.ledger.head.seq == acknowledged


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    lines = run(FILL, FILE_LIMIT, folder)
    check_full(lines, folder)


@pytest.mark.parametrize("limited", ["tmpfs", "file size"])
def test_an_import_that_finds_no_room_leaves_nothing(
    tmp_path: Path, limited: str, request: pytest.FixtureRequest
) -> None:
    source = tmp_path / "codes.txt"
    source.write_text("\n".join(f"{n:020d}" for n in range(100_000)))
    folder = tmp_path
    if limited == "tmpfs":
        folder = request.getfixturevalue("small_disk")
    folder = folder / "packages"
    folder.mkdir()
    limit = NO_LIMIT if limited == "tmpfs" else FILE_LIMIT
    (said,) = run(IMPORT, limit, source, folder)
    assert "check free space" in said
    assert list(folder.iterdir()) == []


def test_the_limit_is_an_error_not_a_signal() -> None:
    """Python ignores SIGXFSZ, so a file that may not grow is told as an error."""
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
