"""The books of an order, from tallies: as quick for a million items as for ten."""

from agent.domain.words import Level, Mode, Reason
from agent.store.project_containers import CLOSED
from agent.store.project_items import GATED, JUDGED, PASSED, PULLED, UNNUMBERED
from agent.store.read_connection import ReadConnection
from agent.store.views import ContainerBooks, ItemBooks, OrderBooks, PackageBooks


def read_books(db: ReadConnection, order: str) -> OrderBooks:
    """Codes, items and containers of an order, all of one moment."""
    with db.moment():
        return OrderBooks(
            order=order,
            packages=_packages(db, order),
            items=_items(db, order),
            containers=_containers(db, order),
        )


def _packages(db: ReadConnection, order: str) -> tuple[PackageBooks, ...]:
    rows = db.rows(
        "SELECT package, level, mode, codes, unused, in_flight, good, rejected,"
        " voided, sampled FROM packages WHERE order_id = ? ORDER BY no",
        order,
    )
    return tuple(
        PackageBooks(
            package=package,
            level=Level(level),
            mode=Mode(mode),
            issued=issued,
            unused=unused,
            in_flight=in_flight,
            good=good,
            rejected=rejected,
            voided=voided,
            sampled=sampled,
        )
        for (
            package,
            level,
            mode,
            issued,
            unused,
            in_flight,
            good,
            rejected,
            voided,
            sampled,
        ) in rows
    )


def _tallies(db: ReadConnection, order: str, kind: str) -> dict[str, int]:
    rows = db.rows(
        "SELECT value, n FROM tallies WHERE order_id = ? AND kind = ?", order, kind
    )
    return {str(value): int(n) for value, n in rows}


def _items(db: ReadConnection, order: str) -> ItemBooks:
    judged = _tallies(db, order, JUDGED)
    unresolved = db.rows(
        "SELECT count(*), ifnull(sum(verdict = ?), 0) FROM items"
        " WHERE outcome IS NULL AND order_id = ?",
        PASSED,
        order,
    )
    return ItemBooks(
        passed=judged.pop(PASSED, 0),
        rejected={Reason(reason): n for reason, n in judged.items()},
        gated=_tallies(db, order, GATED),
        pulled=_tallies(db, order, PULLED),
        unresolved=int(unresolved[0][0]),
        waiting=int(unresolved[0][1]),
        unnumbered=_tallies(db, order, UNNUMBERED).get("", 0),
    )


def _containers(db: ReadConnection, order: str) -> tuple[ContainerBooks, ...]:
    closed = _tallies(db, order, CLOSED)
    live = {
        (str(level), str(state)): int(n)
        for level, state, n in db.rows(
            "SELECT level, state, count(*) FROM containers"
            " WHERE order_id = ? AND state <> 'closed' GROUP BY level, state",
            order,
        )
    }
    seen = set(closed) | {level for level, _ in live}
    return tuple(
        ContainerBooks(
            level=level,
            open=live.get((level.value, "open"), 0),
            filled=live.get((level.value, "filled"), 0),
            labelled=live.get((level.value, "labelled"), 0),
            closed=closed.get(level.value, 0),
        )
        for level in Level
        if level.value in seen
    )
