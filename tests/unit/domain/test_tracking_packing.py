"""Items in order to the gate, and containers that hold exactly what they declare."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.facts import ContainerClosed, ContainerFilled, ContainerOpened, Packed
from agent.domain.packing import Packer, PackingError
from agent.domain.reject_run import RejectRun
from agent.domain.tracking import COUNTER_MODULUS, ItemRegister
from agent.domain.words import CodeRef, Evidence, Level, Reason, StopCause


@given(
    st.integers(0, COUNTER_MODULUS - 1),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=40),
)
def test_every_item_leaves_once_in_order_even_over_the_wrap(
    start: int, moves: list[tuple[int, int]]
) -> None:
    register = ItemRegister(boot=1, triggered=start, gated=start)
    triggered = gated = 0
    left: list[int] = []
    for more, out in moves:
        triggered += more
        gated = min(gated + out, triggered)
        events = register.advance(
            (start + triggered) % COUNTER_MODULUS,
            (start + gated) % COUNTER_MODULUS,
            lambda _item: "passed",
        )
        left.extend(event.number for event in events)
        assert register.on_belt() == triggered - gated
    assert left == [(start + n) % COUNTER_MODULUS for n in range(1, gated + 1)]


def test_verdicts_travel_with_their_item() -> None:
    register = ItemRegister(boot=1, triggered=5, gated=0)
    register.judged(1, passed=True)
    register.judged(3, passed=False)
    assert (register.judged_passing(), register.unjudged()) == (1, 3)
    assert register.is_due(5)
    assert not register.is_due(6)
    events = register.advance(5, 3, lambda _item: "rejected")
    assert [event.passed_verdict for event in events] == [True, None, False]
    assert register.is_gone(3)
    assert not register.is_gone(4)


def ref(index: int) -> CodeRef:
    return CodeRef(package="P", index=index)


def packer(size: int = 3) -> Packer:
    return Packer(order="O", level=Level.CASE, size=size, new_id=count(1).__next__)


@given(st.integers(1, 6), st.integers(0, 40))
def test_containers_hold_what_they_declare(size: int, children: int) -> None:
    subject = packer(size)
    facts = [
        fact for n in range(children) for fact in subject.add(ref(n), Evidence.INFERRED)
    ]
    facts += subject.close_short(by="test")
    opened = [f.container for f in facts if isinstance(f, ContainerOpened)]
    packed = [f for f in facts if isinstance(f, Packed)]
    assert [p.code.index for p in packed] == list(range(children))
    for filled in (f for f in facts if isinstance(f, ContainerFilled)):
        own = [p for p in packed if p.container == filled.container]
        assert len(own) == filled.children
        assert filled.partial == (filled.children < size)
    assert opened == sorted(set(opened))
    assert subject.open_id is None


def test_a_label_is_believed_only_for_its_container() -> None:
    subject = packer(1)
    subject.add(ref(1), Evidence.INFERRED)
    with pytest.raises(PackingError):
        subject.send_label(99, ref(50))
    subject.send_label(1, ref(50))
    assert subject.waiting_for(ref(51)) is None
    assert subject.waiting_for(ref(50)) == 1
    closed = subject.confirm(1, Evidence.READ)
    assert closed == [
        ContainerClosed(container=1, code=ref(50), evidence=Evidence.READ)
    ]
    assert subject.is_empty()


def test_a_lost_label_voids_its_code_and_the_container_waits_first_in_line() -> None:
    subject = packer(1)
    for n in (1, 2):
        subject.add(ref(n), Evidence.INFERRED)
    subject.send_label(1, ref(50))
    (voided,) = subject.label_lost(1)
    assert voided.indices == (50,)  # type: ignore[union-attr]
    assert list(subject.filled) == [1, 2]


def test_rejects_in_a_row_stop_the_line_and_a_pass_breaks_the_row() -> None:
    run = RejectRun(limit=3, sequence_limit=2)
    for _ in range(2):
        assert run.take(Reason.NO_READ) is None
    assert run.take(None) is None
    assert run.take(Reason.NO_READ) is None
    assert run.take(Reason.SEQUENCE_FAULT) is None
    assert run.take(Reason.SEQUENCE_FAULT) is StopCause.SEQUENCE
    run.clear()
    assert run.take(Reason.NO_READ) is None
    assert run.take(Reason.ORDER_FULL) is None
    assert run.take(Reason.NO_READ) is None
    assert run.take(Reason.NO_READ) is StopCause.CONSECUTIVE_REJECTS
