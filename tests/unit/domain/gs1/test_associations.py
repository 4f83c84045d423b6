import pytest

from agent.domain.gs1 import Gs1Error, Rules, check_together, parse_brackets

GTIN = "(01)06901234567892"
SSCC = "(00)069012340000000016"


def verdict(text):
    """How far the code gets: "no", "syntax" or "full"."""
    elements = parse_brackets(text)
    passed = "no"
    for rules in Rules:
        try:
            check_together(elements, rules)
        except Gs1Error:
            return passed
        passed = rules.value
    return passed


@pytest.mark.parametrize(
    ("text", "far"),
    [
        (GTIN + "(21)A", "full"),
        ("(21)A", "syntax"),
        ("(8006)069012345678920102(21)A", "full"),
        ("(02)06901234567892(37)5", "syntax"),
        (SSCC + "(02)06901234567892(37)5", "full"),
        (GTIN + "(37)5", "no"),
        (GTIN + "(02)06901234567892", "no"),
        (GTIN + "(250)A", "syntax"),
        (GTIN + "(21)A(250)B", "full"),
        (GTIN + "(235)A", "full"),
        (GTIN + "(21)A(235)B", "no"),
        (GTIN + "(3103)000100(3102)000100", "no"),
        (GTIN + "(3103)000100(3202)000100", "full"),
        (GTIN + "(3922)0299", "syntax"),
        (GTIN + "(3922)0299(3103)000100", "full"),
        ("(400)A(99)B(400)A", "full"),
        ("(400)A(99)B(400)C", "no"),
        ("(415)6901234000009(8020)A", "full"),
        ("(415)6901234000009", "syntax"),
        ("(253)6901234000009(8030)SIG", "no"),
        ("(253)6901234000009X(8030)SIG", "full"),
        ("(255)6901234000009(8030)SIG", "no"),
        ("(8003)06901234000009(8030)SIG", "no"),
        ("(8003)06901234000009X(8030)SIG", "full"),
        ("(8010)69011(8030)SIG", "syntax"),
        ("(8010)69011(8011)1(8030)SIG", "full"),
        ("(99)own", "full"),
    ],
)
def test_how_far(text, far):
    assert verdict(text) == far


def test_says_which_rule():
    with pytest.raises(Gs1Error, match=r"AI \(21\) must not stand with AI \(235\)"):
        check_together(parse_brackets("(21)A(235)B"), Rules.SYNTAX)
    with pytest.raises(Gs1Error, match=r"\(10\).*needs AI 01 or 02 or 03"):
        check_together(parse_brackets("(10)A"), Rules.FULL)
    with pytest.raises(Gs1Error, match="different values"):
        check_together(parse_brackets("(10)A(10)B"), Rules.SYNTAX)
