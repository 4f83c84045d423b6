import pytest

from agent.domain.gs1 import Gs1Error, check_digit, gln, gtin, has_check_digit, sscc


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("96385074", "00000096385074"),
        ("614141000036", "00614141000036"),
        ("6901234567892", "06901234567892"),
        ("16901234567899", "16901234567899"),
    ],
)
def test_gtins_are_filled_to_fourteen(text, key):
    assert gtin(text) == key


def test_sscc_and_gln():
    assert sscc("069012340000000016") == "069012340000000016"
    assert sscc("169012340000000013") == "169012340000000013"
    assert gln("6901234000009") == "6901234000009"


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((gtin, "6901234567893"), (gtin, "690123456789"), (gtin, "")),
        *((gtin, "690123456789٢"), (gtin, " 6901234567892"), (gtin, "0" * 15)),
        *((sscc, "069012340000000017"), (sscc, "6901234567892")),
        *((gln, "6901234000008"), (gln, "06901234567892")),
    ],
)
def test_refusals(parse, text):
    with pytest.raises(Gs1Error):
        parse(text)


@pytest.mark.parametrize("payload", ["690123456789", "06901234000000001", "0", ""])
def test_check_digit_completes(payload):
    assert has_check_digit(payload + check_digit(payload))
    assert sum(has_check_digit(payload + digit) for digit in "0123456789") == 1
