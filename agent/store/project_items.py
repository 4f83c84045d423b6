"""Items between verdict and gate, fact by fact."""

from agent.domain.code_state import CodeEvent, CodeState
from agent.domain.facts import ItemGated, ItemJudged, UnnumberedRejected
from agent.domain.words import CodeRef, ItemRef, Reason
from agent.store.project_codes import accept
from agent.store.tables import ContradictionError, Tables

PASSED, REJECTED = "passed", "rejected"
JUDGED, GATED, PULLED, UNNUMBERED = "judged", "gated", "pulled", "unnumbered"

_SETTLED = frozenset({CodeState.GOOD, CodeState.REJECTED, CodeState.SAMPLED})
_ItemRow = tuple[str | None, str | None, int | None, int | None]


def item_judged(tables: Tables, fact: ItemJudged, seq: int) -> None:
    """An item has one verdict. A pass makes the code read good."""
    tables.require_open(fact.order)
    if fact.passed is (fact.reason is not None):
        raise ContradictionError("a reject has a reason and a pass has none")
    row = _item(tables, fact.item)
    if row is not None and (row[0] is not None or fact.passed):
        raise ContradictionError("the item has its verdict or left without one")
    if fact.passed:
        _accept(tables, fact, seq)
    elif fact.code is not None:
        _refuse(tables, fact, fact.code, seq)
    tables.db.execute(
        "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE"
        " SET verdict = excluded.verdict, reason = excluded.reason,"
        " package = excluded.package, idx = excluded.idx",
        (
            fact.item.boot,
            fact.item.number,
            fact.order,
            PASSED if fact.passed else REJECTED,
            None if fact.reason is None else fact.reason.value,
            None if fact.code is None else tables.package(fact.code.package).no,
            None if fact.code is None else fact.code.index,
        ),
    )
    tables.tally(fact.order, JUDGED, fact.reason or PASSED)


def _accept(tables: Tables, fact: ItemJudged, seq: int) -> None:
    if fact.code is None:
        raise ContradictionError("a pass without a code")
    if not fact.order or tables.locate(fact.code).order not in ("", fact.order):
        raise ContradictionError("a pass with a code of another order")
    accept(tables, fact.code, seq, fact.item)


def _refuse(tables: Tables, fact: ItemJudged, code: CodeRef, seq: int) -> None:
    """A code whose fate is settled keeps it: this item carries a copy."""
    if tables.code(code).state in _SETTLED:
        tables.touch(code, seq)
        return
    why = None if fact.reason is None else fact.reason.value
    tables.move_code(code, CodeEvent.REFUSE, seq, why=why, item=fact.item)


def item_gated(tables: Tables, fact: ItemGated, seq: int) -> None:
    """The item left. Its code is pulled if it was to pass and did not."""
    tables.require_open(fact.order)
    if not fact.outcome:
        raise ContradictionError("an item left without an outcome")
    row = _item(tables, fact.item)
    if row is not None and row[1] is not None:
        raise ContradictionError("the item left before")
    tables.db.execute(
        "INSERT INTO items VALUES (?, ?, ?, NULL, NULL, NULL, NULL, ?)"
        " ON CONFLICT DO UPDATE SET outcome = excluded.outcome",
        (fact.item.boot, fact.item.number, fact.order, fact.outcome),
    )
    tables.tally(fact.order, GATED, fact.outcome)
    if row is not None and row[0] == PASSED and fact.outcome != PASSED:
        _pull(tables, fact, row, seq)


def _pull(tables: Tables, fact: ItemGated, row: _ItemRow, seq: int) -> None:
    _, _, package_no, index = row
    packed = tables.db.execute(
        "SELECT container FROM children WHERE package = ? AND idx = ?",
        (package_no, index),
    ).fetchone()
    if packed is not None:
        raise ContradictionError(f"its code is packed in container {packed[0]}")
    (package,) = tables.db.execute(
        "SELECT package FROM packages WHERE no = ?", (package_no,)
    ).fetchone()
    assert index is not None, "an item passes only with a code"
    tables.move_code(
        CodeRef(package=package, index=index),
        CodeEvent.PULL,
        seq,
        why=Reason.LATE.value,
    )
    tables.tally(fact.order, PULLED, fact.outcome)


def unnumbered_rejected(tables: Tables, fact: UnnumberedRejected, _seq: int) -> None:
    """Things thrown out that were never items still belong to the order's count."""
    tables.require_open(fact.order)
    if fact.count < 1:
        raise ContradictionError("nothing was thrown out")
    tables.tally(fact.order, UNNUMBERED, "", fact.count)


def _item(tables: Tables, item: ItemRef) -> _ItemRow | None:
    """Verdict, outcome and code (package number, index) of an item on file."""
    row: _ItemRow | None = tables.db.execute(
        "SELECT verdict, outcome, package, idx FROM items"
        " WHERE boot = ? AND number = ?",
        (item.boot, item.number),
    ).fetchone()
    return row
