"""Sorting codes into a package file that nobody sees yet.

The lines go unsorted into a scratch file; SQLite's own external sort then ranks them
into the package. Memory stays at its page cache, whatever the number of codes.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.store.errors import LineFault, PackageError
from agent.store.package_lines import MAX_FAULTS, Row
from agent.store.package_meta import PackageMeta
from agent.store.package_rows import FILL_STEPS, SCHEMA, digest_of, write_meta

_CACHE_KIB = 8_192
_INSERT = "INSERT INTO raw (line, key, text, pair) VALUES (?, ?, ?, ?)"
_RANK = (
    "INSERT INTO code (key, idx, text, pair)"
    " SELECT key, row_number() OVER (ORDER BY key), text, pair FROM raw"
)
_REPEATS = (
    "SELECT min(line), max(line), count(*), key FROM raw GROUP BY key"
    " HAVING count(*) > 1 ORDER BY 2 LIMIT ?"
)
_SHARED = "SELECT code.key FROM code CROSS JOIN other.code USING (key) LIMIT ?"
_LINES = (
    "SELECT line, key FROM raw WHERE key IN (SELECT code.key FROM code"
    " CROSS JOIN other.code USING (key) LIMIT ?) ORDER BY line"
)


class PackageBuild:
    """One package in the making, at `target`, with a scratch file beside it."""

    def __init__(self, package: str, target: Path) -> None:
        self._package = package
        self.target = target
        self._scratch = target.with_name(f"{target.name}-scratch")
        self._remove()
        self._db = sqlite3.connect(
            target.absolute().as_uri(), uri=True, isolation_level=None
        )
        self._db.execute("ATTACH ? AS scratch", (self._scratch.absolute().as_uri(),))
        # Nothing of this survives a crash or needs to: the file counts only once it
        # was synced and has its name.
        for name in ("main", "scratch"):
            self._db.execute(f"PRAGMA {name}.journal_mode = OFF")
            self._db.execute(f"PRAGMA {name}.synchronous = OFF")
            self._db.execute(f"PRAGMA {name}.cache_size = -{_CACHE_KIB}")
        self._db.execute("PRAGMA temp_store = FILE")
        for statement in SCHEMA:
            self._db.execute(statement)
        self._db.execute(
            "CREATE TABLE scratch.raw"
            " (line INTEGER PRIMARY KEY, key TEXT NOT NULL, text TEXT, pair TEXT)"
        )

    def fill(self, rows: Iterable[Row]) -> int:
        """Read all rows; how many there were."""
        self._db.execute("BEGIN")
        self._db.executemany(_INSERT, rows)
        self._db.execute("COMMIT")
        return int(self._db.execute("SELECT count(*) FROM raw").fetchone()[0])

    def rank(self) -> None:
        """Sort into place; `PackageError` names codes that came twice."""
        self._db.execute("BEGIN")
        try:
            self._db.execute(_RANK)
        except sqlite3.IntegrityError:
            self._refuse_repeats()
            raise
        self._db.execute(FILL_STEPS)
        self._db.execute("COMMIT")

    def _refuse_repeats(self) -> None:
        repeats = self._db.execute(_REPEATS, (MAX_FAULTS,)).fetchall()
        faults = tuple(
            LineFault(
                line=last,
                fault=f"{key} stands already in line {first}"
                + (f" ({count} times in all)" if count > 2 else ""),
            )
            for first, last, count, key in repeats
        )
        raise PackageError(self._package, "codes that come twice", faults)

    def compare(self, other: Path, name: str) -> None:
        """`PackageError` if any code also stands in the package file `other`."""
        self._db.execute(
            "ATTACH ? AS other", (f"{other.absolute().as_uri()}?mode=ro&immutable=1",)
        )
        if self._overlaps() and self._db.execute(_SHARED, (1,)).fetchone():
            lines = self._db.execute(_LINES, (MAX_FAULTS,)).fetchall()
            raise PackageError(
                self._package,
                f"codes that package {name} has already",
                tuple(
                    LineFault(line=line, fault=f"{key} is in package {name}")
                    for line, key in lines
                ),
            )
        self._db.execute("DETACH other")

    def _overlaps(self) -> bool:
        """Whether the key ranges meet at all: most packages differ in their front."""
        (ours, theirs) = (
            self._db.execute(f"SELECT min(key), max(key) FROM {name}.code").fetchone()  # noqa: S608
            for name in ("main", "other")
        )
        return bool(ours[0] <= theirs[1] and theirs[0] <= ours[1])

    def digest(self) -> tuple[int, str]:
        """Count and digest of the ranked codes."""
        return digest_of(self._db)

    def finish(self, meta: PackageMeta) -> None:
        """Write the description; the file is complete afterwards."""
        write_meta(self._db, meta)
        self._db.close()
        self._scratch.unlink()

    def _remove(self) -> None:
        self.target.unlink(missing_ok=True)
        self._scratch.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()
        self._remove()
