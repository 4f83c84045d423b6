"""Two carriers on one pack: the same GTIN, batch and serial, or told why not."""

import numpy as np
import pytest

from agent.eye.identity import identity_of
from agent.vision.checks.finding import CheckName
from agent.vision.checks.second_carrier import Identity, SecondCarrier
from agent.vision.decoded import Decoded
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology

PICTURE = np.zeros((10, 10), np.uint8)
EAN = "6901234567892"
GTIN = "06901234567892"
OTHER_EAN = "6901234567809"
MATRIX = f"01{GTIN}10L2407\x1d21AB12"
LINK = f"https://id.example.cn/01/{GTIN}/10/L2407/21/AB12"


def code(aim, text, x=0.0):
    symbology = Symbology.from_aim(aim)
    corners = ((x, 0.0), (x + 9, 0.0), (x + 9, 9.0), (x, 9.0))
    return Decoded(
        payload=text.encode(),
        text=text,
        aim=aim,
        symbology=symbology,
        decoder="zxing-cpp",
        variant="raw",
        corners=corners,
    )


MAIN = code("]d2", MATRIX)


def check(*others, main=MAIN, **options):
    placed = [
        code(other.aim, other.text, 20.0 * n) for n, other in enumerate(others, 1)
    ]
    return SecondCarrier(identity_of, **options)(PICTURE, main, [main, *placed])


@pytest.mark.parametrize(
    "other",
    [
        code("]E0", EAN),
        code("]I0", f"{GTIN}"),
        code("]Q1", LINK),
        code("]Q1", f"https://brand.cn/some/path/01/{GTIN}?17=271231"),
        code("]Q3", f"01{GTIN}"),
        code("]C1", f"01{GTIN}10L2407"),
        code("]d2", f"01{GTIN}21AB12"),
    ],
)
def test_carriers_that_name_the_same_pass_in_either_order(other):
    for finding in (check(other), check(MAIN, main=other)):
        assert finding.check is CheckName.SECOND_CARRIER
        assert finding.passed, finding.detail
        assert GTIN in finding.detail


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (code("]E0", OTHER_EAN), f"ean 13 GTIN 0{OTHER_EAN}, expected {GTIN}"),
        # The GTIN of a case of them is another GTIN.
        (code("]I0", "16901234567899"), "itf GTIN 16901234567899"),
        (code("]Q1", LINK.replace("L2407", "L2408")), "batch L2408, expected L2407"),
        (code("]Q3", f"01{GTIN}21XY"), "serial XY, expected AB12"),
    ],
)
def test_a_contradiction_is_told_with_both_values(other, words):
    finding = check(other)
    assert not finding.passed
    assert words in finding.detail


def test_a_good_carrier_does_not_excuse_a_bad_one():
    assert not check(code("]E0", EAN), code("]E0", OTHER_EAN)).passed


@pytest.mark.parametrize(
    "other",
    [
        code("]C1", "0106901234567890"),  # wrong check digit
        code("]Q3", "01069"),
        code("]Q1", "https://id.example.cn/01/06901234567890"),
    ],
)
def test_a_carrier_that_is_wrong_in_itself_is_told(other):
    finding = check(other)
    assert not finding.passed
    assert finding.detail.startswith(other.symbology.replace("_", " "))


@pytest.mark.parametrize(
    "others",
    [
        (),
        (code("]Q1", "https://h.cn/x?c=1"),),
        (code("]Q1", "https://h.cn/01/2"),),
        (code("]C0", "SHIFT-7"),),
        (code("]I0", "1234567890"),),
        (code("]d2", "10L2407"),),
    ],
)
def test_without_a_second_carrier_it_depends_on_whether_one_is_required(others):
    required, optional = check(*others), check(*others, required=False)
    assert not required.passed
    assert optional.passed
    for finding in (required, optional):
        assert "no second carrier" in finding.detail


def test_the_same_symbol_read_twice_is_no_second_carrier():
    finding = SecondCarrier(identity_of)(PICTURE, MAIN, [MAIN, code("]d2", MATRIX, 2)])
    assert not finding.passed
    assert "no second carrier" in finding.detail


def test_the_same_symbol_printed_twice_is_one():
    assert check(MAIN).passed


def test_a_code_that_names_no_gtin_has_no_second_carrier():
    finding = check(code("]E0", EAN), main=code("]Q1", "https://h.cn/x?c=1"))
    assert not finding.passed
    assert "names no GTIN" in finding.detail


def test_another_identify_may_be_given():
    every = SecondCarrier(lambda _: Identity(gtin=GTIN, serial="1"))
    assert every(PICTURE, MAIN, [MAIN, code("]C0", "x", 50)]).passed


def test_carriers_are_looked_for_only_where_the_codes_read_hold_none():
    asked = []

    def find(image):
        asked.append(image)
        return [code("]E0", OTHER_EAN, 50)]

    assert check(code("]E0", EAN), find=find).passed
    assert asked == []
    finding = check(find=find)
    assert not finding.passed
    assert OTHER_EAN in finding.detail
    assert len(asked) == 1


def test_ean_13_beside_a_gs1_data_matrix_in_a_picture(drawn, placed):
    matrix = drawn("gs1_data_matrix", f"[01]{GTIN}[10]L2407[21]AB12", 5)
    price = drawn("ean_13", EAN, 2)
    image = placed((700, 300), (matrix, 20, 20), (price, 300, 60))
    vision = CodeVision(
        frozenset({Symbology.GS1_DATA_MATRIX}), budget_ms=60_000
    )  # the station's own reading
    carriers = CodeVision(frozenset({Symbology.EAN_13}), budget_ms=60_000)
    result = vision.read(image)
    (own,) = result.codes
    both = SecondCarrier(identity_of, find=lambda seen: carriers.read(seen).codes)
    finding = both(image, own, result.codes)
    assert finding.passed, finding.detail
    assert finding.detail == f"ean 13: GTIN {GTIN}"
