import pytest

from agent.domain.gs1 import Element, Gs1Error, build_element_string
from agent.domain.gs1 import parse_element_string as parse

GTIN = "06901234567892"


def pairs(text):
    return [(element.ai, element.value) for element in parse(text)]


def test_separator_ends_a_value_of_open_length():
    text = f"01{GTIN}21ABC\x1d17261231" + "10L7"
    assert pairs(text) == [("01", GTIN), ("21", "ABC"), ("17", "261231"), ("10", "L7")]


def test_without_separator_the_rest_is_value():
    assert pairs("10ABC21DEF") == [("10", "ABC21DEF")]


@pytest.mark.parametrize("text", [f"01{GTIN}\x1d21ABC", f"01{GTIN}21ABC\x1d"])
def test_one_needless_separator_is_taken(text):
    assert pairs(text) == [("01", GTIN), ("21", "ABC")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no data"),
        ("\x1d", "no AI"),
        (f"\x1d01{GTIN}", r"no AI begins with '\x1d01"),
        ("10ABC\x1d\x1d21D", "position 7"),
        ("891234", "no AI begins with '8912' (position 1)"),
        (f"01{GTIN}2", "no AI begins with '2' (position 17)"),
        ("0", "no AI"),
        ("٠١" + GTIN, "no AI"),
        ("8111" + "12345", "takes 4 at most"),
        ("8005" + "123456" + "10A", "takes 6 at most"),
        ("10", "needs 1"),
        ("\x1d".join(["99A"] * 65), "at most 64"),
        ("10" + "A" * 9000, "at most 8190"),
    ],
)
def test_refusals(text, why):
    with pytest.raises(Gs1Error) as refusal:
        parse(text)
    assert why in str(refusal.value)


def test_64_elements_are_not_too_many():
    assert len(parse("\x1d".join(["99A"] * 64))) == 64


def test_builds_separators_only_where_needed():
    elements = [
        Element(ai="01", value=GTIN),
        Element(ai="10", value="L7"),
        Element(ai="8005", value="001234"),
        Element(ai="11", value="260101"),
        Element(ai="21", value="ABC"),
    ]
    text = f"01{GTIN}10L7\x1d8005001234\x1d11260101" + "21ABC"
    assert build_element_string(elements) == text


@pytest.mark.parametrize(("ai", "value"), [("89", "A"), ("10", ""), ("10", "A\x1dB")])
def test_builds_nothing_that_may_not_be(ai, value):
    with pytest.raises(Gs1Error):
        build_element_string([Element(ai=ai, value=value)])
