"""What each fact does to the tables, and which facts cannot be true."""

import pytest

from agent.domain.code_state import CodeState
from agent.domain.facts import (
    FACT_TYPES,
    CodeSeen,
    CodesLeased,
    CodesReleased,
    CodesVoided,
    ContainerClosed,
    ContainerFilled,
    ContainerOpened,
    ItemGated,
    LabelSent,
    OrderClosed,
    OrderReceived,
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
from agent.store.projection import APPLY


@pytest.fixture
def run(line, books_hold):
    """Order O1 started; U1 bottles (20 leased), C1 cases (5), PL pallets (5)."""
    line.order()
    line.package("U1", leased=20)
    line.package("C1", Level.CASE, codes=10, leased=5)
    line.package("PL", Level.PALLET, codes=10, leased=5)
    yield line
    books_hold(line.store.database_path)


def unit(index: int) -> CodeRef:
    return CodeRef(package="U1", index=index)


def label(index: int) -> CodeRef:
    return CodeRef(package="C1", index=index)


def state(line, ref: CodeRef) -> tuple[str, str | None]:
    with line.store.reader() as reader:
        found = reader.code(ref)
    why = found.cause or found.reason
    return found.state.value, None if why is None else why.value


def refused(line, says: str, *facts) -> None:
    """These facts are refused, and nothing at all was written."""
    before = line.tables()
    with pytest.raises(FactRefusedError, match=says):
        line.do(*facts)
    assert line.tables() == before


def test_every_fact_has_its_function() -> None:
    assert set(APPLY) == set(FACT_TYPES)


# --- leases


def test_a_lease_is_in_flight_and_the_rest_unused(run) -> None:
    assert state(run, unit(20)) == ("in_flight", None)
    assert state(run, unit(21)) == ("unused", None)


@pytest.mark.parametrize(("first", "last"), [(22, 30), (20, 30), (21, 101), (21, 20)])
def test_a_lease_goes_on_where_the_last_ended(run, first: int, last: int) -> None:
    lease = CodesLeased(package="U1", first=first, last=last, device="p")
    refused(run, "goes on at 21", lease)


def test_a_lease_leaves_out_codes_that_have_a_fate(run) -> None:
    run.judge(1, unit(25), Reason.NOT_IN_FLIGHT)
    run.do(CodesLeased(package="U1", first=21, last=30, device="p"))
    assert state(run, unit(25)) == ("rejected", "not_in_flight")
    assert state(run, unit(24)) == ("in_flight", None)


def test_the_end_of_a_lease_goes_back_and_can_be_leased_again(run) -> None:
    run.do(CodesReleased(package="U1", first=16, last=20))
    assert state(run, unit(16)) == ("unused", None)
    run.do(CodesLeased(package="U1", first=16, last=18, device="p"))
    assert state(run, unit(16)) == ("in_flight", None)


@pytest.mark.parametrize(("first", "last"), [(1, 19), (15, 21), (0, 20), (21, 20)])
def test_only_the_end_of_a_lease_goes_back(run, first: int, last: int) -> None:
    refused(run, "only the end", CodesReleased(package="U1", first=first, last=last))


def test_a_used_code_never_goes_back(run) -> None:
    run.do(CodesVoided(package="U1", indices=(19,), cause=VoidCause.UNKNOWN_FATE))
    refused(run, "were used", CodesReleased(package="U1", first=18, last=20))


def test_pre_printed_codes_are_never_leased(run) -> None:
    run.package("CAP", mode=Mode.PREPRINTED)
    refused(
        run, "never leased", CodesLeased(package="CAP", first=1, last=1, device="p")
    )


# --- verdicts


def test_a_pass_makes_the_code_good(run) -> None:
    run.judge(7, unit(3))
    with run.store.reader() as reader:
        found = reader.code(unit(3))
        item = reader.item(ItemRef(boot=1, number=7))
    assert found.state is CodeState.GOOD
    assert found.item == ItemRef(boot=1, number=7)
    assert item.passed is True
    assert item.code == unit(3)


def test_a_code_makes_one_item_good(run) -> None:
    run.judge(7, unit(3))
    with pytest.raises(FactRefusedError, match="good cannot accept"):
        run.judge(8, unit(3))


def test_a_copy_leaves_the_code_as_it_is(run) -> None:
    run.judge(7, unit(3))
    run.judge(8, unit(3), Reason.DUPLICATE)
    assert state(run, unit(3)) == ("good", None)


def test_a_reject_spoils_the_code_it_carries(run) -> None:
    run.judge(7, unit(3), Reason.SEQUENCE_FAULT)
    assert state(run, unit(3)) == ("rejected", "sequence_fault")


@pytest.mark.parametrize("cause", VoidCause)
def test_only_a_code_of_unknown_fate_comes_back(run, cause: VoidCause) -> None:
    run.do(CodesVoided(package="U1", indices=(3,), cause=cause))
    if cause is VoidCause.UNKNOWN_FATE:
        run.judge(7, unit(3))
        assert state(run, unit(3)) == ("good", None)
        return
    with pytest.raises(FactRefusedError, match=cause.value):
        run.judge(7, unit(3))
    run.judge(8, unit(3), Reason.NOT_IN_FLIGHT)
    assert state(run, unit(3)) == ("rejected", "not_in_flight")


def test_a_code_known_to_be_gone_does_not_come_back_into_doubt(run) -> None:
    for cause in (VoidCause.LABEL_LOST, VoidCause.UNKNOWN_FATE):
        run.do(CodesVoided(package="U1", indices=(3,), cause=cause))
    assert state(run, unit(3)) == ("voided", "label_lost")


def test_what_was_never_printed_here_cannot_pass(run) -> None:
    with pytest.raises(FactRefusedError, match="never given to a printer"):
        run.judge(7, unit(21))


def test_a_pre_printed_code_passes_once(run) -> None:
    run.package("CAP", mode=Mode.PREPRINTED)
    run.judge(7, CodeRef(package="CAP", index=50))
    assert state(run, CodeRef(package="CAP", index=50)) == ("good", None)


def test_a_code_of_another_order_cannot_pass(run) -> None:
    run.order("O2")
    run.package("U2", order="O2", leased=5)
    with pytest.raises(FactRefusedError, match="another order"):
        run.judge(7, CodeRef(package="U2", index=1))


def test_an_item_has_one_verdict(run) -> None:
    run.judge(7, None, Reason.NO_READ)
    with pytest.raises(FactRefusedError, match="has its verdict"):
        run.judge(7, unit(3))


@pytest.mark.parametrize(
    ("code", "reason"), [(None, None), (unit(101), None), (unit(0), Reason.LATE)]
)
def test_a_verdict_names_a_real_code(run, code, reason) -> None:
    with pytest.raises(FactRefusedError):
        run.judge(7, code, reason)


def test_a_code_seen_late_is_spoilt(run) -> None:
    item = ItemRef(boot=1, number=7)
    run.judge(7, None, Reason.NO_READ)
    run.do(CodeSeen(code=unit(3), item=item))
    assert state(run, unit(3)) == ("rejected", "not_in_flight")
    refused(run, "cannot refuse", CodeSeen(code=unit(3), item=item))


# --- gate


def test_a_pass_that_did_not_pass_pulls_its_code(run) -> None:
    run.judge(7, unit(3))
    run.gate(7, "rejected")
    assert state(run, unit(3)) == ("rejected", "late")


def test_a_pass_that_passed_stays_good(run) -> None:
    run.good(3)
    assert state(run, unit(3)) == ("good", None)


def test_an_item_leaves_once(run) -> None:
    run.good(3)
    with pytest.raises(FactRefusedError, match="left before"):
        run.gate(3, "passed")


def test_an_item_without_a_verdict_can_leave_but_not_pass_later(run) -> None:
    run.gate(7, "rejected")
    with pytest.raises(FactRefusedError, match="left without"):
        run.judge(7, unit(3))
    run.judge(7, None, Reason.LATE)


def test_a_packed_code_cannot_be_pulled(run) -> None:
    run.judge(3, unit(3))
    run.fill(1, unit(3))
    with pytest.raises(FactRefusedError, match="packed in container 1"):
        run.gate(3, "rejected")


# --- containers


def test_a_case_from_open_to_closed_and_onto_a_pallet(run) -> None:
    run.good(1, 2)
    run.fill(1, unit(1), unit(2))
    run.do(LabelSent(container=1, code=label(1)))
    assert state(run, label(1)) == ("in_flight", None)
    run.do(ContainerClosed(container=1, code=label(1), evidence=Evidence.READ))
    assert state(run, label(1)) == ("good", None)
    run.fill(2, label(1), level=Level.PALLET)
    with run.store.reader() as reader:
        case = reader.container(1)
        assert (case.state, case.parent, case.label) == ("closed", 2, label(1))
        assert reader.children(1) == [unit(1), unit(2)]
        assert reader.code(label(1)).labels == 1
        assert reader.code(label(1)).container == 2
        assert reader.code(unit(2)).container == 1


def test_a_child_has_one_parent(run) -> None:
    run.good(1, 2)
    run.fill(1, unit(1))
    run.do(ContainerOpened(order="O1", container=2, level=Level.CASE))
    refused(
        run,
        "has a parent",
        Packed(container=2, code=unit(2), evidence=Evidence.READ),
        Packed(container=2, code=unit(1), evidence=Evidence.READ),
    )


def test_only_good_codes_of_a_lower_level_and_this_order_are_packed(run) -> None:
    run.good(1)
    run.order("O2")
    run.package("U2", order="O2", leased=1)
    run.judge(50, CodeRef(package="U2", index=1), order="O2")
    run.do(ContainerOpened(order="O1", container=1, level=Level.CASE))
    for says, code in [
        ("in_flight, not good", unit(2)),
        ("does not go into", label(1)),
        ("belongs to order O2", CodeRef(package="U2", index=1)),
    ]:
        refused(run, says, Packed(container=1, code=code, evidence=Evidence.READ))


def test_a_container_declares_what_it_holds(run) -> None:
    run.good(1)
    run.do(ContainerOpened(order="O1", container=1, level=Level.CASE))
    refused(
        run,
        "holds 0",
        ContainerFilled(container=1, children=0, partial=True, by="op"),
    )
    run.do(Packed(container=1, code=unit(1), evidence=Evidence.READ))
    refused(
        run,
        "holds 1",
        ContainerFilled(container=1, children=2, partial=False, by="count"),
    )


def test_a_lost_label_makes_room_for_another(run) -> None:
    run.good(1)
    run.fill(1, unit(1))
    run.do(LabelSent(container=1, code=label(1)))
    refused(run, "is labelled", LabelSent(container=1, code=label(2)))
    run.do(CodesVoided(package="C1", indices=(1,), cause=VoidCause.LABEL_LOST))
    run.do(LabelSent(container=1, code=label(2)))
    closed = ContainerClosed(container=1, code=label(1), evidence=Evidence.READ)
    refused(run, "not the label sent", closed)
    run.do(ContainerClosed(container=1, code=label(2), evidence=Evidence.READ))


def test_a_label_of_unknown_fate_still_closes_its_own_case(run) -> None:
    run.good(1)
    run.fill(1, unit(1))
    run.do(LabelSent(container=1, code=label(1)))
    run.do(CodesVoided(package="C1", indices=(1,), cause=VoidCause.UNKNOWN_FATE))
    run.do(ContainerClosed(container=1, code=label(1), evidence=Evidence.READ))
    assert state(run, label(1)) == ("good", None)


def test_a_label_known_to_be_lost_closes_nothing(run) -> None:
    run.good(1)
    run.fill(1, unit(1))
    run.do(LabelSent(container=1, code=label(1)))
    run.do(CodesVoided(package="C1", indices=(1,), cause=VoidCause.LABEL_LOST))
    closed = ContainerClosed(container=1, code=label(1), evidence=Evidence.READ)
    refused(run, "voided: label_lost", closed)


def test_a_label_is_a_leased_code_of_the_level_and_of_one_container(run) -> None:
    run.good(1, 2)
    run.fill(1, unit(1))
    run.fill(2, unit(2))
    run.do(LabelSent(container=1, code=label(1)))
    refused(run, "labels another", LabelSent(container=2, code=label(1)))
    refused(run, "not in flight", LabelSent(container=2, code=label(6)))
    refused(run, "cannot label", LabelSent(container=2, code=unit(3)))


def test_a_pre_printed_label_closes_a_case_by_its_read_alone(run) -> None:
    run.package("C2", Level.CASE, Mode.PREPRINTED, codes=3)
    run.good(1)
    run.fill(1, unit(1))
    code = CodeRef(package="C2", index=2)
    run.do(ContainerClosed(container=1, code=code, evidence=Evidence.READ))
    assert state(run, code) == ("good", None)


def test_a_container_number_is_used_once(run) -> None:
    opened = ContainerOpened(order="O1", container=1, level=Level.CASE)
    run.do(opened)
    refused(run, "once for ever", opened)


# --- orders and packages


def test_a_package_is_accepted_once(run) -> None:
    with pytest.raises(FactRefusedError, match="once for ever"):
        run.package("U1")


def test_an_order_can_change_until_it_starts(line) -> None:
    def received(target: int) -> OrderReceived:
        return OrderReceived(
            order="O1",
            product="P",
            batch="B",
            target=target,
            spec="S",
            spec_version=1,
            spec_json="{}",
        )

    line.do(received(1))
    line.do(received(2))
    with line.store.reader() as reader:
        assert reader.order("O1").target == 2
        assert reader.current_order() is None
    line.do(OrderStarted(order="O1", by="op"))
    refused(line, "started already", received(3))
    with line.store.reader() as reader:
        assert reader.current_order().order == "O1"


@pytest.mark.parametrize(
    "fact",
    [
        OrderStarted(order="O9", by="op"),
        OrderClosed(order="O9", by="op"),
        ContainerOpened(order="O9", container=1, level=Level.CASE),
        ItemGated(order="O9", item=ItemRef(boot=1, number=1), outcome="passed"),
        UnnumberedRejected(order="O9", count=1),
        CodesLeased(package="X9", first=1, last=1, device="p"),
        CodesVoided(package="X9", indices=(1,), cause=VoidCause.NEVER_SEEN),
        Packed(
            container=9, code=CodeRef(package="U1", index=1), evidence=Evidence.READ
        ),
        ItemGated(order="O1", item=ItemRef(boot=1, number=1), outcome=""),
        UnnumberedRejected(order="O1", count=0),
    ],
)
def test_facts_about_what_does_not_exist_are_refused(run, fact) -> None:
    refused(run, "refused", fact)


def test_an_order_closes_only_when_its_books_do(run) -> None:
    closing = OrderClosed(order="O1", by="op")
    run.judge(1, unit(1))
    refused(run, "in flight", closing)
    for package, first, last in (("U1", 2, 20), ("C1", 1, 5), ("PL", 1, 5)):
        run.do(CodesReleased(package=package, first=first, last=last))
    refused(run, "did not leave", closing)
    run.gate(1, "passed")
    run.do(ContainerOpened(order="O1", container=1, level=Level.CASE))
    run.do(Packed(container=1, code=unit(1), evidence=Evidence.READ))
    refused(run, "1 containers not closed", closing)
    run.do(ContainerFilled(container=1, children=1, partial=True, by="op"))
    run.do(CodesLeased(package="C1", first=1, last=1, device="p"))
    run.do(LabelSent(container=1, code=label(1)))
    run.do(ContainerClosed(container=1, code=label(1), evidence=Evidence.READ))
    run.do(closing)
    with run.store.reader() as reader:
        assert reader.order("O1").state == "closed"
        assert reader.current_order() is None
        assert reader.closed_orders_after(0) == [("O1", reader.head().seq)]
    with pytest.raises(FactRefusedError, match="is closed"):
        run.judge(2, None, Reason.NO_READ)
    refused(run, "is closed", OrderStarted(order="O1", by="op"))


def test_facts_of_one_set_stand_or_fall_together(run) -> None:
    run.do(
        OrderReceived(
            order="O2",
            product="P",
            batch="B",
            target=1,
            spec="S",
            spec_version=1,
            spec_json="{}",
        )
    )
    refused(
        run,
        "cannot void",
        CodesVoided(package="U1", indices=(3,), cause=VoidCause.NEVER_SEEN),
        CodesLeased(package="U1", first=21, last=22, device="p"),
        PackageAccepted(
            package="NEW",
            level=Level.UNIT,
            mode=Mode.PRINT,
            order="O1",
            codes=3,
            sha256="",
        ),
        CodesLeased(package="NEW", first=1, last=1, device="p"),
        OrderStarted(order="O2", by="op"),
        UnnumberedRejected(order="O2", count=1),
        CodeSeen(code=unit(4), item=ItemRef(boot=1, number=1)),
        CodesVoided(package="U1", indices=(5, 4), cause=VoidCause.NEVER_SEEN),
    )
    refused(run, "not started", UnnumberedRejected(order="O2", count=1))
    with pytest.raises(FactRefusedError, match="never accepted"):
        run.do(CodesLeased(package="NEW", first=1, last=1, device="p"))
    run.package("NEW", codes=3, leased=1)


def test_numbers_too_large_for_the_disk_are_refused(run) -> None:
    refused(
        run, "too large", ContainerOpened(order="O1", container=2**63, level=Level.CASE)
    )


def test_a_fault_of_our_own_leaves_nothing_behind(run, monkeypatch) -> None:
    before = run.tables()
    with monkeypatch.context() as patch:
        patch.setitem(APPLY, CodeSeen, lambda *_: {}["bug"])
        with pytest.raises(KeyError, match="bug"):
            run.do(
                CodesVoided(package="U1", indices=(3,), cause=VoidCause.NEVER_SEEN),
                CodeSeen(code=unit(4), item=ItemRef(boot=1, number=1)),
            )
    assert run.tables() == before
    run.judge(1, unit(3))
