"""Everything the platform knows, without HTTP and without a clock of its own."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Self

from agent.clock import WallClock, wall_ms
from simulators.platform.catalogue import Catalogue
from simulators.platform.database import open_database
from simulators.platform.events import EventLedger
from simulators.platform.settlements import Settlements


class Snapshot:
    """A backup of a ledger."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._copy = sqlite3.connect(":memory:")
        database.backup(self._copy)

    def into(self, database: sqlite3.Connection) -> None:
        """Overwrite a database with the backup."""
        self._copy.backup(database)

    def close(self) -> None:
        """Forget the backup."""
        self._copy.close()


class PlatformLedger:
    """`events`, `catalogue` and `settlements`, kept in a file or in memory."""

    def __init__(self, path: Path | None = None, now_ms: WallClock = wall_ms) -> None:
        self._database = open_database(path)
        self._watchers: list[Callable[[], None]] = []
        self.events = EventLedger(self._database, now_ms)
        self.catalogue = Catalogue(self._database)
        self.settlements = Settlements(self._database, now_ms)

    def snapshot(self) -> Snapshot:
        """A backup as of now."""
        return Snapshot(self._database)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back in time, as a platform does that was restored from a backup."""
        snapshot.into(self._database)

    def watch(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever `announce` is called."""
        self._watchers.append(callback)

    def announce(self) -> None:
        """Tell those who wait that something was published."""
        for callback in self._watchers:
            callback()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
