"""Orders, fact by fact; an order closes only when its books do."""

from agent.domain.facts import OrderClosed, OrderReceived, OrderStarted
from agent.store.tables import ContradictionError, Tables


def order_received(tables: Tables, fact: OrderReceived, _seq: int) -> None:
    """A new order, or a newer word on one that was not started yet."""
    if tables.order_state(fact.order) not in (None, "received"):
        raise ContradictionError("the order was started already")
    if not fact.order:
        raise ContradictionError("an order without a name")
    tables.db.execute(
        "INSERT OR REPLACE INTO orders VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, 'received', NULL, NULL, ?, ?)",
        (
            fact.order,
            fact.product,
            fact.batch,
            fact.target,
            fact.spec,
            fact.spec_version,
            fact.spec_json,
            fact.close_short,
            fact.production,
            fact.expiry,
        ),
    )
    tables.order_state_changed(fact.order)


def order_started(tables: Tables, fact: OrderStarted, seq: int) -> None:
    """The line works for it; the order started last is the current one."""
    state = tables.order_state(fact.order)
    if state not in ("received", "started"):
        raise ContradictionError(f"the order is {state or 'unknown'}")
    tables.db.execute(
        "UPDATE orders SET state = 'started', started_seq = ? WHERE order_id = ?",
        (seq, fact.order),
    )
    tables.order_state_changed(fact.order)


def order_closed(tables: Tables, fact: OrderClosed, seq: int) -> None:
    """Nothing in flight, nothing before the gate, no container half done."""
    if tables.order_state(fact.order) != "started":
        raise ContradictionError(
            f"the order is {tables.order_state(fact.order) or 'unknown'}, not started"
        )
    for question, what in _OPEN_ENDS:
        count = tables.db.execute(question, (fact.order,)).fetchone()[0]
        if count:
            raise ContradictionError(f"its books are open: {count} {what}")
    tables.db.execute(
        "UPDATE orders SET state = 'closed', closed_seq = ? WHERE order_id = ?",
        (seq, fact.order),
    )
    tables.order_state_changed(fact.order)


_OPEN_ENDS = (
    (
        "SELECT ifnull(sum(in_flight), 0) FROM packages WHERE order_id = ?",
        "codes in flight",
    ),
    (
        "SELECT count(*) FROM items WHERE outcome IS NULL AND order_id = ?",
        "items judged that did not leave the line",
    ),
    (
        "SELECT count(*) FROM containers WHERE state <> 'closed' AND order_id = ?"
        " AND (state <> 'open' OR children > 0)",
        "containers not closed",
    ),
)
