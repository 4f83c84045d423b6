"""Single codes: where they stand, what happened to them, which are next."""

from agent.domain.code_state import CodeState
from agent.domain.words import CodeRef, ItemRef, Level, Reason, VoidCause
from agent.store.errors import StoreError
from agent.store.packages import PackageShelf
from agent.store.read_connection import ReadConnection, Row
from agent.store.views import CodeStanding, JournalRow, LeasePlan

_STANDING = (
    "SELECT p.leased_to, c.state, c.why, c.boot, c.number, k.container, l.container"
    " FROM packages p"
    " LEFT JOIN codes c ON c.package = p.no AND c.idx = ?1"
    " LEFT JOIN children k ON k.package = p.no AND k.idx = ?1"
    " LEFT JOIN containers l ON l.label_package = p.no AND l.label_idx = ?1"
    " WHERE p.package = ?2 AND ?1 BETWEEN 1 AND p.codes"
)
_HISTORY = (
    "SELECT seq, at_ms, kind, payload, hash FROM journal WHERE seq IN ("
    " SELECT seq FROM touches WHERE package = ?1 AND idx = ?2"
    " UNION SELECT seq FROM ranges WHERE package = ?1 AND last >= ?2 AND first <= ?2"
    ") ORDER BY seq"
)


class CodeReader:
    """Looks codes up in the packages first, then in the database."""

    def __init__(self, db: ReadConnection, shelf: PackageShelf) -> None:
        self._db = db
        self._shelf = shelf

    def standing(self, ref: CodeRef) -> CodeStanding | None:
        """Where a code stands; None if there is no such code."""
        row = self._db.row(_STANDING, ref.index, ref.package)
        return None if row is None else _standing(ref, row)

    def find(
        self, order: str, key: str, level: Level | None = None
    ) -> CodeStanding | None:
        """The code with this identity key in the packages of an order, or in those
        that belong to the line as a whole."""
        for (package,) in self._db.rows(
            "SELECT package FROM packages WHERE order_id IN (?1, '')"
            " AND (?2 IS NULL OR level = ?2)",
            order,
            level,
        ):
            index = self._shelf.get(package).find(key)
            if index is not None:
                return self.standing(CodeRef(package=package, index=index))
        return None

    def find_anywhere(self, key: str) -> CodeStanding | None:
        """The code with this identity key in any accepted package."""
        for (package,) in self._db.rows("SELECT package FROM packages ORDER BY no"):
            index = self._shelf.get(package).find(key)
            if index is not None:
                return self.standing(CodeRef(package=package, index=index))
        return None

    def history(self, ref: CodeRef) -> list[JournalRow]:
        """Every fact that speaks of this code, oldest first."""
        no, _, _, _ = self._package(ref.package)
        return [journal_row(row) for row in self._db.rows(_HISTORY, no, ref.index)]

    def in_flight(self, package: str) -> tuple[int, ...]:
        """Codes leased and without a fate, in order. They are looked for from the
        end of the lease back, so a long finished run costs nothing."""
        with self._db.moment():
            no, leased_to, _, wanted = self._package(package)
            found: list[int] = []
            end = leased_to
            while len(found) < wanted and end > 0:
                start = max(1, end - 10_000 + 1)
                used = self._used(no, start, end)
                free = [each for each in range(end, start - 1, -1) if each not in used]
                found.extend(free)
                end = start - 1
        assert len(found) == wanted, (package, len(found), wanted)
        return tuple(reversed(found))

    def next_lease(self, package: str, count: int) -> LeasePlan | None:
        """The next `count` printable codes, or the last few; None if none is left."""
        with self._db.moment():
            no, leased_to, codes, _ = self._package(package)
            indices: list[int] = []
            start = leased_to + 1
            while len(indices) < count and start <= codes:
                end = min(codes, start + count - len(indices) - 1)
                used = self._used(no, start, end)
                indices += [each for each in range(start, end + 1) if each not in used]
                start = end + 1
        if not indices:
            return None
        return LeasePlan(
            package=package,
            first=leased_to + 1,
            last=indices[-1],
            indices=tuple(indices),
        )

    def _package(self, package: str) -> tuple[int, int, int, int]:
        row = self._db.row(
            "SELECT no, leased_to, codes, in_flight FROM packages WHERE package = ?",
            package,
        )
        if row is None:
            raise StoreError(f"package {package!r} was never accepted")
        no, leased_to, codes, in_flight = row
        return no, leased_to, codes, in_flight

    def _used(self, package_no: int, first: int, last: int) -> set[int]:
        rows = self._db.rows(
            "SELECT idx FROM codes WHERE package = ? AND idx BETWEEN ? AND ?",
            package_no,
            first,
            last,
        )
        return {index for (index,) in rows}


def journal_row(row: Row) -> JournalRow:
    """From `seq, at_ms, kind, payload, hash`."""
    seq, at_ms, kind, payload, sealed = row
    return JournalRow(seq=seq, at_ms=at_ms, kind=kind, payload=payload, hash=sealed)


def _standing(ref: CodeRef, row: Row) -> CodeStanding:
    leased_to, state, why, boot, number, container, labels = row
    if state is None:
        leased = ref.index <= leased_to
        known = CodeState.IN_FLIGHT if leased else CodeState.UNUSED
    else:
        known = CodeState(state)
    voided = known is CodeState.VOIDED
    return CodeStanding(
        ref=ref,
        state=known,
        cause=VoidCause(why) if why is not None and voided else None,
        reason=Reason(why) if why is not None and not voided else None,
        item=None if boot is None else ItemRef(boot=boot, number=number),
        container=container,
        labels=labels,
    )
