"""Everything the screen, the line and the sync ask of the store."""

from pathlib import Path
from types import TracebackType
from typing import Self

from agent.domain.words import CodeRef, ItemRef, Level, Mode, Reason
from agent.store.book_reader import read_books
from agent.store.chain import Head, genesis
from agent.store.code_reader import CodeReader, journal_row
from agent.store.database import Life
from agent.store.errors import StoreError
from agent.store.packages import PackageShelf
from agent.store.project_items import PASSED
from agent.store.read_connection import LIMIT_S, ReadConnection, Row
from agent.store.views import (
    CodeStanding,
    ContainerView,
    ItemView,
    JournalRow,
    LeasePlan,
    Mark,
    OrderBooks,
    OrderView,
    PackageView,
)

_ORDER = (
    "SELECT order_id, product, batch, target, spec, spec_version, spec_json,"
    " close_short, {dates}, state"
    " FROM orders"
)
_PACKAGE = (
    "SELECT package, level, mode, order_id, codes, sha256, leased_to FROM packages"
)
_CONTAINER = (
    "SELECT c.container, c.order_id, c.level, c.state, c.children, c.partial,"
    " c.decided_by, p.package, c.label_idx, k.container FROM containers c"
    " LEFT JOIN packages p ON p.no = c.label_package"
    " LEFT JOIN children k ON k.package = c.label_package AND k.idx = c.label_idx"
)
_ITEM = (
    "SELECT i.boot, i.number, i.order_id, i.verdict, i.reason, p.package, i.idx,"
    " i.outcome FROM items i LEFT JOIN packages p ON p.no = i.package"
)
_JOURNAL = "SELECT seq, at_ms, kind, payload, hash FROM journal"


class StoreReader:
    """Read-only, with connections of its own. One caller at a time.

    It sees what was committed when a call begins; every call ends within `limit_s`
    or raises `QueryTooLongError`.
    """

    def __init__(
        self, database: Path, packages: Path, limit_s: float = LIMIT_S
    ) -> None:
        self._db = ReadConnection(database, limit_s)
        self._order_query = _order_query(self._db)
        self.packages = PackageShelf(packages)
        self._codes = CodeReader(self._db, self.packages)

    # --- codes

    def code(self, ref: CodeRef) -> CodeStanding | None:
        """Where a code stands; None if there is no such code."""
        return self._codes.standing(ref)

    def find_key(
        self, order: str, key: str, level: Level | None = None
    ) -> CodeStanding | None:
        """The code of this key in the order's packages (or the line's own)."""
        return self._codes.find(order, key, level)

    def find_anywhere(self, key: str) -> CodeStanding | None:
        """The code of this key in any accepted package."""
        return self._codes.find_anywhere(key)

    def code_history(self, ref: CodeRef) -> list[JournalRow]:
        """Every fact that speaks of this code, oldest first."""
        return self._codes.history(ref)

    def in_flight_indices(self, package: str) -> tuple[int, ...]:
        """Codes leased and without a fate: to be voided after a restart. Codes of
        labels that wait to be read are among them."""
        return self._codes.in_flight(package)

    def next_lease(self, package: str, count: int) -> LeasePlan | None:
        """What to lease next; None when the package is used up."""
        return self._codes.next_lease(package, count)

    # --- orders and packages

    def orders(self) -> list[OrderView]:
        """All orders by name."""
        rows = self._db.rows(f"{self._order_query} ORDER BY order_id")
        return [_order(row) for row in rows]

    def order(self, order: str) -> OrderView | None:
        """One order."""
        row = self._db.row(f"{self._order_query} WHERE order_id = ?", order)
        return None if row is None else _order(row)

    def current_order(self) -> OrderView | None:
        """The order started last, unless it was closed."""
        row = self._db.row(
            f"{self._order_query} WHERE state <> 'received'"
            " ORDER BY started_seq DESC LIMIT 1"
        )
        return None if row is None or row[-1] == "closed" else _order(row)

    def order_packages(
        self, order: str, level: Level | None = None
    ) -> list[PackageView]:
        """Accepted packages of an order, then those of the line, oldest first."""
        rows = self._db.rows(
            f"{_PACKAGE} WHERE order_id IN (?1, '') AND (?2 IS NULL OR level = ?2)"
            " ORDER BY order_id = '', no",
            order,
            level,
        )
        return [_package(row) for row in rows]

    def package(self, package: str) -> PackageView | None:
        """One accepted package."""
        row = self._db.row(f"{_PACKAGE} WHERE package = ?", package)
        return None if row is None else _package(row)

    def accepted_packages(self) -> list[PackageView]:
        """All accepted packages, oldest first."""
        return [_package(row) for row in self._db.rows(f"{_PACKAGE} ORDER BY no")]

    def books(self, order: str) -> OrderBooks:
        """The reconciliation of an order, all of one moment."""
        return read_books(self._db, order)

    # --- items and containers

    def item(self, item: ItemRef) -> ItemView | None:
        """One item."""
        row = self._db.row(
            f"{_ITEM} WHERE boot = ? AND number = ?", item.boot, item.number
        )
        return None if row is None else _item(row)

    def unresolved_items(self, boot: int | None = None) -> list[ItemView]:
        """Items with a verdict that did not leave yet, of one PLC boot or all."""
        rows = self._db.rows(
            f"{_ITEM} WHERE i.outcome IS NULL AND (?1 IS NULL OR i.boot = ?1)"
            " ORDER BY i.boot, i.number",
            boot,
        )
        return [_item(row) for row in rows]

    def last_gated(self, boot: int) -> int | None:
        """The highest item of a PLC boot that was seen to leave."""
        row = self._db.row(
            "SELECT number FROM items WHERE boot = ? AND outcome IS NOT NULL"
            " ORDER BY number DESC LIMIT 1",
            boot,
        )
        return None if row is None else int(row[0])

    def container(self, container: int) -> ContainerView | None:
        """One container."""
        row = self._db.row(f"{_CONTAINER} WHERE c.container = ?", container)
        return None if row is None else _container(row)

    def open_container(self, order: str, level: Level) -> ContainerView | None:
        """The container being filled."""
        found = self._live(order, level, "open")
        return found[0] if found else None

    def awaiting_label(self, order: str, level: Level) -> list[ContainerView]:
        """Filled containers that need a label, oldest first."""
        return self._live(order, level, "filled")

    def awaiting_scan(self, order: str, level: Level) -> list[ContainerView]:
        """Containers whose label was sent and not read yet, oldest first."""
        return self._live(order, level, "labelled")

    def children(self, container: int) -> list[CodeRef]:
        """The codes in a container."""
        rows = self._db.rows(
            "SELECT p.package, k.idx FROM children k JOIN packages p"
            " ON p.no = k.package WHERE k.container = ? ORDER BY k.package, k.idx",
            container,
        )
        return [CodeRef(package=package, index=index) for package, index in rows]

    def next_container(self) -> int:
        """A container number never used; numbers are shared by all levels."""
        row = self._db.row("SELECT ifnull(max(container), 0) + 1 FROM containers")
        assert row is not None
        return int(row[0])

    def partial_containers(self, order: str) -> int:
        """Containers of an order that were closed short."""
        row = self._db.row(
            "SELECT count(*) FROM containers WHERE order_id = ? AND partial", order
        )
        assert row is not None
        return int(row[0])

    def closed_orders_after(self, seq: int) -> list[tuple[str, int]]:
        """Orders closed by a fact after `seq`, with its number, in that order."""
        rows = self._db.rows(
            "SELECT order_id, closed_seq FROM orders WHERE closed_seq > ?"
            " ORDER BY closed_seq",
            seq,
        )
        return [(order, number) for order, number in rows]

    def _live(self, order: str, level: Level, state: str) -> list[ContainerView]:
        rows = self._db.rows(
            f"{_CONTAINER} WHERE c.order_id = ? AND c.level = ? AND c.state = ?"
            " AND c.state <> 'closed' ORDER BY c.container",
            order,
            level,
            state,
        )
        return [_container(row) for row in rows]

    # --- journal and sync

    def life(self) -> Life:
        """Epoch and line of this database."""
        row = self._db.row("SELECT epoch, line, created_ms FROM life")
        if row is None:
            raise StoreError("the database has no identity yet")
        epoch, line, created_ms = row
        return Life(epoch=epoch, line=line, created_ms=created_ms)

    def head(self) -> Head:
        """The end of the journal; sequence 0 and the genesis hash if it is empty."""
        row = self._db.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
        if row is None:
            return genesis(self.life())
        return Head(seq=row[0], hash=row[1])

    def journal_after(self, seq: int, limit: int) -> list[JournalRow]:
        """Up to `limit` entries after `seq`, oldest first."""
        rows = self._db.rows(
            f"{_JOURNAL} WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit
        )
        return [journal_row(row) for row in rows]

    def journal_before(self, seq: int, limit: int) -> list[JournalRow]:
        """Up to `limit` entries before `seq`, newest first."""
        rows = self._db.rows(
            f"{_JOURNAL} WHERE seq < ? ORDER BY seq DESC LIMIT ?", seq, limit
        )
        return [journal_row(row) for row in rows]

    def mark(self) -> Mark | None:
        """What the platform holds of this epoch; None before its first answer."""
        row = self._db.row(
            "SELECT epoch, seq, mark.hash FROM mark JOIN life USING (epoch)"
        )
        return None if row is None else Mark(epoch=row[0], seq=row[1], hash=row[2])

    def cursor(self, feed: str) -> str | None:
        """How far a feed of the platform was read."""
        row = self._db.row("SELECT cursor FROM cursors WHERE feed = ?", feed)
        return None if row is None else str(row[0])

    # --- end

    def close(self) -> None:
        """Release database and packages."""
        self.packages.close()
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _order_query(db: ReadConnection) -> str:
    """A database that an older version left, and no newer one opened since, is read
    as it is."""
    columns = {row[1] for row in db.rows("PRAGMA table_info(orders)")}
    dates = "production, expiry" if "production" in columns else "'', ''"
    return _ORDER.format(dates=dates)


def _order(row: Row) -> OrderView:
    (
        order,
        product,
        batch,
        target,
        spec,
        spec_version,
        spec_json,
        short,
        production,
        expiry,
        state,
    ) = row
    return OrderView(
        production=production,
        expiry=expiry,
        order=order,
        product=product,
        batch=batch,
        target=target,
        spec=spec,
        spec_version=spec_version,
        spec_json=spec_json,
        close_short=bool(short),
        state=state,
    )


def _package(row: Row) -> PackageView:
    package, level, mode, order, codes, sha256, leased_to = row
    return PackageView(
        package=package,
        level=Level(level),
        mode=Mode(mode),
        order=order,
        codes=codes,
        sha256=sha256,
        leased_to=leased_to,
    )


def _container(row: Row) -> ContainerView:
    container, order, level, state, children, partial, by, package, index, parent = row
    return ContainerView(
        container=container,
        order=order,
        level=Level(level),
        state=state,
        children=children,
        partial=bool(partial),
        decided_by=by,
        label=_ref(package, index),
        parent=parent,
    )


def _item(row: Row) -> ItemView:
    boot, number, order, verdict, reason, package, index, outcome = row
    return ItemView(
        item=ItemRef(boot=boot, number=number),
        order=order,
        passed=None if verdict is None else verdict == PASSED,
        reason=None if reason is None else Reason(reason),
        code=_ref(package, index),
        outcome=outcome,
    )


def _ref(package: str | None, index: int | None) -> CodeRef | None:
    if package is None or index is None:
        return None
    return CodeRef(package=package, index=index)
