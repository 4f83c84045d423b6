"""The store as the line wants it: codes to print, codes to find, what was left open."""

from collections.abc import Sequence
from datetime import date

from agent.documents import spec_from_json
from agent.domain.judging import Standing
from agent.domain.spec import Order
from agent.domain.words import CodeRef, Level
from agent.line.ports import Lease, OpenContainers, OpenItem
from agent.reports import produced_of
from agent.store.reader import StoreReader
from agent.store.views import ContainerView, OrderView


class PackageBook:
    """The codes of one level of an order (implements `line.ports.CodeBook`)."""

    def __init__(self, reader: StoreReader, order: str, level: Level) -> None:
        self._reader = reader
        self._order = order
        self.level = level

    def next_lease(self, count: int) -> Lease | None:
        """The next codes of the oldest package that has any."""
        for package in self._reader.order_packages(self._order, self.level):
            plan = self._reader.next_lease(package.package, count)
            if plan is None:
                continue
            printable = set(plan.indices)
            file = self._reader.packages.get(plan.package)
            codes = file.take(plan.first, plan.last - plan.first + 1)
            return Lease(
                package=plan.package,
                first=plan.first,
                last=plan.last,
                codes=tuple(
                    (CodeRef(package=plan.package, index=index), text)
                    for index, text in codes
                    if index in printable
                ),
            )
        return None

    def find(self, key: str) -> Standing | None:
        """Where the code with this key stands, if it is one of the order's."""
        found = self._reader.find_key(self._order, key, self.level)
        if found is None:
            return None
        return Standing(ref=found.ref, state=found.state, cause=found.cause)

    def left(self) -> int:
        """Codes that can still be leased."""
        packages = self._reader.order_packages(self._order, self.level)
        return sum(each.codes - each.leased_to for each in packages)


class StoredOrder:
    """What is on file of an order's run (implements `line.ports.OrderMemory`)."""

    def __init__(self, reader: StoreReader, order: str) -> None:
        self._reader = reader
        self._order = order

    def passed(self) -> int:
        """Items that had a passing verdict and were seen to pass the gate."""
        return produced_of(self._reader.books(self._order).items)

    def open_items(self) -> Sequence[OpenItem]:
        """Items judged and not seen at the gate."""
        return [
            OpenItem(item=each.item, passed=bool(each.passed), code=each.code)
            for each in self._reader.unresolved_items()
            if each.order == self._order
        ]

    def last_gated(self, boot: int) -> int | None:
        """The last item booked at the gate in this PLC boot."""
        return self._reader.last_gated(boot)

    def in_flight(self, level: Level) -> Sequence[CodeRef]:
        """Codes leased and never seen."""
        return [
            CodeRef(package=package.package, index=index)
            for package in self._reader.order_packages(self._order, level)
            for index in self._reader.in_flight_indices(package.package)
        ]

    def containers(self, level: Level) -> OpenContainers:
        """Where the packing of a level stood."""
        now_open = self._reader.open_container(self._order, level)
        filled = self._reader.awaiting_label(self._order, level)
        labelled = self._reader.awaiting_scan(self._order, level)
        books = self._reader.books(self._order).containers
        return OpenContainers(
            open_id=None if now_open is None else now_open.container,
            held=0 if now_open is None else now_open.children,
            filled=tuple(each.container for each in filled),
            labelled=tuple((each.container, _label(each)) for each in labelled),
            closed=sum(each.closed for each in books if each.level is level),
        )

    def next_container(self) -> int:
        """A container number never used."""
        return self._reader.next_container()


def _label(view: ContainerView) -> CodeRef:
    assert view.label is not None, f"container {view.container} is labelled"
    return view.label


def order_of(view: OrderView) -> Order:
    """A stored order with its spec; `DocumentError` if the text is not one."""
    return Order(
        order=view.order,
        product=view.product,
        batch=view.batch,
        target=view.target,
        spec=spec_from_json(view.spec_json),
        close_short=view.close_short,
        production=_date(view.production),
        expiry=_date(view.expiry),
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
