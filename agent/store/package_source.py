"""Where codes are read from: a text file, or the one inside a zip."""

import codecs
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

from agent.store.errors import LineFault, PackageError
from agent.store.package_manifest import Manifest, parse_manifest
from agent.store.package_zip import (
    MAX_MANIFEST_BYTES,
    ZipRefusedError,
    choose,
    is_zip,
    open_zip,
)

_BLOCK_BYTES = 1 << 20
# A line of 512 characters has at most 2,048 bytes; what is longer is refused later.
_LINE_BYTES = 4_096
# Allowed are line feed, carriage return before it, and the GS1 group separator.
_CONTROL = re.compile(rb"[\x00-\x09\x0b\x0c\x0e-\x1c\x1e\x1f\x7f]|\r(?!\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A whole reading of the text: its digest (hexadecimal) and its encoding."""

    sha256: str
    encoding: str


class CodeSource:
    """The bytes of a code list, readable as often as needed."""

    def __init__(self, package: str, path: Path) -> None:
        self._package = package
        self._path = path
        self._archive: ZipFile | None = None
        self._entry: ZipInfo | None = None
        self.manifest: Manifest | None = None

    def _open_archive(self) -> None:
        self._archive = open_zip(self._path)
        self._entry, described = choose(self._archive)
        if described is not None:
            with self._archive.open(described) as file:
                text = file.read(MAX_MANIFEST_BYTES)
            self.manifest = parse_manifest(self._package, text)

    def read(self) -> IO[bytes]:
        """A new stream from the first byte on."""
        if self._archive is None or self._entry is None:
            return self._path.open("rb")
        return self._archive.open(self._entry)

    def survey(self) -> Survey:
        """Digest and encoding; `PackageError` for what is no text of codes."""
        try:
            with self.read() as stream:
                return _survey(self._package, stream)
        except OSError as error:
            raise _unreadable(self._package, self._path, error) from error

    @classmethod
    @contextmanager
    def open(cls, package: str, path: Path) -> Iterator["CodeSource"]:
        """The source behind a path; all its faults come out as `PackageError`."""
        source = cls(package, path)
        try:
            zipped = is_zip(path)
        except OSError as error:
            raise _unreadable(package, path, error) from error
        try:
            if zipped:
                source._open_archive()
            yield source
        except ZipRefusedError as error:
            raise PackageError(package, str(error)) from error
        except (BadZipFile, zlib.error, EOFError) as error:
            raise PackageError(package, f"the zip is damaged: {error}") from error
        finally:
            if source._archive is not None:
                source._archive.close()


def _unreadable(package: str, path: Path, error: OSError) -> PackageError:
    return PackageError(package, f"cannot read {path}: {error.strerror}")


@dataclass(slots=True)
class _Encodings:
    """Which encodings are still possible; UTF-8 wins where both are."""

    utf8_fault: str = ""
    gbk_fault: str = ""

    def feed(self, block: bytes, offset: int, line: int) -> None:
        if block.isascii():
            return
        self.utf8_fault = self.utf8_fault or _fault(block, "utf-8", offset, line)
        self.gbk_fault = self.gbk_fault or _fault(block, "gbk", offset, line)


def _fault(block: bytes, encoding: str, offset: int, line: int) -> str:
    try:
        block.decode(encoding)
    except UnicodeDecodeError as error:
        at_line = line + block.count(b"\n", 0, error.start)
        return f"at byte {offset + error.start}, line {at_line}"
    return ""


def _survey(package: str, stream: IO[bytes]) -> Survey:
    digest, encodings = hashlib.sha256(), _Encodings()
    offset, line, marked = 0, 1, False
    # Blocks end with a line: neither encoding has a line feed inside a character.
    while block := stream.read(_BLOCK_BYTES):
        block += stream.readline(_LINE_BYTES)
        digest.update(block)
        if offset == 0:
            marked = block.startswith(codecs.BOM_UTF8)
        _refuse_control(package, block, line)
        encodings.feed(block, offset, line)
        offset += len(block)
        line += block.count(b"\n")
    if not encodings.utf8_fault:
        encoding = "utf-8-sig" if marked else "utf-8"
    elif not encodings.gbk_fault:
        encoding = "gbk"
    else:
        raise PackageError(
            package,
            f"the text is neither UTF-8 (wrong {encodings.utf8_fault}) "
            f"nor GBK (wrong {encodings.gbk_fault})",
        )
    return Survey(sha256=digest.hexdigest(), encoding=encoding)


def _refuse_control(package: str, block: bytes, line: int) -> None:
    found = _CONTROL.search(block)
    if found is None:
        return
    byte = found[0][0]
    what = {
        0x00: "a NUL byte: this is no text of codes (or it is UTF-16)",
        0x0D: "a carriage return without a line feed",
    }.get(byte, f"the control character 0x{byte:02X}")
    at_line = line + block.count(b"\n", 0, found.start())
    raise PackageError(
        package, "control characters", (LineFault(line=at_line, fault=what),)
    )
