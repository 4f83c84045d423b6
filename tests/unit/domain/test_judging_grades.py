"""Verdicts on the print itself: a bad one is rejected, and its code is spent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.code_state import CodeState
from agent.domain.judging import ItemRead, Judge, Standing
from agent.domain.print_window import PrintWindow
from agent.domain.words import CodeRef, Reason


def ref(index: int) -> CodeRef:
    return CodeRef(package="P", index=index)


def judge_of(minimum: float | None, *, target: int = 100) -> Judge:
    window = PrintWindow()
    window.begin_era(first_item=1, first_record=1)
    for record in range(1, 11):
        window.sent(f"K{record}", ref(record), record)
    return Judge(
        lookup=lambda _key: None, target=target, minimum_grade=minimum, window=window
    )


def read(item: int, grade: float | None, *faults: Reason) -> ItemRead:
    key = f"K{item}"
    return ItemRead(item=item, keys=(key,), text=key, grade=grade, faults=faults)


@pytest.mark.parametrize(
    ("minimum", "grade", "reason"),
    [
        (None, None, None),
        (None, 0.0, None),
        (1.5, 1.5, None),
        (1.5, 4.0, None),
        (1.5, 1.4, Reason.LOW_GRADE),
        (0.0, None, Reason.LOW_GRADE),  # demanded and not given: never a guess
        (0.0, 0.0, None),
    ],
)
def test_a_print_below_what_is_demanded_is_rejected(minimum, grade, reason) -> None:
    judgement = judge_of(minimum).judge(read(3, grade))
    assert (judgement.passed, judgement.reason) == (reason is None, reason)
    assert (judgement.code, judgement.grade) == (ref(3), grade)


def test_a_code_rejected_for_its_print_is_spent() -> None:
    judge = judge_of(2.5)
    assert judge.judge(read(3, 1.0)).reason is Reason.LOW_GRADE
    again = judge.judge(read(3, 4.0))
    assert again.reason is Reason.DUPLICATE
    assert judge.accepted == 0
    assert judge.window is not None
    assert not judge.window.give_up([3])  # seen: nobody voids it as lost


def test_a_preprinted_code_rejected_for_its_print_is_spent() -> None:
    judge = Judge(
        lookup=lambda _key: Standing(ref=ref(1), state=CodeState.UNUSED),
        target=10,
        minimum_grade=1.0,
    )
    assert judge.judge(read(1, 0.9)).reason is Reason.LOW_GRADE
    assert judge.judge(read(1, 3.0)).reason is Reason.DUPLICATE


@pytest.mark.parametrize(
    "fault", [Reason.WRONG_TEXT, Reason.MISPLACED, Reason.SECOND_CODE]
)
def test_what_else_is_wrong_with_a_good_print_rejects_it(fault) -> None:
    judgement = judge_of(None).judge(read(2, 4.0, fault))
    assert (judgement.reason, judgement.code) == (fault, ref(2))


def test_a_copy_is_a_duplicate_whatever_its_print() -> None:
    judge = judge_of(1.0)
    assert judge.judge(read(1, 4.0)).passed
    assert judge.judge(read(1, 0.0, Reason.MISPLACED)).reason is Reason.DUPLICATE


def test_a_full_order_says_so_before_it_looks_at_the_print() -> None:
    judge = judge_of(1.0, target=1)
    assert judge.judge(read(1, 4.0)).passed
    assert judge.judge(read(2, 0.0)).reason is Reason.ORDER_FULL


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 4)), min_size=1, max_size=10),
    st.floats(0, 4),
)
def test_nothing_below_the_minimum_ever_passes(grades, minimum) -> None:
    judge = judge_of(minimum)
    for item, grade in enumerate(grades, 1):
        judgement = judge.judge(read(item, grade))
        assert judgement.passed == (grade is not None and grade >= minimum)
