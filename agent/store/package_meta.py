"""Names and facts of a code package, apart from its codes."""

import re
from dataclasses import dataclass

from agent.domain.facts import PackageAccepted
from agent.domain.words import Level, Mode
from agent.store.errors import PackageError

# A package id becomes a file name: an allow-list, and never a dot or dash in front.
_PACKAGE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_package_id(package: str) -> str:
    """The id itself, or `PackageError` where it could not be a safe file name."""
    if not _PACKAGE_ID.fullmatch(package):
        raise PackageError(
            repr(package[:80]),
            "a package id has 1 to 64 letters, digits, '.', '_' or '-' and begins "
            "with a letter or digit",
        )
    return package


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageClaim:
    """What the sender says a package is. `count` and `sha256` (of the text file
    with the codes, not of a zip around it) are checked where they are given."""

    package: str
    level: Level
    mode: Mode
    order: str
    product: str
    count: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageMeta:
    """A package on file. `source_sha256` is that of the text it was read from,
    `digest` that of its rows (see `package_rows`), both in hexadecimal."""

    package: str
    level: Level
    mode: Mode
    order: str
    product: str
    count: int
    source_sha256: str
    digest: str

    def accepted(self) -> PackageAccepted:
        """The fact that makes this package usable by the line."""
        return PackageAccepted(
            package=self.package,
            level=self.level,
            mode=self.mode,
            order=self.order,
            codes=self.count,
            sha256=self.digest,
        )
