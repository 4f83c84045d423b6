"""`packages`: take in a code package by hand, and list those on file."""

import hashlib
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.records import reader_of
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.clock import wall_ms
from agent.documents import spec_from_json
from agent.domain.code_format import normalise_line
from agent.domain.words import Level
from agent.settings import load
from agent.store.errors import PackageError
from agent.store.package_lines import Identify
from agent.store.package_meta import PackageClaim, PackageMeta
from agent.store.package_zip import is_zip
from agent.store.store import Store

app = typer.Typer(no_args_is_help=True)
COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
)


@app.callback()
def packages() -> None:
    """Code packages. 码包"""


@app.command("list")
def list_packages(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Packages on file: id, level, order, codes, handed out. 码包列表"""
    with plain_errors(), reader_of(settings) as reader:
        for each in reader.accepted_packages():
            print(
                f"{each.package}\t{each.level}\t{each.order}\t{each.codes}\t"
                f"{each.leased_to}"
            )


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help=".txt, .csv or .zip")],
    order: Annotated[str, typer.Option(help="order the codes are for 生产任务")],
    level: Annotated[Level, typer.Option(help="level 层级")] = Level.UNIT,
    package: Annotated[
        str | None, typer.Option(help="package id; the file's name if not given")
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Take in a code package, all or nothing, while the agent is stopped. 导入码包"""
    with plain_errors():
        if not file.is_file():
            say(f"{file}: there is no such file")
            raise typer.Exit(Exit.UNUSABLE)
        loaded = load(settings)
        with Store.open(loaded.line.data, loaded.line.id) as store:
            claim, identify = _claim(store, package or file.stem, order, level)
            meta = _import(store, file, claim, identify)
            store.ledger.append([meta.accepted()], wall_ms())
    print(f"{meta.package}\t{meta.level}\t{meta.order}\t{meta.count}")


def _claim(
    store: Store, package: str, order: str, level: Level
) -> tuple[PackageClaim, Identify]:
    with store.reader() as reader:
        view = reader.order(order)
    if view is None:
        raise PackageError(
            package, f"order {order!r} is unknown here; see `line-agent orders`"
        )
    try:
        rules = spec_from_json(view.spec_json).level(level)
    except KeyError as error:
        raise PackageError(package, str(error.args[0])) from None
    claim = PackageClaim(
        package=package,
        level=level,
        mode=rules.mode,
        order=order,
        product=view.product,
    )
    return claim, lambda line: normalise_line(rules.format, line)


def _import(
    store: Store, file: Path, claim: PackageClaim, identify: Identify
) -> PackageMeta:
    """With a progress bar on stderr; a cut-off import of the same file is finished."""
    orphan = next((m for m in store.orphans() if m.package == claim.package), None)
    if orphan is not None and orphan.source_sha256 == _digest(file):
        return orphan
    with Progress(*COLUMNS, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=_lines(file))
        meta = store.accept_package(
            file, claim, identify, lambda done: bar.update(task, completed=done)
        )
        bar.update(task, completed=meta.count, total=meta.count)
    return meta


def _lines(file: Path) -> int | None:
    """How many there are to read; None for a zip, which tells only when unpacked."""
    if is_zip(file):
        return None
    with file.open("rb") as source:
        return sum(
            block.count(b"\n") for block in iter(partial(source.read, 1 << 20), b"")
        )


def _digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
