"""Facts as text: every fact comes back, and the text itself is pinned."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.facts import (
    FACT_TYPES,
    CodesVoided,
    Fact,
    ItemJudged,
    LineStopped,
    OrderReceived,
)
from agent.domain.words import CodeRef, ItemRef, Reason, StopCause, VoidCause
from agent.store.fact_json import KINDS, FactFormatError, decode, encode, kind_of

FACTS = st.one_of(*(st.from_type(kind) for kind in FACT_TYPES))


@given(fact=FACTS)
@settings(max_examples=300)
def test_every_fact_comes_back(fact: Fact) -> None:
    text = encode(fact)
    assert decode(kind_of(fact), text) == fact
    assert (
        json.dumps(
            json.loads(text), sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        == text
    )


def test_there_is_a_kind_for_every_fact() -> None:
    assert set(KINDS.values()) == set(FACT_TYPES)


# What lies in journals must read the same in twenty years: these texts never change.
PINNED = [
    (
        ItemJudged(
            order="O1",
            item=ItemRef(boot=3, number=9),
            passed=True,
            reason=None,
            code=CodeRef(package="A", index=7),
            read="码\x1d",
        ),
        '{"code":{"index":7,"package":"A"},"item":{"boot":3,"number":9},"order":"O1",'
        '"passed":true,"read":"码\\u001d","reason":null}',
    ),
    (
        ItemJudged(
            order="O1",
            item=ItemRef(boot=3, number=9),
            passed=False,
            reason=Reason.LOW_GRADE,
            code=CodeRef(package="A", index=7),
            read="",
            grade_tenths=14,
        ),
        '{"code":{"index":7,"package":"A"},"grade_tenths":14,"item":{"boot":3,'
        '"number":9},"order":"O1","passed":false,"read":"","reason":"low_grade"}',
    ),
    (
        CodesVoided(package="A", indices=(2, 5), cause=VoidCause.LABEL_LOST),
        '{"cause":"label_lost","indices":[2,5],"package":"A"}',
    ),
    (
        LineStopped(cause=StopCause.LINE_IO, detail=""),
        '{"cause":"line_io","detail":""}',
    ),
]


@pytest.mark.parametrize(("fact", "text"), PINNED)
def test_the_text_of_a_fact_never_changes(fact: Fact, text: str) -> None:
    assert encode(fact) == text


def test_a_journal_from_before_a_field_was_added_still_reads() -> None:
    old = (
        '{"batch":"B","order":"O","product":"P","spec":"S","spec_json":"{}",'
        '"spec_version":1,"target":5}'
    )
    fact = decode("OrderReceived", old)
    assert isinstance(fact, OrderReceived)
    assert fact.close_short is False
    judged = decode("ItemJudged", PINNED[0][1])
    assert isinstance(judged, ItemJudged)
    assert judged.grade_tenths is None


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("Unheard", "{}", "unknown kind"),
        ("CodesVoided", '{"cause":"label_lost","indices":[2]}', "package"),
        ("CodesVoided", '{"cause":"lost","indices":[2],"package":"A"}', "cause"),
        ("CodesVoided", '{"cause":"label_lost","indices":[2.0],"package":"A"}', "0"),
        ("CodesVoided", '{"cause":"label_lost","indices":["2"],"package":"A"}', "0"),
        ("CodesVoided", '{"cause":"label_lost","indices":[2],"package":3}', "package"),
        (
            "CodesVoided",
            '{"cause":"label_lost","indices":[2],"package":"A","more":1}',
            "does not know",
        ),
        (
            "CodeSeen",
            '{"code":{"index":1,"package":"A","x":1},"item":{"boot":1,"number":1}}',
            "does not know",
        ),
        ("CodesVoided", "not json", "JSON"),
        ("ItemJudged", PINNED[1][1].replace(":14,", ":1.4,"), "grade_tenths"),
    ],
)
def test_what_is_no_fact_is_refused(kind: str, text: str, says: str) -> None:
    with pytest.raises(FactFormatError, match=says):
        decode(kind, text)


def test_half_a_character_is_refused_before_it_is_written() -> None:
    with pytest.raises(FactFormatError, match="Unicode"):
        encode(LineStopped(cause=StopCause.STORE, detail="\ud800"))
