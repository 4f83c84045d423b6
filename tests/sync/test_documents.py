"""The documents of the platform: literal JSON in, domain values out, and back."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.documents import (
    SYMBOLOGIES,
    DocumentError,
    OrderDocument,
    PackageDocument,
    SpecDocument,
    from_spec,
    read_document,
    spec_from_json,
    spec_to_json,
    to_order,
    to_spec,
)
from agent.domain.code_format import BrandUrl, DigitalLink, Digits, Gs1Element, Sscc
from agent.domain.spec import LevelSpec, Spec
from agent.domain.words import Level, Mode
from agent.vision.symbology import Symbology

# As in docs/platform.md.
SPEC = """
{"spec": "LIME-330", "version": 3, "product": "青柠气泡水 330 ml", "levels": [
  {"level": "unit", "mode": "print", "symbology": "gs1_data_matrix",
   "format": {"kind": "gs1_element", "gtin": "06901234567892",
              "needs_serial": true, "require_fnc1": true}},
  {"level": "case", "mode": "print", "symbology": "gs1_128", "holds": 24,
   "template": "case", "format": {"kind": "sscc", "company_prefix": "6901234"}},
  {"level": "pallet", "mode": "print", "symbology": "gs1_128", "holds": 60,
   "template": "pallet", "format": {"kind": "sscc", "company_prefix": "6901234"}}
]}
"""
ORDER = """
{"order": "MO-2026-0001", "product": "青柠气泡水 330 ml", "batch": "L20260302",
 "target": 2880, "spec": "LIME-330", "spec_version": 3, "close_short": true}
"""
PACKAGE = """
{"package": "MO-2026-0001-unit", "level": "unit", "order": "MO-2026-0001",
 "product": "青柠气泡水 330 ml", "codes": 3168, "version": 1, "sha256":
 "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
"""


def spec_json(**changes: object) -> dict[str, object]:
    return json.loads(SPEC) | changes


def level_json(**changes: object) -> dict[str, object]:
    spec = json.loads(SPEC)
    spec["levels"][0] |= changes
    return spec


def test_spec_becomes_the_domains():
    spec = to_spec(read_document(SpecDocument, json.loads(SPEC), "spec"))
    assert spec.level(Level.UNIT) == LevelSpec(
        level=Level.UNIT,
        mode=Mode.PRINT,
        format=Gs1Element(gtin="06901234567892"),
        symbology="gs1_data_matrix",
    )
    assert spec.level(Level.CASE).holds == 24
    assert spec.level(Level.PALLET).format == Sscc(company_prefix="6901234")


def test_order_and_package_are_read():
    spec = to_spec(read_document(SpecDocument, json.loads(SPEC), "spec"))
    order = to_order(read_document(OrderDocument, json.loads(ORDER), "order"), spec)
    assert (order.order, order.target, order.close_short) == (
        "MO-2026-0001",
        2880,
        True,
    )
    package = read_document(PackageDocument, json.loads(PACKAGE), "package")
    assert (package.level, package.codes) == (Level.UNIT, 3168)


def test_the_dates_of_an_order_are_days():
    spec = to_spec(read_document(SpecDocument, json.loads(SPEC), "spec"))
    raw = json.loads(ORDER) | {"production": "2026-03-02", "expiry": "2027-03-01"}
    order = to_order(read_document(OrderDocument, raw, "order"), spec)
    assert (order.production, order.expiry) == (date(2026, 3, 2), date(2027, 3, 1))
    document = read_document(OrderDocument, raw, "order")
    assert json.loads(document.model_dump_json())["expiry"] == "2027-03-01"


@pytest.mark.parametrize(
    ("production", "problem"),
    [
        ("2026-02-30", "production: day is out of range"),
        ("20260302", "production: a date as 2026-03-02 is needed"),
        (1772000000, "production: a date as 2026-03-02 is needed"),
        ("2028-01-01", "expiry 2027-03-01 lies before production 2028-01-01"),
    ],
)
def test_what_is_no_day_is_refused(production, problem):
    raw = json.loads(ORDER) | {"production": production, "expiry": "2027-03-01"}
    with pytest.raises(DocumentError) as caught:
        read_document(OrderDocument, raw, "order")
    assert problem in str(caught.value)


def test_order_for_another_spec_is_refused():
    spec = to_spec(read_document(SpecDocument, spec_json(version=4), "spec"))
    document = read_document(OrderDocument, json.loads(ORDER), "order")
    with pytest.raises(DocumentError, match=r"asks for LIME-330 v3 .* there is .* v4"):
        to_order(document, spec)


def test_symbologies_are_those_the_decoder_knows():
    assert set(SYMBOLOGIES) <= {each.value for each in Symbology}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (spec_json(colour="red"), "colour: Extra inputs are not permitted (got 'red')"),
        (spec_json(version="3"), "version: Input should be a valid integer"),
        (spec_json(version=True), "version: Input should be a valid integer"),
        (spec_json(spec="../x"), "spec: String should match pattern"),
        (spec_json(product="a\x1b[2J"), "product: String should match pattern"),
        (spec_json(levels=[]), "levels: Tuple should have at least 1 item"),
        (level_json(level="bottle"), "levels.0.level: Input should be 'unit'"),
        (level_json(level="pallet"), "go from the unit outwards"),
        (level_json(minimum_grade=4.1), "minimum_grade: Input should be less than or"),
        (level_json(minimum_grade=-0.1), "minimum_grade: Input should be greater"),
        (level_json(minimum_grade="B"), "minimum_grade: Input should be a valid numb"),
        (level_json(minimum_grade=True), "minimum_grade: Input should be a valid num"),
        (level_json(holds=2), "level unit holds nothing: holds must be 0"),
        (
            level_json(symbology="qr"),
            "levels.0: qr cannot carry gs1_element as asked; "
            "use one of gs1_128, gs1_data_matrix, gs1_qr",
        ),
        (
            level_json(format={"kind": "gs1_element", "gtin": "06901234567891"}),
            "levels.0.format.gs1_element.gtin: GTIN 06901234567891 ends in 1, "
            "its check digit is 2",
        ),
        (
            level_json(format={"kind": "upc"}),
            "levels.0.format: Input tag 'upc' found using 'kind' does not match",
        ),
        (
            level_json(
                symbology="qr",
                format={"kind": "brand_url", "pattern": "^https://x/.+$"},
            ),
            "0 capture groups; exactly one marks the identity key",
        ),
        (
            level_json(symbology="qr", format={"kind": "brand_url", "pattern": "(("}),
            "not a regular expression",
        ),
        (
            level_json(
                symbology="qr", format={"kind": "digits", "length": 3, "prefix": "123"}
            ),
            "prefix 123 leaves no digit of 3",
        ),
        ("a text", "document: Input should be a valid dictionary"),
    ],
)
def test_a_bad_spec_is_refused_with_what_and_where(raw, problem):
    with pytest.raises(DocumentError) as caught:
        read_document(SpecDocument, raw, "spec LIME-330")
    assert problem in str(caught.value)
    assert str(caught.value).startswith("spec LIME-330: ")
    assert "Correct it at the platform" in str(caught.value)


@pytest.mark.parametrize("grade", [0, 1.5, 4])
def test_a_minimum_grade_reaches_the_line_and_comes_back(grade):
    document = read_document(SpecDocument, level_json(minimum_grade=grade), "spec")
    assert to_spec(document).level(Level.UNIT).minimum_grade == grade
    kept = spec_to_json(to_spec(document))
    assert spec_from_json(kept).level(Level.UNIT).minimum_grade == grade


def test_a_spec_without_one_keeps_the_text_it_always_had():
    kept = spec_to_json(to_spec(read_document(SpecDocument, json.loads(SPEC), "spec")))
    assert "minimum_grade" not in kept
    assert spec_from_json(kept).level(Level.UNIT).minimum_grade is None


def test_a_label_cannot_have_a_minimum_grade():
    raw = json.loads(SPEC)
    raw["levels"][1]["minimum_grade"] = 1.5
    with pytest.raises(DocumentError, match="level case cannot have a minimum_grade"):
        read_document(SpecDocument, raw, "spec")


def test_case_without_a_packing_ratio_is_refused():
    raw = json.loads(SPEC)
    del raw["levels"][1]["holds"]
    with pytest.raises(DocumentError, match="level case must say how many it holds"):
        read_document(SpecDocument, raw, "spec")


def test_each_fault_is_named():
    raw = json.loads(ORDER) | {"target": 0, "batch": "", "order": ".x"}
    with pytest.raises(DocumentError) as caught:
        read_document(OrderDocument, raw, "order")
    assert len(caught.value.problems) == 3


def test_text_in_the_journal_that_is_no_spec_is_an_error():
    with pytest.raises(DocumentError, match="spec in the journal"):
        spec_from_json("{}")


GTINS = st.sampled_from([None, "06901234567892", "16901234567899"])
URLS = st.sampled_from(["qr", "data_matrix"])
GS1 = st.sampled_from(["gs1_data_matrix", "gs1_qr", "gs1_128"])
CARRIED = st.one_of(
    st.tuples(
        st.builds(
            Gs1Element,
            gtin=GTINS,
            needs_serial=st.booleans(),
            require_fnc1=st.booleans(),
        ),
        GS1,
    ),
    st.tuples(
        st.builds(
            DigitalLink,
            gtin=GTINS,
            host=st.sampled_from([None, "id.gs1.org", "qr.example.com:8080/p/q"]),
            needs_serial=st.booleans(),
        ),
        URLS,
    ),
    st.tuples(
        st.builds(
            BrandUrl,
            pattern=st.sampled_from([r"^https://x\.cn/([^/]+)$", "(.+)"]),
            case_sensitive=st.booleans(),
        ),
        URLS,
    ),
    st.tuples(
        st.builds(
            Digits,
            length=st.integers(5, 64),
            prefix=st.text("0123456789", max_size=4),
        ),
        st.sampled_from(["qr", "data_matrix", "code_128"]),
    ),
    st.tuples(st.builds(Sscc, company_prefix=st.sampled_from([None, "6901234"])), GS1),
)


@st.composite
def specs(draw) -> Spec:
    present = draw(st.sets(st.sampled_from(list(Level)), min_size=1))
    levels = []
    for index, level in enumerate(each for each in Level if each in present):
        format_, symbology = draw(CARRIED)
        packs = index > 0 and level in (Level.BOX, Level.CASE, Level.PALLET)
        levels.append(
            LevelSpec(
                level=level,
                mode=draw(st.sampled_from(list(Mode))),
                format=format_,
                symbology=symbology,
                holds=draw(st.integers(1, 500)) if packs else 0,
                template=draw(st.sampled_from(["", "case", "pallet-2.zpl"])),
            )
        )
    return Spec(
        spec=draw(st.sampled_from(["A", "LIME-330"])),
        version=draw(st.integers(1, 10**6)),
        product=draw(st.sampled_from(["茶", "Beer 500 ml"])),
        levels=tuple(levels),
    )


@given(specs())
def test_spec_survives_the_journal(spec):
    assert spec_from_json(spec_to_json(spec)) == spec
    assert to_spec(from_spec(spec)) == spec
