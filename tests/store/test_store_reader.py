"""What readers are told: books, standings, histories; never for longer than allowed."""

import itertools

import pytest

from agent.domain.code_state import CodeState
from agent.domain.facts import (
    CodesLeased,
    CodesReleased,
    CodesVoided,
    ContainerClosed,
    ContainerOpened,
    LabelSent,
    UnnumberedRejected,
)
from agent.domain.words import (
    CodeRef,
    Evidence,
    ItemRef,
    Level,
    Mode,
    Reason,
    VoidCause,
)
from agent.store.errors import QueryTooLongError, StoreError
from agent.store.read_connection import ReadConnection
from agent.store.views import ContainerBooks, ItemBooks


@pytest.fixture
def reader(line):
    with line.store.reader() as reader:
        yield reader


@pytest.fixture
def run(line):
    line.order()
    line.package("U1", leased=20)
    line.package("C1", Level.CASE, codes=10, leased=5)
    return line


def unit(index: int) -> CodeRef:
    return CodeRef(package="U1", index=index)


def label(index: int) -> CodeRef:
    return CodeRef(package="C1", index=index)


def test_the_books_of_an_order(run, reader) -> None:
    run.good(1, 2, 3)
    run.judge(4, unit(4))
    run.gate(4, "absent")
    run.judge(5, None, Reason.NO_READ)
    run.gate(5, "rejected")
    run.judge(6, unit(1), Reason.DUPLICATE)
    run.judge(7, unit(7))
    run.do(CodesVoided(package="U1", indices=(9, 10), cause=VoidCause.NEVER_SEEN))
    run.do(UnnumberedRejected(order="O1", count=2))
    run.do(UnnumberedRejected(order="O1", count=1))
    run.fill(1, unit(1), unit(2))
    run.do(LabelSent(container=1, code=label(1)))
    run.do(ContainerClosed(container=1, code=label(1), evidence=Evidence.READ))
    run.fill(2, unit(3))
    books = reader.books("O1")
    units, cases = books.packages
    assert (units.package, units.level, units.mode) == ("U1", Level.UNIT, Mode.PRINT)
    assert (units.issued, units.unused, units.in_flight) == (100, 80, 13)
    assert (units.good, units.rejected, units.voided, units.sampled) == (4, 1, 2, 0)
    assert (cases.good, cases.in_flight, cases.unused) == (1, 4, 5)
    assert books.items == ItemBooks(
        passed=5,
        rejected={Reason.NO_READ: 1, Reason.DUPLICATE: 1},
        gated={"passed": 3, "absent": 1, "rejected": 1},
        pulled={"absent": 1},
        unresolved=2,
        waiting=1,
        unnumbered=3,
    )
    assert books.containers == (
        ContainerBooks(level=Level.CASE, open=0, filled=1, labelled=0, closed=1),
    )
    assert reader.books("O9").packages == ()


def test_a_key_is_looked_for_in_the_packages_of_the_order(
    line, reader, claim, tmp_path
) -> None:
    line.order()
    line.order("O2")
    for order, level, first in (
        ("O1", Level.UNIT, 100),
        ("O1", Level.CASE, 200),
        ("O2", Level.UNIT, 300),
        ("", Level.UNIT, 400),
    ):
        source = tmp_path / "codes.txt"
        source.write_text("".join(f"K{n}\n" for n in range(first, first + 9)))
        meta = line.store.accept_package(
            source,
            claim(f"P{first}", order=order, level=level),
            lambda code: (code.lower(), code),
        )
        line.do(meta.accepted())
    line.do(CodesLeased(package="P100", first=1, last=3, device="p"))
    found = reader.find_key("O1", "k101")
    assert (found.ref, found.state) == (
        CodeRef(package="P100", index=2),
        CodeState.IN_FLIGHT,
    )
    assert reader.find_key("O1", "K101") is None
    assert reader.find_key("O1", "k105", Level.UNIT).state is CodeState.UNUSED
    assert reader.find_key("O1", "k201", Level.UNIT) is None
    assert reader.find_key("O1", "k201", Level.CASE).ref.package == "P200"
    assert reader.find_key("O1", "k301") is None
    assert reader.find_key("O1", "k401").ref.package == "P400"
    assert reader.find_anywhere("k301").ref == CodeRef(package="P300", index=2)
    assert reader.find_anywhere("k999") is None
    packages = reader.order_packages("O1")
    assert [each.package for each in packages] == ["P100", "P200", "P400"]
    assert packages[0].leased_to == 3


def test_the_history_of_a_code(run, reader) -> None:
    run.good(1)
    run.judge(2, unit(1), Reason.DUPLICATE)
    run.fill(1, unit(1))
    run.judge(3, unit(2), Reason.SEQUENCE_FAULT)
    run.do(CodesReleased(package="U1", first=20, last=20))
    assert [row.kind for row in reader.code_history(unit(1))] == [
        "CodesLeased",
        "ItemJudged",
        "ItemJudged",
        "Packed",
    ]
    kinds = [row.kind for row in reader.code_history(unit(20))]
    assert kinds == ["CodesLeased", "CodesReleased"]
    assert reader.code_history(unit(99)) == []


def test_codes_in_flight_after_a_long_run(line, reader) -> None:
    line.order()
    line.package("U1", codes=12_000, leased=12_000)
    assert reader.in_flight_indices("U1") == tuple(range(1, 12_001))
    kept = {3, 2_000, 2_001, 11_999}
    gone = tuple(n for n in range(1, 12_001) if n not in kept)
    line.do(CodesVoided(package="U1", indices=gone, cause=VoidCause.NEVER_SEEN))
    assert reader.in_flight_indices("U1") == tuple(sorted(kept))


def test_what_to_lease_next(run, reader) -> None:
    for item, index in enumerate((22, 23, 26), 1):
        run.judge(item, unit(index), Reason.NOT_IN_FLIGHT)
    plan = reader.next_lease("U1", 4)
    assert (plan.first, plan.last, plan.indices) == (21, 27, (21, 24, 25, 27))
    run.do(CodesLeased(package="U1", first=21, last=27, device="p"))
    assert set(plan.indices) <= set(reader.in_flight_indices("U1"))
    rest = reader.next_lease("U1", 1_000)
    assert (rest.first, rest.last, len(rest.indices)) == (28, 100, 73)
    run.do(CodesLeased(package="U1", first=28, last=100, device="p"))
    assert reader.next_lease("U1", 1) is None


def test_items_and_containers_left_open(run, reader) -> None:
    run.good(1, 2, 3)
    run.judge(4, unit(4))
    run.judge(5, None, Reason.NO_READ)
    assert [each.item.number for each in reader.unresolved_items()] == [4, 5]
    assert [each.item.number for each in reader.unresolved_items(1)] == [4, 5]
    assert reader.unresolved_items(2) == []
    assert reader.unresolved_items()[0].code == unit(4)
    assert reader.last_gated(1) == 3
    assert reader.last_gated(2) is None
    assert reader.item(ItemRef(boot=1, number=9)) is None
    assert reader.next_container() == 1
    run.fill(1, unit(1))
    run.fill(2, unit(2))
    run.do(LabelSent(container=1, code=label(1)))
    run.do(ContainerOpened(order="O1", container=3, level=Level.CASE))
    assert reader.open_container("O1", Level.CASE).container == 3
    assert reader.open_container("O1", Level.PALLET) is None
    assert [each.container for each in reader.awaiting_label("O1", Level.CASE)] == [2]
    (waiting,) = reader.awaiting_scan("O1", Level.CASE)
    assert (waiting.container, waiting.label) == (1, label(1))
    assert reader.next_container() == 4
    assert reader.container(9) is None


def test_the_journal_page_by_page(run, reader) -> None:
    head = reader.head()
    rows = reader.journal_after(0, 3) + reader.journal_after(3, 100)
    assert [row.seq for row in rows] == list(range(1, head.seq + 1))
    assert rows[-1].hash == head.hash
    assert [row.seq for row in reader.journal_before(4, 2)] == [3, 2]
    assert reader.life().line == "L1"


def test_what_was_never_accepted(run, reader) -> None:
    assert reader.code(CodeRef(package="X", index=1)) is None
    assert reader.code(unit(101)) is None
    assert reader.package("X") is None
    with pytest.raises(StoreError, match="never accepted"):
        reader.in_flight_indices("X")


def test_a_reader_sees_one_moment(run, reader) -> None:
    """Books read while the line goes on still add up."""
    db = reader._db
    with db.moment():
        before = db.rows("SELECT good FROM packages")
        run.good(1)
        assert db.rows("SELECT good FROM packages") == before
    assert db.rows("SELECT good FROM packages") != before


def test_a_query_ends_in_time(line) -> None:
    clock = itertools.count()
    db = ReadConnection(line.store.database_path, 3, lambda: next(clock))
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    with pytest.raises(QueryTooLongError):
        db.rows(f"{endless} SELECT max(x) FROM n")
    with db.moment(), pytest.raises(QueryTooLongError):
        db.rows(f"{endless} SELECT max(x) FROM n")
    assert db.rows("SELECT 1") == [(1,)]
    db.close()


def test_books_take_no_longer_for_more_items(line, reader) -> None:
    """Counted in SQLite's steps, not in time, so that the machine does not matter."""
    line.order()
    line.package("U1", codes=5_000, leased=5_000)

    def steps() -> int:
        count = itertools.count()
        db = reader._db._db
        db.set_progress_handler(lambda: next(count) and None, 1)
        reader.books("O1")
        db.set_progress_handler(reader._db._is_late, 20_000)
        return next(count)

    line.good(*range(1, 11))
    few = steps()
    line.good(*range(11, 1_001))
    assert steps() < few * 1.2


def test_a_restart_with_a_long_history_is_quick(line) -> None:
    """Ready in 5 s with a million codes: opening reads the end only."""
    line.order()
    line.package("U1", codes=1_000_000, leased=10_000)
    line.do(
        CodesVoided(
            package="U1", indices=tuple(range(1, 10_000)), cause=VoidCause.NEVER_SEEN
        )
    )
    thousands = itertools.count()
    with line.store.reader() as reader:
        reader._db._db.set_progress_handler(lambda: next(thousands) and None, 1000)
        assert reader.in_flight_indices("U1") == (10_000,)
        assert reader.next_lease("U1", 50).first == 10_001
    # Steps of SQLite's machine: a look at each of the million codes takes several.
    assert next(thousands) < 1000
