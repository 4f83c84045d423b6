"""The reconciliation (对账) of an order, for API, commands and platform."""

from collections import Counter

from agent.api.models import BooksLine, Reconciliation
from agent.domain.words import Level
from agent.store.errors import StoreError
from agent.store.reader import StoreReader
from agent.store.views import ItemBooks, PackageBooks

BALANCED = "The books balance. 账目平衡"
UNBALANCED = "THE BOOKS DO NOT BALANCE. 账目不平衡"
STILL_OPEN = "The order is open, its books too; so far they agree. 订单未结，账目一致"


def reconcile(reader: StoreReader, order: str) -> Reconciliation:
    """The books of an order as they stand; `StoreError` if it is unknown."""
    view = reader.order(order)
    if view is None:
        raise StoreError(f"there is no order {order!r}; see `line-agent orders`")
    books = reader.books(order)
    items, produced = books.items, produced_of(books.items)
    rejected = Counter({str(reason): n for reason, n in items.rejected.items()})
    rejected["late"] += sum(items.pulled.values())
    head = reader.head()
    return Reconciliation(
        order=view.order,
        product=view.product,
        batch=view.batch,
        target=view.target,
        closed=view.state == "closed",
        codes=tuple(_by_level(books.packages)),
        items_judged=items.passed + sum(items.rejected.values()),
        items_passed=produced,
        items_rejected=items.gated.get("rejected", 0),
        items_absent=items.gated.get("absent", 0),
        items_unknown=items.gated.get("unknown", 0),
        items_escaped=items.gated.get("passed", 0) - produced,
        reasons={reason: n for reason, n in sorted(rejected.items()) if n},
        unnumbered=items.unnumbered,
        containers={str(each.level): each.closed for each in books.containers},
        partial=reader.partial_containers(order),
        head_seq=head.seq,
        head_hash=head.hash.hex(),
    )


def produced_of(items: ItemBooks) -> int:
    """Items with a passing verdict that were seen to pass the gate."""
    return items.passed - sum(items.pulled.values()) - items.waiting


def _by_level(packages: tuple[PackageBooks, ...]) -> list[BooksLine]:
    lines = []
    for level in Level:
        own = [package for package in packages if package.level is level]
        if own:
            lines.append(
                BooksLine(
                    level=level,
                    issued=sum(each.issued for each in own),
                    unused=sum(each.unused for each in own),
                    in_flight=sum(each.in_flight for each in own),
                    good=sum(each.good for each in own),
                    rejected=sum(each.rejected for each in own),
                    voided=sum(each.voided for each in own),
                    sampled=sum(each.sampled for each in own),
                )
            )
    return lines


def on_the_way(books: Reconciliation) -> int:
    """Items judged that the gate has not told of yet; none once the books close."""
    return books.items_judged - (
        books.items_passed
        + books.items_rejected
        + books.items_absent
        + books.items_unknown
    )


def is_sound(books: Reconciliation) -> bool:
    """Whether the books balance or, of an open order, nothing in them disagrees."""
    if books.closed:
        return books.balanced
    agree = all(line.difference == 0 for line in books.codes)
    return agree and on_the_way(books) >= 0 and books.items_escaped == 0


def as_text(books: Reconciliation) -> str:
    """The settlement as people read it: aligned plain text."""
    columns = ("issued", "unused", "in_flight", "good", "rejected", "voided", "sampled")
    lines = [
        f"Order {books.order}  {books.product}  batch {books.batch}",
        f"{'closed' if books.closed else 'open'}, target {books.target}, "
        f"passed {books.items_passed}",
        "",
        "codes".ljust(8) + "".join(name.rjust(11) for name in (*columns, "difference")),
    ]
    for line in books.codes:
        values = [getattr(line, name) for name in columns] + [line.difference]
        lines.append(str(line.level).ljust(8) + "".join(f"{v:>11}" for v in values))
    lines += [
        "",
        f"items judged {books.items_judged} = passed {books.items_passed} + rejected "
        f"{books.items_rejected} + absent {books.items_absent} + unknown "
        f"{books.items_unknown} + on the way {on_the_way(books)}; "
        f"escaped {books.items_escaped}",
        f"rejected without a number: {books.unnumbered}",
        "reasons: " + (", ".join(f"{k} {v}" for k, v in books.reasons.items()) or "-"),
        "closed: "
        + (", ".join(f"{level} {n}" for level, n in books.containers.items()) or "-")
        + f" (of them short: {books.partial})",
        f"journal: {books.head_seq} facts, head {books.head_hash}",
        "",
        _verdict(books),
    ]
    return "\n".join(lines)


def _verdict(books: Reconciliation) -> str:
    if not is_sound(books):
        return UNBALANCED
    return BALANCED if books.closed else STILL_OPEN
