"""`orders`, `lookup` and `report`: what is on file, read beside a running agent."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.lookup import look_up
from agent.reports import as_text, is_sound, reconcile
from agent.settings import load
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.store import PACKAGES_NAME

AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line")]


@contextmanager
def reader_of(settings: Path) -> Iterator[StoreReader]:
    """The store of these settings, read-only."""
    folder = load(settings).line.data
    with StoreReader(folder / DATABASE_NAME, folder / PACKAGES_NAME) as reader:
        yield reader


def orders(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """List orders: name, state, passed of target, product, batch. 生产任务"""
    with plain_errors(), reader_of(settings) as reader:
        for view in reader.orders():
            passed = reconcile(reader, view.order).items_passed
            print(
                f"{view.order}\t{view.state}\t{passed}/{view.target}\t"
                f"{view.product}\t{view.batch}"
            )


def lookup(
    code: Annotated[str, typer.Argument(help="as printed or scanned; - for stdin")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Say what became of a code. 查码"""
    text = sys.stdin.readline().rstrip("\r\n") if code == "-" else code
    with plain_errors(), reader_of(settings) as reader:
        found = look_up(reader, text)
    if found is None:
        say(f"{text[:80]!r} is in no code package of this line")
        raise typer.Exit(Exit.NEGATIVE)
    if as_json:
        print(found.model_dump_json())
        return
    for name, value in found.model_dump(mode="json").items():
        shown = ", ".join(value) if isinstance(value, list) else value
        print(f"{name:10}{'-' if shown in (None, '') else shown}")


def report(
    order: Annotated[str, typer.Argument(help="order 生产任务")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """The reconciliation of an order; exit code 1 if it does not add up. 对账"""
    with plain_errors(), reader_of(settings) as reader:
        if reader.order(order) is None:
            say(f"there is no order {order!r} here; see `line-agent orders`")
            raise typer.Exit(Exit.NEGATIVE)
        books = reconcile(reader, order)
    print(books.model_dump_json(indent=2) if as_json else as_text(books))
    if not is_sound(books):
        raise typer.Exit(Exit.NEGATIVE)
