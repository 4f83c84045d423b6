"""Packages, leases and the life of codes, fact by fact."""

from agent.domain.code_state import CodeEvent, CodeState
from agent.domain.facts import (
    CodeSeen,
    CodesLeased,
    CodesReleased,
    CodesVoided,
    PackageAccepted,
)
from agent.domain.words import CodeRef, ItemRef, Mode, Reason, VoidCause
from agent.store.tables import ContradictionError, Package, Tables


def package_accepted(tables: Tables, fact: PackageAccepted, _seq: int) -> None:
    """All codes of a new package are unused."""
    if fact.codes < 1:
        raise ContradictionError("a package without codes")
    cursor = tables.db.execute(
        "INSERT INTO packages (package, level, mode, order_id, codes, sha256, unused)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (package) DO NOTHING",
        (
            fact.package,
            fact.level.value,
            fact.mode.value,
            fact.order,
            fact.codes,
            fact.sha256,
            fact.codes,
        ),
    )
    if cursor.rowcount == 0:
        raise ContradictionError("a package is accepted once for ever")


def codes_leased(tables: Tables, fact: CodesLeased, seq: int) -> None:
    """The next codes in line leave `unused`. Codes among them that have a fate
    already keep it: whoever prints the lease leaves them out."""
    package = _print_package(tables, fact.package)
    leased_to = _leased_to(tables, package)
    if fact.first != leased_to + 1 or not fact.first <= fact.last <= package.codes:
        raise ContradictionError(
            f"a lease goes on at {leased_to + 1}, to {package.codes} at most"
        )
    fresh = fact.last - leased_to - _used(tables, package, fact.first, fact.last)
    _lease_until(tables, package, fact.last)
    tables.count_codes(
        package.no, {CodeState.UNUSED: -fresh, CodeState.IN_FLIGHT: fresh}
    )
    _note_range(tables, package, fact.first, fact.last, seq)


def codes_released(tables: Tables, fact: CodesReleased, seq: int) -> None:
    """The end of the lease is unused again; nothing of it may have a fate."""
    package = _print_package(tables, fact.package)
    leased_to = _leased_to(tables, package)
    if fact.last != leased_to or not 1 <= fact.first <= fact.last:
        raise ContradictionError(f"only the end of the lease, {leased_to}, goes back")
    if _used(tables, package, fact.first, fact.last):
        raise ContradictionError("codes of this range were used")
    back = fact.last - fact.first + 1
    _lease_until(tables, package, fact.first - 1)
    tables.count_codes(package.no, {CodeState.IN_FLIGHT: -back, CodeState.UNUSED: back})
    _note_range(tables, package, fact.first, fact.last, seq)


def codes_voided(tables: Tables, fact: CodesVoided, seq: int) -> None:
    """None of them will be sent again. A container whose label is among them waits
    for another."""
    for index in fact.indices:
        ref = CodeRef(package=fact.package, index=index)
        tables.move_code(ref, CodeEvent.VOID, seq, why=fact.cause.value)
        tables.db.execute(
            "UPDATE containers SET state = 'filled' WHERE label_package = ?"
            " AND label_idx = ? AND state = 'labelled'",
            (tables.package(fact.package).no, index),
        )


def code_seen(tables: Tables, fact: CodeSeen, seq: int) -> None:
    """A code is known to sit on an item that was thrown out."""
    tables.move_code(
        fact.code,
        CodeEvent.REFUSE,
        seq,
        why=Reason.NOT_IN_FLIGHT.value,
        item=fact.item,
    )


def accept(tables: Tables, ref: CodeRef, seq: int, item: ItemRef | None = None) -> None:
    """A camera or a scanner read the code where it belongs: it is good.

    A voided code comes back only if its fate was unknown, an unused one only if it
    came on the material.
    """
    row = tables.code(ref)
    if row.state is CodeState.VOIDED and row.why != VoidCause.UNKNOWN_FATE:
        raise ContradictionError(f"the code was voided: {row.why}")
    if row.state is CodeState.UNUSED and tables.locate(ref).mode is Mode.PRINT:
        raise ContradictionError("the code was never given to a printer")
    tables.move_code(ref, CodeEvent.ACCEPT, seq, item=item)


def _print_package(tables: Tables, name: str) -> Package:
    package = tables.package(name)
    if package.mode is not Mode.PRINT:
        raise ContradictionError(f"{name} comes pre-printed and is never leased")
    return package


def _leased_to(tables: Tables, package: Package) -> int:
    row = tables.db.execute(
        "SELECT leased_to FROM packages WHERE no = ?", (package.no,)
    ).fetchone()
    return int(row[0])


def _lease_until(tables: Tables, package: Package, last: int) -> None:
    tables.db.execute(
        "UPDATE packages SET leased_to = ? WHERE no = ?", (last, package.no)
    )


def _used(tables: Tables, package: Package, first: int, last: int) -> int:
    row = tables.db.execute(
        "SELECT count(*) FROM codes WHERE package = ? AND idx BETWEEN ? AND ?",
        (package.no, first, last),
    ).fetchone()
    return int(row[0])


def _note_range(
    tables: Tables, package: Package, first: int, last: int, seq: int
) -> None:
    tables.db.execute(
        "INSERT INTO ranges VALUES (?, ?, ?, ?)", (seq, package.no, first, last)
    )
