"""Verdicts: the code read is bound to its item, or the item is rejected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.code_state import CodeState
from agent.domain.judging import ItemRead, Judge, Standing
from agent.domain.print_window import PrintWindow
from agent.domain.words import CodeRef, Reason


def ref(index: int) -> CodeRef:
    return CodeRef(package="P", index=index)


def printing_judge(
    codes: int = 10, first_item: int = 1, target: int = 1000
) -> tuple[Judge, PrintWindow]:
    window = PrintWindow()
    window.begin_era(first_item=first_item, first_record=1)
    for record in range(1, codes + 1):
        window.sent(f"K{record}", ref(record), record)
    return Judge(lookup=lambda _key: None, target=target, window=window), window


def reads(item: int, *keys: str) -> ItemRead:
    return ItemRead(item=item, keys=keys, text=keys[0] if keys else "")


@pytest.mark.fault("F28")
def test_the_code_due_on_the_item_passes_once() -> None:
    judge, _ = printing_judge()
    good = judge.judge(reads(3, "K3"))
    assert (good.passed, good.code) == (True, ref(3))
    again = judge.judge(reads(4, "K3"))
    assert (again.passed, again.reason) == (False, Reason.DUPLICATE)


@pytest.mark.fault("F21")
def test_the_neighbours_code_is_a_sequence_fault() -> None:
    judge, _ = printing_judge()
    slipped = judge.judge(reads(3, "K4"))
    assert (slipped.passed, slipped.reason) == (False, Reason.SEQUENCE_FAULT)
    assert slipped.code == ref(4)


@pytest.mark.fault("F29")
def test_reasons_without_a_code_of_ours() -> None:
    judge, _ = printing_judge()
    assert judge.judge(reads(1)).reason is Reason.NO_READ
    assert judge.judge(reads(1, "K1", "K2")).reason is Reason.AMBIGUOUS
    assert judge.judge(reads(1, "stranger")).reason is Reason.UNKNOWN_CODE
    faulty = ItemRead(item=1, text="x", fault=Reason.WRONG_PRODUCT)
    assert judge.judge(faulty).reason is Reason.WRONG_PRODUCT


def test_a_lost_code_is_revived_only_on_its_own_item() -> None:
    judge, window = printing_judge()
    assert ref(5) in window.lose()
    window.begin_era(first_item=40, first_record=11)
    assert judge.judge(reads(6, "K5")).reason is Reason.SEQUENCE_FAULT
    assert judge.judge(reads(4, "K4")).passed


@pytest.mark.fault("F29")
def test_a_known_code_outside_the_window_tells_what_it_is() -> None:
    window = PrintWindow()
    states = {"used": CodeState.GOOD, "new": CodeState.UNUSED, "old": CodeState.VOIDED}
    judge = Judge(
        lookup=lambda key: (
            Standing(ref=ref(7), state=states[key]) if key in states else None
        ),
        target=10,
        window=window,
    )
    assert judge.judge(reads(1, "used")).reason is Reason.DUPLICATE
    unused = judge.judge(reads(2, "new"))
    assert (unused.reason, unused.code) == (Reason.NOT_IN_FLIGHT, None)
    old = judge.judge(reads(3, "old"))
    assert (old.reason, old.code) == (Reason.NOT_IN_FLIGHT, ref(7))


@pytest.mark.fault("F28")
def test_preprinted_codes_pass_once_even_before_the_store_knows() -> None:
    judge = Judge(
        lookup=lambda _key: Standing(ref=ref(1), state=CodeState.UNUSED), target=10
    )
    assert judge.judge(reads(1, "A")).passed
    assert judge.judge(reads(2, "A")).reason is Reason.DUPLICATE


def test_nothing_passes_beyond_the_target() -> None:
    judge, _ = printing_judge(target=2)
    verdicts = [judge.judge(reads(n, f"K{n}")) for n in (1, 2, 3)]
    assert [v.passed for v in verdicts] == [True, True, False]
    assert verdicts[2].reason is Reason.ORDER_FULL


@pytest.mark.fault("F28")
@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=80, unique=True
    ),
    st.integers(0, 5),
)
def test_no_code_is_accepted_twice_or_off_its_item(
    shown: list[tuple[int, int]], lose_after: int
) -> None:
    judge, window = printing_judge(codes=30)
    accepted = []
    for number, (item, code) in enumerate(shown):
        if number == lose_after:
            window.lose()
            window.begin_era(first_item=100, first_record=31)
        if judge.judge(reads(item, f"K{code}")).passed:
            accepted.append((item, code))
    assert all(item == code for item, code in accepted)
    assert len({code for _, code in accepted}) == len(accepted)


@given(st.lists(st.sampled_from(["see", "lose", "give_up"]), max_size=20))
def test_outstanding_is_what_is_neither_seen_nor_given_up(acts: list[str]) -> None:
    _, window = printing_judge(codes=20)
    expected = {f"K{n}" for n in range(1, 21)}
    for number, act in enumerate(acts, 1):
        code = window.find(f"K{number}")
        assert code is not None
        if act == "see":
            window.seen(code)
            expected.discard(f"K{number}")
        elif act == "lose":
            named = window.lose()
            assert {r.index for r in named} == {int(k[1:]) for k in expected}
            expected.clear()
        else:
            window.give_up([number])
            expected.discard(f"K{number}")
        assert window.outstanding == len(expected)
