"""What became of a code, however it was given."""

import pytest

from agent.domain.words import CodeRef, Level
from agent.lookup import look_up


@pytest.fixture
def case(reader):
    return next(
        view
        for number in range(1, 10)
        if (view := reader.container(number)) and view.level is Level.CASE
    )


@pytest.fixture
def bottle(reader, case):
    ref = reader.children(case.container)[0]
    return ref, reader.packages.get(ref.package).text(ref.index)


def text_of(reader, ref):
    return reader.packages.get(ref.package).text(ref.index)


def test_a_bottle_with_its_parents_outwards(reader, case, bottle) -> None:
    ref, text = bottle
    found = look_up(reader, text)
    assert (found.code, found.package, found.index) == (text, ref.package, ref.index)
    assert (found.level, found.state, found.cause) == (Level.UNIT, "good", "")
    assert found.item
    pallet = reader.container(case.parent)
    assert found.parents == (text_of(reader, case.label), text_of(reader, pallet.label))


@pytest.mark.parametrize("aim", ["]d2", "]Q3", "]C1", ""])
def test_aim_prefix_makes_no_difference(reader, bottle, aim) -> None:
    _, text = bottle
    assert look_up(reader, aim + text) == look_up(reader, text)


def test_a_label_is_known_by_itself_and_as_an_element_string(reader, case) -> None:
    label = text_of(reader, case.label)
    found = look_up(reader, f"]C1{label}")
    assert found == look_up(reader, label)
    assert found.level is Level.CASE
    assert found.container == case.container
    assert len(found.parents) == 1


def test_a_rejected_code_says_why(reader) -> None:
    standings = (
        reader.code(CodeRef(package="WO-1-unit", index=index)) for index in range(1, 80)
    )
    rejected = next(s for s in standings if s is not None and s.state == "rejected")
    found = look_up(reader, text_of(reader, rejected.ref))
    assert found.state == "rejected"
    assert found.cause == "order_full"
    assert found.parents == ()


@pytest.mark.parametrize("text", ["", "]", "]d2", "x", "\x1d", "0" * 5000, "码"])
def test_what_is_not_ours_is_none(reader, text) -> None:
    assert look_up(reader, text) is None
