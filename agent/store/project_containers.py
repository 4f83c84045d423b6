"""Cases and pallets from open to closed, fact by fact."""

import sqlite3

from agent.domain.code_state import CodeState
from agent.domain.facts import (
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    LabelSent,
    Packed,
)
from agent.domain.words import CodeRef, Level, Mode
from agent.store.project_codes import accept
from agent.store.tables import ContradictionError, Package, Tables

_LEVELS = tuple(Level)
CLOSED = "closed_containers"


def container_opened(tables: Tables, fact: ContainerOpened, _seq: int) -> None:
    """An empty container of a new number."""
    tables.require_open(fact.order)
    cursor = tables.db.execute(
        "INSERT INTO containers (container, order_id, level, state)"
        " VALUES (?, ?, ?, 'open') ON CONFLICT DO NOTHING",
        (fact.container, fact.order, fact.level.value),
    )
    if cursor.rowcount == 0:
        raise ContradictionError("container numbers are used once for ever")


def packed(tables: Tables, fact: Packed, seq: int) -> None:
    """A good code of a lower level gets its one live parent."""
    order, level, _, _ = _container(tables, fact.container, "open")
    package = tables.locate(fact.code)
    if _LEVELS.index(package.level) >= _LEVELS.index(level):
        raise ContradictionError(f"a {package.level} does not go into a {level}")
    if package.order not in ("", order):
        raise ContradictionError(f"the code belongs to order {package.order}")
    state = tables.code(fact.code).state
    if state is not CodeState.GOOD:
        raise ContradictionError(f"the code is {state}, not good")
    try:
        tables.db.execute(
            "INSERT INTO children VALUES (?, ?, ?, ?)",
            (package.no, fact.code.index, fact.container, fact.evidence.value),
        )
    except sqlite3.IntegrityError:
        raise ContradictionError("the code has a parent already") from None
    tables.db.execute(
        "UPDATE containers SET children = children + 1 WHERE container = ?",
        (fact.container,),
    )
    tables.touch(fact.code, seq)


def container_filled(tables: Tables, fact: ContainerFilled, _seq: int) -> None:
    """A container holds exactly the children it declares."""
    _, _, _, children = _container(tables, fact.container, "open")
    if children != fact.children or children < 1:
        raise ContradictionError(f"it holds {children} children")
    tables.db.execute(
        "UPDATE containers SET state = 'filled', partial = ?, decided_by = ?"
        " WHERE container = ?",
        (fact.partial, fact.by, fact.container),
    )


def label_sent(tables: Tables, fact: LabelSent, seq: int) -> None:
    """A leased code of its level is on its way to a filled container."""
    _, level, _, _ = _container(tables, fact.container, "filled")
    package = _label_package(tables, fact.code, level)
    state = tables.code(fact.code).state
    if state is not CodeState.IN_FLIGHT:
        raise ContradictionError(f"the label's code is {state}, not in flight")
    try:
        tables.db.execute(
            "UPDATE containers SET state = 'labelled', label_package = ?,"
            " label_idx = ? WHERE container = ?",
            (package.no, fact.code.index, fact.container),
        )
    except sqlite3.IntegrityError:
        raise ContradictionError("the code labels another container") from None
    tables.touch(fact.code, seq)


def container_closed(tables: Tables, fact: ContainerClosed, seq: int) -> None:
    """The label was read on it. That is the label it was sent, even if voided for
    unknown fate since, or a pre-printed one."""
    order, level, label, _ = _container(tables, fact.container, "filled", "labelled")
    package = _label_package(tables, fact.code, level)
    if package.mode is Mode.PRINT and label != (package.no, fact.code.index):
        raise ContradictionError("this is not the label sent for it")
    accept(tables, fact.code, seq)
    tables.db.execute(
        "UPDATE containers SET state = 'closed', label_package = ?, label_idx = ?,"
        " evidence = ? WHERE container = ?",
        (package.no, fact.code.index, fact.evidence.value, fact.container),
    )
    tables.tally(order, CLOSED, level.value)


def _label_package(tables: Tables, code: CodeRef, level: Level) -> Package:
    package = tables.locate(code)
    if package.level is not level:
        raise ContradictionError(f"a {package.level} code cannot label a {level}")
    return package


def _container(
    tables: Tables, container: int, *allowed: str
) -> tuple[str, Level, tuple[int | None, int | None], int]:
    """Order, level, label and number of children of a container in such a state."""
    row = tables.db.execute(
        "SELECT order_id, level, state, label_package, label_idx, children"
        " FROM containers WHERE container = ?",
        (container,),
    ).fetchone()
    if row is None:
        raise ContradictionError(f"there is no container {container}")
    order, level, state, label_package, label_idx, children = row
    if state not in allowed:
        raise ContradictionError(f"container {container} is {state}")
    return order, Level(level), (label_package, label_idx), int(children)
