import pytest

from agent.domain.gs1.table import AIS, LINK_PATHS, Link, ai_at


def test_holds_every_ai():
    assert len(AIS) == 541
    families = ["310", "349", "369", "390", "393", "394", "395", "703", "723"]
    counts = [sum(code[:3] == family for code in AIS) for family in families]
    assert counts == [6, 6, 6, 10, 10, 4, 6, 10, 10]


def test_an_ai_is_known_by_its_front():
    """No AI is the front of another, and two digits tell how long the AI is."""
    lengths = {}
    for code in AIS:
        assert lengths.setdefault(code[:2], len(code)) == len(code)
        assert ai_at(code + "rest", 0).code == code


def test_only_predefined_lengths_end_by_themselves():
    ending = {code[:2] for code, ai in AIS.items() if ai.ends_itself}
    assert ending == {
        *("00", "01", "02", "03", "11", "12", "13", "15", "16", "17", "20"),
        *("31", "32", "33", "34", "35", "36", "41"),
    }
    for ai in AIS.values():
        if ai.ends_itself:
            assert ai.shape.least == ai.shape.most


@pytest.mark.parametrize("code", ["8005", "8006", "422", "7003", "402", "90"])
def test_fixed_length_alone_does_not_end_an_ai(code):
    assert not AIS[code].ends_itself


@pytest.mark.parametrize(
    ("code", "least", "most", "link"),
    [
        ("00", 18, 18, Link.KEY),
        ("01", 14, 14, Link.KEY),
        ("03", 14, 14, Link.NO),
        ("10", 1, 20, Link.QUERY),
        ("21", 1, 20, Link.NO),
        ("235", 1, 28, Link.NO),
        ("253", 13, 30, Link.KEY),
        ("3103", 6, 6, Link.QUERY),
        ("402", 17, 17, Link.KEY),
        ("423", 3, 15, Link.QUERY),
        ("7040", 4, 4, Link.NO),
        ("8003", 14, 30, Link.KEY),
        ("8008", 8, 12, Link.QUERY),
        ("8043", 18, 20, Link.NO),
        ("8200", 1, 70, Link.NO),
        ("99", 1, 90, Link.QUERY),
    ],
)
def test_shapes(code, least, most, link):
    ai = AIS[code]
    assert (ai.shape.least, ai.shape.most, ai.link) == (least, most, link)


def test_rules_between_ais():
    assert AIS["01"].bars == {"255", "37"}
    assert AIS["3103"].bars == {"3100", "3101", "3102", "3104", "3105"}
    assert AIS["250"].needs_text == "01+21 03+21 8006+21"
    assert AIS["423"].bars == {"426"}


def test_link_paths_keep_the_order_of_qualifiers():
    after_gtin = {path[1:] for path in LINK_PATHS if path[0] == "01"}
    assert after_gtin == {
        *((), ("22",), ("10",), ("21",), ("22", "10"), ("22", "21"), ("10", "21")),
        *(("22", "10", "21"), ("235",)),
    }
    assert {p for p in LINK_PATHS if p[0] == "414"} == {
        *(("414",), ("414", "254"), ("414", "7040")),
    }
    keys_alone = {path[0] for path in LINK_PATHS}
    assert {"00", "253", "255", "401", "402", "8003", "8013"} <= keys_alone
