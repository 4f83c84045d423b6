import pytest

from agent.domain.gs1 import Gs1Error, parse_scan, split_aim

GTIN = "06901234567892"


@pytest.mark.parametrize("aim", ["]C1", "]d2", "]e0", "]J1", "]Q3"])
def test_gs1_symbols_hold_element_strings(aim):
    scan = parse_scan(f"{aim}01{GTIN}21ABC")
    assert [(e.ai, e.value) for e in scan.elements] == [("01", GTIN), ("21", "ABC")]
    with pytest.raises(Gs1Error):
        parse_scan(f"{aim}https://id.gs1.org/01/{GTIN}")


@pytest.mark.parametrize("aim", ["]d1", "]J0", "]Q1"])
def test_plain_symbols_hold_a_digital_link_or_anything(aim):
    scan = parse_scan(f"{aim}https://id.gs1.org/01/{GTIN}/21/ABC")
    assert scan.link is not None
    assert scan.link.canonical() == f"https://id.gs1.org/01/{GTIN}/21/ABC"
    for text in ("", "瓶 1", f"01{GTIN}", "Https://id.gs1.org/01/1", "a|]e0b"):
        plain = parse_scan(aim + text)
        assert (plain.elements, plain.link, plain.gtin) == ((), None, None)
    with pytest.raises(Gs1Error):
        parse_scan(aim + "https://brand.cn/x")


@pytest.mark.parametrize(
    ("read", "gtin"),
    [("]E06901234567892", GTIN), ("]E496385074", "00000096385074")],
)
def test_retail_symbols_hold_a_gtin(read, gtin):
    assert parse_scan(read).gtin == gtin
    composite = parse_scan(read + "|]e010L7\x1d99A")
    assert composite.gtin == gtin
    assert [e.ai for e in composite.elements] == ["10", "99"]


@pytest.mark.parametrize(
    "read",
    [
        *("", "]", "]d", "ABC", "]XX1", "]C1", "]d2", "]e0"),
        *("]E0", "]E0690123456789", "]E069012345678921", "]E06901234567893"),
        *("]E0614141000036", "]E096385074", "]E46901234567892", f"]E0{GTIN}"),
        *("]E0690123456789A", "]E41234567", "]E496385075", "]E496385074|99A"),
        *("]E496385074|]e0", f"]I1{GTIN}", f"]C0{GTIN}", "]d201A", "]Q1" + "x" * 8200),
    ],
)
def test_refusals(read):
    with pytest.raises(Gs1Error):
        parse_scan(read)


@pytest.mark.parametrize(
    ("read", "split"),
    [
        ("]d2010", ("]d2", "010")),
        ("]Q1", ("]Q1", "")),
        ("010", (None, "010")),
        ("", (None, "")),
        ("]", (None, "]")),
        ("]{1x", (None, "]{1x")),
    ],
)
def test_splits_the_aim_identifier(read, split):
    assert split_aim(read) == split
