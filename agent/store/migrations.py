"""Schema changes, each applied once in its own transaction, newest last.

A released step is never edited; a change of the schema is a new function.
"""

import sqlite3

from sqlite_utils import Database, Migrations

from agent.store import schema
from agent.store.errors import SchemaTooNewError, StoreError


def m001_first(db: Database) -> None:
    """Journal and the tables that follow from it."""
    for statement in schema.FIRST:
        db.execute(statement)


def m002_order_dates(db: Database) -> None:
    """Orders may tell the dates that stand beside the code."""
    for statement in schema.ORDER_DATES:
        db.execute(statement)


STEPS = (m001_first, m002_order_dates)
MIGRATIONS = Migrations("line")
for _step in STEPS:
    MIGRATIONS()(_step)


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def check_schema(connection: sqlite3.Connection) -> None:
    """Only reads. `SchemaTooNewError` if a later version has been at work here,
    `StoreError` if this is some other program's database."""
    db = _database(connection)
    tables = db.table_names()
    if tables and Migrations.migrations_table not in tables:
        raise StoreError("line.sqlite is not a database of the line agent")
    known = {step.__name__ for step in STEPS}
    later = [each.name for each in MIGRATIONS.applied(db) if each.name not in known]
    if later:
        raise SchemaTooNewError(
            f"line.sqlite was changed by a later version of the agent "
            f"({', '.join(later)}): install that version; nothing was written"
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date; a step that fails leaves the one before it."""
    MIGRATIONS.apply(_database(connection))
