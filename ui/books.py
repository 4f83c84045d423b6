"""Reconciliation (对账) as the screen shows it. Pure."""

from dataclasses import dataclass

from agent.api.models import BooksLine, Reconciliation
from agent.domain.words import Level, Reason
from ui.plain import plain
from ui.signs import BALANCED, BOOKS_OPEN, LEVELS, NOT_BALANCED
from ui.texts import REASONS
from ui.words import Sign, Words

COLUMNS: tuple[Words, ...] = (
    Words(zh="层级", en="level"),
    Words(zh="发码", en="issued"),
    Words(zh="未用", en="unused"),
    Words(zh="在途", en="in flight"),
    Words(zh="合格", en="good"),
    Words(zh="剔除", en="rejected"),
    Words(zh="作废", en="voided"),
    Words(zh="抽样", en="sampled"),
    Words(zh="差额", en="difference"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksRow:
    """One level: its words, then the figures in the order of `COLUMNS`."""

    level: Words
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksView:
    """All of the reconciliation screen."""

    order: str
    product: str
    batch: str
    target: int
    closed: bool
    verdict: Sign
    rows: tuple[BooksRow, ...]
    judged: int
    passed: int
    rejected: int
    on_the_way: int
    absent: int
    unknown: int
    escaped: int
    unnumbered: int
    reasons: tuple[tuple[Words, int], ...]
    containers: tuple[tuple[Words, int], ...]
    partial: int
    head_seq: int
    head_hash: str


def books_view(books: Reconciliation) -> BooksView:
    """The screen for the books of one order."""
    return BooksView(
        order=plain(books.order, 40),
        product=plain(books.product, 40),
        batch=plain(books.batch, 40),
        target=books.target,
        closed=books.closed,
        verdict=_verdict(books),
        rows=tuple(_row(line) for line in books.codes),
        judged=books.items_judged,
        passed=books.items_passed,
        rejected=books.items_rejected,
        on_the_way=_on_the_way(books),
        absent=books.items_absent,
        unknown=books.items_unknown,
        escaped=books.items_escaped,
        unnumbered=books.unnumbered,
        reasons=tuple(_reason(r, n) for r, n in books.reasons.items()),
        containers=tuple(_container(k, n) for k, n in books.containers.items()),
        partial=books.partial,
        head_seq=books.head_seq,
        head_hash=plain(books.head_hash, 64),
    )


def _on_the_way(books: Reconciliation) -> int:
    """Items judged that the gate has not told of yet; none when the books close."""
    return books.items_judged - (
        books.items_passed
        + books.items_rejected
        + books.items_absent
        + books.items_unknown
    )


def _verdict(books: Reconciliation) -> Sign:
    """Items on the belt keep an open order's books open; that is no fault."""
    if books.closed:
        return BALANCED if books.balanced else NOT_BALANCED
    sound = (
        all(line.difference == 0 for line in books.codes)
        and _on_the_way(books) >= 0
        and books.items_escaped == 0
    )
    return BOOKS_OPEN if sound else NOT_BALANCED


def _row(line: BooksLine) -> BooksRow:
    return BooksRow(
        level=LEVELS[line.level],
        figures=(
            line.issued,
            line.unused,
            line.in_flight,
            line.good,
            line.rejected,
            line.voided,
            line.sampled,
            line.difference,
        ),
    )


def _reason(reason: str, count: int) -> tuple[Words, int]:
    if reason in set(Reason):
        return REASONS[Reason(reason)].name, count
    return Words(zh="其他", en=plain(reason, 20)), count


def _container(level: str, count: int) -> tuple[Words, int]:
    if level in set(Level):
        return LEVELS[Level(level)], count
    return Words(zh="其他", en=plain(level, 20)), count
