"""What can go wrong in the store, as types. Every message says what to do."""

from dataclasses import dataclass
from pathlib import Path

from agent.domain.facts import Fact


class StoreError(Exception):
    """Anything the store refuses or cannot do."""


class StoreBusyError(StoreError):
    """Another process (`pid`, 0 if unknown) holds the data folder."""

    def __init__(self, folder: Path, pid: int) -> None:
        super().__init__(
            f"data folder {folder} is in use by process {pid or 'unknown'}: "
            "stop that agent first, or give this one a folder of its own"
        )
        self.pid = pid


class StoreFaultError(StoreError):
    """The disk or the database failed: nothing more is written until reopened."""


class SchemaTooNewError(StoreError):
    """The database was written by a later version; nothing was changed."""


class FactRefusedError(StoreError):
    """A fact that contradicts what is on file; nothing of its set was written."""

    def __init__(self, fact: Fact, why: str) -> None:
        super().__init__(f"{type(fact).__name__} refused: {why} ({fact})")
        self.fact = fact
        self.why = why


class QueryTooLongError(StoreError):
    """A reader was cut off at its time limit, so that the log can be recycled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """A line (1-based) of a code package and what is wrong with it."""

    line: int
    fault: str


class PackageError(StoreError):
    """A code package refused as a whole. `lines` holds the first 20 bad lines."""

    def __init__(
        self, package: str, problem: str, lines: tuple[LineFault, ...] = ()
    ) -> None:
        shown = "".join(f"\n  line {each.line}: {each.fault}" for each in lines)
        super().__init__(f"code package {package} refused: {problem}{shown}")
        self.package = package
        self.problem = problem
        self.lines = lines


class PackageDamagedError(StoreError):
    """A stored package differs from what was imported: nothing of it may print."""
