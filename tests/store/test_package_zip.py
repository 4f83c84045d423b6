"""Zipped packages, friendly and hostile (F51)."""

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.domain.words import Level
from agent.store import package_zip
from agent.store.errors import PackageError
from agent.store.package_import import import_package
from agent.store.packages import PackageFile

TEXT = b"00000002\r\n00000001\r\n"
MANIFEST = {
    "id": "PK1",
    "count": 2,
    "sha256": hashlib.sha256(TEXT).hexdigest(),
    "level": "unit",
    "product": "P",
    "signature": "of a later version",
}


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


def manifest(**changes: object) -> tuple[str, bytes]:
    return "manifest.json", json.dumps(MANIFEST | changes).encode()


@pytest.fixture
def bring(tmp_path: Path, claim) -> Callable[..., Path]:
    def importer(data: bytes, **changes: object) -> Path:
        folder = tmp_path / "packages"
        folder.mkdir(exist_ok=True)
        (tmp_path / "source").write_bytes(data)
        try:
            import_package(
                tmp_path / "source", folder, claim(**changes), lambda code: (code, code)
            )
        except PackageError:
            assert list(folder.iterdir()) == []
            raise
        return folder / "PK1.sqlite"

    return importer


@pytest.mark.parametrize(
    "entries",
    [
        [("codes.txt", TEXT), manifest()],
        [manifest(), ("deep/inside/CODES.CSV", TEXT)],
        [("../../etc/codes.txt", TEXT), manifest()],
        [("codes.txt", TEXT), manifest(order=None, level=None)],
        [("codes.txt", TEXT)],
    ],
)
def test_a_zip_of_codes_and_manifest(bring, entries) -> None:
    with PackageFile(bring(zipped(*entries))) as file:
        assert file.take(1, 9) == [(1, "00000001"), (2, "00000002")]


def test_only_the_package_folder_is_written_to(bring, tmp_path: Path) -> None:
    bring(zipped(("../../escape.txt", TEXT), manifest()))
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "PK1.sqlite",
        "packages",
        "source",
    ]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"count": 3}, "2 codes, not 3"),
        ({"sha256": "0" * 64}, "digest"),
        ({"sha256": "short"}, "sha256"),
        ({"id": "PK2"}, "says id PK2, expected was PK1"),
        ({"level": "case"}, "says level case, expected was unit"),
        ({"product": "Q"}, "says product Q, expected was P"),
        ({"order": "O7"}, "says order O7, expected was O1"),
        ({"level": "bottle"}, "level"),
        ({"count": 0}, "count"),
    ],
)
def test_a_manifest_that_does_not_agree(bring, changes, says: str) -> None:
    with pytest.raises(PackageError, match=says):
        bring(zipped(("codes.txt", TEXT), manifest(**changes)))


def test_a_manifest_that_is_none(bring) -> None:
    for text in (b"", b"[]", b"{", b"\xff"):
        with pytest.raises(PackageError, match=r"manifest\.json is wrong"):
            bring(zipped(("codes.txt", TEXT), ("manifest.json", text)))


def symlink(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def flagged(data: bytes, flag: int) -> bytes:
    """The same archive with a flag set in both headers of its first entry."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", changed, data.index(mark) + offset, flag)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped(("inner.zip", zipped(("codes.txt", TEXT))), manifest()), "exactly one"),
        (zipped(("a.txt", TEXT), ("b.csv", TEXT), manifest()), "exactly one"),
        (zipped(("a.txt", TEXT), ("readme.pdf", b"x")), "exactly one"),
        (zipped(manifest()), "exactly one"),
        (zipped(), "exactly one"),
        (zipped((symlink("codes.txt"), b"/etc/passwd"), manifest()), "symbolic link"),
        (flagged(zipped(("codes.txt", TEXT)), 1), "encrypted"),
        (zipped(("codes.txt", TEXT), method=zipfile.ZIP_LZMA), "another method"),
        (zipped(("codes.txt", b"0" * 2_000_000)), "over 100 times"),
        (zipped(("codes.txt", TEXT))[:-1], "cut short"),
        (zipped(("codes.txt", TEXT)) + b"\0" * 8, "cut short"),
        (zipped(*((f"{n}.txt", b"1") for n in range(9))), "9 entries"),
        (b"PK\x03\x04" + b"\0" * 200, "cut short"),
    ],
    ids=lambda value: value if isinstance(value, str) else "zip",
)
def test_what_is_no_plain_zipped_package(bring, data: bytes, says: str) -> None:
    with pytest.raises(PackageError, match=says):
        bring(data)


def test_a_nested_zip_under_a_text_name_is_no_text(bring) -> None:
    inner = zipped(("codes.txt", TEXT))
    with pytest.raises(PackageError, match=r"NUL|control"):
        bring(zipped(("codes.txt", inner)))


def test_damage_inside_is_noticed(bring) -> None:
    text = "".join(f"{n * 7919 % 100003:08d}\n" for n in range(5_000)).encode()
    data = bytearray(zipped(("codes.txt", text), method=zipfile.ZIP_STORED))
    data[30_000] ^= 0x01
    with pytest.raises(PackageError, match="damaged"):
        bring(bytes(data))


def test_a_directory_of_a_million_entries_is_not_even_read(bring, monkeypatch) -> None:
    """The end record alone tells; `ZipFile` would first fill the memory."""
    monkeypatch.setattr(package_zip, "ZipFile", None)
    directory = 46 * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, directory, 0, 0)
    with pytest.raises(PackageError, match="65535 entries"):
        bring(b"PK\x03\x04" + b"\0" * 100 + end)


def test_a_lying_number_of_entries_does_not_help(bring) -> None:
    data = bytearray(zipped(*((f"{n}.txt", b"1") for n in range(9))))
    struct.pack_into("<HH", data, len(data) - 14, 1, 1)
    with pytest.raises(PackageError, match="9 entries"):
        bring(bytes(data))


def test_an_archive_that_unpacks_to_too_much(bring, monkeypatch) -> None:
    monkeypatch.setattr(package_zip, "MAX_CODES_BYTES", 10)
    with pytest.raises(PackageError, match="too many"):
        bring(zipped(("codes.txt", TEXT)))


def test_the_claim_is_checked_where_there_is_no_manifest(bring) -> None:
    with pytest.raises(PackageError, match="2 codes, not 9"):
        bring(zipped(("codes.txt", TEXT)), count=9)
    bring(zipped(("codes.txt", TEXT)), level=Level.CASE)
