"""The reconciliation: its figures, and what it calls balanced, open or wrong."""

import pytest

from agent.api.models import BooksLine, Reconciliation
from agent.domain.words import Level
from agent.reports import as_text, is_sound, on_the_way, produced_of, reconcile
from agent.store.errors import StoreError
from agent.store.views import ItemBooks


def test_books_of_a_finished_order(reader) -> None:
    books = reconcile(reader, "WO-1")
    assert books.closed
    assert books.balanced
    assert is_sound(books)
    assert on_the_way(books) == 0
    assert (books.items_passed, books.target) == (60, 60)
    assert books.containers["case"] == 3
    assert books.containers["pallet"] == 1
    assert sum(books.reasons.values()) == books.items_judged - books.items_passed
    head = reader.head()
    assert (books.head_seq, books.head_hash) == (head.seq, head.hash.hex())
    units = books.codes[0]
    assert units.level is Level.UNIT
    assert units.good == 60
    assert units.issued == reader.package("WO-1-unit").codes


def test_unknown_order(reader) -> None:
    with pytest.raises(StoreError, match="there is no order 'X'"):
        reconcile(reader, "X")


def books(**changes: object) -> Reconciliation:
    line = BooksLine(
        level=Level.UNIT,
        issued=100,
        unused=40,
        in_flight=0,
        good=50,
        rejected=6,
        voided=4,
        sampled=0,
    )
    values: dict[str, object] = {
        "order": "O",
        "product": "P",
        "batch": "B",
        "target": 50,
        "closed": True,
        "codes": (line,),
        "items_judged": 60,
        "items_passed": 50,
        "items_rejected": 8,
        "items_absent": 1,
        "items_unknown": 1,
        "items_escaped": 0,
        "reasons": {"no_read": 9, "late": 1},
        "unnumbered": 2,
        "containers": {"case": 3},
        "partial": 1,
        "head_seq": 9,
        "head_hash": "ab",
    }
    return Reconciliation(**(values | changes))  # type: ignore[arg-type]


def with_line(**changes: int) -> tuple[BooksLine, ...]:
    return (books().codes[0].model_copy(update=changes),)


def test_text_says_every_figure() -> None:
    text = as_text(books())
    assert "Order O  P  batch B" in text
    assert "closed, target 50, passed 50" in text
    for figure in ("100", "40", "50", "6", "4"):
        assert figure in text
    assert (
        "items judged 60 = passed 50 + rejected 8 + absent 1 + unknown 1 + on the way 0"
    ) in text
    assert "reasons: no_read 9, late 1" in text
    assert "closed: case 3 (of them short: 1)" in text
    assert text.endswith("The books balance. 账目平衡")


@pytest.mark.parametrize(
    "wrong",
    [
        {"codes": with_line(good=49)},
        {"codes": with_line(good=49, in_flight=1)},
        {"items_judged": 61},
        {"items_judged": 59},
        {"items_escaped": 1},
    ],
)
def test_a_closed_order_with_a_difference_is_wrong(wrong) -> None:
    assert not is_sound(books(**wrong))
    assert as_text(books(**wrong)).endswith("THE BOOKS DO NOT BALANCE. 账目不平衡")


@pytest.mark.parametrize(
    "moving", [{}, {"items_judged": 63}, {"codes": with_line(good=40, in_flight=10)}]
)
def test_an_open_order_may_have_things_on_their_way(moving) -> None:
    now = books(closed=False, **moving)
    assert is_sound(now)
    assert "订单未结" in as_text(now)
    assert "open, target 50" in as_text(now)


@pytest.mark.parametrize(
    "wrong",
    [{"items_judged": 59}, {"items_escaped": 1}, {"codes": with_line(good=51)}],
)
def test_an_open_order_can_be_wrong(wrong) -> None:
    assert not is_sound(books(closed=False, **wrong))


def test_produced_leaves_out_what_was_pulled_and_what_waits() -> None:
    items = ItemBooks(
        passed=100,
        rejected={},
        gated={"passed": 90},
        pulled={"rejected": 3, "absent": 1},
        unresolved=8,
        waiting=6,
        unnumbered=0,
    )
    assert produced_of(items) == 90
