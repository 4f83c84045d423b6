"""Importing a code package: all of it, or nothing at all.

Accepted is a text of one code or URL a line, or of `code,verify-code` pairs, in UTF-8
(with or without BOM) or GBK, with LF or CRLF, bare or zipped with a `manifest.json`.
A first line that is literally `code`, `url`, `标识`, `码` (or these with `,verify`,
`,verify-code`, `,验证码`) is a heading. See `package_lines` for the rules of a line.
"""

import io
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from agent.store.errors import PackageError, StoreFaultError
from agent.store.files import sync_file, sync_folder
from agent.store.package_build import PackageBuild
from agent.store.package_lines import CodeLines, Identify
from agent.store.package_manifest import check_claim
from agent.store.package_meta import PackageClaim, PackageMeta, check_package_id
from agent.store.package_source import CodeSource, Survey
from agent.store.packages import SUFFIX

PART = ".part"


def import_package(
    source: Path,
    folder: Path,
    claim: PackageClaim,
    identify: Identify,
    *,
    existing: Iterable[Path] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> PackageMeta:
    """Read `source` into `<folder>/<package id>.sqlite`, durably, and describe it.

    `existing` are package files that must not share a code with it; `progress` hears
    the number of lines read. `PackageError` for anything wrong with the package,
    `StoreFaultError` where the disk fails; in both cases no file is left.
    """
    package = check_package_id(claim.package)
    final = folder / f"{package}{SUFFIX}"
    if final.exists():
        raise _imported_before(package)
    part = folder / f".{package}.{os.getpid()}{PART}"
    lines = CodeLines(package, identify, progress)
    try:
        with CodeSource.open(package, source) as codes:
            survey = _check_source(codes, claim)
            with PackageBuild(package, part) as build:
                count = _read(build, codes, survey, claim, lines)
                for other in existing:
                    build.compare(other, other.name.removesuffix(SUFFIX))
                meta = _describe(build, claim, survey, count)
                build.finish(meta)
                _publish(part, final)
    except (sqlite3.OperationalError, OSError) as error:
        raise StoreFaultError(
            f"package {package} could not be written to {folder} ({error}): "
            "check free space and the disk, then import it again"
        ) from error
    return meta


def remove_leftovers(folder: Path) -> list[Path]:
    """Delete what an interrupted import left behind; says what it was."""
    leftovers = sorted(folder.glob(f".*{PART}*"))
    for path in leftovers:
        path.unlink()
    return leftovers


def _imported_before(package: str) -> PackageError:
    return PackageError(
        package, "a package of this id was imported before; an id is used once for ever"
    )


def _check_source(codes: CodeSource, claim: PackageClaim) -> Survey:
    if codes.manifest is not None:
        check_claim(claim, codes.manifest)
    survey = codes.survey()
    written = None if codes.manifest is None else codes.manifest.sha256
    for said in (claim.sha256, written):
        if said is not None and said.lower() != survey.sha256:
            raise PackageError(
                claim.package, f"the codes have digest {survey.sha256}, not {said}"
            )
    return survey


def _read(
    build: PackageBuild,
    codes: CodeSource,
    survey: Survey,
    claim: PackageClaim,
    lines: CodeLines,
) -> int:
    # As in the survey, only LF ends a line.
    with io.TextIOWrapper(codes.read(), survey.encoding, newline="\n") as text:
        count = build.fill(lines.rows(text))
    if count == 0:
        raise PackageError(claim.package, "it holds no codes")
    written = None if codes.manifest is None else codes.manifest.count
    for said in (claim.count, written):
        if said is not None and said != count:
            raise PackageError(claim.package, f"it holds {count} codes, not {said}")
    build.rank()
    return count


def _describe(
    build: PackageBuild, claim: PackageClaim, survey: Survey, count: int
) -> PackageMeta:
    ranked, digest = build.digest()
    assert ranked == count, (ranked, count)
    return PackageMeta(
        package=claim.package,
        level=claim.level,
        mode=claim.mode,
        order=claim.order,
        product=claim.product,
        count=count,
        source_sha256=survey.sha256,
        digest=digest,
    )


def _publish(part: Path, final: Path) -> None:
    """Give the synced file its name. A link, because it never replaces a file."""
    part.chmod(0o444)
    sync_file(part)
    try:
        os.link(part, final)
    except FileExistsError:
        raise _imported_before(final.name.removesuffix(SUFFIX)) from None
    sync_folder(final.parent)
