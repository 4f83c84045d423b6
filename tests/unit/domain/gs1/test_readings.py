import pytest

from agent.domain.gs1 import Gs1Error, Kind, Rules, detect, read_code

GTIN = "06901234567892"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("]d201" + GTIN, Kind.SCAN),
        ("]", Kind.SCAN),
        (f"(01){GTIN}", Kind.BRACKETED),
        ("(", Kind.BRACKETED),
        ("https://x", Kind.LINK),
        ("HtTp://x", Kind.LINK),
        ("http:/x", Kind.ELEMENT),
        ("01" + GTIN, Kind.ELEMENT),
        ("", Kind.ELEMENT),
        ("瓶", Kind.ELEMENT),
        ("6901234567892", Kind.GTIN),
        (" 6901234567892\t", Kind.GTIN),
        ("6901234567893", Kind.GTIN),  # a bad key, and no element string either
        ("96385074", Kind.GTIN),  # (96)385074 would be free text: the rarer writing
        ("4006381333931", Kind.GTIN),  # likewise (400)6381333931
        ("11030201", Kind.ELEMENT),  # good as a GTIN-8, better as a date
        ("391097812301", Kind.ELEMENT),  # currency 978
        ("15210527", Kind.ELEMENT),  # bad as a GTIN-8
        ("069012340000000016", Kind.SSCC),
        ("106901234567890123", Kind.ELEMENT),  # a lot; bad as an SSCC
    ],
)
def test_detects_how_a_code_is_written(text, kind):
    assert detect(text) is kind


@pytest.mark.parametrize(
    ("kind", "text", "key"),
    [
        (Kind.SCAN, f"]d201{GTIN}\x1d21A\x1d", f"01{GTIN}21A"),
        (Kind.SCAN, f"]Q1https://a.cn/01/{GTIN}?99=A", f"https://id.gs1.org/01/{GTIN}"),
        (Kind.SCAN, "]E06901234567892", GTIN),
        (Kind.SCAN, "]E06901234567892|]e099A", GTIN),
        (Kind.SCAN, "]Q1 plain", None),
        (Kind.ELEMENT, f"01{GTIN}\x1d21A", f"01{GTIN}21A"),
        (Kind.ELEMENT, f"01{GTIN}|\x1d99A", f"01{GTIN}99A"),
        (Kind.MARK, f"01{GTIN}21A\x1d93B", f"01{GTIN}21A\x1d93B"),
        (Kind.BRACKETED, f"(01){GTIN}(10)L(21)A", f"01{GTIN}10L\x1d21A"),
        (Kind.BRACKETED, f"(01){GTIN}|(99)A", f"01{GTIN}99A"),
        (Kind.LINK, f"http://a/01/{GTIN}/21/A", f"https://id.gs1.org/01/{GTIN}/21/A"),
        (Kind.GTIN, "6901234567892 ", GTIN),
        (Kind.SSCC, "069012340000000016", "069012340000000016"),
        (Kind.GLN, "6901234000009", "6901234000009"),
    ],
)
def test_gives_the_key_a_code_is_known_by(kind, text, key):
    reading = read_code(text, kind, Rules.SYNTAX)
    assert (reading.kind, reading.key) == (kind, key)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.ELEMENT, f"01{GTIN}|99A"),
        (Kind.ELEMENT, f"01{GTIN}|\x1d"),
        (Kind.BRACKETED, f"(01){GTIN}|"),
        (Kind.LINK, f"HtTp://a/01/{GTIN}"),
        (Kind.SCAN, f"01{GTIN}"),
    ],
)
def test_refusals(kind, text):
    with pytest.raises(Gs1Error):
        read_code(text, kind, Rules.SYNTAX)


def test_rules_reach_every_notation():
    for kind, text in (
        (Kind.SCAN, "]d210L"),
        (Kind.ELEMENT, "10L"),
        (Kind.BRACKETED, "(10)L"),
        (Kind.LINK, "https://a/00/069012340000000016?10=L"),
    ):
        assert read_code(text, kind, Rules.SYNTAX).elements
        with pytest.raises(Gs1Error, match="needs AI"):
            read_code(text, kind, Rules.FULL)
