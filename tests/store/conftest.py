"""A store on a real disk, and a small language for what happens on a line."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.domain.facts import (
    CodesLeased,
    ContainerFilled,
    ContainerOpened,
    Fact,
    ItemGated,
    ItemJudged,
    OrderReceived,
    OrderStarted,
    PackageAccepted,
    Packed,
)
from agent.domain.words import CodeRef, Evidence, ItemRef, Level, Mode, Reason
from agent.store.package_meta import PackageClaim
from agent.store.schema import PROJECTED
from agent.store.store import Store

EPOCH = "e" * 32


class Line:
    """Appends facts to a store as a line would, one order at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._ms = itertools.count(1_000)

    def do(self, *facts: Fact) -> int:
        return self.store.ledger.append(facts, next(self._ms)).last_seq

    def order(self, order: str = "O1") -> None:
        self.do(
            OrderReceived(
                order=order,
                product="P",
                batch="B",
                target=100,
                spec="S",
                spec_version=1,
                spec_json="{}",
            ),
            OrderStarted(order=order, by="op"),
        )

    def package(
        self,
        package: str = "U1",
        level: Level = Level.UNIT,
        mode: Mode = Mode.PRINT,
        *,
        order: str = "O1",
        codes: int = 100,
        leased: int = 0,
    ) -> None:
        self.do(
            PackageAccepted(
                package=package,
                level=level,
                mode=mode,
                order=order,
                codes=codes,
                sha256="",
            )
        )
        if leased:
            self.do(CodesLeased(package=package, first=1, last=leased, device="p"))

    def judge(
        self,
        number: int,
        code: CodeRef | None,
        reason: Reason | None = None,
        *,
        order: str = "O1",
    ) -> int:
        return self.do(
            ItemJudged(
                order=order,
                item=ItemRef(boot=1, number=number),
                passed=reason is None,
                reason=reason,
                code=code,
                read="",
            )
        )

    def gate(self, number: int, outcome: str, *, order: str = "O1") -> int:
        item = ItemRef(boot=1, number=number)
        return self.do(ItemGated(order=order, item=item, outcome=outcome))

    def good(self, *indices: int, package: str = "U1") -> None:
        facts: list[Fact] = []
        for index in indices:
            item = ItemRef(boot=1, number=index)
            facts += (
                ItemJudged(
                    order="O1",
                    item=item,
                    passed=True,
                    reason=None,
                    code=CodeRef(package=package, index=index),
                    read="",
                ),
                ItemGated(order="O1", item=item, outcome="passed"),
            )
        self.do(*facts)

    def fill(self, container: int, *codes: CodeRef, level: Level = Level.CASE) -> None:
        self.do(
            ContainerOpened(order="O1", container=container, level=level),
            *(
                Packed(container=container, code=code, evidence=Evidence.READ)
                for code in codes
            ),
            ContainerFilled(
                container=container, children=len(codes), partial=False, by="count"
            ),
        )

    def tables(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything in the projected tables, and the journal."""
        db = sqlite3.connect(self.store.database_path)
        try:
            return {
                table: db.execute(f"SELECT * FROM {table}").fetchall()
                for table in (*PROJECTED, "journal")
            }
        finally:
            db.close()


def check_books(path: Path) -> None:
    """Invariants I2 and I3 counted anew from rows, never from the store's counts."""
    db = sqlite3.connect(path)
    try:
        _check_codes(db)
        _check_containers(db)
    finally:
        db.close()


def _check_codes(db: sqlite3.Connection) -> None:
    for row in db.execute(
        "SELECT no, codes, leased_to, unused, in_flight, good, rejected, voided,"
        " sampled FROM packages"
    ).fetchall():
        no, codes, leased_to, *kept = row
        fates = dict.fromkeys(range(1, codes + 1), "unused")
        fates.update(dict.fromkeys(range(1, leased_to + 1), "in_flight"))
        fates.update(
            db.execute("SELECT idx, state FROM codes WHERE package = ?", (no,))
        )
        assert len(fates) == codes, "a row for a code that was never issued"
        names = ("unused", "in_flight", "good", "rejected", "voided", "sampled")
        counted = [sum(fate == name for fate in fates.values()) for name in names]
        assert kept == counted
        assert sum(kept) == codes


def _check_containers(db: sqlite3.Connection) -> None:
    ranks = {level.value: rank for rank, level in enumerate(Level)}
    children = db.execute(
        "SELECT p.level, c.level, k.container, s.state FROM children k"
        " JOIN packages p ON p.no = k.package"
        " JOIN containers c ON c.container = k.container"
        " LEFT JOIN codes s ON s.package = k.package AND s.idx = k.idx"
    ).fetchall()
    assert len(children) == db.execute("SELECT count(*) FROM children").fetchone()[0]
    held: dict[int, int] = {}
    for child_level, level, container, state in children:
        assert ranks[child_level] < ranks[level]
        assert state in ("good", "sampled")
        held[container] = held.get(container, 0) + 1
    labels = []
    for container, declared, state, package, idx in db.execute(
        "SELECT container, children, state, label_package, label_idx FROM containers"
    ).fetchall():
        assert declared == held.get(container, 0)
        labels += [(package, idx)] if idx is not None else []
        if state == "closed":
            found = db.execute(
                "SELECT state FROM codes WHERE package = ? AND idx = ?", (package, idx)
            ).fetchone()
            assert found == ("good",)
    assert len(set(labels)) == len(labels)


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens the store of line L1 in the test's folder; closes what is left open."""
    opened: list[Store] = []

    def opener(folder: Path | None = None, line: str = "L1") -> Store:
        store = Store.open(
            folder or tmp_path / "data", line, epoch=lambda: EPOCH, wall_ms=lambda: 7
        )
        opened.append(store)
        return store

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def line(open_store: Callable[..., Store]) -> Line:
    return Line(open_store())


@pytest.fixture
def books_hold() -> Callable[[Path], None]:
    return check_books


@pytest.fixture
def line_on() -> Callable[[Store], Line]:
    return Line


@pytest.fixture
def claim() -> Callable[..., PackageClaim]:
    """What the sender says of a package of bottle codes, with changes."""

    def make(package: str = "PK1", **changes: object) -> PackageClaim:
        values: dict[str, object] = {
            "package": package,
            "level": Level.UNIT,
            "mode": Mode.PRINT,
            "order": "O1",
            "product": "P",
        }
        return PackageClaim(**(values | changes))  # type: ignore[arg-type]

    return make
