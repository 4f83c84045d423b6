"""Zipped code packages: looked at closely before anything is unpacked."""

import stat
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from agent.store.package_manifest import MANIFEST_NAME

MAX_ENTRIES = 8
# Room for eight entries with the longest names there are; a directory of a million
# entries would fill the memory before the first could be looked at.
MAX_DIRECTORY_BYTES = 512 * 1024
# 100 million short codes. Deflate reaches 1,032:1 on a bomb; lists of codes with a
# long common front stay below 30:1.
MAX_CODES_BYTES = 4 * 1024**3
MAX_MANIFEST_BYTES = 64 * 1024
MAX_RATIO = 100

_END_SIZE = 22
_END_MARK = b"PK\x05\x06"
_WIDE_MARK = b"PK\x06\x07"
_ENCRYPTED = 0x1


class ZipRefusedError(Exception):
    """An archive that is not a plain zipped code package; says why."""


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip archive does, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", _END_MARK)


def open_zip(path: Path) -> ZipFile:
    """The archive, its directory known to be small; `ZipRefusedError` otherwise."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE - 20))
        tail = file.read()
    end = tail[-_END_SIZE:]
    # A comment behind the record would let a second, lying one stand in it.
    if len(end) < _END_SIZE or end[:4] != _END_MARK or end[-2:] != b"\0\0":
        raise ZipRefusedError("the zip is cut short or carries a comment")
    if tail[:-_END_SIZE][:4] == _WIDE_MARK:
        raise ZipRefusedError("the zip has the format for more than 4 GB")
    entries = int.from_bytes(end[10:12], "little")
    directory_bytes = int.from_bytes(end[12:16], "little")
    if entries > MAX_ENTRIES or directory_bytes > MAX_DIRECTORY_BYTES:
        raise ZipRefusedError(
            f"the zip has {entries} entries: it may hold one .txt or .csv and "
            f"{MANIFEST_NAME}"
        )
    try:
        return ZipFile(path)
    except BadZipFile as error:
        raise ZipRefusedError(f"not a whole zip: {error}") from error


def choose(archive: ZipFile) -> tuple[ZipInfo, ZipInfo | None]:
    """The entry with the codes and the manifest, if there is one.

    Names are only compared, never used as paths.
    """
    files = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(files) > MAX_ENTRIES:
        raise ZipRefusedError(f"the zip has {len(files)} entries")
    codes = [entry for entry in files if entry.filename.lower().endswith(_TEXT)]
    manifests = [entry for entry in files if entry.filename == MANIFEST_NAME]
    if (
        len(codes) != 1
        or len(manifests) > 1
        or len(codes) + len(manifests) < len(files)
    ):
        names = ", ".join(repr(entry.filename[:60]) for entry in files)
        raise ZipRefusedError(
            f"a zip holds exactly one .txt or .csv and, if there is one, "
            f"{MANIFEST_NAME}; this one holds {names or 'nothing'}"
        )
    manifest = manifests[0] if manifests else None
    _check(codes[0], MAX_CODES_BYTES)
    if manifest is not None:
        _check(manifest, MAX_MANIFEST_BYTES)
    return codes[0], manifest


_TEXT = (".txt", ".csv")


def _check(entry: ZipInfo, most_bytes: int) -> None:
    name = repr(entry.filename[:60])
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ZipRefusedError(f"{name} is a symbolic link")
    if entry.flag_bits & _ENCRYPTED:
        raise ZipRefusedError(f"{name} is encrypted: send it without a password")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ZipRefusedError(f"{name} is packed by another method than deflate")
    if entry.file_size > most_bytes:
        raise ZipRefusedError(f"{name} unpacks to {entry.file_size} bytes: too many")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ZipRefusedError(f"{name} unpacks to over {MAX_RATIO} times its size")
