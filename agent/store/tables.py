"""The tables that follow from the journal, as the projection reads and changes them."""

import sqlite3
from dataclasses import dataclass

from agent.domain.code_state import CodeEvent, CodeState, after
from agent.domain.words import CodeRef, ItemRef, Level, Mode, VoidCause


class ContradictionError(Exception):
    """A fact that cannot be true given the facts before it; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What never changes of an accepted package. `no` is its number in the tables."""

    no: int
    package: str
    level: Level
    mode: Mode
    order: str
    codes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """Where a code is in its life; `why` is the reason or cause, if it has one."""

    state: CodeState
    why: str | None


_STATES = tuple(CodeState)


class Tables:
    """Typed access for one writer. What it remembers is dropped by `forget`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._packages: dict[str, Package] = {}
        self._order_states: dict[str, str] = {}

    def forget(self) -> None:
        """After a rollback: what was remembered may not be on file."""
        self._packages.clear()
        self._order_states.clear()

    def package(self, package: str) -> Package:
        """An accepted package by its id."""
        known = self._packages.get(package)
        if known is not None:
            return known
        row = self.db.execute(
            "SELECT no, level, mode, order_id, codes FROM packages WHERE package = ?",
            (package,),
        ).fetchone()
        if row is None:
            raise ContradictionError(f"package {package!r} was never accepted")
        no, level, mode, order, codes = row
        found = self._packages[package] = Package(
            no=no,
            package=package,
            level=Level(level),
            mode=Mode(mode),
            order=order,
            codes=codes,
        )
        return found

    def locate(self, ref: CodeRef) -> Package:
        """The package of a code that it really has."""
        package = self.package(ref.package)
        if not 1 <= ref.index <= package.codes:
            raise ContradictionError(f"{ref.package} has no code {ref.index}")
        return package

    def code(self, ref: CodeRef) -> CodeRow:
        """Where a code is in its life."""
        state, why, leased_to = self.db.execute(
            "SELECT codes.state, codes.why, packages.leased_to FROM packages"
            " LEFT JOIN codes ON codes.package = packages.no AND codes.idx = ?"
            " WHERE packages.no = ?",
            (ref.index, self.locate(ref).no),
        ).fetchone()
        if state is not None:
            return CodeRow(state=CodeState(state), why=why)
        leased = ref.index <= leased_to
        return CodeRow(
            state=CodeState.IN_FLIGHT if leased else CodeState.UNUSED, why=None
        )

    def move_code(
        self,
        ref: CodeRef,
        event: CodeEvent,
        seq: int,
        *,
        why: str | None = None,
        item: ItemRef | None = None,
    ) -> CodeState:
        """Advance a code by the state table and keep the package's books.

        Returns the state before; `IllegalTransitionError` if the table forbids it.
        """
        package, row = self.locate(ref), self.code(ref)
        state = after(row.state, event)
        if state is CodeState.VOIDED is row.state and row.why != VoidCause.UNKNOWN_FATE:
            why = row.why  # a code known to be gone does not come back into doubt
        self.db.execute(
            "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " state = excluded.state, why = excluded.why,"
            " boot = coalesce(excluded.boot, boot),"
            " number = coalesce(excluded.number, number)",
            (
                package.no,
                ref.index,
                state.value,
                why,
                None if item is None else item.boot,
                None if item is None else item.number,
            ),
        )
        if state is not row.state:
            self.count_codes(package.no, {row.state: -1, state: 1})
        self.touch(ref, seq)
        return row.state

    def count_codes(self, package_no: int, change: dict[CodeState, int]) -> None:
        """Change a package's books; the schema refuses what does not add up."""
        self.db.execute(
            "UPDATE packages SET unused = unused + ?, in_flight = in_flight + ?,"
            " good = good + ?, rejected = rejected + ?, voided = voided + ?,"
            " sampled = sampled + ? WHERE no = ?",
            (*(change.get(state, 0) for state in _STATES), package_no),
        )

    def touch(self, ref: CodeRef, seq: int) -> None:
        """Note that fact `seq` speaks of this code."""
        self.db.execute(
            "INSERT OR IGNORE INTO touches VALUES (?, ?, ?)",
            (self.package(ref.package).no, ref.index, seq),
        )

    def tally(self, order: str, kind: str, value: str, n: int = 1) -> None:
        """Add to a count of an order."""
        self.db.execute(
            "INSERT INTO tallies VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET n = n + excluded.n",
            (order, kind, value, n),
        )

    def order_state(self, order: str) -> str | None:
        """`received`, `started` or `closed`; None for an unknown order."""
        known = self._order_states.get(order)
        if known is not None:
            return known
        row = self.db.execute(
            "SELECT state FROM orders WHERE order_id = ?", (order,)
        ).fetchone()
        if row is None:
            return None
        state = self._order_states[order] = str(row[0])
        return state

    def order_state_changed(self, order: str) -> None:
        """Look at the order again when it is next asked for."""
        self._order_states.pop(order, None)

    def require_open(self, order: str) -> None:
        """An order the line works for. Without one, facts carry the empty name."""
        if order and self.order_state(order) != "started":
            raise ContradictionError(
                f"order {order!r} is {self.order_state(order) or 'unknown'}, "
                "not started"
            )
