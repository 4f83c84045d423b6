"""The store of one line: opened once, held for life, closed at the end."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from agent.store.chain import check_tail, read_head
from agent.store.database import DATABASE_NAME, open_database
from agent.store.errors import PackageError, StoreError, StoreFaultError
from agent.store.files import sync_folder
from agent.store.ledger import Ledger
from agent.store.lock import FolderLock
from agent.store.package_import import import_package, remove_leftovers
from agent.store.package_lines import Identify
from agent.store.package_meta import PackageClaim, PackageMeta
from agent.store.packages import PackageShelf
from agent.store.read_connection import LIMIT_S
from agent.store.reader import StoreReader

PACKAGES_NAME = "packages"
# Newest entries whose chain is checked at every start; all of it is `audit verify`.
_TAIL = 1_000
_NEW_FOLDER_MODE = 0o750


def new_epoch() -> str:
    """A name for the life of a database that no other one has."""
    return uuid4().hex


def system_ms() -> int:
    """UTC in milliseconds."""
    return time.time_ns() // 1_000_000


class Store:
    """A data folder: `lock`, `line.sqlite`, `packages/`."""

    def __init__(self, folder: Path, lock: FolderLock, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger
        self._lock = lock

    @classmethod
    def open(
        cls,
        folder: Path,
        line: str,
        *,
        epoch: Callable[[], str] = new_epoch,
        wall_ms: Callable[[], int] = system_ms,
    ) -> Self:
        """Open or begin the store of `line`, for this process alone.

        `StoreBusyError`, `SchemaTooNewError` and `StoreError` (another line's
        folder) leave everything as it was; `StoreFaultError` means a damaged store.
        """
        try:
            packages = folder / PACKAGES_NAME
            packages.mkdir(mode=_NEW_FOLDER_MODE, parents=True, exist_ok=True)
            lock = FolderLock(folder)
        except OSError as error:
            raise StoreError(f"cannot use data folder {folder}: {error}") from error
        try:
            return cls(folder, lock, _open_ledger(folder, line, epoch, wall_ms()))
        except BaseException:
            lock.release()
            raise

    @property
    def database_path(self) -> Path:
        """The line's database."""
        return self.folder / DATABASE_NAME

    @property
    def packages_path(self) -> Path:
        """The folder of the package files."""
        return self.folder / PACKAGES_NAME

    def reader(self, limit_s: float = LIMIT_S) -> StoreReader:
        """A new reader; whoever asked for it closes it."""
        return StoreReader(self.database_path, self.packages_path, limit_s)

    def accept_package(
        self,
        source: Path,
        claim: PackageClaim,
        identify: Identify,
        progress: Callable[[int], None] = lambda _: None,
    ) -> PackageMeta:
        """Import a package beside the line. It counts once the caller has appended
        `meta.accepted()`; a crash between leaves it among `orphans`."""
        with self.reader() as reader:
            if reader.package(claim.package) is not None:
                raise PackageError(claim.package, "it was accepted before")
        shelf = PackageShelf(self.packages_path)
        return import_package(
            source,
            self.packages_path,
            claim,
            identify,
            existing=sorted(shelf.paths()),
            progress=progress,
        )

    def orphans(self) -> list[PackageMeta]:
        """Complete package files nobody accepted yet: an import was cut off before
        its fact. They can be accepted as they are."""
        with self.reader() as reader:
            return [
                reader.packages.get(package).meta
                for package in reader.packages.ids()
                if reader.package(package) is None
            ]

    def missing_packages(self) -> list[str]:
        """Accepted packages whose file is gone or is not the one accepted: nothing of
        them can be printed or read."""
        with self.reader() as reader:
            present = set(reader.packages.ids())
            return [
                each.package
                for each in reader.accepted_packages()
                if each.package not in present
                or reader.packages.get(each.package).meta.digest != each.sha256
            ]

    def close(self) -> None:
        """Release the folder; safe to call once the line has stopped."""
        self.ledger.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open_ledger(
    folder: Path, line: str, epoch: Callable[[], str], created_ms: int
) -> Ledger:
    path = folder / DATABASE_NAME
    try:
        db, life = open_database(path, line, epoch, created_ms)
        broken = check_tail(db, life, _TAIL)
        head = read_head(db, life)
        remove_leftovers(folder / PACKAGES_NAME)
        sync_folder(folder)
    except (sqlite3.Error, OSError) as error:
        raise StoreFaultError(
            f"the store in {folder} cannot be opened: {error}"
        ) from error
    if broken is not None:
        db.close()
        raise StoreFaultError(
            f"the journal in {folder} is damaged at sequence {broken}: "
            "nothing is printed from it; restore a backup"
        )
    return Ledger(db, life, head)
