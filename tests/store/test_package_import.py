"""Code packages as plants get them: read whole, or refused whole with line numbers."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.domain.words import Level
from agent.store.errors import PackageError, StoreFaultError
from agent.store.package_import import import_package
from agent.store.package_meta import PackageMeta
from agent.store.packages import PackageFile


def identify(code: str) -> tuple[str, str]:
    """Keys are the last eight characters; a code needs at least eight."""
    if len(code) < 8:
        raise ValueError(f"{code!r} is too short")
    return code[-8:], code


CODES = [f"https://x.cn/{n:08d}" for n in (5, 3, 9, 1)]
TEXT = "".join(f"{code}\n" for code in CODES).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    return folder


@pytest.fixture
def bring(tmp_path: Path, folder: Path, claim) -> Callable[..., PackageMeta]:
    """Imports these bytes as package PK1."""

    def importer(
        data: bytes, package: str = "PK1", existing=(), **changes: object
    ) -> PackageMeta:
        source = tmp_path / "source"
        source.write_bytes(data)
        return import_package(
            source, folder, claim(package, **changes), identify, existing=existing
        )

    return importer


def stored(
    folder: Path, package: str = "PK1"
) -> list[tuple[int, str, str, str | None]]:
    with PackageFile(folder / f"{package}.sqlite") as file:
        file.verify()
        return [(c.index, c.key, c.text, c.pair) for c in file.codes(1, 1000)]


def refused(bring, folder: Path, data: bytes, **changes: object) -> PackageError:
    before = sorted(folder.iterdir())
    with pytest.raises(PackageError) as caught:
        bring(data, **changes)
    assert sorted(folder.iterdir()) == before, "a refused package left a file"
    return caught.value


# --- what is accepted

SORTED = [
    (1, "00000001", "https://x.cn/00000001", None),
    (2, "00000003", "https://x.cn/00000003", None),
    (3, "00000005", "https://x.cn/00000005", None),
    (4, "00000009", "https://x.cn/00000009", None),
]


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.rstrip(b"\n"),
        TEXT + b"\n\n",
        TEXT.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + TEXT,
        b"code\n" + TEXT,
        b"\xef\xbb\xbfCODE\r\n" + TEXT,
        "标识\n".encode("gbk") + TEXT,
    ],
    ids=["LF", "no-end", "blank-end", "CRLF", "BOM", "heading", "BOM+CR", "GBK"],
)
def test_the_forms_of_a_list(bring, folder: Path, data: bytes) -> None:
    meta = bring(data)
    assert stored(folder) == SORTED
    assert meta.count == 4
    assert meta.source_sha256 == hashlib.sha256(data).hexdigest()


def test_what_the_line_is_told_of_a_package(bring) -> None:
    meta = bring(TEXT, level=Level.CASE)
    fact = meta.accepted()
    assert (fact.package, fact.level, fact.codes) == ("PK1", Level.CASE, 4)
    assert fact.sha256 == meta.digest


def test_verify_codes_stay_with_their_code(bring, folder: Path) -> None:
    bring(b"AAAA0002,7788\r\nAAAA0001,9911\r\n")
    assert stored(folder) == [
        (1, "AAAA0001", "AAAA0001", "9911"),
        (2, "AAAA0002", "AAAA0002", "7788"),
    ]


def test_a_heading_can_say_that_commas_belong_to_the_codes(bring, folder) -> None:
    bring(b"code\nAA,A0002\nAA,A0001\n")
    assert [key for _, key, _, _ in stored(folder)] == ["AA,A0001", "AA,A0002"]


def test_the_last_comma_divides(bring, folder: Path) -> None:
    bring(b"code,verify\nAA,A0002,x1\n")
    assert stored(folder) == [(1, "AA,A0002", "AA,A0002", "x1")]


def test_a_group_separator_is_part_of_a_code(bring, folder: Path) -> None:
    bring(b"01ABC\x1d21XYZ1\n01ABC\x1d21XYZ2\n")
    assert stored(folder)[0][2] == "01ABC\x1d21XYZ1"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_in_both_encodings(bring, folder: Path, encoding: str) -> None:
    bring("青岛啤酒标识00000001\n".encode(encoding))
    assert stored(folder)[0][2] == "青岛啤酒标识00000001"


def test_indices_are_ranks_in_key_order(bring, folder: Path) -> None:
    codes = [f"{n * 7919 % 10007:08d}" for n in range(1, 2001)]
    bring("\n".join(codes).encode())
    with PackageFile(folder / "PK1.sqlite") as file:
        assert [c.key for c in file.codes(1, 9999)] == sorted(codes)
        for first in (1, 2, 255, 256, 257, 258, 1000, 1999, 2000):
            expected = list(enumerate(sorted(codes), 1))[first - 1 : first + 299]
            assert file.take(first, 300) == expected
        assert file.take(2001, 5) == []
        assert file.find(codes[7]) == sorted(codes).index(codes[7]) + 1
        assert file.find("unheard-of") is None
        with pytest.raises(IndexError, match="no code 2001"):
            file.text(2001)


def test_progress_is_told(tmp_path, folder, claim) -> None:
    source = tmp_path / "source"
    source.write_text("\n".join(f"{n:08d}" for n in range(25_000)))
    told: list[int] = []
    import_package(source, folder, claim(), identify, progress=told.append)
    assert told == [10_000, 20_000]


# --- what is refused


@pytest.mark.parametrize(
    ("data", "lines", "says"),
    [
        (b"short\n" + TEXT + b"bad\n", [1, 6], "too short"),
        (TEXT[:44] + b"\n\n" + TEXT[44:], [3], "empty line"),
        (b"\n" + TEXT, [1], "empty line"),
        (TEXT + TEXT, [5, 6, 7, 8], "stands already in line"),
        (b"y" * 513, [1], "longer than 512"),
        (TEXT + b"y" * 100_000 + b"\n" + TEXT, [5], "longer than 512"),
        (TEXT + b"abc\x00defgh\n", [5], "NUL"),
        (TEXT + b"abc\x1b[31mdef\n", [5], "control character 0x1B"),
        (TEXT.replace(b"\n", b"\r"), [1], "carriage return"),
        ("00000001\n".encode("utf-16"), [1], "NUL"),
        (b"AAAA0001,1\nAAAA0002\nAAAA0003,\n,4\n", [2, 3, 4], "code,verify-code"),
    ],
)
def test_bad_lines_are_named(bring, folder, data: bytes, lines, says: str) -> None:
    error = refused(bring, folder, data)
    assert [each.line for each in error.lines] == lines
    assert says in error.lines[0].fault
    assert f"line {lines[0]}: " in str(error)


def test_both_lines_of_a_duplicate_are_named(bring, folder: Path) -> None:
    error = refused(bring, folder, TEXT + b"https://y.cn/00000003\n")
    assert [(each.line, each.fault) for each in error.lines] == [
        (5, "00000003 stands already in line 2")
    ]


def test_the_first_twenty_faults_are_shown(bring, folder: Path) -> None:
    error = refused(bring, folder, b"x\n" * 50)
    assert [each.line for each in error.lines] == list(range(1, 21))
    assert "reading stopped" in error.problem


def test_a_text_of_no_encoding_is_refused_with_its_place(bring, folder) -> None:
    data = TEXT + "标识".encode() + b"\xff\xff\n"
    error = refused(bring, folder, data)
    assert f"at byte {len(TEXT) + 6}, line 5" in error.problem
    assert "neither UTF-8" in error.problem
    assert "GBK" in error.problem


def test_the_place_of_a_wrong_byte_far_into_the_file(bring, folder) -> None:
    data = b"x" * 63 + b"\n"
    error = refused(bring, folder, data * 40_000 + b"\xff\n")
    assert f"at byte {64 * 40_000}, line 40001" in error.problem


@pytest.mark.parametrize("data", [b"", b"\n\n", b"code\n", b"\xef\xbb\xbf"])
def test_a_package_without_codes_is_refused(bring, folder, data: bytes) -> None:
    assert "no codes" in refused(bring, folder, data).problem


def test_a_wrong_count_is_refused(bring, folder: Path) -> None:
    assert "4 codes, not 5" in refused(bring, folder, TEXT, count=5).problem
    bring(TEXT, count=4)


def test_a_wrong_digest_is_refused(bring, folder: Path) -> None:
    assert "digest" in refused(bring, folder, TEXT, sha256="0" * 64).problem
    bring(TEXT, sha256=hashlib.sha256(TEXT).hexdigest().upper())


def test_a_code_of_another_package_is_refused(bring, folder: Path) -> None:
    bring(TEXT, "OLD")
    data = b"00000007\n00000003\n00000009\n"
    error = refused(bring, folder, data, existing=[folder / "OLD.sqlite"])
    assert "package OLD has" in error.problem
    assert [(each.line, each.fault) for each in error.lines] == [
        (2, "00000003 is in package OLD"),
        (3, "00000009 is in package OLD"),
    ]
    bring(b"00000007\n00000004\n", "NEW", existing=[folder / "OLD.sqlite"])


def test_an_id_is_imported_once_for_ever(bring, folder: Path) -> None:
    bring(TEXT)
    error = refused(bring, folder, b"00000099\n")
    assert "imported before" in error.problem
    assert stored(folder) == SORTED


def test_of_two_imports_at_once_one_wins(bring, folder, monkeypatch) -> None:
    """The other finishes first, between our check and our publishing."""
    real = os.link

    def late(source: Path, target: Path) -> None:
        monkeypatch.setattr(os, "link", real)
        target.write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(PackageError, match="imported before"):
        bring(TEXT)
    assert (folder / "PK1.sqlite").read_bytes() == b"theirs"
    assert [path.name for path in folder.iterdir()] == ["PK1.sqlite"]


@pytest.mark.parametrize(
    "package",
    ["", "..", "../x", "a/b", ".hidden", "-rf", "a b", "码包", "x" * 65, "a\0b", "a\n"],
)
def test_an_id_is_never_a_path(bring, folder, package: str) -> None:
    with pytest.raises(PackageError, match="a package id has"):
        bring(TEXT, package)
    assert list(folder.iterdir()) == []


def test_a_file_that_is_not_there(folder, claim, tmp_path) -> None:
    with pytest.raises(PackageError, match="cannot read"):
        import_package(tmp_path / "none.txt", folder, claim(), identify)
    with pytest.raises(PackageError, match="cannot read"):
        import_package(tmp_path, folder, claim(), identify)


def test_a_folder_that_is_not_there_is_the_stores_fault(tmp_path, claim) -> None:
    source = tmp_path / "source"
    source.write_bytes(TEXT)
    with pytest.raises(StoreFaultError, match="could not be written"):
        import_package(source, tmp_path / "none", claim(), identify)


# --- crashes

DIE = """
import os, signal, sys
from pathlib import Path
from agent.domain.words import Level, Mode
from agent.store import package_build, package_import
from agent.store.package_meta import PackageClaim

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

where, source, folder = sys.argv[1:]
def identify(code):
    if where == "reading" and code.endswith("7777"):
        die()
    return code, code
if where == "sorting":
    package_build.PackageBuild.digest = die
if where == "before the name":
    package_import.sync_file = die
if where == "after the name":
    package_import.sync_folder = die
claim = PackageClaim(
    package="PK1", level=Level.UNIT, mode=Mode.PRINT, order="O1", product="P"
)
package_import.import_package(Path(source), Path(folder), claim, identify)
"""


@pytest.mark.parametrize(
    "where", ["reading", "sorting", "before the name", "after the name"]
)
def test_a_crash_leaves_a_whole_package_or_none(
    where: str, open_store, claim, tmp_path
) -> None:
    store = open_store()
    store.close()
    source = tmp_path / "codes.txt"
    source.write_text("\n".join(f"{n:08d}" for n in range(20_000)))
    done = subprocess.run(
        [sys.executable, "-c", DIE, where, str(source), str(store.packages_path)],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert list(store.packages_path.iterdir()), "killed before it began"
    store = open_store()
    files = [path.name for path in store.packages_path.iterdir()]
    if where == "after the name":
        assert files == ["PK1.sqlite"]
        (orphan,) = store.orphans()
        assert orphan.count == 20_000
        return
    assert files == []
    assert store.orphans() == []
    assert store.accept_package(source, claim(), identify).count == 20_000
