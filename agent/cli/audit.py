"""`audit verify`: the hash chain, and the tables against the journal."""

import sqlite3

import typer

from agent.cli.exits import Exit, plain_errors, say
from agent.cli.service import DEFAULT_SETTINGS, SettingsPath
from agent.settings import load
from agent.store.database import DATABASE_NAME
from agent.store.replay import verify_chain, verify_projection

app = typer.Typer(no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Verify what the agent has recorded. 审计"""


@app.command()
def verify(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Check every fact's hash and rebuild every table from the facts. 校验"""
    with plain_errors():
        database = load(settings).line.data / DATABASE_NAME
        try:
            bad = verify_chain(database)
            differences = [] if bad is not None else verify_projection(database)
        except sqlite3.Error as error:
            say(f"{database} cannot be read through: {error}")
            raise typer.Exit(Exit.NEGATIVE) from None
    if bad is not None:
        say(f"the hash chain breaks at fact {bad}: {database} was changed or damaged")
        raise typer.Exit(Exit.NEGATIVE)
    for each in differences:
        print(f"{each.table}\t{each.what}\t{each.row}")
    if differences:
        say(f"{len(differences)} rows differ from what the journal says")
        raise typer.Exit(Exit.NEGATIVE)
    print("chain whole, every table follows from the journal 校验通过")
