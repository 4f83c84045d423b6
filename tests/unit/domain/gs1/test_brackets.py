import pytest

from agent.domain.gs1 import Element, Gs1Error, build_brackets, parse_brackets

GTIN = "06901234567892"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (f"(01){GTIN}", [("01", GTIN)]),
        (f"(01){GTIN}(21)ABC", [("01", GTIN), ("21", "ABC")]),
        (r"(10)A\(11)B(21)C", [("10", "A(11)B"), ("21", "C")]),
        (r"(10)A\(", [("10", "A(")]),
        ("(10)A)B", [("10", "A)B")]),
    ],
)
def test_parses(text, pairs):
    assert [(e.ai, e.value) for e in parse_brackets(text)] == pairs


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no data"),
        ("12345", "position 1"),
        ("1(10)A", "position 1"),
        ("(10", "position 1"),
        ("()1", "'' is no AI"),
        ("(1)1", "'1' is no AI"),
        ("(1A)1", "'1A' is no AI"),
        ("(12345)1", "'12345' is no AI"),
        ("(10)", "needs 1"),
        ("(10)(11)260101", "needs 1"),
        ("(10)A\\\\(", "character '\\\\'"),
        (f"(01){GTIN}2(10)A", "takes 14 at most"),
        ("(17)9(90)217", "needs 6"),
        ("(10)A\x1d", "character"),
        ("(99)A" * 65, "at most 64"),
        ("(99)" + "A" * 9000, "at most 8190"),
    ],
)
def test_refusals(text, why):
    with pytest.raises(Gs1Error) as refusal:
        parse_brackets(text)
    assert why in str(refusal.value)


def test_builds_with_escaped_brackets():
    elements = [Element(ai="10", value="A(B)"), Element(ai="21", value="C")]
    assert build_brackets(elements) == r"(10)A\(B)(21)C"
