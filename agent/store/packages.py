"""Code packages on file: one SQLite file each, never written after its import."""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.store.errors import PackageDamagedError, StoreError
from agent.store.package_meta import PackageMeta, check_package_id
from agent.store.package_rows import STEP, digest_of, mistyped, read_meta

SUFFIX = ".sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCode:
    """A code as issued: 1-based index, identity key, what to print, verify code."""

    index: int
    key: str
    text: str
    pair: str | None


class PackageFile:
    """A package opened for reading. One caller at a time."""

    def __init__(self, path: Path) -> None:
        """`PackageDamagedError` if the file is there but is not a whole package."""
        if not path.is_file():
            raise StoreError(f"no code package file {path}")
        # The file never changes and never has a log beside it, so no locks are needed.
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        self._path = path
        try:
            with self._damage():
                self.meta: PackageMeta = read_meta(self._db)
        except PackageDamagedError:
            self._db.close()
            raise

    def find(self, key: str) -> int | None:
        """The index of the code with this identity key."""
        with self._damage():
            row = self._db.execute(
                "SELECT idx FROM code WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else int(row[0])

    def codes(self, first: int, count: int) -> list[IssuedCode]:
        """Up to `count` codes from index `first` on; fewer at the end."""
        with self._damage():
            rows = self._db.execute(
                "SELECT idx, key, coalesce(text, key), pair FROM code WHERE key >= "
                "(SELECT key FROM step WHERE first <= ? ORDER BY first DESC LIMIT 1)"
                " AND idx >= ? ORDER BY key LIMIT ?",
                (first, first, count),
            ).fetchall()
        return [
            IssuedCode(index=index, key=key, text=text, pair=pair)
            for index, key, text, pair in rows
        ]

    def take(self, first: int, count: int) -> list[tuple[int, str]]:
        """Index and printing text of up to `count` codes from index `first` on."""
        return [(code.index, code.text) for code in self.codes(first, count)]

    def code(self, index: int) -> IssuedCode:
        """The code at `index`; `IndexError` outside 1 to `meta.count`."""
        if not 1 <= index <= self.meta.count:
            raise IndexError(f"package {self.meta.package} has no code {index}")
        return self.codes(index, 1)[0]

    def text(self, index: int) -> str:
        """What is printed for the code at `index`."""
        return self.code(index).text

    def pair(self, index: int) -> str | None:
        """The verify code of the code at `index`."""
        return self.code(index).pair

    def verify(self) -> None:
        """Read everything; `PackageDamagedError` where it is not as imported."""
        with self._damage():
            count, digest = digest_of(self._db)
            steps = self._db.execute(
                "SELECT count(*) FROM step JOIN code USING (key) WHERE first = idx"
            ).fetchone()[0]
            wrong = mistyped(self._db)
        if wrong or (count, digest) != (self.meta.count, self.meta.digest):
            raise PackageDamagedError(f"{self._path}: contents differ from the import")
        if steps != -(-count // STEP):
            raise PackageDamagedError(f"{self._path}: its index of places is damaged")

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, KeyError, ValueError) as error:
            raise PackageDamagedError(
                f"{self._path} cannot be read as a code package ({error}): "
                "do not print from it; restore it or ask for a new package"
            ) from error


class PackageShelf:
    """The package folder, with the files used last held open (32 at most)."""

    OPEN_FILES = 32

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: OrderedDict[str, PackageFile] = OrderedDict()

    def ids(self) -> list[str]:
        """The ids of all complete packages in the folder, sorted."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.paths())

    def paths(self) -> list[Path]:
        """The files of all complete packages (unfinished ones begin with a dot)."""
        return [path for path in self.folder.glob(f"[!.]*{SUFFIX}") if path.is_file()]

    def path(self, package: str) -> Path:
        """Where the package of this id lies or would lie."""
        return self.folder / f"{check_package_id(package)}{SUFFIX}"

    def get(self, package: str) -> PackageFile:
        """The opened package; `StoreError` if it is not in the folder."""
        held = self._open.pop(package, None) or PackageFile(self.path(package))
        self._open[package] = held
        while len(self._open) > self.OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return held

    def close(self) -> None:
        """Release all files."""
        while self._open:
            self._open.popitem()[1].close()
