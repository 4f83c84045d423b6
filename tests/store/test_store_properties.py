"""Invariants over many histories: books add up after every commit, one parent, and
the tables always equal a replay of the journal."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agent.domain.facts import (
    CodeSeen,
    CodesLeased,
    CodesReleased,
    CodesVoided,
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    ItemGated,
    ItemJudged,
    LabelSent,
    OrderClosed,
    OrderStarted,
    PackageAccepted,
    Packed,
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
from agent.store.errors import FactRefusedError
from agent.store.replay import verify_chain, verify_projection
from agent.store.store import Store

# What is tested here is arithmetic, not durability: memory is quicker.
SCRATCH = "/dev/shm" if Path("/dev/shm").is_dir() else None
CODES = 30
CASE_CODES = 8


class LegalLine(RuleBasedStateMachine):
    """A line that only does what it may, beside a model of every code's fate."""

    line_on = books_hold = None

    @initialize()
    def start(self) -> None:
        self.folder = tempfile.TemporaryDirectory(dir=SCRATCH)
        self.store = Store.open(Path(self.folder.name), "L1")
        self.line = type(self).line_on(self.store)
        self.line.order()
        self.line.package("U1", codes=CODES)
        self.line.package("C1", Level.CASE, codes=CASE_CODES)
        self.line.package("PL", Level.PALLET, codes=3)
        self.model = {
            **{("U1", n): "unused" for n in range(1, CODES + 1)},
            **{("C1", n): "unused" for n in range(1, CASE_CODES + 1)},
        }
        self.leased = {"U1": 0, "C1": 0}
        self.items = 0
        self.on_belt: dict[int, int | None] = {}
        self.loose: list[CodeRef] = []
        self.containers = 0
        self.open: int | None = None
        self.held = 0
        self.filled: list[int] = []
        self.labelled: dict[int, CodeRef] = {}

    def codes(self, package: str, *states: str) -> list[int]:
        return [
            n
            for (each, n), state in self.model.items()
            if each == package and state in states
        ]

    def fate(self, package: str, index: int, state: str) -> None:
        self.model[package, index] = state

    @rule(package=st.sampled_from(["U1", "C1"]), count=st.integers(1, 5))
    def lease(self, package: str, count: int) -> None:
        most = CODES if package == "U1" else CASE_CODES
        first = self.leased[package] + 1
        last = min(most, first + count - 1)
        if first > last:
            return
        self.line.do(CodesLeased(package=package, first=first, last=last, device="p"))
        self.leased[package] = last
        for n in range(first, last + 1):
            if self.model[package, n] == "unused":
                self.fate(package, n, "in_flight")

    @rule(count=st.integers(1, 3))
    def release(self, count: int) -> None:
        last = self.leased["U1"]
        first = last - count + 1
        tail = range(first, last + 1)
        if first < 1 or any(self.model["U1", n] != "in_flight" for n in tail):
            return
        self.line.do(CodesReleased(package="U1", first=first, last=last))
        self.leased["U1"] = first - 1
        for n in tail:
            self.fate("U1", n, "unused")

    @precondition(lambda self: self.codes("U1", "in_flight"))
    @rule(data=st.data(), cause=st.sampled_from([VoidCause.UNKNOWN_FATE, *VoidCause]))
    def void(self, data: st.DataObject, cause: VoidCause) -> None:
        flying = self.codes("U1", "in_flight")
        chosen = data.draw(st.sets(st.sampled_from(flying), min_size=1))
        self.line.do(
            CodesVoided(package="U1", indices=tuple(sorted(chosen)), cause=cause)
        )
        for n in chosen:
            back = cause is VoidCause.UNKNOWN_FATE
            self.fate("U1", n, "unknown" if back else "voided")

    @precondition(lambda self: self.codes("U1", "in_flight", "unknown"))
    @rule(data=st.data())
    def judge_pass(self, data: st.DataObject) -> None:
        seen = self.codes("U1", "in_flight", "unknown")
        n = data.draw(st.sampled_from(seen))
        self.items += 1
        self.line.judge(self.items, CodeRef(package="U1", index=n))
        self.on_belt[self.items] = n
        self.fate("U1", n, "good")

    @rule(data=st.data())
    def judge_reject(self, data: st.DataObject) -> None:
        n = data.draw(st.none() | st.integers(1, CODES))
        self.items += 1
        code = None if n is None else CodeRef(package="U1", index=n)
        self.line.judge(self.items, code, Reason.SEQUENCE_FAULT)
        self.on_belt[self.items] = None
        if n is not None and self.model["U1", n] not in ("good", "rejected"):
            self.fate("U1", n, "rejected")

    @precondition(lambda self: self.on_belt)
    @rule(outcome=st.sampled_from(["passed", "passed", "rejected", "absent"]))
    def gate(self, outcome: str) -> None:
        item = min(self.on_belt)
        n = self.on_belt.pop(item)
        self.line.gate(item, outcome)
        if n is None:
            return
        if outcome == "passed":
            self.loose.append(CodeRef(package="U1", index=n))
        else:
            self.fate("U1", n, "rejected")

    @precondition(lambda self: self.loose)
    @rule()
    def pack(self) -> None:
        if self.open is None:
            self.containers += 1
            self.open, self.held = self.containers, 0
            self.line.do(
                ContainerOpened(order="O1", container=self.open, level=Level.CASE)
            )
        code = self.loose.pop(0)
        self.line.do(Packed(container=self.open, code=code, evidence=Evidence.READ))
        self.held += 1

    @precondition(lambda self: self.open is not None)
    @rule()
    def fill(self) -> None:
        self.line.do(
            ContainerFilled(
                container=self.open, children=self.held, partial=True, by="op"
            )
        )
        self.filled.append(self.open)
        self.open = None

    @rule(data=st.data())
    def send_label(self, data: st.DataObject) -> None:
        used = {ref.index for ref in self.labelled.values()}
        free = [n for n in self.codes("C1", "in_flight") if n not in used]
        if not self.filled or not free:
            return
        code = CodeRef(package="C1", index=data.draw(st.sampled_from(free)))
        container = self.filled.pop(0)
        self.line.do(LabelSent(container=container, code=code))
        self.labelled[container] = code

    @precondition(lambda self: self.labelled)
    @rule(lost=st.booleans())
    def close_or_lose(self, lost: bool) -> None:
        container, code = self.labelled.popitem()
        if lost:
            self.line.do(
                CodesVoided(
                    package="C1", indices=(code.index,), cause=VoidCause.LABEL_LOST
                )
            )
            self.filled.append(container)
            self.fate("C1", code.index, "voided")
            return
        self.line.do(
            ContainerClosed(container=container, code=code, evidence=Evidence.READ)
        )
        self.fate("C1", code.index, "good")

    @invariant()
    def books_add_up(self) -> None:
        type(self).books_hold(self.store.database_path)

    @invariant()
    def every_code_is_where_the_model_says(self) -> None:
        with self.store.reader() as reader:
            for (package, n), state in self.model.items():
                found = reader.code(CodeRef(package=package, index=n))
                assert found.state.value == state.replace("unknown", "voided")
            assert reader.in_flight_indices("U1") == tuple(
                self.codes("U1", "in_flight")
            )

    def teardown(self) -> None:
        path = self.store.database_path
        self.store.close()
        assert verify_chain(path) is None
        assert verify_projection(path) == []
        self.folder.cleanup()


def test_a_legal_line_keeps_its_books(line_on, books_hold) -> None:
    LegalLine.line_on = staticmethod(line_on)
    LegalLine.books_hold = staticmethod(books_hold)
    run_state_machine_as_test(
        LegalLine,
        settings=settings(
            max_examples=30, stateful_step_count=50, deadline=None, derandomize=True
        ),
    )


UNITS, CASES = st.integers(0, 6), st.integers(0, 4)
REFS = st.one_of(
    st.builds(CodeRef, package=st.just("U1"), index=UNITS),
    st.builds(CodeRef, package=st.sampled_from(["C1", "CAP", "NO"]), index=CASES),
)
ITEMS = st.builds(ItemRef, boot=st.just(1), number=st.integers(1, 6))
ORDERS = st.sampled_from(["O1", "O1", "O1", "", "O2"])
PACKAGES = st.sampled_from(["U1", "U1", "C1", "CAP"])
CONTAINERS = st.integers(1, 3)
FACTS = st.one_of(
    st.builds(
        CodesLeased, package=PACKAGES, first=UNITS, last=UNITS, device=st.just("p")
    ),
    st.builds(CodesReleased, package=PACKAGES, first=UNITS, last=UNITS),
    st.builds(
        CodesVoided, package=PACKAGES, indices=st.lists(UNITS, max_size=3).map(tuple)
    ),
    st.builds(ItemJudged, order=ORDERS, item=ITEMS, code=REFS, reason=st.none()),
    st.builds(ItemJudged, order=ORDERS, item=ITEMS, code=st.none() | REFS),
    st.builds(CodeSeen, code=REFS, item=ITEMS),
    st.builds(
        ItemGated,
        order=ORDERS,
        item=ITEMS,
        outcome=st.sampled_from(["passed", "rejected"]),
    ),
    st.builds(UnnumberedRejected, order=ORDERS, count=st.integers(0, 2)),
    st.builds(ContainerOpened, order=ORDERS, container=CONTAINERS),
    st.builds(Packed, container=CONTAINERS, code=REFS),
    st.builds(ContainerFilled, container=CONTAINERS, children=st.integers(0, 2)),
    st.builds(LabelSent, container=CONTAINERS, code=REFS),
    st.builds(ContainerClosed, container=CONTAINERS, code=REFS),
    st.builds(OrderStarted, order=ORDERS, by=st.just("op")),
    st.builds(OrderClosed, order=ORDERS, by=st.just("op")),
    st.builds(
        PackageAccepted,
        package=st.sampled_from(["U1", "NEW"]),
        order=ORDERS,
        codes=st.integers(0, 4),
        sha256=st.just(""),
    ),
)


@given(sets=st.lists(st.lists(FACTS, min_size=1, max_size=3), max_size=40))
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.large_base_example,
    ],
)
def test_no_history_breaks_the_books(line_on, books_hold, sets) -> None:
    """Any facts in any order: each set is taken whole, or refused without a trace."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        with Store.open(Path(folder), "L1") as store:
            line = line_on(store)
            line.order()
            line.package("U1", codes=6, leased=4)
            line.package("C1", Level.CASE, codes=4, leased=2)
            line.package("CAP", mode=Mode.PREPRINTED, codes=4)
            line.good(1, 2)
            line.fill(1, CodeRef(package="U1", index=1))
            for facts in sets:
                before = line.tables()
                try:
                    line.do(*facts)
                except FactRefusedError:
                    assert line.tables() == before
                books_hold(store.database_path)
            path = store.database_path
        assert verify_chain(path) is None
        assert verify_projection(path) == []


def test_the_books_are_checked_by_the_database_too(line) -> None:
    """The oracle of these tests can fail: a wrong count is refused by the schema."""
    line.order()
    line.package("U1", codes=6, leased=4)
    with pytest.raises(Exception, match="CHECK"):
        line.store.ledger._db.execute("UPDATE packages SET in_flight = in_flight + 1")
