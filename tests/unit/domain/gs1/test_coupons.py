"""AIs 8110 and 8112, part by part."""

import pytest

from agent.domain.gs1.coupons import coupon_fault, coupon_offer_fault

# Prefix, offer, save value, first purchase: the least an 8110 coupon has.
LEAST = "0123456" + "123456" + "11" + "11" + "0" + "123"
SECOND = "1" + "0" + "11" + "0" + "123" + "0123456"
THIRD = "2" + "11" + "0" + "123" + "9"

GOOD = [
    LEAST,
    "6123456789012" + "123456" + "512345" + "512345" + "9" + "000",
    LEAST + SECOND,
    LEAST + THIRD,
    LEAST + SECOND + THIRD + "3260630" + "4260630" + "50123456" + "61" + "1234567",
    LEAST + "9" + "0" + "0" + "7" + "1",
]

BAD = [
    ("", "digits only"),
    ("0123456123456A", "digits only"),
    ("7" + LEAST[1:], "company prefix is 7"),
    (LEAST[:6], "within its company prefix"),
    (LEAST[:12], "within its offer code"),
    (LEAST[:13] + "0", "length of save value is 0"),
    (LEAST[:14], "within its save value"),
    (LEAST[:15] + "6", "first purchase requirement is 6"),
    (LEAST[:17] + "5123", "first purchase requirement code is 5"),
    (LEAST[:-1], "first purchase family code"),
    (LEAST + "14", "additional purchase rules code is 4"),
    (LEAST + SECOND[:-1], "second purchase company prefix"),
    (LEAST + SECOND[:8] + "7123456", "second purchase company prefix is 7"),
    (LEAST + THIRD[:-1] + "8", "third purchase company prefix is 8"),
    (LEAST + "3261301", "expiration date 261301 is no date"),
    (LEAST + "3260100", "expiration date 260100 is no date"),
    (LEAST + "42601", "within its start date"),
    (LEAST + "3260630" + "4260701", "expires before it starts"),
    (LEAST + "5012345", "within its serial number"),
    (LEAST + "601234567", "retailer prefix or GLN is 0"),
    (LEAST + "93", "save value code is 3"),
    (LEAST + "903", "save value item is 3"),
    (LEAST + "9000", "do not multiply flag"),
    (LEAST + "90002", "do not multiply flag is 2"),
    (LEAST + "900000", "data after its last field"),
    (LEAST + "4260630" + "3260630", "data after its last field"),
    (LEAST + "7", "data after its last field"),
]


@pytest.mark.parametrize("value", GOOD)
def test_accepts_a_coupon(value):
    assert coupon_fault(value) is None


@pytest.mark.parametrize(("value", "why"), BAD)
def test_refuses_a_coupon(value, why):
    assert why in (coupon_fault(value) or "accepted")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("00123456" + "123456" + "0123456", None),
        ("16123456789012" + "123456" + "9123456789012345", None),
        ("2" + "0123456" + "123456" + "0123456", "format code is 2"),
        ("0", "length of funder"),
        ("07", "length of funder is 7"),
        ("0012345", "within its funder"),
        ("0012345612345", "within its offer code"),
        ("00123456123456", "length of serial number"),
        ("00123456123456012345", "within its serial number"),
        ("001234561234560123456" + "7", "data after its last field"),
    ],
)
def test_offer_coupons(value, why):
    fault = coupon_offer_fault(value)
    assert fault is None if why is None else why in (fault or "accepted")
