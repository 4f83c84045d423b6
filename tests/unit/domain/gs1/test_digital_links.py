import pytest

from agent.domain.gs1 import (
    Element,
    Gs1Error,
    build_digital_link,
    parse_digital_link,
)

GTIN = "06901234567892"
AT = f"https://a.cn/01/{GTIN}"


def pairs(text):
    return [
        (element.ai, element.value) for element in parse_digital_link(text).elements
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (AT, []),
        (f"HTTP://A.CN/01/{GTIN}/21/ab", [("21", "ab")]),
        (AT + "/22/V/10/L/21/S", [("22", "V"), ("10", "L"), ("21", "S")]),
        (
            AT + "/21/S?17=261231&c=XYZ&flag&99=A",
            [("21", "S"), ("17", "261231"), ("99", "A")],
        ),
        (AT + "/21/A%2FB%2b+C", [("21", "A/B++C")]),
        (AT + "/21/%zz%4", [("21", "%zz%4")]),
        (AT + "?99=A%2BB", [("99", "A+B")]),
        (AT + "/235/T?10=L", [("235", "T"), ("10", "L")]),
        (AT + "/21/S#part?17=1", [("21", "S")]),
        (f"https://[::1]:8080/own/00/x/01/{GTIN}", []),
    ],
)
def test_parses(text, found):
    assert pairs(text) == [("01", GTIN), *found]


def test_rightmost_key_is_the_identity():
    link = parse_digital_link(f"https://a.cn/p/01/{GTIN}/414/6901234000009/254/L03")
    assert [element.ai for element in link.identity] == ["414", "254"]
    assert (link.host, link.own_path) == ("a.cn", f"/p/01/{GTIN}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begin with"),
        ("ftp://a/00/1", "begin with"),
        (f"Https://a/01/{GTIN}", "begin with"),
        ("https://", "host"),
        (f"https:///01/{GTIN}", "host"),
        (f"https://a_b/01/{GTIN}", "host"),
        ("https://a", "host and a path"),
        ("https://a?01=1", "host"),
        (AT + "<b", "character '<'"),
        (AT + "瓶", "character"),
        (AT + " ", "character"),
        ("https://a/x?c=1", "no GS1 key"),
        (AT + "/", "no GS1 key"),
        (f"https://a/01//{GTIN}", "no GS1 key"),
        (f"https://a/gtin/{GTIN}", "no GS1 key"),
        ("https://a/01/6901234567892", "needs 14"),
        ("https://a/01/06901234567893", "check digit"),
        (AT + "/21/S/10/L", "in order"),
        (AT + "/21/S/235/T", "in order"),
        (AT + "/99/S", "in order"),
        (AT + "?10=L", "belongs in the path"),
        (AT + "?21=S", "must not stand in the query"),
        (AT + "/10/L?99=A&99=A", "twice"),
        (AT + f"/21/S?01={GTIN}", "twice"),
        (AT + "?999=A", "'999' is no AI"),
        (AT + "?=A", "'' is no AI"),
        (AT + "?99=", "needs 1"),
        (AT + "?99=A+B", "character ' '"),
        (AT + "?99=A%00", "character"),
        (AT + "/21/%C3%A9", "character"),
        (AT + "?" + "&".join(["x=1"] * 65), "at most 64"),
        (AT + "?x=" + "1" * 9000, "at most 8190"),
    ],
)
def test_refusals(text, why):
    with pytest.raises(Gs1Error) as refusal:
        parse_digital_link(text)
    assert why in str(refusal.value)


def test_canonical_is_the_identity_at_gs1():
    link = parse_digital_link(f"HTTPS://QR.X.CN/p/01/{GTIN}/21/a%2fb?17=261231")
    assert link.canonical() == f"https://id.gs1.org/01/{GTIN}/21/a%2Fb"


def build(*pairs, **stem):
    return build_digital_link([Element(ai=ai, value=v) for ai, v in pairs], **stem)


def test_builds_qualifiers_in_order_and_the_rest_in_the_query():
    uri = build(
        *(("17", "261231"), ("21", "A/B"), ("01", GTIN), ("10", "L+"), ("99", "%")),
        stem="https://a.cn/p/",
    )
    assert uri == f"https://a.cn/p/01/{GTIN}/10/L%2B/21/A%2FB?17=261231&99=%25"


def test_builds_the_path_that_leaves_a_legal_query():
    uri = build(("01", GTIN), ("10", "L"), ("235", "T"))
    assert uri == f"https://id.gs1.org/01/{GTIN}/235/T?10=L"


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("10", "L")], "no element is a key"),
        ([("01", GTIN), ("8020", "R")], "must not stand in the query"),
        ([("01", "06901234567893")], "check digit"),
        ([("01", GTIN), ("89", "A")], "no AI"),
    ],
)
def test_builds_nothing_that_may_not_be(pairs, why):
    with pytest.raises(Gs1Error, match=why):
        build(*pairs)


def test_builds_under_no_bad_stem():
    with pytest.raises(Gs1Error, match="begin with"):
        build(("01", GTIN), stem="gs1.org")
